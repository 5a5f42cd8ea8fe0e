"""How compiled code is compiled: what is called in its own file, and what by a function pointer.

Numba's cache does not notice that a function of another file changed, so that no compiled code
calls any but by a pointer. What is so called must return a number. Without the compiler
(``NUMBA_DISABLE_JIT=1``) the plain functions are returned.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numba

from hebbovr.kernels.function_pointers import FunctionPointer
from hebbovr.kernels.interrupts import interrupts_held

# NaN and infinity must survive, so that a broken run is seen: "nnan" and "ninf" stay out. So does
# what lets the compiler order or fuse operations: it would do so differently in the process that
# fills the cache and in those that read it. Sums that shall be fast are products by BLAS instead.
FASTMATH = {"nsz"}


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator of what is called in its own file, or from Python.

    Without a place for a cache it is compiled uncached. No way in is made from C, which would take
    a tenth of the time.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        settings = {"fastmath": FASTMATH, "error_model": "numpy", "nogil": True, **options}
        settings["no_cfunc_wrapper"] = True
        try:
            return numba.njit(cache=True, **settings)(function)
        except RuntimeError:
            return numba.njit(**settings)(function)

    return decorate


def compile_pointer(function: Callable[..., int], signature: Any, *, cached: bool = True) -> Any:
    """Return the pointer to a function compiled for ``signature``, for compiled code to call."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    # The cache finds a function again by its module, which a script that was run has not.
    cached = cached and function.__module__ in sys.modules
    settings: dict[str, Any] = {"fastmath": FASTMATH, "error_model": "numpy"}
    with interrupts_held():
        try:
            addressed = numba.cfunc(signature, cache=cached, **settings)(function)
        except RuntimeError:
            addressed = numba.cfunc(signature, **settings)(function)
    return FunctionPointer(addressed, signature)
