"""The user's tables: text files of numbers, with or without a label column."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.arrays import RawArrays
from hebbovr.datasets.cells import Cells, features_and_labels, problem_of_text, tell_apart
from hebbovr.datasets.columns import ColumnOptions, Columns, find_columns
from hebbovr.datasets.numbers import is_number
from hebbovr.datasets.options import shown
from hebbovr.datasets.separators import cut
from hebbovr.datasets.text_file import open_text
from hebbovr.datasets.text_layout import COMMENT, Layout, find_layout
from hebbovr.errors import DataError, SettingsError

Array = NDArray[Any]

_SAMPLE_LINES, _SAMPLE_LENGTH = 100, 2**20
_CHUNK_CELLS = 2**16
# Rows to compare the first with, and how many must be there.
_COMPARED, _FEWEST_COMPARED = 1000, 3


def read_table(
    path: Path,
    *,
    label_column: str | int | None = None,
    header: bool | int | str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    keep_index: bool = False,
    keep: str | Sequence[str] | None = None,
    drop: str | Sequence[str] | None = None,
    dtype: str | None = None,
) -> RawArrays:
    """Read a table of numbers and its labels.

    Cells are separated by commas, semicolons, tabs, bars or blanks, and may be quoted. Blank lines
    and comments are left out, and so are empty columns at the end and a column that numbers the
    rows. What is left out or taken for something else is said by a `DataNote`.

    Parameters
    ----------
    path : Path
        The file, which may be packed by gzip, or a pipe; ``-`` is standard input.
    label_column : str or int, optional
        Name of the label column, or its number from 0 (-1 is the last); ``"none"`` for a table
        without labels. By default the one column that the header calls label, y, class, target or
        species (in any case, or the plural) holds the labels; a table without one has none.
    header : bool, int or str, optional
        Whether the first line names the columns, or the number from 1 of the line that does. By
        default the line above the numbers, or a comment, does; a first line of numbers that may be
        names is asked about.
    delimiter : str, optional
        comma, semicolon, tab, bar or blank; by default what cuts the lines evenly, and to numbers.
    decimal : str, optional
        comma or point; by default what is found.
    encoding : str, optional
        Of the text; UTF-8 by default.
    keep_index : bool, default=False
        Keep columns called index, id, rownames or nothing as features though they tell rows apart.
    keep, drop : str or sequence of str, optional
        Columns that are features, and that are not, whatever they are called: names or numbers from
        0, separated by commas.
    dtype : str, optional
        float32 or float64.

    Returns
    -------
    RawArrays
        ``X`` of shape (n_rows, n_features), float32, or float64 where float32 would blur a column
        (large numbers close together); ``y`` of shape (n_rows,), int64 if all labels are whole
        numbers, else strings; ``feature_names`` where the file has them.

    Raises
    ------
    DataError
        Text, gaps, NaN or infinity among the numbers, rows of different lengths, no rows, labels
        that are fractions, or a file that is no text.
    SettingsError
        An option is wrong, or several readings are possible; the sentence says how to choose.
    """
    source = str(path)
    options = ColumnOptions(label_column, keep_index, keep, drop, dtype)
    try:
        with open_text(path, encoding) as file:
            lines = enumerate(file, 1)
            sample = list(_first_lines(lines))
            layout = find_layout(source, sample, _header(header), delimiter, decimal)
            columns = find_columns(source, layout.names, layout.n_columns, options)
            cells = _read_cells(source, chain(sample, lines), layout, columns)
            _refuse_short_header(source, layout, cells)
    except csv.Error as error:
        raise DataError(f"{source} is no table ({error}); save it as CSV again") from error
    _refuse_names_as_row(source, layout, cells)
    return RawArrays(*_split(columns, cells))


def _split(columns: Columns, cells: Cells) -> tuple[Any, ...]:
    X, y, names = features_and_labels(columns, cells)
    return X, y, None, None, names


def _header(given: bool | int | str | None) -> bool | int | None:
    """Return whether, or in which line, the columns are named."""
    if not isinstance(given, str):
        return given
    word = given.strip().lower()
    if word in ("yes", "true", "on", "no", "false", "off"):
        return word in ("yes", "true", "on")
    if not word.isascii() or not word.isdigit() or len(word) > 9:
        raise SettingsError(f"header={shown(given)} must be yes, no or the number of a line")
    return int(word) or False


def _first_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Give the first lines that are not blank."""
    count = length = 0
    for number, line in lines:
        if line.strip():
            yield number, line
            count, length = count + 1, length + len(line)
        if count >= _SAMPLE_LINES or (length > _SAMPLE_LENGTH and count > 2):
            return


