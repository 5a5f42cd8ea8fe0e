"""Figure 2: sparsity and accuracy of OVR autoencoders with ReLU against λ."""

from __future__ import annotations

from hebbovr.experiments.trials import Cell, Result
from hebbovr.paper import autoencoders
from hebbovr.paper.curves import Panel, cells_of, curve_section
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section

NAME = "figure2"
TITLE = "Figure 2: OVR autoencoders with ReLU"


def panels(plan: Plan) -> list[Panel]:
    """Return the rows of the figure."""
    return [autoencoders.relu_panel(plan)]


def grid(plan: Plan) -> list[Cell]:
    """Return the cells of all curves."""
    return cells_of(panels(plan))


def section(plan: Plan, results: dict[Cell, Result]) -> Section:
    """Return the figure for the report."""
    return curve_section(plan, results, NAME, TITLE, [autoencoders.WHAT], panels(plan))
