"""Signals for child processes."""

import signal


def hear_interrupts():
    """Undo what a shell does to its jobs: they, and their children, may ignore Ctrl-C or SIGHUP."""
    for name in ("SIGINT", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
