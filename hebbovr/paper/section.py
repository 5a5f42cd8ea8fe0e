"""What one table or figure of the report consists of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hebbovr.experiments.trials import Cell, Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(eq=False)
class Section:
    """A table or figure, ready to be written.

    Attributes
    ----------
    name, title : str
        Such as "table1", and its heading.
    what : list of str
        What was run, a paragraph each.
    header, rows : list
        The table, cells as text.
    verdicts : list of str
        What the measured values say, a sentence each.
    figure : Figure, optional
    summary : list of dict
        The numbers behind it, in JSON's types; stored as ``NAME.json``.
    cells : list of Cell
        What it was made from.
    seconds : float
        Time that these cells took.
    data : str
        What the data are called.
    """

    name: str
    title: str
    what: list[str]
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    figure: Figure | None = None
    summary: list[dict[str, Any]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    seconds: float = 0.0
    data: str = ""


def duration(seconds: float) -> str:
    """Return seconds in the unit that suits them, such as "12 s", "7.5 min" or "3.2 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"
    if seconds < 5400:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number as text, or a dash."""
    return "-" if value is None else f"{value:.{digits}f}"


def total_seconds(cells: Iterable[Cell], results: dict[Cell, Result]) -> float:
    """Return the time that ``cells`` took one after the other."""
    return sum(float(results[cell].get("wall_seconds", 0.0)) for cell in set(cells))