class _Lines:
    """The lines from the first row on, without comments; knows the number of the last one."""

    def __init__(self, source: str, lines: Iterable[tuple[int, str]], layout: Layout) -> None:
        self.number = 0
        self._source, self._lines, self._layout = source, lines, layout

    def __iter__(self) -> Iterator[str]:
        layout = self._layout
        for number, line in self._lines:
            self.number = number
            if self.number < layout.first_row or line.isspace():
                continue
            if not line.lstrip().startswith(COMMENT):
                yield line
            elif self._like_a_row(line):
                raise DataError(
                    f"{self._source}, line {self.number} starts as a comment and has cells as a "
                    "row; quote its first cell, or remove the line"
                )

    def _like_a_row(self, line: str) -> bool:
        cells = cut(line, self._layout.delimiter)
        return 1 < self._layout.n_columns == len(cells) and any(map(is_number, cells))


def _cut_rows(lines: _Lines, delimiter: str) -> Iterator[list[str]]:
    if delimiter == " ":
        return (list(cut(line, " ")) for line in lines)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


def _read_cells(
    source: str, numbered: Iterable[tuple[int, str]], layout: Layout, columns: Columns
) -> Cells:
    lines = _Lines(source, numbered, layout)
    width, numbers, texts = layout.n_columns, columns.numbers, columns.texts
    taken = sorted({*texts, *columns.left_out}, reverse=True)
    values, places = array("d"), array("q")
    words: dict[int, dict[str, int]] = {n: {} for n in texts}
    codes = {n: array("q") for n in texts}
    rows: list[list[str]] = []
    for row in _cut_rows(lines, layout.delimiter):
        if len(row) != width:
            row = _trimmed(source, row, lines.number, layout)
        if not any(row) or not any(map(str.strip, row)):
            continue
        for n in taken:
            cell = row.pop(n).strip()
            if n in words:
                codes[n].append(words[n].setdefault(cell, len(words[n])))
        rows.append(row)
        places.append(lines.number)
        if len(rows) * width >= _CHUNK_CELLS:
            _add_numbers(values, rows, places, layout, columns)
            rows = []
    _add_numbers(values, rows, places, layout, columns)
    if not places:
        raise DataError(f"{source} has a header and no rows; give it rows of numbers")
    found = np.frombuffer(values, np.float64) if values else np.empty(0)
    return Cells(
        found.reshape(len(places), len(numbers)),
        {n: np.frombuffer(codes[n], np.int64) for n in texts},
        {n: list(words[n]) for n in texts},
        np.frombuffer(places, np.int64),
    )


def _add_numbers(
    values: array[float],
    rows: list[list[str]],
    places: array[int],
    layout: Layout,
    columns: Columns,
) -> None:
    """Add the cells of rows to the values; raise DataError for the first that is no number."""
    start = len(values)
    try:
        values.extend(map(_with_comma if layout.decimal_comma else float, chain(*rows)))
    except ValueError:
        sound = False
    else:
        sound = bool(np.isfinite(np.array(values[start:])).all())
    if sound and not any("_" in "".join(row) for row in rows):
        return
    for row, number in zip(rows, places[len(places) - len(rows) :], strict=True):
        _refuse_cells(columns.source, row, number, layout, columns)


