"""The overlap of every two samples of a batch, ordered by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbovr.errors import DataError
from hebbovr.plots.style import INK, SMALL, new_figure, settled, style_axes, style_colourbar

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]


def plot_overlap(
    representations: Mapping[str, ArrayLike], labels: ArrayLike | None = None
) -> Figure:
    """Draw the cosines between the responses to every two samples, a picture a representation.

    Parameters
    ----------
    representations : mapping of str to array-like of shape (n_samples, n_units)
        Responses of the same samples by the name of what gave them.
    labels : array-like of shape (n_samples,), optional
        Classes; samples are drawn in their order, with a line between two classes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        There is not one label for every sample.
    """
    arrays = {name: np.asarray(H, np.float64) for name, H in representations.items()}
    n = len(next(iter(arrays.values())))
    classes = np.zeros(n) if labels is None else np.asarray(labels)
    if classes.shape != (n,):
        raise DataError(f"labels have shape {classes.shape} for {n} samples; give one a sample")
    order = np.argsort(classes, kind="stable")
    fig = new_figure(3.0 * len(arrays) + 0.7, 3.2, layout="constrained")
    spots = np.atleast_1d(fig.subplots(1, len(arrays)))
    for axes, (name, H) in zip(spots, arrays.items(), strict=True):
        cosines = _cosines(H[order])
        image = axes.imshow(cosines, cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
        apart = cosines[~np.eye(n, dtype=bool)].mean() if n > 1 else 0.0
        style_axes(axes, title=name, x=f"samples by class\nmean overlap {apart:.3f}")
        axes.grid(visible=False)
        _mark_classes(axes, classes[order])
    style_colourbar(fig.colorbar(image, ax=list(spots), shrink=0.85, pad=0.02), "cosine")
    return settled(fig)


def _cosines(H: Array) -> Array:
    lengths = np.linalg.norm(H, axis=1, keepdims=True)
    U = np.divide(H, lengths, out=np.zeros_like(H), where=lengths > 0)
    cosines: Array = U @ U.T
    return cosines


def _mark_classes(axes: Any, ordered: Array) -> None:
    known, starts = np.unique(ordered, return_index=True)
    if len(known) < 2 or len(known) > 20:
        axes.set_xticks([])
        axes.set_yticks([])
        return
    edges = [*starts[1:]]
    middles = (starts + np.append(starts[1:], len(ordered))) / 2 - 0.5
    for edge in edges:
        axes.axhline(edge - 0.5, color="white", lw=0.5)
        axes.axvline(edge - 0.5, color="white", lw=0.5)
    names = [str(name)[:8] for name in known]
    slant: dict[str, Any] = {"rotation": 45, "ha": "right"} if max(map(len, names)) > 3 else {}
    axes.set_xticks(middles, names, fontsize=SMALL - 1, color=INK, **slant)
    axes.set_yticks(middles, names, fontsize=SMALL - 1, color=INK)
