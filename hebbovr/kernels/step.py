"""One step of learning, compiled by Numba: fused, in place, for every rule of :mod:`hebbovr.rules`.

Units are cut into blocks of rows of W. A block stays with one thread from its responses to its
update, and the blocks share only per-sample sums (a few times B numbers) and one mean. Blocks and
the order of every sum depend on the shapes alone, so results do not depend on how many threads run.

Responses are kept unit-major, ``H`` (K, B), so that a unit's row is contiguous. Sums over a unit's
row are BLAS's, called inside the parallel loop: BLAS itself must be held at one thread (see
:mod:`hebbovr.kernels.threads`).

A rule's ``fill`` and the products come in by their addresses, so that no compiled code of this file
depends on the code of another: Numba's cache would not notice that it changed. So do the phases of
a step, of which those are compiled that the rule needs. What is called in this way must return a
number, and a phase returns that of its thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

if TYPE_CHECKING:
    from hebbovr.kernels.layout import Layer, Method, Phases, Settings, Workspace

# NaN and infinity must survive, so that a broken run is seen: "nnan" and "ninf" stay out. So does
# what lets the compiler order or fuse operations: it would do so differently in the process that
# fills the cache and in those that read it. Sums that shall be fast are products by BLAS instead.
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
# So many rows of W, of 200 to 800 inputs, stay in the second cache while packed inputs go by.
ROWS_AT_A_TIME = 24
# So many rows are encoded at a time, while all packed lines go by.
ROWS_ENCODED = 192
# Below this share of coefficients that are not 0, it is faster to skip the others.
ACTIVE_SHARE = 0.65


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the jit decorator of this file; without a place for a cache, compile uncached.

    No way in is made from C, which would take a tenth of the time.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        settings = {"fastmath": FASTMATH, "error_model": "numpy", "nogil": True, **options}
        settings["no_cfunc_wrapper"] = True
        try:
            return numba.njit(cache=True, **settings)(function)
        except RuntimeError:
            return numba.njit(**settings)(function)

    return decorate


@compiled()
def least_response(activation: int) -> float:
    """Return what no response is below."""
    return 0.0 if activation == RELU else -math.inf


@compiled()
def squash(Z: Any) -> None:
    """Write the logistic function of each number of a C-contiguous array over it."""
    number, z = Z.dtype.type, Z.ravel()
    for i in range(z.size):
        z[i] = number(1) / (number(1) + np.exp(-z[i]))


@compiled()
def add_squares(H: Any, squares: Any) -> int:
    """Write ``Σ_k H_ki²`` of each sample; return how many responses are > 0."""
    squares[:] = 0.0
    active = np.zeros(squares.size, np.int32)
    for k in range(H.shape[0]):
        for i in range(squares.size):
            squares[i] += np.float64(H[k, i]) * np.float64(H[k, i])
        for i in range(squares.size):
            active[i] += np.int32(H[k, i] > 0)
    return int(active.sum())


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


@compiled()
def raised(W: Any, power: float, out: Any) -> Any:
    """Write ``sign(w) |w|^power`` into ``out`` and return it."""
    for k in range(W.shape[0]):
        for d in range(W.shape[1]):
            w = W[k, d]
            out[k, d] = np.sign(w) * abs(w) ** W.dtype.type(power)
    return out


def respond(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write ``H = φ(W Xᵀ + b)``, its row sums, and each block's part of ``r_i² = Σ_k H_ki²``."""
    threads, block, _ = work.gradient.shape
    method.pack_columns(X, work.input_lines, thread, threads)
    least = layer.b.dtype.type(least_response(settings.activation))
    for n in range(thread, work.active.size, threads):
        low, high = n * block, min((n + 1) * block, layer.b.size)
        H, W = work.H[low:high], layer.W[low:high]
        if settings.power != 1.0:
            W = raised(W, settings.power, work.gradient[thread, : high - low])
        method.whole_product(
            W, work.sample_lines, layer.b[low:high], work.zeros, least, ROWS_AT_A_TIME, H
        )
        if settings.activation == SIGMOID:
            squash(H)
        np.dot(H, work.ones, work.row_sums[low:high])
        work.active[n] = add_squares(H, work.by_block[n])
    return thread


