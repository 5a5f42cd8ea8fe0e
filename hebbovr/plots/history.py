"""How a training run went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hebbovr.errors import DataError
from hebbovr.plots.style import COLOURS, SMALL, new_figure, settled, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = {
    "objective": "Objective J",
    "overlap": "Mean overlap",
    "mean_response": "Mean response",
    "share_active": "Share active (h > 0)",
    "learning_rate": "Learning rate",
}


def plot_history(history: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the measures of a training run against the epoch, one small panel each.

    Parameters
    ----------
    history : sequence of dict
        ``history_`` of a trainer or encoder: one entry an epoch with ``epoch`` and any of
        objective, overlap, mean_response, share_active and learning_rate; values on held-out rows
        (``validation_objective``, ``validation_overlap``) go in the same panels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        The history has no epoch, or none of these measures.
    HebbovrError
        matplotlib is not installed.
    """
    panels = {
        name: title for name, title in PANELS.items() if any(name in entry for entry in history)
    }
    if not panels:
        raise DataError("The history is empty: there is no training to draw; train the model first")
    rows, columns = -(-len(panels) // 3), min(3, len(panels))
    fig = new_figure(2.2 * columns + 0.3, 1.9 * rows + 0.2, layout="constrained")
    for place, (name, title) in enumerate(panels.items(), start=1):
        axes = fig.add_subplot(rows, columns, place)
        _draw_panel(axes, history, name)
        style_axes(axes, title=title, x="epoch")
    return settled(fig)


def _draw_panel(axes: Axes, history: Sequence[Mapping[str, Any]], name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    curves = {
        "training": (name, "blue", "-"),
        "held out": (f"validation_{name}", "vermilion", "--"),
    }
    for label, (key, colour, line) in curves.items():
        points = [(entry["epoch"], entry[key]) for entry in history if key in entry]
        if points:
            marker = "o" if len(points) < 15 else ""
            epochs, values = zip(*points, strict=True)
            axes.plot(
                epochs,
                values,
                line,
                color=COLOURS[colour],
                label=label,
                lw=1.4,
                marker=marker,
                ms=2.5,
            )
    if len(axes.lines) > 1:
        axes.legend(fontsize=SMALL, frameon=False)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    if name == "learning_rate":
        axes.set_yscale("log")
