"""Gabor functions fitted to small images: is a learned filter localised and oriented?

A Gabor function is a wave under a bell: with ``u`` along the wave and ``v`` across it, both from
the centre,

    g = exp(-u² / 2σ_u² - v² / 2σ_v²) (a cos 2πfu + b sin 2πfu)

a and b stand for amplitude and phase and enter linearly, so that they are solved for inside the
fit of the other six numbers (variable projection, Golub and Pereyra 1973). Each filter starts
from the best places of a coarse grid over all six, for which one matrix product is enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbovr.errors import DataError, SettingsError

Array = NDArray[np.floating]
HIGHEST = 0.5  # cycles a pixel: beyond it a wave looks like a slower one
NARROWEST = 0.5  # pixels
FREQUENCIES = (0.04, 0.08, 0.13, 0.19, 0.26, 0.36)
WIDTHS = ((1.0, 1.0), (1.0, 2.0), (1.7, 1.7), (1.7, 3.4), (3.0, 3.0), (3.0, 6.0))
ORIENTATIONS = 8


@dataclass(frozen=True, eq=False)
class GaborFits:
    """The best Gabor function of each of n filters.

    Attributes
    ----------
    explained : ndarray of shape (n,)
        Share of the filter's variance that the function explains; 0 for a constant filter.
    x, y : ndarray of shape (n,)
        Centre in pixels, from the middle of the top left pixel.
    orientation : ndarray of shape (n,)
        Direction of the wave in radians from the x axis towards y, from 0 to below π.
    frequency : ndarray of shape (n,)
        Cycles a pixel.
    phase : ndarray of shape (n,)
        Phase of the cosine at the centre, in radians.
    amplitude : ndarray of shape (n,)
        Height of the bell.
    width_along, width_across : ndarray of shape (n,)
        Standard deviations of the bell in pixels, along the wave and across it.
    """

    explained: Array
    x: Array
    y: Array
    orientation: Array
    frequency: Array
    phase: Array
    amplitude: Array
    width_along: Array
    width_across: Array

    def patterns(self, height: int, width: int) -> Array:
        """Return the functions as images (n, height · width)."""
        columns = [getattr(self, f.name)[:, None] for f in fields(self)[1:]]
        return np.asarray(draw_gabors(height, width, *columns))

    def share_explained(self, least: float = 0.5) -> float:
        """Return the share of filters of whose variance more than ``least`` is explained."""
        return float(np.mean(self.explained > least))


def draw_gabors(
    height: int,
    width: int,
    x: ArrayLike,
    y: ArrayLike,
    orientation: ArrayLike,
    frequency: ArrayLike,
    phase: ArrayLike,
    amplitude: ArrayLike,
    width_along: ArrayLike,
    width_across: ArrayLike,
) -> Array:
    """Draw Gabor functions; see :class:`GaborFits` for the numbers, each (n, 1) or one.

    Returns
    -------
    ndarray of shape (n, height * width)
        Float64.
    """
    across, down = _pixels(height, width)
    dx, dy = across - np.asarray(x), down - np.asarray(y)
    cos, sin = np.cos(orientation), np.sin(orientation)
    u, v = dx * cos + dy * sin, dy * cos - dx * sin
    bell = np.exp(-((u / width_along) ** 2) / 2 - (v / width_across) ** 2 / 2)
    wave = np.cos(2 * np.pi * np.asarray(frequency) * u + np.asarray(phase))
    return np.asarray(np.asarray(amplitude) * bell * wave)


def fit_gabors(
    patterns: ArrayLike,
    image_shape: tuple[int, ...],
    *,
    n_starts: int = 3,
    n_jobs: int | None = None,
) -> GaborFits:
    """Fit a Gabor function to each filter by least squares.

    The centre may lie up to half a pixel outside of the image, the frequency is at most 0.5 and
    the widths are from half a pixel to the image's longer side. Of a colour filter the Gabor
    function has one colour, the filter's main one.

    Parameters
    ----------
    patterns : array-like of shape (n, n_features)
        Filters, one a row, in C order.
    image_shape : tuple of int
        (height, width) or (height, width, channels).
    n_starts : int
        Fits begun from so many of the best points of the grid; the best of them is kept.
    n_jobs : int, optional
        Processes, as joblib counts them.

    Returns
    -------
    GaborFits

    Raises
    ------
    DataError
        The patterns are not finite, or do not fill ``image_shape``.
    SettingsError
        ``n_starts`` is less than 1.
    """
    from joblib import Parallel, delayed

    if n_starts < 1:
        raise SettingsError(f"n_starts={n_starts!r} must be a whole number of at least 1")
    P = np.asarray(patterns, np.float64)
    if P.ndim != 2 or P.shape[1] != math.prod(image_shape) or len(image_shape) not in (2, 3):
        raise DataError(
            f"patterns have shape {P.shape}, but image_shape={tuple(image_shape)} holds "
            f"{math.prod(image_shape)} numbers; give one image a row"
        )
    if not np.isfinite(P).all():
        raise DataError("patterns hold NaN or infinity; only finite filters can be fitted")
    height, width = image_shape[:2]
    images = P if len(image_shape) == 2 else _main_colours(P.reshape(len(P), height * width, -1))
    starts = _starts(images, height, width, n_starts)
    blocks = np.array_split(np.arange(len(P)), max(1, min(len(P), 64)))
    done = Parallel(n_jobs=n_jobs)(
        delayed(_fit_block)(images[rows], starts[rows], height, width) for rows in blocks
    )
    best, left = (np.concatenate(part) for part in zip(*done, strict=True))
    return _as_fits(P, images, best, left)


def _as_fits(P: Array, images: Array, best: Array, left: Array) -> GaborFits:
    total = ((P - P.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    left = left + (P**2).sum(axis=1) - (images**2).sum(axis=1)  # what other colours hold
    flat = total <= 1e-20 * (P**2).sum(axis=1)
    share = 1 - np.divide(left, total, out=np.ones_like(total), where=~flat)
    x, y, angle, frequency, along, across, a, b = best.T
    turned = np.floor(angle / np.pi)  # half a turn mirrors the wave
    b = np.where(turned % 2 == 0, b, -b)
    return GaborFits(
        explained=np.clip(share, 0, 1),
        x=x,
        y=y,
        orientation=angle - turned * np.pi,
        frequency=frequency,
        phase=np.arctan2(-b, a),
        amplitude=np.hypot(a, b),
        width_along=along,
        width_across=across,
    )


def _pixels(height: int, width: int) -> tuple[Array, Array]:
    down, across = np.mgrid[:height, :width].astype(np.float64)
    return across.ravel(), down.ravel()


def _main_colours(P: Array) -> Array:
    """Return each filter's image (n, height · width) along its main colour."""
    _, axes = np.linalg.eigh(np.einsum("npc,npd->ncd", P, P))
    return np.asarray(np.einsum("npc,nc->np", P, axes[:, :, -1]))


