"""Mosaics of weight patterns, and which of them to show first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbovr.errors import DataError, SettingsError
from hebbovr.evaluation.sparsity import lifetime_sparseness
from hebbovr.plots.style import (
    DPI,
    INK,
    PALE,
    SMALL,
    TITLE,
    new_figure,
    settled,
    style_axes,
    style_colourbar,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]
TILE_PIXELS = 64
GAP_PIXELS = 4
TITLE_PIXELS = 13  # a little more than a bold letter takes
SMALLEST_GUESS = 8


def plot_filters(
    patterns: ArrayLike,
    image_shape: tuple[int, ...] | None = None,
    *,
    order: ArrayLike | None = None,
    n: int = 100,
    title: str | None = None,
) -> Figure:
    """Draw weight patterns as a mosaic of small images, each on its own scale.

    The largest magnitude of a tile is black or white (or, of a colour tile, the end of its colour
    scale) and zero is mid-grey.

    Parameters
    ----------
    patterns : array-like of shape (n_units, n_features)
        Weights in input space, one unit a row.
    image_shape : tuple of int, optional
        (height, width) for grey; for colour with 3 as its last number (height, width, 3) or as its
        first (3, height, width), the order in which features are stored. Without it, features that
        fill a square of at least 8 × 8 are drawn as that, and others as rows of a heat map.
    order : array-like of int, optional
        Which units to draw, in this order, see :func:`selectivity_order`; all as they come by
        default.
    n : int
        Draw at most this many.
    title : str, optional
        Heading of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        The patterns are not a 2-D array of finite numbers, or do not fill ``image_shape``.
    SettingsError
        ``n`` or ``order`` picks no unit or one that is not there, or ``image_shape`` is no image.
    HebbovrError
        matplotlib is not installed.
    """
    P = _as_patterns(patterns)
    chosen = _pick(len(P), order, n)
    shape = _guess_shape(P.shape[1]) if image_shape is None else tuple(image_shape)
    if shape is None:
        return _draw_rows(P[chosen], chosen, title)
    return _draw_mosaic(_as_tiles(P[chosen], shape), title)


def selectivity_order(
    patterns: ArrayLike | None = None, *, responses: ArrayLike | None = None
) -> Array:
    """Return the units in order, the most selective first.

    With responses, units are ordered by their Treves-Rolls lifetime sparseness, dead units last.
    Without, by the kurtosis of their weights around zero, ``mean w⁴ / (mean w²)²``, which is large
    for a pattern that is localised on few inputs.

    Parameters
    ----------
    patterns : array-like of shape (n_units, n_features), optional
        Weights in input space.
    responses : array-like of shape (n_samples, n_units), optional
        Responses of the same units; used instead of the patterns if given.

    Returns
    -------
    ndarray of int, shape (n_units,)

    Raises
    ------
    DataError
        The array is not a 2-D array of finite numbers.
    SettingsError
        Neither patterns nor responses are given.
    """
    if responses is not None:
        return np.argsort(lifetime_sparseness(responses), kind="stable")  # NaN sorts last
    if patterns is None:
        raise SettingsError("selectivity_order needs patterns or responses; give one of them")
    P = _unit_peaks(_as_patterns(patterns))
    second = np.mean(P**2, axis=1)
    fourth = np.mean(P**4, axis=1)
    kurtosis = np.divide(fourth, second**2, out=np.zeros_like(second), where=second > 0)
    return np.argsort(-kurtosis, kind="stable")


def _as_patterns(patterns: ArrayLike) -> Array:
    P = np.asarray(patterns, dtype=np.float64)
    if P.ndim != 2 or P.size == 0:
        raise DataError(f"patterns have shape {P.shape}; drawing needs one row of weights a unit")
    finite = np.isfinite(P).all(axis=1)
    if not finite.all():
        raise DataError(
            f"Pattern {int(np.argmin(finite))} holds NaN or infinity; only finite weights can be "
            "drawn"
        )
    return P


def _pick(n_units: int, order: ArrayLike | None, n: int) -> Array:
    """Return the numbers of the units to draw."""
    chosen = np.arange(n_units) if order is None else np.asarray(order)
    if n < 1:
        raise SettingsError(f"n={n} draws no unit; give at least 1")
    if chosen.ndim != 1 or chosen.size == 0 or chosen.dtype.kind not in "iu":
        raise SettingsError(
            f"order has shape {chosen.shape} and dtype {chosen.dtype}; give a list of unit numbers"
        )
    if chosen.min() < 0 or chosen.max() >= n_units:
        raise SettingsError(
            f"order names units from {chosen.min()} to {chosen.max()}, but they are counted from "
            f"0 to {n_units - 1}; name only these"
        )
    return chosen[:n]


def _guess_shape(n_features: int) -> tuple[int, ...] | None:
    side = math.isqrt(n_features)
    return (side, side) if side**2 == n_features and side >= SMALLEST_GUESS else None


def _as_tiles(P: Array, shape: tuple[int, ...]) -> Array:
    """Return tiles (n, height, width, 1 or 3) with values in [-1, 1]."""
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or not (shape[-1] in (1, 3) or shape[0] in (1, 3)):
        raise SettingsError(
            f"image_shape={shape} is no image; give (height, width), (height, width, 3) or "
            "(3, height, width)"
        )
    if math.prod(shape) != P.shape[1]:
        raise DataError(
            f"patterns have {P.shape[1]} features, but image_shape={shape} holds "
            f"{math.prod(shape)}; give the shape of the images that the weights belong to"
        )
    tiles = _unit_peaks(P).reshape(-1, *shape)
    return tiles if shape[-1] in (1, 3) else np.moveaxis(tiles, 1, -1)


def _unit_peaks(P: Array) -> Array:
    """Divide each row by its largest magnitude; a row of zeros stays."""
    peaks = np.abs(P).max(axis=1, keepdims=True)
    scaled: Array = np.divide(P, peaks, out=np.zeros_like(P), where=peaks > 0)
    return scaled


def _mosaic(tiles: Array) -> Array:
    """Return an RGB image of all tiles with white between them."""
    n, height, width, _ = tiles.shape
    zoom = max(1, round(TILE_PIXELS / max(height, width)))
    tiles = np.broadcast_to(0.5 + 0.5 * tiles, (n, height, width, 3))
    tiles = tiles.repeat(zoom, axis=1).repeat(zoom, axis=2)
    step_y, step_x = tiles.shape[1] + GAP_PIXELS, tiles.shape[2] + GAP_PIXELS
    columns = min(n, math.ceil(math.sqrt(n * step_y / step_x)))
    rows = math.ceil(n / columns)
    image: Array = np.ones((rows * step_y - GAP_PIXELS, columns * step_x - GAP_PIXELS, 3))
    for k, tile in enumerate(tiles):
        top, left = k // columns * step_y, k % columns * step_x
        image[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return image


def _draw_mosaic(tiles: Array, title: str | None) -> Figure:
    image = _mosaic(tiles)
    height, width = image.shape[:2]
    margin, foot, head = 24, 40, 52 if title else 24
    text_width = max(400, TITLE_PIXELS * len(title or ""))
    full_width, full_height = max(width, text_width) + 2 * margin, height + foot + head
    fig = new_figure(full_width / DPI, full_height / DPI)
    axes = fig.add_axes(
        (margin / full_width, foot / full_height, width / full_width, height / full_height)
    )
    axes.imshow(image, interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    left = margin / full_width
    if title:
        fig.text(left, 1 - 18 / full_height, title, va="top", size=TITLE, weight="bold", color=INK)
    units = "1 unit" if len(tiles) == 1 else f"{len(tiles)} units, each"
    note = f"{units} on its own scale; mid-grey is zero"
    fig.text(left, 12 / full_height, note, va="bottom", size=SMALL, color=PALE)
    return fig


def _draw_rows(P: Array, units: Array, title: str | None) -> Figure:
    fig = new_figure(6.0, min(8.0, 1.6 + 0.14 * len(P)), layout="constrained")
    from matplotlib.ticker import MaxNLocator

    axes = fig.add_subplot()
    image = axes.imshow(
        _unit_peaks(P), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest"
    )
    style_axes(axes, title=title or "", x="input feature", y="unit")
    axes.grid(visible=False)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
    drawn = np.arange(0, len(P), max(1, -(-len(P) // 10)))
    axes.set_yticks(drawn, [str(units[k]) for k in drawn])
    bar = fig.colorbar(image, ax=axes, ticks=[-1, 0, 1], pad=0.02)
    style_colourbar(bar, "weight / largest of the unit")
    return settled(fig)
