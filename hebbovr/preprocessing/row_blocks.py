"""Rows of an array or memory map in blocks small enough to copy, checked to be finite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import DataError

BLOCK_NUMBERS = 2**22


def row_slices(X: NDArray[Any]) -> Iterator[slice]:
    """Yield the slices that cut the rows of ``X`` into blocks of at most ``BLOCK_NUMBERS``."""
    n_rows = max(1, BLOCK_NUMBERS // X.shape[1])
    for top in range(0, len(X), n_rows):
        yield slice(top, min(top + n_rows, len(X)))


def finite_blocks(X: NDArray[Any]) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Yield the blocks of ``X`` and where they are.

    Raises
    ------
    DataError
        A number is not finite; names the first such row and feature, counted from 0.
    """
    for rows in row_slices(X):
        block = X[rows]
        finite = np.isfinite(block)
        if not finite.all():
            row = int(np.argmin(finite.all(axis=1)))
            raise DataError(
                f"Row {rows.start + row} of X holds NaN or infinity (feature "
                f"{int(np.argmin(finite[row]))}); remove or fill such rows"
            )
        yield rows, block


def all_finite(X: NDArray[Any]) -> bool:
    """Tell whether all numbers of ``X`` are finite, mostly by their sums alone."""
    with np.errstate(over="ignore", invalid="ignore"):
        return all(np.isfinite(X[r].sum()) or np.isfinite(X[r]).all() for r in row_slices(X))
