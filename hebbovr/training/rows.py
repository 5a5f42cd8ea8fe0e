"""Where batches come from: any source of rows, and arrays and memory maps as one."""

from __future__ import annotations

import itertools
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import DataError

Prepare = Callable[[NDArray[Any]], NDArray[Any]]
# Root mean square lengths of rows, smallest and largest, whose squares a dtype holds.
SCALES = {np.dtype(np.float32): (1e-18, 1e18), np.dtype(np.float64): (1e-153, 1e153)}


def batch_bounds(n_rows: int, batch_size: int) -> list[tuple[int, int]]:
    """Cut ``n_rows`` into batches of nearly ``batch_size``, differing by one row at most.

    Every row is in a batch, and no batch is a small remainder in which λ would hardly act.
    """
    n_batches = max(1, min(round(n_rows / batch_size), n_rows // 2))
    edges = [n_rows * n // n_batches for n in range(n_batches + 1)]
    return list(itertools.pairwise(edges))


class RowSource(Protocol):
    """Where a training takes its inputs from; the loop knows no more of the data.

    Attributes
    ----------
    n_rows, n_features : int
    dtype : dtype
        float32 or float64, that of the inputs.
    """

    n_rows: int
    n_features: int
    dtype: np.dtype[Any]

    def take(self, indices: NDArray[np.intp]) -> NDArray[Any]:
        """Return the inputs (B, n_features) at ``indices``, C-contiguous, writable, of `dtype`.

        Raises
        ------
        DataError
            One is not finite; it names the first such row.
        """
        ...

    def rms_norm(self, indices: NDArray[np.intp]) -> float:
        """Return the root mean square length of the inputs at ``indices``, or of some of them."""
        ...


class ArrayRows:
    """The rows of an array or memory map ``X``, which itself is never copied.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_raw)
        Numbers of any dtype; batches are of the dtype that `float_dtype` says.
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
        self.n_rows = len(X)
        self.n_features = int(inputs.shape[1])
        self.dtype = float_dtype(inputs.dtype)

    def rms_norm(self, indices: NDArray[np.intp]) -> float:
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
        with np.errstate(over="ignore"):  # what long doubles alone can hold is infinite, too
            rows = as_inputs(rows, self.dtype)
        finite = np.isfinite(rows)
        if not finite.all():
            first = int(indices[np.argmin(finite.all(axis=1))])
            raise DataError(
                f"Row {first} of X holds NaN or infinity; remove or fill such rows before training"
            )
        return rows


@contextmanager
def read_at_random(X: Any) -> Iterator[None]:
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
    while isinstance(X, np.ndarray):
        X = X.base
    return X if isinstance(X, mmap.mmap) and hasattr(mmap, "MADV_RANDOM") else None


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def checked_norm(rows: RowSource, indices: NDArray[np.intp], dtype: np.dtype[Any]) -> float:
    """Return the root mean square length of the rows at ``indices``.

    Raises
    ------
    DataError
        Their squares leave the range of ``dtype``.
    """
    length = rows.rms_norm(indices)
    smallest, largest = SCALES[dtype]
    if length and not smallest <= length <= largest:
        raise DataError(
            f"X has a scale of {length:.0e}, and its squares leave the range of {dtype}; give "
            "inputs of unit scale, as Preprocessor or StandardScaler make them"
        )
    return length


def float_dtype(dtype: Any) -> np.dtype[Any]:
    """Return float64 for floats of 8 bytes or more in any byte order, else float32."""
    dtype = np.dtype(dtype)
    return np.dtype(np.float64 if dtype.kind == "f" and dtype.itemsize >= 8 else np.float32)


def as_inputs(rows: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return ``rows`` as the kernels take them: C-contiguous, writable type, of ``dtype``."""
    rows = np.ascontiguousarray(rows, dtype)
    # Numba compiles read-only arrays apart; a batch is small enough to copy.
    return rows if rows.flags.writeable else rows.copy()
