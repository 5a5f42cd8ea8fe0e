"""The user's tables: ``.csv`` and ``.tsv`` files of numbers, with or without a label column."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.dataset import rows_per_chunk
from hebbovr.errors import DataError, SettingsError

Array = NDArray[Any]

LABEL_NAMES = ("label", "labels", "y", "class", "target")
NO_LABELS = "none"

_ENCODING = "utf-8-sig"
# Rounding to float32 may move a value by this share of its column's spread at most.
_BLUR = 1e-4


@dataclass(frozen=True)
class Layout:
    """How a table is written: what its first line says, and where the labels are."""

    delimiter: str
    n_columns: int
    first_line: int
    header: tuple[str, ...] | None
    label_index: int | None

    def column(self, index: int) -> str:
        """Return how messages name the column at ``index``."""
        return f"column {index + 1}" + (f" ({self.header[index]!r})" if self.header else "")


def read_table(
    path: Path, *, label_column: str | int | None = None, header: bool | None = None
) -> tuple[Array, Array | None]:
    """Read a table of numbers and its labels.

    Cells are separated by commas, semicolons or tabs, and may be quoted. Blank lines are left
    out, and so is an unnamed first column that only numbers the rows, as pandas writes it.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    label_column : str or int, optional
        Name of the label column, or its number from 0 (-1 is the last); ``"none"`` for a table
        without labels. By default a column that the header calls label, labels, y, class or
        target (in any case) holds the labels; a table without such a column has none.
    header : bool, optional
        Whether the first line names the columns. By default it does if none of its cells is a
        number, or one of them is one of the names above.

    Returns
    -------
    X : ndarray of shape (n_rows, n_features)
        float32, or float64 where float32 would blur a column (large numbers close together).
    y : ndarray of shape (n_rows,), optional
        int64 if all labels are whole numbers, else strings.

    Raises
    ------
    DataError
        Text, gaps, NaN or infinity among the numbers, rows of different lengths, no rows, labels
        that are fractions, or a file that is no text.
    SettingsError
        There is no such label column.
    """
    try:
        layout = _find_layout(path, label_column, header)
        values, names = _parse(path, layout)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text; save the table as UTF-8 CSV") from error
    except csv.Error as error:
        raise DataError(f"{path} is no table ({error}); save it as CSV again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; check the file") from error
    labels = None
    if layout.label_index is not None:
        codes = values[:, layout.label_index].astype(np.intp)
        labels = _labels(names, f"{path}, {layout.column(layout.label_index)}")[codes]
        values = np.delete(values, layout.label_index, axis=1)
    if _starts_with_row_numbers(layout, values):
        values = values[:, 1:]
    if values.shape[1] == 0:
        raise DataError(f"{path} has no column of numbers beside the labels; add the features")
    return _narrowed(values), labels


def _find_layout(path: Path, label_column: str | int | None, header: bool | None) -> Layout:
    with open(path, encoding=_ENCODING) as file:
        line = next((line for line in file if line.strip()), "")
    if not line:
        raise DataError(f"{path} is empty; give it rows of numbers")
    unquoted = re.sub(r'"[^"]*"', "", line)
    delimiter = next((mark for mark in ";\t" if mark in unquoted), ",")
    first_line, row = next(_rows(path, delimiter))
    cells = tuple(cell.strip() for cell in row)
    if header is None:
        named = any(cell.lower() in LABEL_NAMES for cell in cells)
        header = named or not any(_is_number(cell) for cell in cells)
    names = cells if header else None
    label_index = _label_index(path, names, len(cells), label_column)
    return Layout(delimiter, len(cells), first_line, names, label_index)


def _label_index(
    path: Path, names: tuple[str, ...] | None, n_columns: int, wanted: str | int | None
) -> int | None:
    if wanted is None:
        found = [n for n, name in enumerate(names or ()) if name.lower() in LABEL_NAMES]
        return found[0] if found else None
    if names and wanted in names:
        return names.index(str(wanted))
    if isinstance(wanted, str) and wanted.lower() == NO_LABELS:
        return None
    try:
        index = int(wanted)
    except ValueError:
        index = n_columns
    if not -n_columns <= index < n_columns:
        held = ", ".join(names[:20]) if names else f"numbered 0 to {n_columns - 1}"
        raise SettingsError(f"{path} has no column {wanted!r} for labels; its columns are {held}")
    return index % n_columns


def _parse(path: Path, layout: Layout) -> tuple[Array, list[str]]:
    """Return all cells as numbers, labels as indices into the list of their names."""
    codes: dict[str, int] = {}
    converters: dict[int | str, Any] | None = None
    if layout.label_index is not None:
        converters = {layout.label_index: lambda cell: codes.setdefault(cell.strip(), len(codes))}
    with open(path, encoding=_ENCODING) as file:
        lines = islice(file, layout.first_line if layout.header else 0, None)
        filled = (line for line in lines if line.strip())
        first = next(filled, None)
        if first is None:
            raise DataError(f"{path} has a header and no rows; give it rows of numbers")
        try:
            values = np.loadtxt(
                chain([first], filled),
                delimiter=layout.delimiter,
                comments=None,
                quotechar='"',
                converters=converters,
                ndmin=2,
            )
        except UnicodeDecodeError:
            raise
        except ValueError as error:
            problem = _first_problem(path, layout) or str(error).splitlines()[0]
            raise DataError(f"{path}, {problem}") from error
    if values.shape[1] != layout.n_columns or "" in codes or not np.isfinite(values).all():
        raise DataError(f"{path}, {_first_problem(path, layout)}")
    return values, list(codes)


def _first_problem(path: Path, layout: Layout) -> str | None:
    for line, row in _rows(path, layout.delimiter):
        if layout.header and line <= layout.first_line:
            continue
        if len(row) != layout.n_columns:
            return (
                f"line {line} has {len(row)} cells and line {layout.first_line} has "
                f"{layout.n_columns}; give every line the same number of cells"
            )
        for index, cell in enumerate(row):
            problem = _problem_of(cell.strip(), index == layout.label_index)
            if problem:
                hint = "" if layout.header or line > layout.first_line else _first_line_hint(index)
                return f"line {line}, {layout.column(index)} {problem}{hint}"
    return None


def _problem_of(cell: str, is_label: bool) -> str | None:
    if not cell:
        return "is empty; fill it in or remove the line"
    if is_label:
        return None
    if not _is_number(cell):
        return f"holds the text {cell[:40]!r}; only the label column may hold text"
    if not math.isfinite(float(cell)):
        return f"holds {cell}; fill it in or remove the line"
    return None


def _first_line_hint(index: int) -> str:
    return f" (label_column={index}), or the first line if header=True"


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give every line that is not blank as its number from 1 and its cells."""
    with open(path, encoding=_ENCODING) as file:
        reader = csv.reader(file, delimiter=delimiter)
        for row in reader:
            if any(cell.strip() for cell in row) or len(row) > 1:
                yield reader.line_num, row


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _is_whole(cell: str) -> bool:
    """Whether a cell is a whole number in any notation, up to where floats hold them exactly."""
    return _is_number(cell) and float(cell).is_integer() and abs(float(cell)) < 2**53


