"""The user's typed tables: ``.parquet``, ``.feather`` and ``.arrow``, if pyarrow is there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.arrays import RawArrays
from hebbovr.datasets.cells import Cells, features_and_labels
from hebbovr.datasets.columns import ColumnOptions, Columns, find_columns
from hebbovr.datasets.text_file import UNPACKED_LIMIT
from hebbovr.errors import DataError

Array = NDArray[Any]


def read_columnar(
    path: Path,
    *,
    label_column: str | int | None = None,
    keep_index: bool = False,
    keep: str | Sequence[str] | None = None,
    drop: str | Sequence[str] | None = None,
    dtype: str | None = None,
) -> RawArrays:
    """Read a Parquet, Feather or Arrow file; options and result as of `read_table`.

    Raises
    ------
    DataError
        pyarrow is not installed, the file is broken or too large, or a column holds text, gaps,
        NaN or infinity among the features.
    SettingsError
        An option is wrong, or several columns may be the labels.
    """
    try:
        import pyarrow
    except ImportError:
        raise DataError(f"{path} needs pyarrow to be read: pip install 'hebbovr[tables]'") from None
    try:
        table = _read(path)
    except pyarrow.ArrowException as error:
        words = " ".join(str(error).split())[:120]
        raise DataError(f"{path} is truncated or broken ({words}); make it again") from error
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())[:120]
        raise DataError(f"{path} cannot be read: {reason}; check the file") from error
    if table.num_rows == 0 or table.num_columns == 0:
        raise DataError(f"{path} is empty; give it rows of numbers")
    options = ColumnOptions(label_column, keep_index, keep, drop, dtype)
    columns = find_columns(str(path), table.column_names, table.num_columns, options)
    X, y, names = features_and_labels(columns, _cells(table, columns))
    return RawArrays(X, y, feature_names=names)


def _read(path: Path) -> Any:
    import pyarrow
    from pyarrow import feather, ipc, parquet

    if path.suffix.lower() == ".parquet":
        file = parquet.ParquetFile(path)
        n_bytes = 8 * file.metadata.num_rows * file.metadata.num_columns
        if n_bytes > UNPACKED_LIMIT:
            raise DataError(
                f"{path} holds {n_bytes / 2**30:.1f} GiB of numbers, more than are read from a "
                "table; save them as .npy, which is read in place"
            )
        return file.read()
    if path.suffix.lower() == ".feather":
        return feather.read_table(path, memory_map=False)
    with pyarrow.OSFile(str(path)) as source:
        try:
            return ipc.open_file(source).read_all()
        except pyarrow.ArrowInvalid:
            source.seek(0)
            return ipc.open_stream(source).read_all()


def _cells(table: Any, columns: Columns) -> Cells:
    values = np.empty((table.num_rows, len(columns.numbers)))
    for place, n in enumerate(columns.numbers):
        values[:, place] = _numbers(table.column(n), columns, n)
    codes, words = {}, {}
    for n in columns.texts:
        codes[n], words[n] = _texts(table.column(n), columns, n)
    return Cells(values, codes, words)


def _numbers(column: Any, columns: Columns, index: int) -> Array:
    from pyarrow import types

    kind = column.type
    if not (
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_boolean(kind)
        or types.is_decimal(kind)
    ):
        word = columns.option_value(index)
        raise DataError(
            f"{columns.source}, {columns.called(index)} holds {kind} and no numbers; make it the "
            f"labels with -D label_column={word}, or leave it out with -D drop={word}"
        )
    _refuse_gaps(column, columns, index)
    found = np.asarray(column.to_numpy(), np.float64)
    if not np.isfinite(found).all():
        row = int(np.argmin(np.isfinite(found)))
        raise DataError(
            f"{columns.source}, row {row} (rows count from 0), {columns.called(index)} holds "
            f"{found[row]}; fill it in or remove the row"
        )
    return found


def _texts(column: Any, columns: Columns, index: int) -> tuple[Array, list[str]]:
    _refuse_gaps(column, columns, index)
    codes: dict[str, int] = {}
    found = [codes.setdefault(_word(value), len(codes)) for value in column.to_pylist()]
    return np.array(found, np.intp), list(codes)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return "nan"
    return str(value).strip()


def _refuse_gaps(column: Any, columns: Columns, index: int) -> None:
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        raise DataError(
            f"{columns.source}, row {row} (rows count from 0), {columns.called(index)} is empty; "
            "fill it in or remove the row"
        )
