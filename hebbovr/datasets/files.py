"""A data set out of the user's own file: arrays, or a table."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from hebbovr.datasets.arrays import RawArrays, read_npy, read_npz
from hebbovr.datasets.checks import Array, ImageShape, as_labels, as_samples, class_names
from hebbovr.datasets.columnar import read_columnar
from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.options import Option, convert_options
from hebbovr.datasets.separators import DELIMITERS
from hebbovr.datasets.split import check_split_settings, split_rows, split_tail
from hebbovr.datasets.table import read_table
from hebbovr.datasets.text_file import is_stream, source_name
from hebbovr.errors import DataError, SettingsError, shown
from hebbovr.files.atomic import StrPath

_IMAGE_SHAPE = Option(
    "image_shape", str, None, "shape of a row as an image, such as 28x28", also=(tuple, list)
)
_NAMES = (list, tuple)
_COLUMNS = (
    Option(
        "label_column",
        str,
        None,
        "name of the label column or its number from 0; or none",
        also=(int, np.integer),
    ),
    Option("keep_index", bool, False, "keep columns that number the rows as features"),
    Option("keep", str, None, "columns that are features, whatever their names", also=_NAMES),
    Option("drop", str, None, "columns that are left out: names or numbers from 0", also=_NAMES),
    Option("dtype", str, None, "float32 or float64", choices=("float32", "float64")),
)
_TEXT = (
    Option(
        "header",
        str,
        None,
        "whether the first line names the columns, or the number of the line that does",
        also=(bool, int, np.integer),
    ),
    Option("delimiter", str, None, f"what separates cells: {', '.join(DELIMITERS)}",
           choices=tuple(DELIMITERS)),
    Option("decimal", str, None, "point or comma in numbers", choices=("point", "comma")),
    Option("encoding", str, None, "encoding of the text, such as cp1252"),
)  # fmt: skip
_TABLE_OPTIONS = (*_COLUMNS, *_TEXT, _IMAGE_SHAPE)
_COLUMNAR_OPTIONS = (*_COLUMNS, _IMAGE_SHAPE)
FILE_OPTIONS: dict[str, tuple[Option, ...]] = {
    ".csv": _TABLE_OPTIONS,
    ".tsv": _TABLE_OPTIONS,
    ".csv.gz": _TABLE_OPTIONS,
    ".tsv.gz": _TABLE_OPTIONS,
    ".npy": (
        Option("labels", str, None, "a second .npy with one label per row", also=(os.PathLike,)),
        _IMAGE_SHAPE,
    ),
    ".npz": (
        Option("samples", str, None, "name of the array of samples"),
        Option("labels", str, None, "name of the array of labels"),
        Option("drop", str, None, "names of arrays that are left out", also=_NAMES),
        _IMAGE_SHAPE,
    ),
    ".parquet": _COLUMNAR_OPTIONS,
    ".feather": _COLUMNAR_OPTIONS,
    ".arrow": _COLUMNAR_OPTIONS,
}
_FOREIGN = {
    (".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".tar", ".tgz"): "is packed; unpack it first",
    (".xls", ".xlsx", ".xlsm", ".ods"): "is a workbook; save its sheet as .csv",
    (".h5", ".hdf5", ".mat", ".pkl", ".pickle", ".pt"): "cannot be read; save its array as .npy",
    (".txt", ".dat", ".data", ".asc"): "has no ending of data; if it is a table, call it .csv",
}


def load_file(path: StrPath, *, test_size: float = 0.25, seed: int = 0, **options: Any) -> Dataset:
    """Load a data set from a file; its ending says how it is read.

    Where there are labels and no test rows, a test part is cut off, stratified by class.
    Without labels all rows are for training. A ``.npy`` is mapped into memory and never copied:
    with labels, its last rows are the test part.

    Parameters
    ----------
    path : str or path-like
        ``.csv`` or ``.tsv``, also packed (``.csv.gz``), a pipe, or ``-`` for standard input: see
        `hebbovr.datasets.table.read_table`. ``.parquet``, ``.feather`` or ``.arrow`` (needs
        pyarrow). ``.npz``: see `hebbovr.datasets.arrays.read_npz`. ``.npy``: X. X has the shape
        (n, d), or (n, h, w) or (n, h, w, c) for images; labels are integers or strings.
    test_size : float, default=0.25
        Share of rows for the test part; 0 for none.
    seed : int, default=0
        Seed of the split.
    **options
        See `FILE_OPTIONS`; ``image_shape`` (such as ``"28x28"`` or (28, 28)) for all.

    Raises
    ------
    DataError
        The file is missing or cannot be used; the sentence says why and where.
    SettingsError
        An option is unknown for such a file or out of range.
    """
    test_size, seed = check_split_settings(test_size, seed)
    path = Path(path)
    kind = kind_of(path)
    options = convert_options(options, FILE_OPTIONS[kind], str(path))
    shape = options.pop("image_shape", None)
    if kind == ".npy":
        return _from_memory_map(path, options.get("labels"), shape, test_size)
    readers: dict[str, Callable[..., RawArrays]] = {".npz": read_npz}
    readers |= dict.fromkeys((".parquet", ".feather", ".arrow"), read_columnar)
    raw = readers.get(kind, read_table)(path, **options)
    return _from_arrays(path, raw, shape, test_size, seed)


def kind_of(path: Path) -> str:
    """Return the ending among those of `FILE_OPTIONS` that says how a file is read.

    Raises
    ------
    DataError
        There is no such file or ending, or a pipe has one that needs a file.
    """
    _require_file(path)
    name, stream = path.name.lower(), is_stream(path)
    kind = next((k for k in sorted(FILE_OPTIONS, key=len, reverse=True) if name.endswith(k)), None)
    if stream:
        if kind is None or FILE_OPTIONS[kind] is _TABLE_OPTIONS:
            return ".csv"
        raise DataError(f"{path} is a pipe, and {kind} is read from files; save it to a file first")
    if kind is not None:
        return kind
    known = ", ".join(FILE_OPTIONS)
    for endings, what in _FOREIGN.items():
        if name.endswith(endings):
            raise DataError(f"{path} {what} (data files are {known})")
    raise DataError(f"{path} has an unknown ending; data files are {known}")


def _from_memory_map(path: Path, labels: StrPath | None, shape: Any, test_size: float) -> Dataset:
    X, found_shape = as_samples(read_npy(path), str(path))
    image_shape = _image_shape(shape, found_shape, X.shape[1])
    described = f"Rows of {path}, read in place"
    if labels is None:
        return Dataset(path.name, X, image_shape=image_shape, description=described)
    labels = Path(labels)
    _require_file(labels)
    y = as_labels(read_npy(labels), X.shape[0], str(labels))
    n_train = split_tail(y, test_size, str(path))
    has_test = n_train < X.shape[0]
    return Dataset(
        name=path.name,
        X_train=X[:n_train],
        y_train=y[:n_train],
        X_test=X[n_train:] if has_test else None,
        y_test=y[n_train:] if has_test else None,
        image_shape=image_shape,
        class_names=class_names(y),
        description=f"{described}; the last rows are for testing",
    )


def _from_arrays(path: Path, raw: RawArrays, shape: Any, test_size: float, seed: int) -> Dataset:
    X, found_shape = as_samples(raw.X, f"X of {path}" if raw.X_test is not None else str(path))
    y = None if raw.y is None else as_labels(raw.y, X.shape[0], f"y of {path}")
    X_test, y_test = _given_test(path, raw, X, y)
    train = test = None
    if X_test is None and y is not None:
        train, test = split_rows(y, test_size, seed)
        X, y, X_test, y_test = X[train], y[train], X[test], y[test]
        if not test.size:
            X_test = y_test = test = None
    names = None
    if y is not None:
        names = class_names(y if y_test is None else np.concatenate([y, y_test]))
    return Dataset(
        name=source_name(path),
        X_train=X,
        y_train=y,
        X_test=X_test,
        y_test=y_test,
        image_shape=_image_shape(shape, found_shape, X.shape[1]),
        class_names=names,
        description=f"Rows of {path}",
        feature_names=raw.feature_names,
        rows_train=train,
        rows_test=test,
    )


def _given_test(
    path: Path, raw: RawArrays, X: Array, y: Array | None
) -> tuple[Array | None, Array | None]:
    if raw.X_test is None:
        if raw.y_test is not None:
            raise DataError(f"{path} has y_test without X_test; add the test samples as X_test")
        return None, None
    X_test, _ = as_samples(raw.X_test, f"X_test of {path}")
    if X_test.shape[1] != X.shape[1]:
        raise DataError(
            f"{path} has {X.shape[1]} features in X and {X_test.shape[1]} in X_test; "
            "give both the same"
        )
    if raw.y_test is None:
        return X_test, None
    y_test = as_labels(raw.y_test, X_test.shape[0], f"y_test of {path}")
    if y is None:
        raise DataError(f"{path} has y_test without y; add the labels of X as y")
    if y.dtype.kind != y_test.dtype.kind:
        raise DataError(f"{path} has integers in one of y and y_test and strings in the other")
    return X_test, y_test


def _image_shape(given: Any, found: ImageShape | None, n_features: int) -> ImageShape | None:
    if given is None:
        return found
    shape = _parse_shape(given)
    if shape is None or len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (3, 4)):
        raise SettingsError(
            f"image_shape={shown(given)} must be height x width, such as 28x28, or with 3 or 4 "
            "channels, such as 32x32x3"
        )
    if int(np.prod(shape)) != n_features:
        raise SettingsError(
            f"image_shape={shown(given)} has {int(np.prod(shape))} pixels where rows have "
            f"{n_features}"
        )
    return shape


def _parse_shape(given: Any) -> ImageShape | None:
    parts = re.split(r"\s*[x×,]\s*", given.strip()) if isinstance(given, str) else given
    try:
        shape = tuple(int(part) for part in parts)
    except (TypeError, ValueError):
        return None
    return shape if min(shape, default=0) > 0 else None


def _require_file(path: Path) -> None:
    if is_stream(path):
        return
    if os.path.isdir(path):
        raise DataError(f"{path} is a folder; give the file in it that holds the data")
    if os.path.exists(path):
        return
    raise DataError(f"{path} does not exist{_similar(path)}")


def _similar(path: Path) -> str:
    if not os.path.isdir(path.parent):
        return f"; there is no folder {path.parent} either, so check the path"
    names: list[str] = []
    with suppress(OSError):
        names = [n for n in os.listdir(path.parent) if n.lower().endswith((*FILE_OPTIONS,))]
    close = difflib.get_close_matches(path.name, names, 1)
    if not close:
        return "; check the path"
    # A name that starts with a dash would be taken for an option.
    found = (
        os.path.join(path.parent, close[0]) if close[0].startswith("-") else path.parent / close[0]
    )
    return f"; did you mean {found}?"