def project(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write ``S = Σ_i U_i`` and each block's part of ``U_i·S``."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, work.active.size, threads):
        low, high = n * block, min((n + 1) * block, work.S.size)
        add_projections(
            work.H[low:high], work.shared[INVERSE_NORM], work.S[low:high], work.by_block[n]
        )
    return thread


@compiled()
def insert(h: Any, largest: Any, i: int) -> None:
    """Put ``h`` in its place among the largest responses to sample ``i``, if it has one."""
    rank = largest.shape[0]
    while rank > 0 and h > largest[rank - 1, i]:
        if rank < largest.shape[0]:
            largest[rank, i] = largest[rank - 1, i]
        largest[rank - 1, i] = h
        rank -= 1


def rank_responses(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write the largest responses of each block to each sample, in falling order."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, work.active.size, threads):
        H, largest = work.H[n * block : (n + 1) * block], work.largest[n]
        largest[:] = -np.inf
        for k in range(H.shape[0]):
            for i in range(H.shape[1]):
                insert(H[k, i], largest, i)
    return thread


@compiled()
def add_exponentials(H: Any, largest: Any, sharpness: float, exponentials: Any) -> None:
    """Write ``Σ_k exp(β (h_ki - largest_i))`` of each sample."""
    exponentials[:] = 0.0
    for k in range(H.shape[0]):
        for i in range(H.shape[1]):
            exponentials[i] += math.exp(sharpness * np.float64(H[k, i] - largest[i]))


def partition(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write each block's part of ``Σ_k exp(β (h_ik - max_k h_ik))``."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, work.active.size, threads):
        low, high = n * block, min((n + 1) * block, work.S.size)
        add_exponentials(
            work.H[low:high], work.shared[LARGEST], settings.sharpness, work.by_block[n]
        )
    return thread


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


def take_laterally(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write ``Σ_{j<k} mean_i(h_ik h_ij) w_j`` for every unit k, in one thread."""
    shares = np.empty((work.S.size, work.S.size), work.H.dtype)
    np.dot(work.H, work.H.T, shares)
    for k in range(shares.shape[0]):
        for j in range(shares.shape[0]):
            shares[k, j] = shares[k, j] / work.H.shape[1] if j < k else 0.0
    np.dot(shares, layer.W, work.lateral)
    return thread


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
    layer: Layer, C: Any, low: int, ones: Any, scratch: Any, settings: Settings, rates: Any
) -> None:
    """Learn the biases of a block with its weights, or set them to ``-‖w_k‖² / 2``."""
    if settings.biases == HALF_NORMS:
        for k in range(C.shape[0]):
            square = 0.0
            for d in range(layer.W.shape[1]):
                square += np.float64(layer.W[low + k, d]) * np.float64(layer.W[low + k, d])
            layer.b[low + k] = -0.5 * square
    if settings.biases == LEARNED:
        high = low + C.shape[0]
        np.dot(C, ones, scratch)
        if settings.optimiser == ADAM:
            adam(layer.b[low:high], scratch, layer.b_m[low:high], layer.b_v[low:high], rates)
        else:
            for k in range(C.shape[0]):
                layer.b[low + k] += rates[4] * scratch[k]


def learn(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Turn responses into coefficients and ``Cᵀ X - d ⊙ W`` into a step, block by block."""
    threads, block, _ = work.gradient.shape
    least = layer.b.dtype.type(-math.inf)
    for n in range(thread, work.active.size, threads):
        low, high = n * block, min((n + 1) * block, layer.b.size)
        C, S, decay = work.H[low:high], work.S[low:high], work.decay[low:high]
        count = method.rule(
            C, low, work.active[n], work.row_sums[low:high], S, work.shared, decay,
            layer.state, work.batch, method.numbers,
        )  # fmt: skip
        step = work.gradient[thread, : high - low]
        if count < ACTIVE_SHARE * C.size:
            method.active_product(C, work.input_lines, work.samples[thread], step)
        else:
            method.whole_product(
                C, work.input_lines, work.zeros, work.zeros, least, ROWS_AT_A_TIME, step
            )
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
            adam(W.ravel(), step.ravel(), W_m.ravel(), W_v.ravel(), method.rates)
        else:
            for k in range(high - low):
                for d in range(W.shape[1]):
                    W[k, d] += method.rates[4] * step[k, d]
        if layer.norms.size:
            hold_norms(W, layer.norms[low:high])
        if settings.biases:
            move_biases(layer, C, low, work.ones, S, settings, method.rates)
    return thread


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

    The sums describe the batch before the update; where they are not finite, there is none.
    ``work.batch[STEP]`` counts Adam's steps from 1.
    """
    largest = parts = 0.0
    method.pack_rows(X, work.sample_lines, 0, 1)
    in_threads(phases.respond, layer, X, work, settings, method)
    diagonal, squares = share_norms(work, settings.normalize)
    in_threads(phases.project, layer, X, work, settings, method)
    overlap = share_projections(work, settings.normalize) - diagonal
    distance = mean_distance(work, settings)
    if settings.ranked:
        in_threads(phases.rank_responses, layer, X, work, settings, method)
        largest = share_largest(work)
    if settings.sharpness > 0.0:
        in_threads(phases.partition, layer, X, work, settings, method)
        parts = share_partition(work, settings.sharpness)
    total, active = total_of(work.row_sums), work.active.sum()
    if learns and math.isfinite(total) and math.isfinite(overlap):
        work.batch[TOTAL] = total
        if settings.optimiser == ADAM:
            adam_rates(method.rates, settings, work.batch[STEP])
        else:
            scaled = settings.optimiser == RATE
            method.rates[4] = scaled_rate(X, settings.learning_rate) if scaled else 1.0
        if work.lateral.size:
            phases.take_laterally(0, layer, X, work, settings, method)
        in_threads(phases.learn, layer, X, work, settings, method)
    return total, distance, active, overlap, squares, largest, parts


@compiled(parallel=True)
def encode(
    product: Any, A: Any, packed: Any, by_row: Any, by_column: Any, activation: int, threads: int,
    out: Any,
) -> None:  # fmt: skip
    """Write ``φ(A P + r + c)``, as of `line_products.whole_product`, into ``out`` (k, n).

    Rows are samples and columns units, or the other way round, to the same bits.
    """
    least = out.dtype.type(least_response(activation))
    turns = -(-out.shape[0] // (threads * ROWS_ENCODED))
    rows = -(-out.shape[0] // (threads * turns))  # no more than at a time, as many for each thread
    for thread in numba.prange(threads):
        for turn in range(turns):
            top = (turn * threads + thread) * rows
            end = min(top + rows, out.shape[0])
            product(A[top:end], packed, by_row[top:end], by_column, least, rows, out[top:end])
            if activation == SIGMOID:
                squash(out[top:end])


@compiled(parallel=True)
def pack_in_threads(pack: Any, X: Any, packed: Any, threads: int) -> None:
    """Pack the rows of ``X`` into lines, in all threads."""
    for thread in numba.prange(threads):
        pack(X, packed, numba.int64(thread), threads)
