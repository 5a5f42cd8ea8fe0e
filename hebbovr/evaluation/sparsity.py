"""Measures of a representation: how few units respond, and how little samples share.

Of a response matrix ``H`` (n_samples, n_units):

* **Treves-Rolls sparseness** ``(mean |h|)² / mean h²`` is 1 for equal responses and 1/n for a
  single one among n, so small is sparse. Lifetime takes the means of one unit over samples,
  population those of one sample over units (Treves and Rolls 1991; Willmore and Tolhurst 2001).
* **Hoyer sparseness** ``(√K - ‖h‖₁ / ‖h‖₂) / (√K - 1)`` of one sample over its K units is 0 for
  equal responses and 1 for a single one (Hoyer 2004).
* **Overlap** is the mean cosine between different samples, the quantity that the One-Vs-Rest
  penalty lowers. With ``U_i = h_i / ‖h_i‖`` (0 for a silent sample) and ``S = Σ_i U_i`` it is
  ``(‖S‖² - Σ_i ‖U_i‖²) / (n (n - 1))``.

All sums are float64 over blocks of rows, so ``H`` is never copied as a whole.

References
----------
A. Treves and E. T. Rolls, "What determines the capacity of autoassociative memories in the
brain?", Network 2 (1991) 371-397.
B. Willmore and D. J. Tolhurst, "Characterizing the sparseness of neural codes", Network 12 (2001)
255-270.
P. O. Hoyer, "Non-negative matrix factorization with sparseness constraints", Journal of Machine
Learning Research 5 (2004) 1457-1469.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbovr.errors import DataError

Array = NDArray[Any]
BLOCK_NUMBERS = 2**19


@dataclass(frozen=True)
class Sparsity:
    """Sparsity of one representation; a measure without any sample or unit to take it on is NaN.

    Attributes
    ----------
    share_active : float
        Share of responses above 0.
    share_below_tenth : float
        Share of responses below the threshold, 0.1 unless told otherwise: the paper's measure.
    treves_rolls_lifetime : float
        Mean over units that ever respond; small is sparse.
    treves_rolls_population : float
        Mean over samples with a response; small is sparse.
    hoyer : float
        Mean over samples with a response; 1 is sparse. NaN for a single unit.
    overlap : float
        Mean cosine between different samples, silent ones counting as 0. NaN for a single sample.
    dead_units : int
        Units that are 0 for every sample.
    mean_response : float
        Mean of all responses.
    """

    share_active: float
    share_below_tenth: float
    treves_rolls_lifetime: float
    treves_rolls_population: float
    hoyer: float
    overlap: float
    dead_units: int
    mean_response: float

    def as_dict(self) -> dict[str, float | int | None]:
        """Return the measures by name, ready for JSON: None stands for NaN."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


def measure_sparsity(H: ArrayLike, *, threshold: float = 0.1) -> Sparsity:
    """Measure the sparsity of the responses ``H``.

    Parameters
    ----------
    H : array-like of shape (n_samples, n_units)
        Real numbers in any memory order, read-only or a memory map. Treves-Rolls and Hoyer
        sparseness take the magnitude of negative responses.
    threshold : float
        Responses below it count in ``share_below_tenth``.

    Raises
    ------
    DataError
        ``H`` is not 2-D, has no sample or no unit, or holds NaN or infinity.
    """
    H = _as_responses(H)
    n_samples, n_units = H.shape
    active = below = 0
    total = 0.0
    directions = np.zeros(n_units)
    magnitudes = _Magnitudes(n_samples, n_units)
    for rows, block, lengths in _blocks(H):
        active += int(np.count_nonzero(block > 0))
        below += int(np.count_nonzero(block < threshold))
        total += block.sum()
        directions += _reciprocal(lengths) @ block
        magnitudes.add(rows, block, lengths)
    pairs = n_samples * (n_samples - 1)
    shared = directions @ directions - np.count_nonzero(magnitudes.ratios)
    return Sparsity(
        share_active=active / H.size,
        share_below_tenth=below / H.size,
        treves_rolls_lifetime=_mean(magnitudes.lifetime()),
        treves_rolls_population=_mean(magnitudes.population()),
        hoyer=_mean(magnitudes.hoyer()),
        overlap=float(shared / pairs) if pairs else math.nan,
        dead_units=int(np.count_nonzero(magnitudes.unit_sums == 0)),
        mean_response=float(total / H.size),
    )


def lifetime_sparseness(H: ArrayLike) -> Array:
    """Return the Treves-Rolls sparseness of every unit over the samples of ``H``.

    Parameters
    ----------
    H : array-like of shape (n_samples, n_units)

    Returns
    -------
    ndarray of shape (n_units,)
        Float64, small for a selective unit, NaN for a dead one.

    Raises
    ------
    DataError
        As :func:`measure_sparsity`.
    """
    return _magnitudes(H).lifetime()


