"""Figure 2: sparsity and accuracy of OVR autoencoders with ReLU against λ."""

from __future__ import annotations

from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper import autoencoders
from hebbovr.paper.curves import Panel, curve_section, trials_of
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section

NAME = "figure2"
TITLE = "Figure 2: OVR autoencoders with ReLU"


def panels(plan: Plan) -> list[Panel]:
    """Return the rows of the figure."""
    return [autoencoders.relu_panel(plan)]


def grid_trials(plan: Plan) -> list[Trial]:
    """Return the trials of all curves."""
    return trials_of(panels(plan))


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the figure for the report."""
    return curve_section(plan, results, NAME, TITLE, [autoencoders.WHAT], panels(plan))
