"""What stands between the cells of a table, and between the digits of its numbers."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

from hebbovr.datasets.notes import note
from hebbovr.datasets.numbers import is_number
from hebbovr.errors import SettingsError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blank": " "}

DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?\Z")
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?\Z")
# 1,234,567.8 or 1.234.567,8, also with blanks or apostrophes.
GROUPED = re.compile(r"[+-]?\d{1,3}(?:(,|\.|'|\u2019|[ \u00a0\u202f])\d{3})+(?!\1)(?:[.,]\d+)?\Z")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\Z")


def cut(text: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of one line."""
    if delimiter != " ":
        row = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
        return tuple(cell.strip() for cell in row)
    if '"' not in text:
        return tuple(filter(None, re.split(r"[ \t\r\n]+", text)))
    parts = re.findall(r'"([^"]*)"(?=\s|\Z)|(\S+)', text)
    return tuple((quoted or plain).strip() for quoted, plain in parts)


def find_delimiter(rows: Sequence[str]) -> str:
    """Return the mark that cuts most of the lines into the same number of cells, and to numbers."""
    best, found = (0.0, 0), ","
    for mark in DELIMITERS.values():
        cut_rows = [cut(line, mark) for line in rows]
        width = usual_width(cut_rows)
        if width < 2:
            continue
        filled = sum(1 for row in cut_rows for cell in row if cell)
        numbers = sum(
            is_numeric(cell, True) for row in cut_rows if len(row) == width for cell in row
        )
        even = sum(len(row) == width for row in cut_rows) / len(cut_rows)
        score = (even * numbers / max(filled, 1), width)
        if score > best:
            best, found = score, mark
    return found


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the number of cells of most rows, of the later ones where it is a draw."""
    counts = Counter(len(row) for row in rows)
    last = {len(row): place for place, row in enumerate(rows)}
    return max(counts, key=lambda width: (counts[width], last[width]), default=0)


def is_numeric(cell: str, comma: bool) -> bool:
    """Whether a cell is a number, or is one with a decimal comma where that is allowed."""
    if is_number(cell) or (comma and DECIMAL_COMMA.match(cell)):
        return True
    return bool(GROUPED.match(cell))


def has_decimal_comma(source: str, cells: Sequence[str], decimal: str | None) -> bool:
    """Tell whether numbers among the cells have a decimal comma; refuse what may be thousands."""
    if decimal is not None:
        return decimal == "comma"
    commas = [cell for cell in cells if DECIMAL_COMMA.match(cell)]
    if not commas or any(map(_DECIMAL_POINT.match, cells)):
        return False
    if all(map(_THOUSANDS.match, commas)):
        raise SettingsError(
            f"{source} holds {commas[0]}, whose comma may be a decimal comma or part thousands; "
            "say -D decimal=comma, or write its numbers without it"
        )
    note(
        f"{source}: commas in numbers such as {commas[0]} are read as decimal points; -D "
        "decimal=point reads them as text"
    )
    return True
