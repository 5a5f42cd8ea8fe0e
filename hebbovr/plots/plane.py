"""A rule at work in the plane: the units' paths, and how they tile it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.plots.style import COLOURS, INK, PALE, SMALL, new_figure, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[Any]
GRID = 160
CYCLE = [COLOURS[n] for n in ("blue", "orange", "green", "vermilion", "purple", "sky")]


def plot_plane(watched: Sequence[Any], X: Array, *, stages: int = 4) -> Figure:
    """Draw some stages of each rule's training (`hebbovr.lab.plane.Watched`), a rule a row.

    Each picture shows the points, the weights as arrows with the path that they came, and the
    region in which each unit responds more than any other.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig = new_figure(2.1 * stages, 2.25 * len(watched) + 0.3, layout="constrained")
    spots = fig.subplots(len(watched), stages, squeeze=False)
    for row, one in zip(spots, watched, strict=True):
        chosen = np.unique(np.linspace(0, len(one.W) - 1, stages).round().astype(int))
        for axes, frame in zip(row, chosen, strict=False):
            draw_frame(axes, one, X, int(frame))
        row[0].set_ylabel(one.rule, fontsize=SMALL + 1.5, fontweight="bold", color=INK)
    return settled(fig)


def draw_frame(axes: Axes, one: Any, X: Array, frame: int) -> None:
    """Draw one moment of a training."""
    reach = 1.1 * float(min(max(np.abs(X).max(), np.abs(one.W).max()), 2.5 * np.abs(X).max()))
    side = np.linspace(-reach, reach, GRID)
    across, up = np.meshgrid(side, side)
    Z = np.stack([across.ravel(), up.ravel()], axis=1) @ one.W[frame].T + one.b[frame]
    winner = np.where(Z.max(axis=1) > 0, Z.argmax(axis=1), -1).reshape(GRID, GRID)
    K = one.W.shape[1]
    colours = np.array([_rgb(CYCLE[k % len(CYCLE)]) for k in range(K)] + [(1.0, 1.0, 1.0)])
    axes.imshow(
        0.25 * colours[winner] + 0.75, origin="lower", extent=(-reach, reach, -reach, reach),
        interpolation="nearest",
    )  # fmt: skip
    axes.plot(*X[:600].T, ".", ms=1.4, color=PALE, alpha=0.6, zorder=1)
    for k in range(K):
        path = one.W[: frame + 1, k]
        colour = CYCLE[k % len(CYCLE)]
        axes.plot(*path.T, "-", lw=0.9, color=colour, zorder=2)
        axes.plot(*path[-1], "o", ms=4.5, color=colour, mec="white", mew=0.7, zorder=3)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(f"batch {one.batches[frame]}", fontsize=SMALL, color=INK)
    for spine in axes.spines.values():
        spine.set(color=PALE, linewidth=0.6)


def _rgb(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))  # type: ignore[return-value]
