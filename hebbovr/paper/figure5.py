"""Figure 5: sparsity and accuracy of classifiers with dropout or a penalty on the responses."""

from __future__ import annotations

from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper import classifiers
from hebbovr.paper.curves import Panel, curve_section, measured, trials_of
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section

NAME = "figure5"
TITLE = "Figure 5: classifiers with dropout, the OVR-loss, and L1 and L2 penalties"
ON_PAR = 1.0  # points of accuracy


def panels(plan: Plan) -> list[Panel]:
    """Return the rows of the figure."""
    return [
        classifiers.dropout_panel(plan, "(a) dropout"),
        classifiers.penalty_panel(plan, "ovr", "(b) OVR-loss"),
        classifiers.penalty_panel(plan, "l1", "(c) L1 norm"),
        classifiers.penalty_panel(plan, "l2", "(d) L2 norm"),
    ]


def grid_trials(plan: Plan) -> list[Trial]:
    """Return the trials of all curves."""
    return trials_of(panels(plan))


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the figure for the report."""
    what = [f"{classifiers.WHAT} {classifiers.EPOCH_CHOICE[plan.protocol]}"]
    shown = curve_section(plan, results, NAME, TITLE, what, panels(plan))
    shown.verdicts += on_par_with_dropout(panels(plan), results)
    return shown


def on_par_with_dropout(shown: list[Panel], results: dict[Trial, Result]) -> list[str]:
    """Return how the best OVR accuracy of each width compares with the best of dropout."""
    sentences = []
    dropout, ovr = shown[0], shown[1]
    for with_dropout, with_ovr in zip(dropout.curves, ovr.curves, strict=True):
        reached = [
            [100 * share for _, share in measured(curve, results, "accuracy")]
            for curve in (with_ovr, with_dropout)
        ]
        if all(reached):
            best, other = map(max, reached)
            word = "yes" if best > other - ON_PAR else "no"
            sentences.append(
                f"With {with_ovr.label} units the OVR-loss is within {ON_PAR:g} point of dropout "
                f"or above it: {word} ({best:.1f} against {other:.1f})."
            )
    return sentences
