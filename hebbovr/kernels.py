"""One step of learning, compiled by Numba: fused, in place, for every rule of :mod:`hebbovr.rules`.

Units are cut into blocks of rows of W. A block stays with one thread from its responses to its
update, and the blocks share only per-sample sums (a few times B numbers) and one mean. Blocks and
the order of every sum depend on the shapes alone, so results do not depend on how many threads run.

Responses are kept unit-major, ``H`` (K, B), so that a unit's row is contiguous. Both products run
inside the parallel loop, one BLAS call a block: BLAS itself must be held at one thread (see
:mod:`hebbovr.threads`).

A rule's ``fill`` comes in by its address, so that no compiled code of this file depends on the code
of another: Numba's cache would not notice that it changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

# NaN and infinity must survive, so that a broken run is seen: "nnan" and "ninf" stay out. So does
# what lets the compiler order or fuse operations: it would do so differently in the process that
# fills the cache and in those that read it. Sums that shall be fast are taken in eighths instead.
FASTMATH = {"nsz"}
ACTIVATION_CODES = {"relu": 0, "sigmoid": 1, "identity": 2}
RELU, SIGMOID = 0, 1
BIAS_CODES = {"fixed": 0, "learned": 1, "half_norms": 2}
LEARNED, HALF_NORMS = 1, 2
OPTIMISER_CODES = {"adam": 0, "rate": 1, "none": 2}
ADAM, RATE = 0, 1
# Rows of the shared signals, and the numbers of a batch, as `hebbovr.rules.rule` names them.
INVERSE_NORM, OWN, LARGEST, RIVAL, PARTITION = range(5)
TOTAL, UNITS, STEP = range(3)
BLOCK_UNITS = 512
TILE_ROWS, TILE_UNITS = 256, 512
# Below this share of active responses it is faster to add up the active samples than to multiply.
ACTIVE_SHARE = 0.35


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the jit decorator of this file; without a place for a cache, compile uncached."""

    def decorate(function: Callable[..., Any]) -> Any:
        settings = {"fastmath": FASTMATH, "error_model": "numpy", "nogil": True, **options}
        try:
            return numba.njit(cache=True, **settings)(function)
        except RuntimeError:
            return numba.njit(**settings)(function)

    return decorate