def population_sparseness(H: ArrayLike) -> Array:
    """Return the Treves-Rolls sparseness of every sample over the units of ``H``.

    Parameters
    ----------
    H : array-like of shape (n_samples, n_units)

    Returns
    -------
    ndarray of shape (n_samples,)
        Float64, small for a sample that few units answer to, NaN for a silent one.

    Raises
    ------
    DataError
        As :func:`measure_sparsity`.
    """
    return _magnitudes(H).population()


def class_overlap(H: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Return the mean cosine between different samples, class by class.

    Parameters
    ----------
    H : array-like of shape (n_samples, n_units)
    labels : array-like of shape (n_samples,)
        Class of every sample.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The different labels, sorted.
    overlaps : ndarray of shape (n_classes, n_classes)
        Float64, symmetric; NaN on the diagonal for a class of one sample.

    Raises
    ------
    DataError
        As :func:`measure_sparsity`, or there is not one label for every sample.
    """
    H = _as_responses(H)
    labels = np.asarray(labels)
    if labels.shape != (len(H),):
        raise DataError(
            f"labels have shape {labels.shape}, but H has {len(H)} samples; give one label a sample"
        )
    classes, members = np.unique(labels, return_inverse=True)
    n_classes = len(classes)
    directions = np.zeros((n_classes, H.shape[1]))
    loud = np.zeros(n_classes)
    for rows, block, lengths in _blocks(H):
        weights = _reciprocal(lengths)
        for member in np.unique(members[rows]):
            mine = members[rows] == member
            directions[member] += weights[mine] @ block[mine]
            loud[member] += np.count_nonzero(lengths[mine])
    counts = np.bincount(members).astype(np.float64)
    shared = directions @ directions.T - np.diag(loud)
    pairs = np.outer(counts, counts) - np.diag(counts)
    return classes, np.divide(shared, pairs, out=np.full_like(pairs, np.nan), where=pairs > 0)


class _Magnitudes:
    """Sums of ``|h|`` and ``h²`` over samples and over units, added block by block."""

    def __init__(self, n_samples: int, n_units: int) -> None:
        self.unit_sums, self.unit_squares = np.zeros((2, n_units))
        self.ratios = np.zeros(n_samples)  # ‖h‖₁ / ‖h‖₂, 0 for a silent sample

    def add(self, rows: slice, block: Array, lengths: Array) -> None:
        """Add the samples ``rows``; ``block`` is overwritten by its magnitudes."""
        np.abs(block, out=block)
        self.ratios[rows] = block.sum(axis=1) * _reciprocal(lengths)
        self.unit_sums += block.sum(axis=0)
        self.unit_squares += np.einsum("ij,ij->j", block, block)

    def lifetime(self) -> Array:
        """Treves-Rolls sparseness of each unit."""
        scaled = self.unit_squares * len(self.ratios)
        return np.divide(
            self.unit_sums**2, scaled, out=np.full_like(scaled, np.nan), where=scaled > 0
        )

    def population(self) -> Array:
        """Treves-Rolls sparseness of each sample."""
        return np.where(self.ratios > 0, self.ratios**2, np.nan) / len(self.unit_sums)

    def hoyer(self) -> Array:
        """Hoyer sparseness of each sample."""
        root = math.sqrt(len(self.unit_sums))
        if root == 1:
            return np.full_like(self.ratios, np.nan)
        return (root - np.where(self.ratios > 0, self.ratios, np.nan)) / (root - 1)


def _magnitudes(H: ArrayLike) -> _Magnitudes:
    H = _as_responses(H)
    magnitudes = _Magnitudes(*H.shape)
    for rows, block, lengths in _blocks(H):
        magnitudes.add(rows, block, lengths)
    return magnitudes


def _as_responses(H: ArrayLike) -> Array:
    H = np.asarray(H)
    if H.ndim != 2 or H.size == 0:
        raise DataError(
            f"H has shape {H.shape}; responses need at least one sample (row) and one unit (column)"
        )
    if H.dtype.kind not in "fiub":
        raise DataError(f"H has dtype {H.dtype}; responses need real numbers")
    return H


def _blocks(H: Array) -> Iterator[tuple[slice, Array, Array]]:
    """Yield rows as float64 copies with the length of each row."""
    n_rows = max(1, BLOCK_NUMBERS // H.shape[1])
    for top in range(0, len(H), n_rows):
        block = np.array(H[top : top + n_rows], dtype=np.float64, order="C")
        with np.errstate(over="ignore"):
            lengths = np.sqrt(np.einsum("ij,ij->i", block, block))
        if not np.isfinite(lengths).all():
            row = top + int(np.argmin(np.isfinite(lengths)))
            raise DataError(
                f"Row {row} of H holds NaN, infinity or a number too large to square; "
                "responses must be finite"
            )
        yield slice(top, top + len(block)), block, lengths


def _reciprocal(lengths: Array) -> Array:
    """Return 1 / length, with 0 for a silent sample."""
    return np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def _mean(values: Array) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else math.nan
