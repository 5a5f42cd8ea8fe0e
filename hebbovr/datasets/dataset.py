"""What every loader returns: training and test rows, labels where known, and what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

FINGERPRINT_BYTES = 256 * 2**20
_CHUNK_BYTES = 16 * 2**20

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples to learn from, and those to test on.

    Attributes
    ----------
    name : str
        Short name, such as ``"digits"`` or the file's name.
    X_train : ndarray of shape (n_train, n_features)
        Integers or floats; a read-only memory map for ``.npy`` files.
    y_train : ndarray of shape (n_train,), optional
        Labels, integers or strings; None where there are none.
    X_test : ndarray of shape (n_test, n_features), optional
        Test rows; None where no split was asked for or possible.
    y_test : ndarray of shape (n_test,), optional
        Their labels.
    image_shape : tuple of int, optional
        (height, width) or (height, width, channels) if a row is an image in C order.
    class_names : tuple of str, optional
        Names of the distinct labels, in the order of the sorted labels.
    description : str
        What the data are and where they come from, in a sentence or two.
    suggested : mapping
        Training settings that suit the data, under the command line's names (``hidden``,
        ``pca``, ``scale``, ``whiten``, ``epochs``, ``lr``, ``lam``, ``schedule``).
    title : str
        What results call the data, such as "CIFAR-10 (JPEG copy)"; the name if none is given.
    feature_names : tuple of str, optional
        Names of the features, all different, where the data have them.
    rows_train, rows_test : ndarray of int, optional
        Where each row stands in the source, from 0; None where training rows stand there in
        their order, followed by test rows.
    """

    name: str
    X_train: Array
    y_train: Array | None = None
    X_test: Array | None = None
    y_test: Array | None = None
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    description: str = ""
    suggested: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    title: str = ""
    feature_names: tuple[str, ...] | None = None
    rows_train: NDArray[np.intp] | None = None
    rows_test: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", self.name)

    @property
    def n_train(self) -> int:
        """Number of training rows."""
        return int(self.X_train.shape[0])

    @property
    def n_test(self) -> int:
        """Number of test rows, 0 where there are none."""
        return 0 if self.X_test is None else int(self.X_test.shape[0])

    @property
    def n_features(self) -> int:
        """Number of features of a row."""
        return int(self.X_train.shape[1])

    @property
    def labelled(self) -> bool:
        """Whether training and test rows both have labels, as a probe needs them."""
        return self.y_train is not None and self.y_test is not None

    def row_numbers(self, part: str) -> NDArray[np.intp]:
        """Return where the rows of ``part``, "train" or "test", stand in the source, from 0."""
        if part == "train":
            return np.arange(self.n_train) if self.rows_train is None else self.rows_train
        if self.rows_test is None:
            return self.n_train + np.arange(self.n_test)
        return self.rows_test

    def fingerprint(self) -> str:
        """Return a SHA-256 over shapes, dtypes and values, to tell whether data are the same.

        Of an array over 256 MiB an evenly spaced sample of rows of that size is taken, the
        first and last row among them, so that a large memory map need not be read whole.
        """
        digest = hashlib.sha256()
        for part in ("X_train", "y_train", "X_test", "y_test"):
            array = getattr(self, part)
            digest.update(part.encode())
            if array is None:
                digest.update(b" none ")
            else:
                _update(digest, array)
        return digest.hexdigest()


def rows_per_chunk(array: Array, n_bytes: int = _CHUNK_BYTES) -> int:
    """Return how many rows of ``array`` make up about ``n_bytes``; at least one."""
    row_bytes = int(array.nbytes) // max(1, len(array))
    return max(1, n_bytes // max(1, row_bytes))


def _update(digest: Any, array: Array) -> None:
    digest.update(f" {array.shape} {array.dtype.str} ".encode())
    n_rows = array.shape[0]
    n_kept = min(n_rows, rows_per_chunk(array, FINGERPRINT_BYTES))
    step = rows_per_chunk(array)
    if n_kept == n_rows:
        for start in range(0, n_rows, step):
            digest.update(array[start : start + step].tobytes())
        return
    kept = np.linspace(0, n_rows - 1, n_kept).round().astype(np.intp)
    for start in range(0, n_kept, step):
        digest.update(array[kept[start : start + step]].tobytes())