def _labels(names: list[str], source: str) -> Array:
    """Return the labels called ``names``, as integers if all of them are whole."""
    if all(_is_whole(name) for name in names):
        return np.array([int(float(name)) for name in names], np.int64)
    if all(_is_number(name) for name in names):
        example = next(name for name in names if not _is_whole(name))
        raise DataError(
            f"{source} holds the number {example}, which is no class label; name another column "
            f"with label_column, or pass label_column='{NO_LABELS}'"
        )
    return np.array(names)


def _starts_with_row_numbers(layout: Layout, values: Array) -> bool:
    if not layout.header or layout.header[0] or layout.label_index == 0:
        return False
    return any(np.array_equal(values[:, 0], np.arange(len(values)) + start) for start in (0, 1))


def _narrowed(values: Array) -> Array:
    """Return ``values`` as float32 if that keeps every column's differences."""
    with np.errstate(over="ignore"):
        narrow = np.ascontiguousarray(values, np.float32)
    spread = np.ptp(values, axis=0)
    step = rows_per_chunk(values)
    for start in range(0, values.shape[0], step):
        error = np.abs(narrow[start : start + step] - values[start : start + step]).max(axis=0)
        if (error[spread > 0] > _BLUR * spread[spread > 0]).any():
            return np.ascontiguousarray(values)
    return narrow
