"""From the cells of a table to features and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.columns import NO_LABELS, Columns, is_coordinate
from hebbovr.datasets.notes import note
from hebbovr.datasets.numbers import is_number, is_whole, narrowed
from hebbovr.datasets.separators import DECIMAL_COMMA, GROUPED
from hebbovr.errors import DataError, SettingsError

Array = NDArray[Any]

# From so many rows on, a column of as many different numbers is no class, and one of 0, 1, 2, … in
# a table without names counts the rows.
_MANY_ROWS = 10


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a table: numbers, and texts by their codes.

    Attributes
    ----------
    values : ndarray of shape (n_rows, len(columns.numbers))
        float64.
    codes : dict of int to ndarray of shape (n_rows,)
        For each of ``columns.texts``, indices into its list of ``words``.
    words : dict of int to list of str
        The distinct cells of these columns.
    places : ndarray of shape (n_rows,), optional
        Line of each row, from 1.
    """

    values: Array
    codes: dict[int, Array]
    words: dict[int, list[str]]
    places: Array | None = None

    def place(self, row: int) -> str:
        """Return how messages call a row."""
        return f"row {row}" if self.places is None else f"line {self.places[row]}"


def features_and_labels(
    columns: Columns, cells: Cells
) -> tuple[Array, Array | None, tuple[str, ...] | None]:
    """Return the features of a table, its labels, and the features' names.

    Raises
    ------
    DataError
        Labels that are fractions, text among the features, or no features at all.
    SettingsError
        Labels that may be something else.
    """
    labels = None
    if columns.label is not None:
        labels = _labels(columns, cells, columns.label)
    kept = {n: cells.values[:, place] for place, n in enumerate(columns.numbers)}
    n_rows = len(cells.values)
    for n in columns.index:
        if columns.options.keep_index or not _numbers_rows(columns, cells, n, n_rows):
            kept[n] = _as_numbers(columns, cells, n)
    if _counts_rows(columns, kept, n_rows):
        del kept[0]
        note(_left_out(columns, 0))
    if not kept:
        raise DataError(
            f"{columns.source} has no column of numbers beside the labels; add the features"
            + (", or keep the numbers of rows with -D keep_index=yes" if columns.index else "")
        )
    order = sorted(kept)
    if order == list(columns.numbers):
        values = cells.values
    else:
        values = np.stack([kept[n] for n in order], axis=1)
    return narrowed(values, columns.options.dtype), labels, _feature_names(columns, order)


def _numbers_rows(columns: Columns, cells: Cells, index: int, n_rows: int) -> bool:
    """Whether a column tells rows apart and is no feature; say so."""
    words = cells.words[index]
    if words == [""]:
        return True
    if tell_apart(words, n_rows):
        note(_left_out(columns, index))
        return True
    if all(map(is_whole, words)):
        note(
            f"{columns.source}: {columns.called(index)} holds numbers more than once, so it is "
            f"taken for a feature; -D drop={columns.option_value(index)} leaves it out"
        )
    return False


def tell_apart(words: list[str], n_rows: int) -> bool:
    """Whether cells are whole numbers or names, another in each row."""
    whole = all(map(is_whole, words))
    return len(words) == n_rows and (whole or not any(map(is_number, words)))


def _left_out(columns: Columns, index: int) -> str:
    return (
        f"{columns.source}: {columns.called(index)} numbers or names the rows and is left out; "
        "-D keep_index=yes keeps it"
    )


def _counts_rows(columns: Columns, kept: dict[int, Array], n_rows: int) -> bool:
    """Whether the first column of a table without names is 0, 1, 2, … or 1, 2, 3, …"""
    if columns.names or columns.options.keep_index or 0 not in kept or len(kept) < 2:
        return False
    if n_rows < _MANY_ROWS or columns.options.keep:
        return False
    return any(np.array_equal(kept[0], np.arange(n_rows) + start) for start in (0, 1))


def _as_numbers(columns: Columns, cells: Cells, index: int) -> Array:
    words = cells.words[index]
    for code, word in enumerate(words):
        if not is_number(word) or not np.isfinite(float(word)):
            row = int(np.argmax(cells.codes[index] == code))
            raise DataError(
                f"{columns.source}, {cells.place(row)}, {columns.called(index)} "
                + problem_of_text(word, columns.option_value(index))
            )
    return np.array([float(word) for word in words], np.float64)[cells.codes[index]]


def problem_of_text(cell: str, option_value: str) -> str:
    """Return what is wrong with text among numbers, and the mend."""
    if not cell:
        return (
            "is empty; fill it in, remove the line, or leave the column out with -D "
            f"drop={option_value}"
        )
    if cell.lower() in ("na", "n/a", "#n/a", "null", "none", "?", "-", "."):
        return f"holds {cell!r}, a missing value; fill it in or remove the line"
    if is_number(cell):
        return f"holds {cell}; fill it in or remove the line"
    if DECIMAL_COMMA.match(cell):
        return f"holds the text {cell!r}; if that is a decimal comma, say so with -D decimal=comma"
    if GROUPED.match(cell):
        return f"holds {cell!r}, whose thousands are set apart; write its numbers without that"
    return (
        f"holds the text {cell[:40]!r}; only the label column may hold text, so make it that with "
        f"-D label_column={option_value}, or leave it out with -D drop={option_value}"
    )


def _labels(columns: Columns, cells: Cells, index: int) -> Array | None:
    """Return the labels, as integers if all of them are whole, None if all are empty."""
    names, codes = cells.words[index], cells.codes[index]
    where = f"{columns.source}, {columns.called(index)}"
    if names == [""]:
        note(f"{where} is empty throughout, so that there are no labels")
        return None
    if "" in names:
        row = int(np.argmax(codes == names.index("")))
        problem = problem_of_text("", columns.option_value(index))
        raise DataError(f"{columns.source}, {cells.place(row)}, {columns.called(index)} {problem}")
    if not all(map(is_number, names)):
        return np.array(names)[codes]
    if not all(map(is_whole, names)):
        example = next(name for name in names if not is_whole(name))
        raise DataError(
            f"{where} holds the number {example}, which is no class label; name another column "
            f"with -D label_column=NAME, or make it a feature with label_column={NO_LABELS}"
        )
    chosen = (
        f"choose with -D label_column={columns.option_value(index)} or label_column={NO_LABELS}"
    )
    if columns.asked or columns.names is None:
        pass
    elif is_coordinate(columns.names, index):
        raise SettingsError(
            f"{where} beside a column 'x' may be a coordinate or the labels; {chosen}"
        )
    elif len(names) == len(codes) >= _MANY_ROWS:
        raise SettingsError(
            f"{where} holds another number in every row, as no classes do; {chosen}"
        )
    return np.array([int(float(name)) for name in names], np.int64)[codes]


def _feature_names(columns: Columns, order: list[int]) -> tuple[str, ...] | None:
    if columns.names is None:
        return None
    names = tuple(columns.names[n] for n in order)
    if all(names) and len(set(names)) == len(names):
        return names
    note(
        f"{columns.source}: some of its columns have no name or the same, so that other files are "
        "matched with it by the places of their columns"
    )
    return None