def _trimmed(source: str, row: list[str], number: int, layout: Layout) -> list[str]:
    """Return a row without empty cells at its end that are no columns."""
    width = layout.n_columns
    if len(row) > width and not any(map(str.strip, row[width:])):
        return row[:width]
    if not any(map(str.strip, row)):
        return []
    raise DataError(
        f"{source}, line {number} has {len(row)} cells and line {layout.first_line} has {width}; "
        "give every line the same number of cells"
    )


def _with_comma(cell: str) -> float:
    if "." in cell:
        raise ValueError
    return float(cell.replace(",", "."))


def _refuse_cells(
    source: str, row: list[str], number: int, layout: Layout, columns: Columns
) -> None:
    """Raise DataError for the first cell that is no finite number, if there is one."""
    for n, cell in zip(columns.numbers, map(str.strip, row), strict=True):
        if layout.decimal_comma and "." in cell and is_number(cell):
            problem = f"holds {cell}, where commas are decimal points; write all numbers alike"
        else:
            number_text = cell.replace(",", ".") if layout.decimal_comma else cell
            if is_number(number_text) and math.isfinite(float(number_text)):
                continue
            problem = problem_of_text(cell, columns.option_value(n))
        hint = ""
        if number == layout.first_row and layout.names is None and not layout.asked:
            hint = "; or if the line names the columns, say -D header=yes"
        raise DataError(f"{source}, line {number}, {columns.called(n)} {problem}{hint}")


def _refuse_short_header(source: str, layout: Layout, cells: Cells) -> None:
    """Raise DataError where a header is one name short and the first column names no rows."""
    words = cells.words.get(0, [])
    if layout.row_names and words and not tell_apart(words, len(cells.values)):
        raise DataError(
            f"{source}, line {layout.first_row} has {layout.n_columns} cells and line "
            f"{layout.first_line} has {layout.n_columns - 1}; name every column"
        )


def _refuse_names_as_row(source: str, layout: Layout, cells: Cells) -> None:
    """Raise SettingsError where the first row of a table without a header may name the columns."""
    if layout.names is not None or layout.asked or not cells.values.shape[1]:
        return
    first, others = cells.values[0], cells.values[1 : _COMPARED + 1]
    if len(others) and (_counts(first, others) or _unlike(first, others)):
        cells_shown = ", ".join(f"{value:.12g}" for value in first[:4])
        more = ", …" if len(first) > 4 else ""
        raise SettingsError(
            f"The first line of {source} ({cells_shown}{more}) may name the columns or be a row; "
            "say which with -D header=yes or -D header=no"
        )


def _counts(first: Array, others: Array) -> bool:
    """Whether the first row goes up by even steps, such as 0, 1, 2, …, as others do not."""
    steps = np.diff(first)
    if len(first) < 3 or (first % 1).any() or steps[0] == 0 or (steps != steps[0]).any():
        return False
    if len(first) == 3 and (steps[0] != 1 or first[0] not in (0, 1)):
        return False
    return bool((np.diff(others, axis=1) == steps).all(axis=1).mean() <= 0.05)


def _unlike(first: Array, others: Array) -> bool:
    """Whether the first row is whole above fractions, or far out of the range of every column."""
    if len(others) < _FEWEST_COMPARED:
        return False
    whole = not (first % 1).any() and len(set(first.tolist())) == len(first)
    fractions = ((others % 1) != 0).mean(axis=0)
    if whole and (fractions > 0.9).all() and (len(first) > 1 or len(others) >= 10):
        return True
    low, high = others.min(axis=0), others.max(axis=0)
    with np.errstate(over="ignore"):
        outside = (first < low - (high - low)) | (first > high + (high - low))
    return bool(outside.all() and whole and len(first) > 1)
