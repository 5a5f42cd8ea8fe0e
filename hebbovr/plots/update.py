"""One update of one unit: what it reads, what each sample adds, and the pattern that comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbovr.plots.style import (
    COLOURS,
    INK,
    PALE,
    SMALL,
    new_figure,
    settled,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[Any]
PART_COLOURS = {
    "hebbian": COLOURS["blue"],
    "push": COLOURS["vermilion"],
    "mean": COLOURS["orange"],
    "decay": COLOURS["purple"],
    "lateral": COLOURS["green"],
}
PART_NAMES = {
    "hebbian": "Hebbian: towards",
    "push": "anti-Hebbian: away",
    "mean": "holds the mean",
    "decay": "decay",
    "lateral": "earlier units",
}


def plot_update(
    numbers: dict[str, Any],
    patterns: dict[str, ArrayLike] | None = None,
    image_shape: tuple[int, ...] | None = None,
) -> Figure:
    """Draw what one batch does to one unit.

    Parameters
    ----------
    numbers : dict
        As of `hebbovr.lab.microscope.UpdateDecomposition.as_dict`.
    patterns : dict of str to array-like of shape (n_features,), optional
        Weights and parts of the update, mapped to raw features.
    image_shape : tuple of int, optional
        Of a raw row; with it the patterns are drawn as images.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = {n: np.asarray(p) for n, p in (patterns or {}).items()}
    columns = len(shown)
    fig = new_figure(max(8.0, 1.5 * columns), 4.4 if shown else 2.6, layout="constrained")
    fig.suptitle(
        f"Rule {numbers['rule']}, unit {numbers['unit']}: one batch of "
        f"{len(numbers['responses'])} samples",
        fontsize=10, fontweight="bold", color=INK, x=0.01, ha="left",
    )  # fmt: skip
    heights = [1.5, 1] if shown else [1]
    above, *below = fig.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    tops = above.subplots(1, 3)
    order = np.argsort(-np.asarray(numbers["responses"]), kind="stable")
    _draw_responses(tops[0], numbers, order)
    _draw_coefficients(tops[1], numbers, order)
    _draw_shares(tops[2], numbers, order)
    for figure in below:
        spots = figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, (name, pattern) in zip(spots, shown.items(), strict=True):
            _draw_pattern(axes, name, pattern, image_shape)
    return settled(fig)


def _draw_responses(axes: Axes, numbers: dict[str, Any], order: Array) -> None:
    h = np.asarray(numbers["responses"])[order]
    axes.bar(np.arange(len(h)), h, width=1.0, color=COLOURS["sky"])
    style_axes(axes, title="Responses", x="samples, by response", y="response h")
    beside = axes.twinx()
    beside.plot(np.arange(len(h)), np.asarray(numbers["overlap"])[order], ".", ms=2.5, color=INK)
    beside.set_ylabel("overlap with the rest (dots)", fontsize=SMALL, color=INK)
    beside.tick_params(labelsize=SMALL, length=3, width=0.6, color=PALE, labelcolor=INK)
    for spine in beside.spines.values():
        spine.set_visible(False)


def _draw_coefficients(axes: Axes, numbers: dict[str, Any], order: Array) -> None:
    for name, values in numbers["coefficients"].items():
        c = np.asarray(values)[order]
        if c.any():
            axes.plot(c, lw=1.3, color=PART_COLOURS[name], label=PART_NAMES[name])
    total = np.sum([np.asarray(v) for v in numbers["coefficients"].values()], axis=0)[order]
    axes.plot(total, lw=1.0, color=INK, ls=":", label="sum")
    axes.axhline(0, color=PALE, lw=0.6)
    axes.legend(fontsize=SMALL - 1, frameon=False, handlelength=1.2)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set_fontsize(SMALL)
    style_axes(axes, title="Coefficients", x="samples, by response", y="c")


def _draw_shares(axes: Axes, numbers: dict[str, Any], order: Array) -> None:
    shares = 100 * np.asarray(numbers["shares"])[order]
    colours = np.where(shares >= 0, COLOURS["blue"], COLOURS["vermilion"])
    axes.bar(np.arange(len(shares)), shares, width=1.0, color=colours)
    axes.axhline(0, color=PALE, lw=0.6)
    style_axes(axes, title="Each sample's share", x="samples, by response", y="% of the update")


def _draw_pattern(
    axes: Axes, name: str, pattern: Array, image_shape: tuple[int, ...] | None
) -> None:
    peak = float(np.abs(pattern).max()) or 1.0
    if image_shape is None:
        axes.bar(np.arange(pattern.size), pattern, width=1.0, color=COLOURS["blue"])
        style_axes(axes, title=name, x="feature")
        return
    image = pattern.reshape(image_shape)
    if image.ndim == 3:
        axes.imshow(0.5 + 0.5 * image / peak, interpolation="nearest")
    else:
        axes.imshow(image, cmap="RdBu_r", vmin=-peak, vmax=peak, interpolation="nearest")
    axes.set_title(name, fontsize=SMALL, color=INK)
    axes.set_axis_off()
