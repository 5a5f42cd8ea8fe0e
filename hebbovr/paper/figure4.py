"""Figure 4: sparsity and accuracy of denoising and of OVR autoencoders."""

from __future__ import annotations

from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper import autoencoders
from hebbovr.paper.curves import Panel, curve_section, trials_of
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section

NAME = "figure4"
TITLE = "Figure 4: denoising autoencoders, and OVR autoencoders with ReLU and sigmoid"


def panels(plan: Plan) -> list[Panel]:
    """Return the rows of the figure."""
    return autoencoders.all_panels(plan)


def grid_trials(plan: Plan) -> list[Trial]:
    """Return the trials of all curves."""
    return trials_of(panels(plan))


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the figure for the report."""
    return curve_section(plan, results, NAME, TITLE, [autoencoders.WHAT], panels(plan))
