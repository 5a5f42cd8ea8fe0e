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
        _leave()
        raise SystemExit(130) from None


def _hold_places() -> None:
    """Keep the numbers of closed standard streams from going to files that are opened later."""
    import os

    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _leave() -> None:
    import contextlib
    import signal
    import sys

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stderr.write("Interrupted.\n")
        sys.stderr.flush()


if __name__ == "__main__":
    run()
