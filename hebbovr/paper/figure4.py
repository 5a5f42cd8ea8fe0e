"""Figure 4: sparsity and accuracy of denoising and of OVR autoencoders."""

from __future__ import annotations

from hebbovr.experiments.trials import Cell, Result
from hebbovr.paper import autoencoders
from hebbovr.paper.curves import Panel, cells_of, curve_section
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section

NAME = "figure4"
TITLE = "Figure 4: denoising autoencoders, and OVR autoencoders with ReLU and sigmoid"


def panels(plan: Plan) -> list[Panel]:
    """Return the rows of the figure."""
    return autoencoders.all_panels(plan)


def grid(plan: Plan) -> list[Cell]:
    """Return the cells of all curves."""
    return cells_of(panels(plan))


def section(plan: Plan, results: dict[Cell, Result]) -> Section:
    """Return the figure for the report."""
    return curve_section(plan, results, NAME, TITLE, [autoencoders.WHAT], panels(plan))
