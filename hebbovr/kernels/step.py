"""One step of learning, compiled by Numba: fused, in place, for every rule of :mod:`hebbovr.rules`.

A step is phases, run in threads, and reductions between them. Units are cut into blocks of rows of
W. A block stays with one thread from its responses to its update, and the blocks share only
per-sample sums (a few times B numbers) and one mean. Blocks and the order of every sum depend on
the shapes alone, so results do not depend on how many threads run, nor on how many processes: what
blocks share is gathered from all before it is reduced.

Responses are kept unit-major, ``H`` (K, B), so that a unit's row is contiguous. Sums over a unit's
row are BLAS's, called inside the parallel loop: BLAS itself must be held at one thread (see
:mod:`hebbovr.kernels.threads`).

A rule's coefficients, the products and the phases come in as function pointers (see
:mod:`hebbovr.kernels.jit`); only those phases are compiled that the rule needs. The first phase is
in `hebbovr.kernels.forward`, the last in `hebbovr.kernels.learning`, and those between are here. A
phase returns the number of its thread.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from hebbovr.kernels.jit import compiled
from hebbovr.kernels.layout import ADAM, NORMALISED, PROJECTED, RANKED, RATE, RESPONDED
from hebbovr.rules.signals import (
    INVERSE_NORM,
    LARGEST,
    OWN,
    RUNNER_UP,
    RUNNER_UP_UNIT,
    SOFTMAX_NORMALISER,
    STEP,
    TOTAL,
    WINNER,
)

if TYPE_CHECKING:
    from hebbovr.kernels.layout import Layer, Method, Phases, Settings, Workspace


@compiled()
def add_projections(H: Any, inverse_norms: Any, S: Any, projections: Any) -> None:
    """Write ``S_k = Σ_i U_ki`` of each row and this block's part of ``U_i·S`` of each sample."""
    np.dot(H, inverse_norms, S)
    projections[:] = 0.0
    for k in range(H.shape[0]):
        for i in range(projections.size):
            projections[i] += np.float64(S[k]) * np.float64(H[k, i])
    for i in range(projections.size):
        projections[i] *= np.float64(inverse_norms[i])


