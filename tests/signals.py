"""Signals for child processes."""

import signal


def hear_interrupts():
    """Undo what a shell does to its background jobs: they, and their children, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
