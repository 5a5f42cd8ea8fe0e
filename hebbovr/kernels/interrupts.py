"""Signals that wait until code is done which would lose the error that they raise.

Numba and llvmlite compile and load through callbacks from C, where an error is printed and
forgotten. Compiled steps need no such care: no Python runs in them, and a signal is heard right
after.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let signals that Python hears, as Ctrl-C, wait until this block is done, then hear them.

    Outside of the main thread, which alone hears signals, nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former: dict[int, Handler] = {}
    waiting: list[int] = []
    held = True

    def hear(number: int, frame: FrameType | None) -> None:
        if held:
            waiting.append(number)
        else:  # this came while the handlers were put back
            former[number](number, frame)

    try:
        for number in map(int, signal.valid_signals()):
            handler = signal.getsignal(number)
            if callable(handler):
                former[number] = handler
                signal.signal(number, hear)
        yield
    finally:
        held = False
        try:
            for number, handler in former.items():
                signal.signal(number, handler)
        finally:
            for number in dict.fromkeys(waiting):
                former[number](number, None)
