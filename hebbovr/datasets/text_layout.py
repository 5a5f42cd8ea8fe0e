"""How a table is written: what separates its cells, and which of its lines name the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hebbovr.datasets.columns import LABEL_NAMES, is_index_name
from hebbovr.datasets.notes import note
from hebbovr.datasets.options import shown
from hebbovr.datasets.separators import (
    DECIMAL_COMMA,
    DELIMITERS,
    cut,
    find_delimiter,
    has_decimal_comma,
    is_numeric,
    usual_width,
)
from hebbovr.errors import DataError, SettingsError

COMMENT = ("#", "%")

_SEPARATOR_LINE = re.compile(r'\s*"?sep=([,;\t| :^~])"?\s*\Z', re.IGNORECASE)
_MISSING = ("", "na", "n/a", "null", "none", "?")


@dataclass(frozen=True)
class Line:
    """A line of the file: its number from 1, its text, and its cells once it is cut."""

    number: int
    text: str
    cells: tuple[str, ...] = ()

    @property
    def comment(self) -> bool:
        """Whether it starts as comments do."""
        return self.text.lstrip().startswith(COMMENT)

    @property
    def filled(self) -> tuple[str, ...]:
        """The cells up to the last that is not empty."""
        end = len(self.cells)
        while end and not self.cells[end - 1]:
            end -= 1
        return self.cells[:end]


@dataclass(frozen=True)
class Layout:
    """How a table is written.

    Attributes
    ----------
    delimiter : str
        What separates cells; a blank stands for any run of blanks.
    decimal_comma : bool
        Whether numbers have a comma in place of the decimal point.
    names : tuple of str, optional
        Names of the columns.
    n_columns : int
        Cells of a row; empty cells beyond them are no columns.
    first_line, first_row : int
        Numbers of the line that names the columns, else is the first row, and of the first row.
    row_names : bool
        Whether the first column has no name in a header that is one name short.
    asked : bool
        Whether the user said which line names the columns, or that none does.
    """

    delimiter: str
    decimal_comma: bool
    names: tuple[str, ...] | None
    n_columns: int
    first_line: int
    first_row: int
    row_names: bool
    asked: bool


def find_layout(
    source: str,
    sample: Sequence[tuple[int, str]],
    header: bool | int | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Layout:
    """Tell from the first lines of a table how it is written.

    Parameters
    ----------
    source : str
        What messages call the table.
    sample : sequence of (int, str)
        Numbers and texts of the first lines that are not blank.
    header, delimiter, decimal
        What the user says; see `hebbovr.datasets.table.read_table`.

    Raises
    ------
    DataError, SettingsError
        No lines, or several readings of them; the sentence says how to choose.
    """
    lines = [Line(number, text) for number, text in sample]
    separator = _SEPARATOR_LINE.match(lines[0].text.rstrip("\r\n")) if lines else None
    if separator:
        delimiter = delimiter or separator[1]
        lines = lines[1:]
    rows = [line for line in lines if not line.comment]
    if not rows and not lines:
        raise DataError(f"{source} is empty; give it rows of numbers")
    mark = DELIMITERS.get(delimiter or "", delimiter) or find_delimiter(
        [line.text for line in rows]
    )
    lines = [Line(line.number, line.text, cut(line.text, mark)) for line in lines]
    lines = [line for line in lines if line.comment or line.filled]
    rows = [line for line in lines if not line.comment]
    if not rows:
        raise DataError(f"{source} has no rows, only comments; give it rows of numbers")
    comma = has_decimal_comma(source, [cell for line in rows for cell in line.cells], decimal)
    return _Header(source, lines, comma, header).layout(mark)


class _Header:
    """Finds the lines above the rows, and the one among them that names the columns."""

    def __init__(
        self, source: str, lines: list[Line], comma: bool, header: bool | int | None
    ) -> None:
        self.source, self.lines, self.comma, self.header = source, lines, comma, header
        self.rows = [line for line in lines if not line.comment]
        self.short = False
        self.width = usual_width([line.cells for line in self.rows])
        lower = self.rows[len(self.rows) // 2 :]
        typical = [line.cells for line in lower if len(line.cells) == self.width]
        columns = list(zip(*typical, strict=True))
        self.numeric = [n for n, column in enumerate(columns) if self._mostly_numbers(column)]
        used = [n for n, column in enumerate(columns) if any(column)]
        self.n_columns = max(used, default=self.width - 1) + 1

    def layout(self, delimiter: str) -> Layout:
        """Return the layout of the table."""
        leads = self._leads()
        names, found = self._find(leads)
        body = self._body(leads, found)
        if names is not None:
            self.n_columns = len(names)
        named = self.lines[-1] if found is None else found
        first = body.number if body else named.number + 1
        return Layout(
            delimiter,
            self.comma,
            names,
            self.n_columns,
            first if found is None else found.number,
            first,
            self.short,
            self.header is not None,
        )

    def _mostly_numbers(self, column: Sequence[str]) -> bool:
        filled = [cell for cell in column if cell]
        return bool(filled) and 2 * sum(self._number(cell) for cell in filled) >= len(filled)

    def _number(self, cell: str) -> bool:
        return is_numeric(cell, self.comma)

    def _leads(self) -> list[Line]:
        """Return the lines before the first that may be a row."""
        leads: list[Line] = []
        for line in self.rows:
            held = [line.cells[n] for n in self.numeric if n < len(line.cells)]
            like = len(line.filled) >= self.n_columns - 1 and len(line.cells) in (
                self.width,
                self.n_columns,
            )
            if like and all(self._number(c) or c.lower() in _MISSING for c in held):
                if self.numeric or leads:
                    break
            elif like and leads and any(map(self._number, held)):
                break
            leads.append(line)
            if not self.numeric:
                break
        return leads

    def _find(self, leads: list[Line]) -> tuple[tuple[str, ...] | None, Line | None]:
        if self.header is False:
            return None, None
        if self.header is not None and self.header is not True:
            return self._named_by(next((x for x in self.lines if x.number == self.header), None))
        first = self.rows[len(leads)].number if len(leads) < len(self.rows) else None
        comments = [x for x in self.lines if x.comment and (first is None or x.number < first)]
        fitting = [(self._fit(line), line) for line in leads]
        full = [(names, line) for names, line in fitting if names is not None]
        if self.header is True and not full:
            return self._named_by(next((x for x in comments if self._comment(x)), self.rows[0]))
        if self.header is True:
            return full[0]
        if not full:
            full = [(n, line) for line in leads if (n := self._row_names(line)) is not None]
        if not full and not leads:
            found = self._from_comments(comments) or self._from_first_row()
            return found or (None, None)
        if not full:
            full = [found] if (found := self._from_comments(comments)) else []
        return self._choose(full, leads)

    def _choose(
        self, full: list[tuple[tuple[str, ...], Line]], leads: list[Line]
    ) -> tuple[tuple[str, ...] | None, Line | None]:
        """Return the line among several that names the columns."""
        if len(full) > 1:
            good = [item for item in full if _names_well(item[0])]
            labelled = [item for item in good or full if _has_label(item[0])]
            full = labelled if len(labelled) == 1 else good or full
        if len(full) > 1:
            numbers = ", ".join(str(line.number) for _, line in full[:5])
            raise SettingsError(
                f"{self.source} has several lines above its rows that may name the columns (lines "
                f"{numbers}); say which does with -D header={full[0][1].number} or another"
            )
        if not full:
            self._refuse_unlike(leads)
            return None, None
        names, line = full[0]
        texts = [name for name in names if name and not self._number(name)] or [names[0]]
        numbers_too = any(self._number(name) for name in names)
        known = any(name.lower() in LABEL_NAMES or is_index_name(name) for name in names)
        if numbers_too and not known and not line.comment:
            place = next(n for n, name in enumerate(names) if name == texts[0])
            raise DataError(
                f"{self.source}, line {line.number}, column {place + 1} holds the text "
                f"{texts[0][:40]!r}; if the line names the columns, say -D header=yes, and if "
                f"that column holds the labels, -D header=no -D label_column={place}"
            )
        return names, line

    def _refuse_unlike(self, leads: list[Line]) -> None:
        """Raise DataError where lines above the rows are neither titles nor names."""
        for line in leads:
            self._refuse_cut_otherwise(line)
            if len(line.filled) > 1 or self.n_columns == 1:
                body = self.rows[min(len(leads), len(self.rows) - 1)]
                raise DataError(
                    f"{self.source}, line {body.number} has {len(body.cells)} cells and line "
                    f"{line.number} has {len(line.cells)}; give every line the same number of "
                    "cells, or say how they are cut with -D delimiter=comma (or semicolon, tab, "
                    "bar, blank), or that the first names columns with -D header=yes"
                )

    def _refuse_cut_otherwise(self, line: Line) -> None:
        """Raise DataError for a line that names the columns if it is cut by another mark."""
        for mark in DELIMITERS.values():
            cells = cut(line.text, mark)
            if len(line.filled) < len(cells) == self.n_columns and _names_well(cells):
                raise DataError(
                    f"{self.source}, line {line.number} ({shown(line.text.strip())}) may name the "
                    f"{self.n_columns} columns but is cut otherwise than the rows; cut it as they "
                    "are, or say -D header=no if it is a title"
                )

    def _named_by(self, line: Line | None) -> tuple[tuple[str, ...], Line]:
        if line is None:
            raise SettingsError(
                f"{self.source} has no line {self.header} among its first that could name its "
                "columns; give another -D header"
            )
        if line.comment:
            names = self._comment(line)
        else:
            names = self._fit(line) or self._row_names(line, asked=True)
        if names is None:
            raise SettingsError(
                f"{self.source} has {self.n_columns} columns, and line {line.number} does not name "
                "as many; give another -D header"
            )
        return names, line

    def _fit(self, line: Line) -> tuple[str, ...] | None:
        """Return the names that a line gives the columns, None where they are not as many."""
        if len(line.cells) == self.n_columns:
            return line.cells
        if self.n_columns <= len(line.filled) <= self.width:
            return line.filled
        return None

    def _row_names(self, line: Line, asked: bool = False) -> tuple[str, ...] | None:
        """Return names where the line has one less than rows have cells, as R writes them."""
        below = [x.text.strip() for x in self.rows if x.number > line.number]
        one_name = len(line.filled) == 1 and self.n_columns == 2
        if one_name and below and not asked and all(map(DECIMAL_COMMA.match, below)):
            raise SettingsError(
                f"{self.source} names one column and holds {below[0]}, which may be one number "
                "with a decimal comma or two cells; say -D delimiter=semicolon if it is one, or "
                "name both columns"
            )
        for cells in (line.cells, line.filled):
            if len(cells) == self.n_columns - 1 and (asked or not all(map(self._number, cells))):
                self.short = True
                return ("", *cells)
        return None

    def _comment(self, line: Line) -> tuple[str, ...] | None:
        """Return the names that a comment gives the columns."""
        cells = (line.cells[0].lstrip("#% \t"), *line.cells[1:]) if line.cells else ()
        names = self._fit(Line(line.number, line.text, cells))
        if names is None and len(cells) and cells[0] == "":
            names = self._fit(Line(line.number, line.text, cells[1:]))
        if names is not None:
            return names if names[0] else ("#", *names[1:])
        words = tuple(line.text.lstrip("#% \t").split())
        names = self._fit(Line(line.number, line.text, words))
        return names if names is not None and _has_label(names) else None

    def _from_comments(self, comments: list[Line]) -> tuple[tuple[str, ...], Line] | None:
        fitting = [(names, x) for x in comments if (names := self._comment(x)) is not None]
        good = [item for item in fitting if _names_well(item[0])]
        if good:
            labelled = [item for item in good if _has_label(item[0])]
            return (labelled or good)[-1]
        for line in comments:
            words = re.findall(r"\w+", line.text.lower())
            if set(words) & {*LABEL_NAMES} and len(words) >= self.n_columns > 1:
                raise DataError(
                    f"{self.source}, line {line.number} may name its {self.n_columns} columns; "
                    "separate the names as the cells are, or say which column holds the labels "
                    "with -D label_column (a number from 0, or none) and -D header=no"
                )
        return None

    def _from_first_row(self) -> tuple[tuple[str, ...], Line] | None:
        """Return the first row where it names columns by numbers, as only names can stand so."""
        if len(self.rows) < 2:
            return None
        first, others = self.rows[0], self.rows[1:]
        below = [line.cells[0] for line in others if line.cells]
        nameless = not first.cells[0] and all(map(self._number, first.filled[1:]))
        if nameless and len(first.cells) > 1 and len(set(below)) == len(below):
            names = self._fit(first)
            return (names, first) if names and all(below) else None
        for place, cell in enumerate(first.cells):
            column = [line.cells[place] for line in others if place < len(line.cells)]
            is_label = cell.lower() in LABEL_NAMES and place not in self.numeric
            names = self._fit(first)
            if is_label and names and cell not in column:
                return names, first
        return None

    def _body(self, leads: list[Line], found: Line | None) -> Line | None:
        """Return the first row, and say which lines are left out."""
        if self.header is False:
            leads = leads[: next((n for n, x in enumerate(leads) if self._fit(x)), None)]
        after = 0 if found is None else found.number
        above = {line.number for line in leads} | {after}
        body = next((x for x in self.rows if x.number > after and x.number not in above), None)
        for line in leads:
            if line is not found:
                note(
                    f"{self.source}: line {line.number} ({shown(line.text.strip())}) is neither "
                    "names of columns nor a row, and is left out"
                )
        return body


def _names_well(names: Sequence[str]) -> bool:
    return all(names[1:]) and len(set(names)) == len(names)


def _has_label(names: Sequence[str]) -> bool:
    return any(name.lower() in LABEL_NAMES for name in names)
