"""Signals that end the work are heard between imports, never within one.

An interrupt inside the import of a compiled module turns into a traceback or another error, or is
lost; here it waits for the import's end. So does one that Python had to ignore in a callback.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from hebbovr.errors import Interrupted

# SIGHUP, which a closing terminal sends, is missing on Windows.
ENDING: tuple[int, ...] = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)
_WAIT = 0.02
_imports_outside = 0
_hook_outside = sys.__unraisablehook__


def hear() -> dict[int, Any]:
    """Let every ending signal raise `Interrupted`; return the handlers that were replaced.

    A signal that is ignored, as SIGHUP is under nohup, or has a handler of its own, is left alone;
    so are all of them outside of the main thread.
    """
    global _imports_outside, _hook_outside
    if threading.current_thread() is not threading.main_thread():
        return {}
    former = {number: signal.getsignal(number) for number in ENDING}
    former = {number: handler for number, handler in former.items() if handler in _DEFAULTS}
    if former:
        _imports_outside = _imports(sys._getframe())
        _hook_outside, sys.unraisablehook = sys.unraisablehook, _unraisable
    for number in former:
        signal.signal(number, _end)
    return former


@contextmanager
def heard() -> Iterator[None]:
    """Hear the ending signals inside the block."""
    hook = sys.unraisablehook
    former = hear()
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook


def _end(number: int, frame: FrameType | None) -> None:
    if _imports(frame) > _imports_outside:
        _thread.start_new_thread(_again, (number,))
        return
    if number != signal.SIGINT:
        signal.signal(number, signal.SIG_DFL)  # the second one does not wait
    raise Interrupted("Interrupted")


def _again(number: int) -> None:
    time.sleep(_WAIT)
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)  # wakes it where it waits, too
    else:
        _thread.interrupt_main(signal.Signals(number))


def _imports(frame: FrameType | None) -> int:
    """Return how many of Python's importing functions are on the stack."""
    found = 0
    while frame is not None:
        found += frame.f_code.co_filename.startswith("<frozen importlib")
        frame = frame.f_back
    return found


def _unraisable(unraisable: Any) -> None:
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _thread.start_new_thread(_again, (signal.SIGINT,))
    else:
        _hook_outside(unraisable)
