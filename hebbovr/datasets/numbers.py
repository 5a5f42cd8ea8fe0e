"""Cells that are numbers, and the floats that numbers are kept as."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.dataset import rows_per_chunk

Array = NDArray[Any]

# Rounding to float32 may move a value by this share of its column's spread at most.
_BLUR = 1e-4


def is_number(cell: str) -> bool:
    """Whether a cell is a number as Python reads it, without underscores."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def is_whole(cell: str) -> bool:
    """Whether a cell is a whole number in any notation, up to where floats hold them exactly."""
    return is_number(cell) and float(cell).is_integer() and abs(float(cell)) < 2**53


def narrowed(values: Array, dtype: str | None = None) -> Array:
    """Return ``values`` as ``dtype``; by default as float32 if that keeps columns' differences."""
    if dtype == "float64":
        return np.ascontiguousarray(values)
    with np.errstate(over="ignore"):
        narrow = np.ascontiguousarray(values, np.float32)
    if dtype and np.isfinite(narrow).all():
        return narrow
    spread = np.ptp(values, axis=0)
    step = rows_per_chunk(values)
    for start in range(0, values.shape[0], step):
        with np.errstate(over="ignore", invalid="ignore"):
            error = np.abs(narrow[start : start + step] - values[start : start + step]).max(axis=0)
        if (error[spread > 0] > _BLUR * spread[spread > 0]).any() or not np.isfinite(error).all():
            return np.ascontiguousarray(values)
    return narrow
