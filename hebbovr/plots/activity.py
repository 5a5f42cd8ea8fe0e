"""How units respond: how often, how selectively, and how alike to different classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbovr.evaluation.sparsity import class_overlap, lifetime_sparseness, population_sparseness
from hebbovr.plots.style import (
    COLOURS,
    new_figure,
    settled,
    style_axes,
    style_colourbar,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[Any]
HISTOGRAM_NUMBERS = 2_000_000


def plot_activity(H: ArrayLike, labels: ArrayLike | None = None) -> Figure:
    """Draw the responses, the sparseness of units and samples, and the overlap of classes.

    Parameters
    ----------
    H : array-like of shape (n_samples, n_units)
        Responses. The histogram of responses takes at most two million of them, from evenly spaced
        samples; all else takes all.
    labels : array-like of shape (n_samples,), optional
        Class of every sample; adds the mean cosine between samples of every two classes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        ``H`` is not a 2-D array of finite numbers, or there is not one label for every sample.
    HebbovrError
        matplotlib is not installed.
    """
    H = np.asarray(H)
    units, samples = lifetime_sparseness(H), population_sparseness(H)
    overlaps = None if labels is None else class_overlap(H, labels)
    rows, columns = (1, 3) if overlaps is None else (2, 2)
    fig = new_figure(2.5 * columns, 2.3 * rows, layout="constrained")
    axes = fig.subplots(rows, columns).ravel()
    _draw_responses(axes[0], H)
    _draw_sparseness(axes[1], units, "Lifetime sparseness", "units", "dead")
    _draw_sparseness(axes[2], samples, "Population sparseness", "samples", "silent")
    if overlaps is not None:
        _draw_overlaps(axes[3], *overlaps)
    return settled(fig)


def _draw_responses(axes: Axes, H: Array) -> None:
    step = max(1, H.size // HISTOGRAM_NUMBERS)
    values = np.asarray(H[::step], np.float64).ravel()
    loud = values[values != 0]
    shares, edges = np.histogram(loud, bins=60)
    shares = shares / values.size
    axes.stairs(shares, edges, fill=True, color=COLOURS["blue"])
    if not loud.size:
        axes.set_ylim(0, 1)
    elif shares.max() > 20 * shares[shares > 0].min():
        axes.set_yscale("log")
    note = f"{1 - loud.size / values.size:.0%} are 0"
    style_axes(axes, title="Responses other than 0", x=f"response h\n{note}", y="share of all")


def _draw_sparseness(axes: Axes, values: Array, title: str, who: str, silent: str) -> None:
    defined = values[~np.isnan(values)]
    axes.hist(defined, bins=40, range=(0, 1), color=COLOURS["green"])
    axes.set_xlim(0, 1)
    notes = []
    if defined.size:
        axes.axvline(defined.mean(), color=COLOURS["vermilion"], lw=1.2, ls="--")
        notes.append(f"mean {defined.mean():.2f}")
    else:
        axes.set_ylim(0, 1)
    if defined.size < values.size:
        notes.append(f"{values.size - defined.size} {silent}")
    x = f"Treves-Rolls (small is sparse)\n{', '.join(notes)}"
    style_axes(axes, title=title, x=x, y=who)


def _draw_overlaps(axes: Axes, classes: Array, overlaps: Array) -> None:
    image = axes.imshow(overlaps, cmap="cividis", interpolation="nearest")
    style_axes(axes, title="Overlap of classes", x="class", y="class")
    axes.grid(visible=False)
    step = max(1, -(-len(classes) // 10))
    ticks = np.arange(0, len(classes), step)
    names = [str(classes[i]) for i in ticks]
    slant: dict[str, Any] = {"rotation": 45, "ha": "right"} if max(map(len, names)) > 3 else {}
    axes.set_xticks(ticks, names, **slant)
    axes.set_yticks(ticks, names)
    bar = axes.figure.colorbar(image, ax=axes, pad=0.03, shrink=0.9)
    style_colourbar(bar, "mean cosine")
