"""Figure 3: sparsity and accuracy of classifiers with the OVR-loss against λ."""

from __future__ import annotations

from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper import classifiers
from hebbovr.paper.curves import Panel, curve_section, trials_of
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section

NAME = "figure3"
TITLE = "Figure 3: classifiers with the OVR-loss"


def panels(plan: Plan) -> list[Panel]:
    """Return the rows of the figure."""
    return [classifiers.penalty_panel(plan, "ovr", "OVR-loss")]


def grid_trials(plan: Plan) -> list[Trial]:
    """Return the trials of all curves."""
    return trials_of(panels(plan))


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the figure for the report."""
    what = [f"{classifiers.WHAT} {classifiers.EPOCH_CHOICE[plan.protocol]}"]
    return curve_section(plan, results, NAME, TITLE, what, panels(plan))