def project(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write ``S = Σ_i U_i`` and each block's part of ``U_i·S``."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, -(-work.S.size // block), threads):
        low, high = n * block, min((n + 1) * block, work.S.size)
        projections = work.by_block[settings.first_block + n]
        add_projections(work.H[low:high], work.shared[INVERSE_NORM], work.S[low:high], projections)
    return thread


@compiled()
def insert(h: Any, unit: int, largest: Any, units: Any, i: int) -> None:
    """Put ``h`` of ``unit`` in its place among the largest responses to ``i``, after its equals."""
    rank = largest.shape[0]
    while rank > 0 and h > largest[rank - 1, i]:
        if rank < largest.shape[0]:
            largest[rank, i] = largest[rank - 1, i]
            units[rank, i] = units[rank - 1, i]
        largest[rank - 1, i] = h
        units[rank - 1, i] = unit
        rank -= 1


@compiled()
def rank_block(H: Any, first: int, largest: Any, units: Any) -> None:
    """Write the largest responses of the units from ``first`` on, in falling order, and whose."""
    largest[:] = -np.inf
    units[:] = -1
    for k in range(H.shape[0]):
        for i in range(H.shape[1]):
            insert(H[k, i], first + k, largest, units, i)


def rank_responses(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write the largest responses of each block to each sample, and whose they are."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, -(-work.S.size // block), threads):
        H, number = work.H[n * block : (n + 1) * block], settings.first_block + n
        rank_block(H, number * block, work.largest[number], work.ranked_units[number])
    return thread


@compiled()
def add_exponentials(H: Any, largest: Any, inverse_temperature: float, exponentials: Any) -> None:
    """Write ``Σ_k exp(β (h_ki - largest_i))`` of each sample."""
    exponentials[:] = 0.0
    for k in range(H.shape[0]):
        for i in range(H.shape[1]):
            exponentials[i] += math.exp(inverse_temperature * np.float64(H[k, i] - largest[i]))


def normalise_softmax(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write each block's part of ``Σ_k exp(β (h_ik - max_k h_ik))``."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, -(-work.S.size // block), threads):
        low, high = n * block, min((n + 1) * block, work.S.size)
        exponentials = work.by_block[settings.first_block + n]
        add_exponentials(
            work.H[low:high], work.shared[LARGEST], settings.inverse_temperature, exponentials
        )
    return thread


@compiled()
def reduce_norms(work: Workspace, normalize: bool) -> tuple[float, float]:
    """Write ``1/r_i`` (0 where inactive, 1 unnormalised); return ``Σ ‖U_i‖²``, ``Σ r_i²``."""
    diagonal = squares = 0.0
    for i in range(work.shared.shape[1]):
        square = 0.0
        for n in range(work.by_block.shape[0]):
            square += work.by_block[n, i]
        squares += square
        if not normalize:
            work.shared[INVERSE_NORM, i] = 1.0
            diagonal += square
        elif square == 0.0:
            work.shared[INVERSE_NORM, i] = 0.0
        else:
            work.shared[INVERSE_NORM, i] = 1.0 / math.sqrt(square)
            diagonal += 1.0
    return diagonal, squares


@compiled()
def reduce_projections(work: Workspace, normalize: bool) -> float:
    """Write ``U_i·S``, or 1 unnormalised; return ``‖S‖²``."""
    overlaps = 0.0
    for i in range(work.shared.shape[1]):
        projection = 0.0
        for n in range(work.by_block.shape[0]):
            projection += work.by_block[n, i]
        overlaps += projection
        work.shared[OWN, i] = projection if normalize else 1.0
    return overlaps


@compiled()
def reduce_largest(work: Workspace, first_unit: int) -> float:
    """Write the largest response to each sample, the last one looked for, and whose they are.

    Blocks come in their order, so that of equal responses that of the first unit stays before.
    """
    total = 0.0
    first, units, ranked = work.largest[0], work.ranked_units[0], work.largest.shape[1]
    for i in range(work.shared.shape[1]):
        for n in range(1, work.largest.shape[0]):
            for rank in range(ranked):
                insert(work.largest[n, rank, i], work.ranked_units[n, rank, i], first, units, i)
        work.shared[LARGEST, i] = first[0, i]
        work.shared[RUNNER_UP, i] = first[ranked - 1, i]
        work.shared[WINNER, i] = units[0, i] - first_unit
        work.shared[RUNNER_UP_UNIT, i] = units[ranked - 1, i] - first_unit
        total += first[0, i]
    return total


@compiled()
def reduce_softmax(work: Workspace, inverse_temperature: float) -> float:
    """Write ``Σ_k exp(β (h_ik - max_k h_ik))``; return ``Σ_i log Σ_k exp(β h_ik)``."""
    total = 0.0
    for i in range(work.shared.shape[1]):
        parts = 0.0
        for n in range(work.by_block.shape[0]):
            parts += work.by_block[n, i]
        work.shared[SOFTMAX_NORMALISER, i] = parts
        total += inverse_temperature * work.shared[LARGEST, i] + math.log(parts)
    return total


@compiled()
def total_of(sums: Any) -> float:
    """Return the float64 sum of a row of sums."""
    total = 0.0
    for k in range(sums.size):
        total += np.float64(sums[k])
    return total


@compiled()
def mean_distance(work: Workspace, settings: Settings) -> float:
    """Return ``|mean(H) - target|`` (Eq. 2), or the units' average of it."""
    batch = work.shared.shape[1]
    total = 0.0
    for k in range(work.row_sums.size):
        share = np.float64(work.row_sums[k]) / batch
        total += abs(share - settings.target) if settings.unit_mean else share
    average = total / work.row_sums.size
    return average if settings.unit_mean else abs(average - settings.target)


@compiled()
def adam_rates(rates: Any, settings: Settings, step: float) -> None:
    """Write Adam's factors for step number ``step`` (from 1), in the dtype of the weights."""
    rates[0], rates[1] = settings.beta1, 1.0 - settings.beta1
    rates[2], rates[3] = settings.beta2, 1.0 - settings.beta2
    rates[4] = settings.learning_rate / (1.0 - settings.beta1**step)
    rates[5] = 1.0 / math.sqrt(1.0 - settings.beta2**step)
    rates[6] = settings.epsilon


@compiled()
def scaled_rate(X: Any, rate: float) -> float:
    """Return ``rate`` over the mean squared length of the inputs ``X`` (B, D), 0 if all are 0."""
    power = 0.0
    for i in range(X.shape[0]):
        for d in range(X.shape[1]):
            power += np.float64(X[i, d]) * np.float64(X[i, d])
    return rate * X.shape[0] / power if power > 0.0 else 0.0


@compiled(parallel=True)
def in_threads(
    phase: Any, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> None:
    """Run a phase of the step in all threads, each on its blocks: the one parallel region."""
    for thread in numba.prange(work.gradient.shape[0]):
        phase(numba.int64(thread), layer, X, work, settings, method)


@compiled()
def step(
    phases: Phases, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method,
    learns: bool,
) -> tuple[float, float, int, float, float, float, float]:  # fmt: skip
    """Measure a batch ``X`` (B, D), C-contiguous, and learn from it; return the fields of `Sums`.

    The sums describe the batch before the update; where they are not finite, or what others have
    could not be gathered, there is none.
    ``work.batch[STEP]`` counts Adam's steps from 1.
    """
    largest = parts = 0.0
    method.pack_rows(X, work.sample_panels, 0, 1)
    in_threads(phases.respond, layer, X, work, settings, method)
    failures = phases.gather(RESPONDED)
    diagonal, squares = reduce_norms(work, settings.normalize)
    in_threads(phases.project, layer, X, work, settings, method)
    failures += phases.gather(PROJECTED)
    overlap = reduce_projections(work, settings.normalize) - diagonal
    distance = mean_distance(work, settings)
    if settings.ranked:
        in_threads(phases.rank_responses, layer, X, work, settings, method)
        failures += phases.gather(RANKED)
        largest = reduce_largest(work, settings.first_block * work.gradient.shape[1])
    if settings.inverse_temperature > 0.0:
        in_threads(phases.normalise_softmax, layer, X, work, settings, method)
        failures += phases.gather(NORMALISED)
        parts = reduce_softmax(work, settings.inverse_temperature)
    total, active = total_of(work.row_sums), work.active.sum()
    if learns and failures == 0 and math.isfinite(total) and math.isfinite(overlap):
        work.batch[TOTAL] = total
        if settings.optimiser == ADAM:
            adam_rates(method.rates, settings, work.batch[STEP])
        else:
            scaled = settings.optimiser == RATE
            method.rates[4] = scaled_rate(X, settings.learning_rate) if scaled else 1.0
        if work.lateral.size:
            phases.inhibit_laterally(0, layer, X, work, settings, method)
        in_threads(phases.learn, layer, X, work, settings, method)
    return total, distance, active, overlap, squares, largest, parts
