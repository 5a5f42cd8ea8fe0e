"""Learning rules side by side: accuracy, activity and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hebbovr.plots.style import COLOURS, INK, PALE, SMALL, new_figure, settled, style_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_comparison(rows: list[dict[str, Any]], title: str = "") -> Figure:
    """Draw what `hebbovr.experiments.compare.compare_rules` returns, the most accurate rule on top.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig = new_figure(8.4, 0.33 * len(rows) + 1.5, layout="constrained")
    if title:
        fig.suptitle(title, fontsize=10, fontweight="bold", color=INK, x=0.01, ha="left")
    spots = fig.subplots(1, 3, sharey=True, width_ratios=[2, 1, 1])
    places = np.arange(len(rows))[::-1]
    means = np.array([row["accuracy_mean"] for row in rows])
    spread = np.array([row["accuracy_std"] or 0.0 for row in rows])
    spots[0].barh(places, means, color=COLOURS["blue"], height=0.62)
    spots[0].errorbar(means, places, xerr=spread, fmt="none", ecolor=INK, elinewidth=1)
    labels = rows[0]["labels"]
    for name, colour in (("features", "green"), ("random", "vermilion"), ("raw", "orange")):
        spots[0].axvline(rows[0][name], color=COLOURS[colour], lw=1.4, ls="--", label=labels[name])
    beside = [rows[0][name] for name in labels]
    low, high = min(*means, *beside), max(*(means + spread), *beside)
    spots[0].set_xlim(max(0, low - 0.35 * (high - low) - 1), high + 0.08 * (high - low) + 0.2)
    spots[0].legend(fontsize=SMALL, loc="lower right", framealpha=0.9, edgecolor="none")
    spots[1].barh(
        places, [100 * r["share_active"] for r in rows], color=COLOURS["green"], height=0.62
    )
    spots[2].barh(places, [row["seconds"] for row in rows], color=PALE, height=0.62)
    names = [f"{r['rule']}  ({', '.join(r['shared_signals']) or 'nothing shared'})" for r in rows]
    spots[0].set_yticks(places, names)
    style_axes(spots[0], title="Accuracy of the probe", x="% of test rows")
    style_axes(spots[1], title="Active", x="% of responses")
    style_axes(spots[2], title="Training", x="seconds")
    for axes in spots:
        axes.grid(visible=False, axis="y")
        axes.grid(axis="x", color="#E6E6E6", linewidth=0.6)
    return settled(fig)
