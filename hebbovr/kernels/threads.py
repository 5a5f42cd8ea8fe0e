"""Who runs in parallel: Numba's threads do, and BLAS, called from inside them, stays at one.

Two thread pools that spin against each other make training many times slower. Nothing is changed at
import, and every setting is restored on the way out, also after an error.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numba
import scipy.linalg.cython_blas  # noqa: F401  Numba's BLAS, loaded so that it is found and limited
from threadpoolctl import ThreadpoolController

from hebbovr.errors import HebbovrError

_holders = 0
_limiter: Any = None
_counting = threading.Lock()
_one_at_a_time = threading.RLock()
_threads_lost = False


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold BLAS at one thread; the first to enter sets the limit, the last to leave restores it."""
    global _holders, _limiter
    with _counting:
        if _holders == 0:
            _limiter = _controller().limit(limits=1, user_api="blas")
        _holders += 1
    try:
        yield
    finally:
        with _counting:
            _holders -= 1
            if _holders == 0:
                _limiter.restore_original_limits()


@contextmanager
def kernel_threads(n_threads: int | None = None) -> Iterator[int]:
    """Run kernels inside this block: yields the number of threads that they will use.

    Parameters
    ----------
    n_threads : int, optional
        At most this many; by default what Numba allows in this Python thread.

    Raises
    ------
    HebbovrError
        The process was forked after its threads had been started, which GNU OpenMP does not
        survive: Numba would end the process.
    """
    if _threads_lost:
        raise HebbovrError(
            "This process was forked from one that had trained before, and its threads were lost; "
            "start workers with multiprocessing.get_context('spawn') or joblib, or set "
            "NUMBA_THREADING_LAYER=workqueue"
        )
    before = numba.get_num_threads()
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    threads = min(n_threads or before, most)
    with single_threaded_blas(), _unless_thread_safe():
        numba.set_num_threads(threads)
        try:
            yield threads
        finally:
            numba.set_num_threads(before)


def _after_fork_in_child() -> None:
    global _threads_lost
    try:
        layer = numba.threading_layer()  # type: ignore[attr-defined]
    except ValueError:  # no threads were started before
        return
    _threads_lost = layer == "omp" and sys.platform == "linux"


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


@contextmanager
def _unless_thread_safe() -> Iterator[None]:
    """Numba's workqueue layer aborts the process when two Python threads enter it: take turns."""
    if threading_layer() == "workqueue":
        with _one_at_a_time:
            yield
    else:
        yield


@cache
def threading_layer() -> str:
    """Return Numba's threading layer in use: "tbb", "omp" or "workqueue"."""
    numba.get_num_threads()  # starts the threads, which settles the layer
    layer: str = numba.threading_layer()  # type: ignore[attr-defined]
    return layer
