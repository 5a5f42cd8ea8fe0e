"""`hebbovr` and `python -m hebbovr`: the command line, and Ctrl-C while it is being loaded."""

from __future__ import annotations


def run() -> None:
    """Run the command line and leave with its exit code."""
    try:
        _hold_places()
        from hebbovr.interrupts import hear

        hear()
        from hebbovr.cli import main

        main(prog_name="hebbovr")
    except KeyboardInterrupt:
        _say_so()
        raise SystemExit(130) from None
    finally:
        _hear_no_more()


def _hold_places() -> None:
    """Keep the numbers of closed standard streams from going to files that are opened later."""
    import os

    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _hear_no_more() -> None:
    """Let no interrupt come into Python's own end, which would print it as ignored."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _say_so() -> None:
    import contextlib
    import sys

    _hear_no_more()
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stderr.write("Interrupted.\n")
        sys.stderr.flush()


if __name__ == "__main__":
    run()