@lru_cache(maxsize=4)
def _grid(height: int, width: int) -> tuple[Array, Array]:
    """Return the grid's points (G, 6), and an orthonormal pair of waves for each (G, 2, pixels)."""
    spots = [np.linspace(0, n - 1, max(2, round(n / 1.7))) for n in (width, height)]
    angles = np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS
    points = np.array(
        [(x, y, t, f, *w) for x, y, t, f, w in product(*spots, angles, FREQUENCIES, WIDTHS)]
    )
    x, y, angle, frequency, along, across = points.T[:, :, None]
    draw = (height, width, x, y, angle, frequency)
    even = draw_gabors(*draw, 0.0, 1.0, along, across)
    odd = draw_gabors(*draw, -np.pi / 2, 1.0, along, across)
    even /= np.linalg.norm(even, axis=1, keepdims=True)
    odd -= (odd * even).sum(axis=1, keepdims=True) * even
    length = np.linalg.norm(odd, axis=1, keepdims=True)
    odd = np.divide(odd, length, out=np.zeros_like(odd), where=length > 1e-6)
    return points, np.stack([even, odd], axis=1).astype(np.float32)


def _starts(images: Array, height: int, width: int, n_starts: int) -> Array:
    """Return the points (n, n_starts, 6) of the grid that explain most of each image."""
    points, waves = _grid(height, width)
    chosen = np.empty((len(images), n_starts, points.shape[1]))
    for top in range(0, len(images), 64):
        block = images[top : top + 64].astype(np.float32)
        energy = np.square(block @ waves[:, 0].T) + np.square(block @ waves[:, 1].T)
        for k, row in enumerate(energy):
            chosen[top + k] = points[_apart(row, points, n_starts)]
    return chosen


