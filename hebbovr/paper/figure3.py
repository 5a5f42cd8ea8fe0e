"""Figure 3: sparsity and accuracy of classifiers with the OVR-loss against λ."""

from __future__ import annotations

from hebbovr.experiments.trials import Cell, Result
from hebbovr.paper import classifiers
from hebbovr.paper.curves import Panel, cells_of, curve_section
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section

NAME = "figure3"
TITLE = "Figure 3: classifiers with the OVR-loss"


def panels(plan: Plan) -> list[Panel]:
    """Return the rows of the figure."""
    return [classifiers.penalty_panel(plan, "ovr", "OVR-loss")]


def grid(plan: Plan) -> list[Cell]:
    """Return the cells of all curves."""
    return cells_of(panels(plan))


def section(plan: Plan, results: dict[Cell, Result]) -> Section:
    """Return the figure for the report."""
    what = [f"{classifiers.WHAT} {classifiers.EPOCH_CHOICE[plan.protocol]}"]
    return curve_section(plan, results, NAME, TITLE, what, panels(plan))