@cache
def compile_rule(fill: Callable[..., int], dtype: np.dtype[Any]) -> Callable[..., int]:
    """Return a rule's ``fill``, compiled for layers of ``dtype``, to be handed to `step`."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return fill
    real, index, double = numba.from_dtype(dtype), numba.int64, numba.float64
    signature = index(
        real[:, ::1], index, index, double[::1], real[::1], real[:, ::1], real[::1],
        double[:, ::1], double[::1], double[::1],
    )  # fmt: skip
    settings: dict[str, Any] = {"fastmath": FASTMATH, "error_model": "numpy"}
    try:
        compiled_fill: Callable[..., int] = numba.cfunc(signature, cache=True, **settings)(fill)
    except RuntimeError:
        compiled_fill = numba.cfunc(signature, **settings)(fill)
    return compiled_fill


class Layer(NamedTuple):
    """The arrays that learn; all C-contiguous and, but for the state, of one float dtype."""

    W: NDArray[np.floating]  # (K, D)
    b: NDArray[np.floating]  # (K,)
    W_m: NDArray[np.floating]  # Adam's moments; (0, D) and (0,) for rules without Adam
    W_v: NDArray[np.floating]
    b_m: NDArray[np.floating]
    b_v: NDArray[np.floating]
    norms: NDArray[np.floating]  # (K,) weight norms to hold, or (0,): none are held
    state: NDArray[np.float64]  # (n, K) what the rule keeps of each unit


class Settings(NamedTuple):
    """What a step needs to know of the rule and its optimiser, as plain numbers."""

    activation: int
    normalize: bool  # S and the overlap are of unit-length responses
    unit_mean: bool
    target: float
    power: float  # responses are those of sign(w) |w|^power
    ranked: int  # so many of the largest responses to a sample are looked for
    sharpness: float  # β of the partition; 0: none
    optimiser: int
    decays: bool
    biases: int
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float


class Workspace(NamedTuple):
    """Buffers of one batch size B, reused by every step."""

    H: NDArray[np.floating]  # (K, B) responses, then coefficients
    gradient: NDArray[np.floating]  # (threads, block, D)
    row_sums: NDArray[np.float64]  # (K,) Σ_i H_ik
    S: NDArray[np.floating]  # (K,) Σ_i U_ik
    decay: NDArray[np.floating]  # (K,)
    by_block: NDArray[np.float64]  # (blocks, B) each block's part of a per-sample sum
    largest: NDArray[np.floating]  # (blocks, ranked, B) each block's largest responses
    shared: NDArray[np.floating]  # (5, B)
    batch: NDArray[np.float64]  # (3,)
    lateral: NDArray[np.floating]  # (K, D) what earlier units take, or (0, D)
    active: NDArray[np.int64]  # (blocks,)


def block_units(n_units: int) -> int:
    """Return how many units make a block: fewer in narrow layers, so that threads share them."""
    return min(BLOCK_UNITS, max(16, -(-n_units // 8)))


def make_workspace(
    n_units: int,
    n_inputs: int,
    batch: int,
    threads: int,
    dtype: np.dtype[Any],
    ranked: int = 0,
    laterally: bool = False,
) -> Workspace:
    """Allocate the buffers for batches of ``batch`` samples."""
    block = block_units(n_units)
    n_blocks = -(-n_units // block)
    return Workspace(
        H=np.empty((n_units, batch), dtype),
        gradient=np.empty((min(threads, n_blocks), block, n_inputs), dtype),
        row_sums=np.empty(n_units),
        S=np.empty(n_units, dtype),
        decay=np.zeros(n_units, dtype),
        by_block=np.empty((n_blocks, batch)),
        largest=np.empty((n_blocks, ranked, batch), dtype),
        shared=np.zeros((5, batch), dtype),
        batch=np.array([0.0, n_units, 0.0]),
        lateral=np.empty((n_units if laterally else 0, n_inputs), dtype),
        active=np.empty(n_blocks, np.int64),
    )


@compiled()
def phi(z: Any, activation: int) -> Any:
    """Return ``φ(z)`` in the type of ``z``; NaN stays NaN."""
    number = type(z)
    if activation == RELU:
        return max(z, number(0))
    if activation == SIGMOID:
        return number(1) / (number(1) + np.exp(-z))
    return z


@compiled()
def sum_of(row: Any, parts: Any) -> float:
    """Return the sum of a row: in eighths in its own type, these in float64."""
    e = parts.size
    for j in range(e):
        parts[j] = ((row[j] + row[j + e]) + (row[j + 2 * e] + row[j + 3 * e])) + (
            (row[j + 4 * e] + row[j + 5 * e]) + (row[j + 6 * e] + row[j + 7 * e])
        )
    total = 0.0
    for j in range(e):
        total += parts[j]
    for j in range(8 * e, row.size):
        total += row[j]
    return total


@compiled()
def add_squares(H: Any, row_sums: Any, squares: Any) -> int:
    """Write ``Σ_i H_ki`` of each row and ``Σ_k H_ki²`` of each sample; return how many are > 0."""
    squares[:] = 0.0
    active = 0
    parts = np.empty(squares.size // 8)
    for k in range(H.shape[0]):
        row_sums[k] = sum_of(H[k], parts)
        for i in range(H.shape[1]):
            h = np.float64(H[k, i])
            squares[i] += h * h
            active += 1 if h > 0.0 else 0
    return active


@compiled()
def add_projections(H: Any, inverse_norms: Any, S: Any, projections: Any) -> None:
    """Write ``S_k = Σ_i U_ki`` of each row and this block's part of ``U_i·S`` of each sample."""
    projections[:] = 0.0
    row, parts = np.empty_like(inverse_norms), np.empty(projections.size // 8)
    for k in range(H.shape[0]):
        for i in range(row.size):
            row[i] = H[k, i] * inverse_norms[i]
        total = sum_of(row, parts)
        S[k] = total
        for i in range(row.size):
            projections[i] += total * np.float64(row[i])


@compiled()
def raised(W: Any, power: float, out: Any) -> Any:
    """Write ``sign(w) |w|^power`` into ``out`` and return it."""
    for k in range(W.shape[0]):
        for d in range(W.shape[1]):
            w = W[k, d]
            out[k, d] = np.sign(w) * abs(w) ** W.dtype.type(power)
    return out


@compiled()
def keep_largest(H: Any, largest: Any) -> None:
    """Write the largest responses of a block to each sample, in falling order."""
    largest[:] = -np.inf
    for k in range(H.shape[0]):
        for i in range(H.shape[1]):
            insert(H[k, i], largest, i)


@compiled()
def insert(h: Any, largest: Any, i: int) -> None:
    """Put ``h`` in its place among the largest responses to sample ``i``, if it has one."""
    rank = largest.shape[0]
    while rank > 0 and h > largest[rank - 1, i]:
        if rank < largest.shape[0]:
            largest[rank, i] = largest[rank - 1, i]
        largest[rank - 1, i] = h
        rank -= 1


@compiled(parallel=True)
def respond(layer: Layer, X: Any, work: Workspace, settings: Settings) -> None:
    """Write ``H = φ(W Xᵀ + b)``, each block's part of ``r_i² = Σ_k H_ki²``, and its largest."""
    threads, block, _ = work.gradient.shape
    active = work.active  # Numba loses a store through a tuple's attribute inside prange
    for thread in numba.prange(threads):
        for n in range(thread, work.active.size, threads):
            low, high = n * block, min((n + 1) * block, layer.b.size)
            H, W = work.H[low:high], layer.W[low:high]
            if settings.power != 1.0:
                W = raised(W, settings.power, work.gradient[thread, : high - low])
            np.dot(W, X.T, H)
            for k in range(high - low):
                for i in range(H.shape[1]):
                    H[k, i] = phi(H[k, i] + layer.b[low + k], settings.activation)
            active[n] = add_squares(H, work.row_sums[low:high], work.by_block[n])
            if settings.ranked:
                keep_largest(H, work.largest[n])


@compiled(parallel=True)
def project(work: Workspace) -> None:
    """Write ``S = Σ_i U_i`` and each block's part of ``U_i·S``."""
    threads, block, _ = work.gradient.shape
    for thread in numba.prange(threads):
        for n in range(thread, work.active.size, threads):
            low, high = n * block, min((n + 1) * block, work.S.size)
            add_projections(
                work.H[low:high], work.shared[INVERSE_NORM], work.S[low:high], work.by_block[n]
            )


@compiled()
def add_exponentials(H: Any, largest: Any, sharpness: float, exponentials: Any) -> None:
    """Write ``Σ_k exp(β (h_ki - largest_i))`` of each sample."""
    exponentials[:] = 0.0
    for k in range(H.shape[0]):
        for i in range(H.shape[1]):
            exponentials[i] += math.exp(sharpness * np.float64(H[k, i] - largest[i]))


@compiled(parallel=True)
def partition(work: Workspace, sharpness: float) -> None:
    """Write each block's part of ``Σ_k exp(β (h_ik - max_k h_ik))``."""
    threads, block, _ = work.gradient.shape
    for thread in numba.prange(threads):
        for n in range(thread, work.active.size, threads):
            low, high = n * block, min((n + 1) * block, work.S.size)
            add_exponentials(work.H[low:high], work.shared[LARGEST], sharpness, work.by_block[n])


@compiled()
def share_norms(work: Workspace, normalize: bool) -> tuple[float, float]:
    """Write ``1/r_i`` (0 for a silent sample, 1 unnormalised); return ``Σ ‖U_i‖²``, ``Σ r_i²``."""
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
def share_projections(work: Workspace, normalize: bool) -> float:
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
def share_largest(work: Workspace) -> float:
    """Write the largest response to each sample, and the one of the lowest rank looked for."""
    total = 0.0
    first, ranked = work.largest[0], work.largest.shape[1]
    for i in range(work.shared.shape[1]):
        for n in range(1, work.largest.shape[0]):
            for rank in range(ranked):
                insert(work.largest[n, rank, i], first, i)
        work.shared[LARGEST, i] = first[0, i]
        work.shared[RIVAL, i] = first[ranked - 1, i]
        total += first[0, i]
    return total


@compiled()
def share_partition(work: Workspace, sharpness: float) -> float:
    """Write ``Σ_k exp(β (h_ik - max_k h_ik))``; return ``Σ_i log Σ_k exp(β h_ik)``."""
    total = 0.0
    for i in range(work.shared.shape[1]):
        parts = 0.0
        for n in range(work.by_block.shape[0]):
            parts += work.by_block[n, i]
        work.shared[PARTITION, i] = parts
        total += sharpness * work.shared[LARGEST, i] + math.log(parts)
    return total


@compiled()
def take_laterally(layer: Layer, work: Workspace) -> None:
    """Write ``Σ_{j<k} mean_i(h_ik h_ij) w_j`` for every unit k."""
    shares = np.dot(work.H, work.H.T)
    for k in range(shares.shape[0]):
        for j in range(shares.shape[0]):
            shares[k, j] = shares[k, j] / work.H.shape[1] if j < k else 0.0
    np.dot(shares, layer.W, work.lateral)


@compiled()
def mean_distance(work: Workspace, settings: Settings) -> float:
    """Return ``|mean(H) - target|`` (Eq. 2), or the units' average of it."""
    batch = work.shared.shape[1]
    total = 0.0
    for k in range(work.row_sums.size):
        share = work.row_sums[k] / batch
        total += abs(share - settings.target) if settings.unit_mean else share
    average = total / work.row_sums.size
    return average if settings.unit_mean else abs(average - settings.target)


@compiled()
def measure(
    layer: Layer, X: Any, work: Workspace, settings: Settings
) -> tuple[float, float, int, float, float, float, float]:
    """Compute responses and shared signals of a batch; return the fields of `rules.Sums`."""
    largest = parts = 0.0
    respond(layer, X, work, settings)
    diagonal, squares = share_norms(work, settings.normalize)
    project(work)
    overlap = share_projections(work, settings.normalize) - diagonal
    distance = mean_distance(work, settings)
    if settings.ranked:
        largest = share_largest(work)
    if settings.sharpness > 0.0:
        partition(work, settings.sharpness)
        parts = share_partition(work, settings.sharpness)
    total, active = work.row_sums.sum(), work.active.sum()
    return total, distance, active, overlap, squares, largest, parts


@compiled(fastmath={"nsz", "contract"})  # one product in each sum: fused in one way only
def active_product(C: Any, X: Any, out: Any) -> None:
    """Write ``C X`` from the coefficients that are not zero, four samples at a time."""
    samples = np.empty(C.shape[1] + 3, np.int64)
    weights = np.empty(C.shape[1] + 3, C.dtype)
    for k in range(C.shape[0]):
        count = 0
        for i in range(C.shape[1]):  # without a branch, which would be guessed wrong half the time
            samples[count], weights[count] = i, C[k, i]
            count += C[k, i] != 0
        samples[count : count + 3], weights[count : count + 3] = 0, 0
        row = out[k]
        row[:] = 0
        for n in range(0, count, 4):
            x0, x1 = X[samples[n]], X[samples[n + 1]]
            x2, x3 = X[samples[n + 2]], X[samples[n + 3]]
            c0, c1, c2, c3 = weights[n], weights[n + 1], weights[n + 2], weights[n + 3]
            for d in range(row.size):
                row[d] = row[d] + c0 * x0[d] + c1 * x1[d] + c2 * x2[d] + c3 * x3[d]


@compiled()
def adam(w: Any, g: Any, m: Any, v: Any, rates: Any) -> None:
    """Let Adam follow the flat step ``g`` on ``w`` in place; ``rates`` is made by `adam_rates`."""
    for i in range(w.size):
        m[i] = rates[0] * m[i] + rates[1] * g[i]
        v[i] = rates[2] * v[i] + rates[3] * g[i] * g[i]
        w[i] += rates[4] * m[i] / (math.sqrt(v[i]) * rates[5] + rates[6])


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


@compiled()
def hold_norms(W: Any, norms: Any) -> None:
    """Scale each row of ``W`` in place back to its length in ``norms``."""
    for k in range(W.shape[0]):
        square = 0.0
        for d in range(W.shape[1]):
            square += np.float64(W[k, d]) * np.float64(W[k, d])
        if square > 0.0:
            factor = W.dtype.type(norms[k] / math.sqrt(square))
            for d in range(W.shape[1]):
                W[k, d] *= factor


@compiled()
def move_biases(
    layer: Layer, C: Any, low: int, scratch: Any, settings: Settings, rates: Any
) -> None:
    """Learn the biases of a block with its weights, or set them to ``-‖w_k‖² / 2``."""
    parts = np.empty(C.shape[1] // 8)
    for k in range(C.shape[0]):
        if settings.biases == HALF_NORMS:
            square = 0.0
            for d in range(layer.W.shape[1]):
                square += np.float64(layer.W[low + k, d]) * np.float64(layer.W[low + k, d])
            layer.b[low + k] = -0.5 * square
        else:
            scratch[k] = sum_of(C[k], parts)
    if settings.biases == LEARNED:
        high = low + C.shape[0]
        if settings.optimiser == ADAM:
            adam(layer.b[low:high], scratch, layer.b_m[low:high], layer.b_v[low:high], rates)
        else:
            for k in range(C.shape[0]):
                layer.b[low + k] += rates[4] * scratch[k]


@compiled(parallel=True)
def learn(
    layer: Layer, X: Any, work: Workspace, settings: Settings, rule: Any, numbers: Any, rates: Any
) -> None:
    """Turn responses into coefficients and ``Cᵀ X - d ⊙ W`` into a step, block by block."""
    threads, block, _ = work.gradient.shape
    for thread in numba.prange(threads):
        for n in range(thread, work.active.size, threads):
            low, high = n * block, min((n + 1) * block, layer.b.size)
            C, S, decay = work.H[low:high], work.S[low:high], work.decay[low:high]
            count = rule(
                C, low, work.active[n], work.row_sums[low:high], S, work.shared, decay,
                layer.state, work.batch, numbers,
            )  # fmt: skip
            step = work.gradient[thread, : high - low]
            if count < ACTIVE_SHARE * C.size:
                active_product(C, X, step)
            else:
                np.dot(C, X, step)
            W = layer.W[low:high]
            if settings.decays:
                for k in range(high - low):
                    for d in range(W.shape[1]):
                        step[k, d] -= decay[k] * W[k, d]
            if work.lateral.size:
                taken = work.lateral[low:high]
                for k in range(high - low):
                    for d in range(W.shape[1]):
                        step[k, d] -= taken[k, d]
            if settings.optimiser == ADAM:
                W_m, W_v = layer.W_m[low:high], layer.W_v[low:high]
                adam(W.ravel(), step.ravel(), W_m.ravel(), W_v.ravel(), rates)
            else:
                for k in range(high - low):
                    for d in range(W.shape[1]):
                        W[k, d] += rates[4] * step[k, d]
            if layer.norms.size:
                hold_norms(W, layer.norms[low:high])
            if settings.biases:
                move_biases(layer, C, low, S, settings, rates)


@compiled()
def step(
    layer: Layer, X: Any, work: Workspace, settings: Settings, rule: Any, numbers: Any, rates: Any
) -> tuple[float, float, int, float, float, float, float]:
    """Learn from one batch ``X`` (B, D), C-contiguous; return the fields of `rules.Sums`.

    The sums describe the batch before the update; where they are not finite, there is none.
    ``work.batch[STEP]`` counts Adam's steps from 1; ``rule`` is made by `compile_rule`.
    """
    sums: tuple[float, float, int, float, float, float, float] = measure(layer, X, work, settings)
    if not (math.isfinite(sums[0]) and math.isfinite(sums[3])):
        return sums
    work.batch[TOTAL] = sums[0]
    if settings.optimiser == ADAM:
        adam_rates(rates, settings, work.batch[STEP])
    else:
        rates[4] = scaled_rate(X, settings.learning_rate) if settings.optimiser == RATE else 1.0
    if work.lateral.size:
        take_laterally(layer, work)
    learn(layer, X, work, settings, rule, numbers, rates)
    return sums


@compiled(parallel=True)
def encode(X: Any, W: Any, b: Any, activation: int, threads: int, out: Any) -> None:
    """Write ``φ(X Wᵀ + b)`` row by row into ``out`` (n, K), in tiles that stay in cache."""
    n, K = out.shape
    tiles = -(-n // TILE_ROWS)
    for thread in numba.prange(threads):
        scratch = np.empty(TILE_ROWS * TILE_UNITS, W.dtype)
        for tile in range(thread, tiles, threads):
            top, end = tile * TILE_ROWS, min((tile + 1) * TILE_ROWS, n)
            for left in range(0, K, TILE_UNITS):
                right = min(left + TILE_UNITS, K)
                Z = scratch[: (end - top) * (right - left)].reshape(end - top, right - left)
                np.dot(X[top:end], W[left:right].T, Z)
                for i in range(end - top):
                    for k in range(right - left):
                        out[top + i, left + k] = phi(Z[i, k] + b[left + k], activation)