def _apart(energy: Array, points: Array, n: int) -> list[int]:
    """Return the best points, each with another orientation or frequency than the ones before."""
    order = np.argsort(-energy)[:2000]
    found: list[int] = [int(order[0])]
    seen = {tuple(points[order[0], 2:4])}
    for index in order[1:]:
        if len(found) == n:
            break
        key = tuple(points[index, 2:4])
        if key not in seen:
            seen.add(key)
            found.append(int(index))
    return found + found[:1] * (n - len(found))


def _fit_block(images: Array, starts: Array, height: int, width: int) -> tuple[Array, Array]:
    """Return the best numbers (n, 8) for each image, and the squares that are left (n,)."""
    from scipy.optimize import least_squares

    across, down = _pixels(height, width)
    longest = float(max(height, width))
    low = np.array([-0.5, -0.5, -np.inf, 0.0, NARROWEST, NARROWEST])
    high = np.array([width - 0.5, height - 0.5, np.inf, HIGHEST, longest, longest])
    best = np.zeros((len(images), 8))
    left = np.full(len(images), np.inf)
    for k, image in enumerate(images):
        size = float(np.linalg.norm(image))
        if size == 0:
            best[k], left[k] = (0, 0, 0, 0, 1, 1, 0, 0), 0
            continue
        fit = _Residual(image / size, across, down)
        for start in starts[k]:
            first = np.clip(start, low + 1e-6, high - 1e-6)
            found = least_squares(
                fit.residual, first, fit.jacobian, (low, high), x_scale=(1, 1, 0.5, 0.1, 1, 1),
                ftol=1e-5, xtol=1e-5, gtol=1e-6, max_nfev=40,
            )  # fmt: skip
            rest = 2 * found.cost * size**2
            if rest < left[k]:
                left[k] = rest
                best[k] = (*found.x, *(size * fit.solve(found.x)))
    return best, left


class _Residual:
    """What a Gabor function leaves of one image, its two waves at their best heights."""

    def __init__(self, image: Array, across: Array, down: Array) -> None:
        self.image, self.across, self.down = image, across, down

    def solve(self, p: Array) -> Array:
        """Return the heights of the cosine and the sine."""
        return np.asarray(self._parts(p)[1])

    def residual(self, p: Array) -> Array:
        """Return the function minus the image."""
        waves, heights, *_ = self._parts(p)
        return np.asarray(waves @ heights - self.image)

    def jacobian(self, p: Array) -> Array:
        """Return the slope of the residual, with the waves' own span taken out (Kaufman 1975)."""
        waves, (a, b), u, v, solver = self._parts(p)
        _, _, angle, frequency, along, wide = p
        cos, sin = math.cos(angle), math.sin(angle)
        even, odd = waves.T
        value = a * even + b * odd
        turned = b * even - a * odd
        by_u = -u / along**2 * value + 2 * math.pi * frequency * turned
        by_v = -v / wide**2 * value
        slopes = np.stack(
            [
                -cos * by_u + sin * by_v,
                -sin * by_u - cos * by_v,
                v * by_u - u * by_v,
                2 * math.pi * u * turned,
                u**2 / along**3 * value,
                v**2 / wide**3 * value,
            ],
            axis=1,
        )
        return np.asarray(slopes - waves @ (solver @ (waves.T @ slopes)))

    def _parts(self, p: Array) -> tuple[Any, ...]:
        x, y, angle, frequency, along, wide = p
        cos, sin = math.cos(angle), math.sin(angle)
        dx, dy = self.across - x, self.down - y
        u, v = dx * cos + dy * sin, dy * cos - dx * sin
        bell = np.exp(-((u / along) ** 2) / 2 - (v / wide) ** 2 / 2)
        turn = 2 * math.pi * frequency * u
        waves = np.stack([bell * np.cos(turn), bell * np.sin(turn)], axis=1)
        # A slow wave's sine all but vanishes: the small ridge keeps the solution finite.
        solver = np.linalg.inv(waves.T @ waves + 1e-9 * np.eye(2))
        return waves, solver @ (waves.T @ self.image), u, v, solver
