"""Sparsity and accuracy against a setting, curve by curve: what Figures 2 to 5 share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hebbovr.experiments.inputs import HELD_OUT_SHARE
from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section, number, total_seconds
from hebbovr.paper.verdicts import rises, rises_then_falls
from hebbovr.plots.style import COLOURS, SMALL, new_figure, settled, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = list[tuple[float, float]]
MARKERS = "osD^v"
WIDTH, ROW_HEIGHT = 7.2, 2.5


@dataclass(frozen=True)
class Curve:
    """One curve: its label, and the trial behind each x, in the order of x."""

    label: str
    points: tuple[tuple[float, Trial], ...]
    dashed: bool = False


@dataclass(frozen=True)
class Panel:
    """One row of a figure: sparsity on the left, accuracy on the right.

    Attributes
    ----------
    title : str
        Such as "OVR-loss, ReLU".
    against : str
        What x is, such as "λ".
    curves : tuple of Curve
    log : bool
        Whether x is drawn on a logarithmic axis.
    """

    title: str
    against: str
    curves: tuple[Curve, ...]
    log: bool


def trials_of(panels: Sequence[Panel]) -> list[Trial]:
    """Return all trials of the panels, each once."""
    trials = (trial for panel in panels for curve in panel.curves for _, trial in curve.points)
    return list(dict.fromkeys(trials))


def measured(curve: Curve, results: dict[Trial, Result], what: str) -> Points:
    """Return x and "sparsity" or "accuracy" of a curve, leaving out trials that failed."""
    points = []
    for x, trial in curve.points:
        result = results[trial]
        if "failed" not in result:
            value = result["accuracy"]
            if what == "sparsity":
                value = result["sparsity"]["share_below_tenth"]
            points.append((x, value))
    return points


def noise(curve: Curve, plan: Plan) -> float:
    """Return the standard error of an accuracy near a half: smaller differences tell nothing."""
    split = curve.points[0][1]["split"]
    n_train, n_test = plan.images.n_train, plan.images.n_test
    return 0.5 / math.sqrt(n_test if split == "test" else HELD_OUT_SHARE * n_train)


def summarise_panels(panels: Sequence[Panel], results: dict[Trial, Result]) -> list[dict[str, Any]]:
    """Return one object a point, accuracies and shares in percent."""
    return [
        {
            "panel": panel.title,
            "curve": curve.label,
            panel.against: x,
            "accuracy": _percent(results[trial].get("accuracy")),
            "sparsity": _percent(results[trial].get("sparsity", {}).get("share_below_tenth")),
            "share_active": _percent(results[trial].get("sparsity", {}).get("share_active")),
            "overlap": results[trial].get("sparsity", {}).get("overlap"),
            "collapsed": results[trial].get("collapsed", False),
            "seconds": results[trial].get("seconds"),
            "failed": results[trial].get("failed"),
            "cell": trial.key,
        }
        for panel in panels
        for curve in panel.curves
        for x, trial in curve.points
    ]


def panel_verdicts(panels: Sequence[Panel], plan: Plan, results: dict[Trial, Result]) -> list[str]:
    """Return whether sparsity rises, and whether accuracy rises and then falls, curve by curve."""
    sentences = []
    for panel in panels:
        for curve in panel.curves:
            where, x_name = f"{panel.title}, {curve.label}", panel.against
            sparsity = measured(curve, results, "sparsity")
            accuracy = measured(curve, results, "accuracy")
            slack = noise(curve, plan)
            sentences.append(rises(f"sparsity ({where})", x_name, sparsity))
            sentences.append(rises_then_falls(f"accuracy ({where})", x_name, accuracy, slack))
            sentences += [
                f"The trial of {where} at {x_name} = {x:g} failed: {results[trial]['failed']}"
                for x, trial in curve.points
                if "failed" in results[trial]
            ]
    return sentences


def draw_panels(panels: Sequence[Panel], results: dict[Trial, Result]) -> Figure:
    """Draw each panel as a row: sparsity, then accuracy."""
    fig = new_figure(WIDTH, ROW_HEIGHT * len(panels), layout="constrained")
    axes = fig.subplots(len(panels), 2, squeeze=False)
    for row, panel in zip(axes, panels, strict=True):
        for place, what in zip(row, ("sparsity", "accuracy"), strict=True):
            _draw(place, panel, results, what)
    return settled(fig)


def draw_curves(
    axes: Axes, curves: Sequence[tuple[str, Points, bool]], *, log: bool = False
) -> None:
    """Draw curves given by label, points (x, share) and whether they are dashed, in percent.

    Dashed curves take the colours from the first on again.
    """
    colours = {dashed: itertools.cycle(COLOURS.values()) for dashed in (False, True)}
    markers = {dashed: itertools.cycle(MARKERS) for dashed in (False, True)}
    for label, points, dashed in curves:
        axes.plot(
            [x for x, _ in points],
            [100 * y for _, y in points],
            "--" if dashed else "-",
            color=next(colours[dashed]),
            label=label,
            lw=1.4,
            marker=next(markers[dashed]),
            ms=3.5,
        )
    if log:
        axes.set_xscale("log")
    axes.legend(fontsize=SMALL, frameon=False, title="hidden units", title_fontsize=SMALL)


def curve_table(
    panels: Sequence[Panel], results: dict[Trial, Result]
) -> tuple[list[str], list[list[str]]]:
    """Return header and one row a curve: sparsity at both ends, and where accuracy is best."""
    header = ["model, units", "x", "sparsity % first", "last", "best accuracy %", "at x"]
    rows = []
    for panel in panels:
        for curve in panel.curves:
            sparsity = measured(curve, results, "sparsity")
            accuracy = measured(curve, results, "accuracy")
            best = max(accuracy, key=lambda point: point[1], default=(None, None))
            rows.append(
                [
                    f"{panel.title}, {curve.label}",
                    panel.against,
                    number(_percent(sparsity[0][1] if sparsity else None), 1),
                    number(_percent(sparsity[-1][1] if sparsity else None), 1),
                    number(_percent(best[1])),
                    "-" if best[0] is None else f"{best[0]:g}",
                ]
            )
    return header, rows


def curve_section(
    plan: Plan,
    results: dict[Trial, Result],
    name: str,
    title: str,
    what: list[str],
    panels: Sequence[Panel],
) -> Section:
    """Return the figure for the report."""
    header, rows = curve_table(panels, results)
    trials = trials_of(panels)
    return Section(
        name,
        title,
        [*what, measured_on(plan)],
        header,
        rows,
        panel_verdicts(panels, plan, results),
        draw_panels(panels, results),
        summarise_panels(panels, results),
        trials,
        total_seconds(trials, results),
        plan.data_title,
    )


def measured_on(plan: Plan) -> str:
    """Return on which images the curves are measured, in words."""
    sparsity = "Sparsity is the share of responses below 0.1, the authors' measure."
    if plan.protocol == "authors":
        return f"{sparsity} It and accuracy are measured on the test images, one seed."
    return (
        f"{sparsity} It and accuracy are measured on a fifth of the training images, held out; the "
        "test images are not touched by the grid. One seed."
    )


def _draw(axes: Axes, panel: Panel, results: dict[Trial, Result], what: str) -> None:
    curves = [(c.label, measured(c, results, what), c.dashed) for c in panel.curves]
    draw_curves(axes, curves, log=panel.log)
    style_axes(axes, title=panel.title, x=panel.against, y=f"{what} (%)")


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)
