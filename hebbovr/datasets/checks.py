"""What a user's arrays must be to be samples and labels, and how they are brought there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.dataset import Dataset, rows_per_chunk
from hebbovr.errors import DataError

Array = NDArray[Any]
ImageShape = tuple[int, ...]

_CHANNELS_LAST = "np.moveaxis(X, 1, -1)"


def as_samples(X: Array, source: str) -> tuple[Array, ImageShape | None]:
    """Check that ``X`` holds samples and flatten images to rows, without a copy of a memory map.

    Parameters
    ----------
    X : ndarray of shape (n, d), (n, h, w) or (n, h, w, c)
        c is 1, 3 or 4.
    source : str
        What to call the array in messages.

    Returns
    -------
    X : ndarray of shape (n, d)
        Native numbers. bool becomes uint8 and float16 float32; other dtypes are kept.
    image_shape : tuple of int, optional
        (h, w) or (h, w, c), for images.

    Raises
    ------
    DataError
        Wrong dtype or shape, no rows or columns, NaN or infinity.
    """
    X = _as_numbers(X, source)
    X, image_shape = _flatten(X, source)
    n_rows, n_columns = X.shape
    if n_rows == 0 or n_columns == 0:
        raise DataError(f"{source} is empty (shape {X.shape}); give it rows and columns of numbers")
    check_finite(X, source)
    return X, image_shape


def as_labels(y: Array, n_rows: int, source: str) -> Array:
    """Check that ``y`` has one class label per row; return integers or strings.

    Parameters
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, 1)
        Integers, booleans, strings, bytes, or floats that are whole numbers.
    n_rows : int
        Number of samples.
    source : str
        What to call the array in messages.

    Returns
    -------
    y : ndarray of shape (n_rows,)
        Of dtype int64 or ``<U``.

    Raises
    ------
    DataError
        Wrong shape, length or dtype; missing or fractional labels.
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(
            f"{source} has shape {y.shape}; give one label per row "
            "(one-hot labels become such by y.argmax(axis=1))"
        )
    if y.shape[0] != n_rows:
        raise DataError(
            f"{source} has {y.shape[0]} labels for {n_rows} samples; give exactly one per sample"
        )
    if y.dtype.kind == "f":
        return _whole(y, source)
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "replace")
    if y.dtype.kind == "U":
        return _named(y, source)
    if y.dtype.kind not in "biu":
        raise DataError(f"{source} has dtype {y.dtype}; labels must be integers or strings")
    if y.dtype == np.uint64 and y.size and y.max() > np.iinfo(np.int64).max:
        raise DataError(f"{source} has labels above 2**63 - 1; number the classes from 0")
    return np.array(y, np.int64)


def check_trainable(dataset: Dataset) -> None:
    """Raise DataError where there is a single row to learn from."""
    if dataset.n_train < 2:
        raise DataError(
            f"{dataset.name} holds a single sample; learning compares samples, so give at least 2"
        )


def check_classes(dataset: Dataset) -> None:
    """Raise DataError where labels are there for a probe, and all training rows have the same."""
    y = dataset.y_train
    if y is not None and dataset.labelled and (y == y[0]).all():
        raise DataError(
            f"Every training row of {dataset.name} has the label {str(y[0])!r}, and a probe needs "
            "at least two classes; name another column or array for the labels, or train without "
            "a probe (--no-probe)"
        )


def class_names(y: Array) -> tuple[str, ...]:
    """Return the distinct labels of ``y`` as strings, in sorted order of the labels."""
    return tuple(str(label) for label in np.unique(y))


def first_not_finite(X: Array) -> int | None:
    """Return the number of the first row with NaN or infinity, looking at a chunk at a time."""
    if X.dtype.kind != "f":
        return None
    step = rows_per_chunk(X)
    for start in range(0, X.shape[0], step):
        finite = np.isfinite(X[start : start + step]).all(axis=1)
        if not finite.all():
            return start + int(np.argmin(finite))
    return None


def check_finite(X: Array, source: str) -> None:
    """Raise DataError naming the first row of ``X`` that holds NaN or infinity."""
    row = first_not_finite(X)
    if row is not None:
        what = "NaN" if np.isnan(X[row]).any() else "infinity"
        raise DataError(
            f"{source} holds {what} in row {row} (rows count from 0); remove or fill such rows"
        )


def _as_numbers(X: Array, source: str) -> Array:
    kind = X.dtype.kind
    if kind not in "biuf":
        held = {"U": "text", "S": "text", "c": "complex numbers", "V": "records"}.get(kind)
        raise DataError(f"{source} holds {held or X.dtype}; samples must be rows of real numbers")
    if kind == "b":
        return X.view(np.uint8)
    if X.dtype.itemsize > 8:
        with np.errstate(all="ignore"):  # what is not finite is refused where rows are read
            return X.astype(np.float64)
    if X.dtype == np.float16 and not isinstance(X, np.memmap):
        return X.astype(np.float32)
    if not X.dtype.isnative and not isinstance(X, np.memmap):
        return X.astype(X.dtype.newbyteorder("="))
    return X


def _flatten(X: Array, source: str) -> tuple[Array, ImageShape | None]:
    if X.ndim == 2:
        return X, None
    if X.ndim < 2:
        raise DataError(
            f"{source} has shape {X.shape}; samples must be rows of a 2-D array, "
            "so reshape one feature per sample with X.reshape(-1, 1), and a single sample with "
            "X.reshape(1, -1)"
        )
    if X.ndim > 4:
        raise DataError(f"{source} has shape {X.shape}; reshape it to (samples, features)")
    if X.ndim == 4 and X.shape[3] not in (1, 3, 4):
        raise DataError(
            f"{source} has shape {X.shape}; images must be (n, height, width, channels) with "
            f"1, 3 or 4 channels, which {_CHANNELS_LAST} makes of channels-first images"
        )
    if isinstance(X, np.memmap) and not X.flags.c_contiguous:
        raise DataError(
            f"{source} is stored in Fortran order, so its images cannot be flattened in place; "
            "save np.ascontiguousarray(X) instead"
        )
    shape = X.shape[1:]
    image_shape = shape[:2] if len(shape) == 3 and shape[2] == 1 else shape
    return X.reshape(X.shape[0], int(np.prod(shape))), tuple(int(n) for n in image_shape)


def _named(y: Array, source: str) -> Array:
    y = np.char.strip(y)
    _require_all(y != "", source)
    return y


def _require_all(given: NDArray[np.bool_], source: str) -> None:
    if not given.all():
        raise DataError(
            f"{source} has no label in row {int(np.argmin(given))} (rows count from 0); "
            "fill it in or remove the row"
        )


def _whole(y: Array, source: str) -> Array:
    _require_all(np.isfinite(y), source)
    fractional = y != np.round(y)
    if fractional.any():
        row = int(np.argmax(fractional))
        raise DataError(
            f"{source} holds {y[row]:g} in row {row} (rows count from 0); labels must be classes, "
            "that is integers or strings, so leave these out (of a .npz with -D drop=NAME)"
        )
    return y.astype(np.int64)
