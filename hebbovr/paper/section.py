"""What one table or figure of the report consists of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hebbovr.experiments.trials import Result, Trial

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
    trials : list of Trial
        What it was made from.
    seconds : float
        Time that these trials took.
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
    trials: list[Trial] = field(default_factory=list)
    seconds: float = 0.0
    data: str = ""


def number(value: float | None, digits: int = 2) -> str:
    """Return a number as text, or a dash."""
    return "-" if value is None else f"{value:.{digits}f}"


def total_seconds(trials: Iterable[Trial], results: dict[Trial, Result]) -> float:
    """Return the time that ``trials`` took one after the other."""
    return sum(float(results[trial].get("wall_seconds", 0.0)) for trial in set(trials))
