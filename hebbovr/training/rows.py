"""Rows of an array or memory map, gathered batch by batch as the kernel wants them."""

from __future__ import annotations

import itertools
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import DataError

Prepare = Callable[[NDArray[Any]], NDArray[Any]]


def batch_bounds(n_rows: int, batch_size: int) -> list[tuple[int, int]]:
    """Cut ``n_rows`` into batches of nearly ``batch_size``, differing by one row at most.

    Every row is in a batch, and no batch is a small remainder in which λ would hardly act.
    """
    n_batches = max(1, min(round(n_rows / batch_size), n_rows // 2))
    edges = [n_rows * n // n_batches for n in range(n_batches + 1)]
    return list(itertools.pairwise(edges))


class Rows:
    """Give out batches of ``X`` as C-contiguous float arrays; ``X`` itself is never copied.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_raw)
        Numbers of any dtype; batches are float64 if these are, else float32.
    prepare : callable, optional
        Turns gathered rows (B, n_raw) into inputs (B, n_features).

    Raises
    ------
    DataError
        ``X`` is not a 2-D array with at least one row and one column.
    """

    def __init__(self, X: NDArray[Any], prepare: Prepare | None = None) -> None:
        if X.ndim != 2 or 0 in X.shape:
            raise DataError(
                f"X has shape {X.shape}; training needs a 2-D array with rows and columns"
            )
        self._X = X
        self._prepare = prepare
        inputs = X[:1] if prepare is None else prepare(X[:1])
        self.n_features = int(inputs.shape[1])
        self.dtype = np.dtype(np.float64 if inputs.dtype == np.float64 else np.float32)

    def __len__(self) -> int:
        return len(self._X)

    def read_at_random(self) -> AbstractContextManager[None]:
        """Return the context in which batches are drawn from all over ``X``."""
        return read_at_random(self._X)

    def length(self, indices: NDArray[np.intp]) -> float:
        """Return the root mean square length of at most 256 of the rows, spread evenly."""
        spread = np.linspace(0, len(indices) - 1, min(len(indices), 256)).astype(np.intp)
        sample = self.take(np.sort(indices[spread])).astype(np.float64)
        largest = float(np.abs(sample).max()) or 1.0  # taken out so that squares cannot overflow
        return largest * float(np.sqrt(((sample / largest) ** 2).sum(axis=1).mean()))

    def take(self, indices: NDArray[np.intp]) -> NDArray[Any]:
        """Return the rows at ``indices``; raise DataError naming the first that is not finite."""
        rows = self._X[indices]
        if self._prepare is not None:
            rows = self._prepare(rows)
        finite = np.isfinite(rows)
        if not finite.all():
            first = int(indices[np.argmin(finite.all(axis=1))])
            raise DataError(
                f"Row {first} of X holds NaN or infinity; remove or fill such rows before training"
            )
        return as_inputs(rows, self.dtype)


@contextmanager
def read_at_random(X: NDArray[Any]) -> Iterator[None]:
    """Tell the system not to read ahead in a memory map too large to be kept, while rows are drawn.

    Each row drawn would else bring its neighbours with it, most of which are dropped before their
    turn comes.
    """
    mapped = _memory_map(X)
    if mapped is None or X.nbytes < _memory_bytes() // 4:
        yield
        return
    mapped.madvise(mmap.MADV_RANDOM)
    try:
        yield
    finally:
        mapped.madvise(mmap.MADV_NORMAL)


def _memory_map(X: Any) -> mmap.mmap | None:
    """Return the map under an array, if there is one and the system takes advice."""
    while X is not None and not isinstance(X, mmap.mmap):
        X = getattr(X, "base", None)
    return X if hasattr(mmap, "MADV_RANDOM") else None


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def as_inputs(rows: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return ``rows`` as the kernels take them: C-contiguous, writable type, of ``dtype``."""
    rows = np.ascontiguousarray(rows, dtype)
    # Numba compiles read-only arrays apart; a batch is small enough to copy.
    return rows if rows.flags.writeable else rows.copy()
