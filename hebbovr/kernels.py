"""The rules of :mod:`hebbovr.rules` compiled by Numba: one fused step, in place.

Units are cut into blocks of rows of W. A block stays with one thread from its responses to its
update, and the blocks share only per-sample sums (B numbers each) and one mean. Blocks and the
order of every sum depend on the shapes alone, so results do not depend on the number of threads.

Responses are kept unit-major, ``H`` (K, B), so that a unit's row is contiguous. Both products run
inside the parallel loop, one BLAS call a block: BLAS itself must be held at one thread (see
:mod:`hebbovr.threads`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

# NaN and infinity must survive, so that a broken run is seen: "nnan" and "ninf" stay out.
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}
ACTIVATION_CODES = {"relu": 0, "sigmoid": 1, "identity": 2}
RELU, SIGMOID = 0, 1
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


class Layer(NamedTuple):
    """The arrays that learn, and Adam's moments of each; all C-contiguous, of one float dtype."""

    W: NDArray[np.floating]  # (K, D)
    b: NDArray[np.floating]  # (K,)
    W_m: NDArray[np.floating]
    W_v: NDArray[np.floating]
    b_m: NDArray[np.floating]
    b_v: NDArray[np.floating]
    norms: NDArray[np.floating]  # (K,) weight norms to hold, or (0,): none are held


class Settings(NamedTuple):
    """What a step needs to know of the rule and of Adam, as plain numbers."""

    activation: int
    normalize: bool
    exact: bool  # the gradient with φ', mean term and biases, or Eq. 4
    unit_mean: bool
    target: float
    overlap_penalty: float
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
    by_block: NDArray[np.float64]  # (blocks, B) each block's part of a per-sample sum
    inverse_norms: NDArray[np.floating]  # (B,) 1/r_i
    gain: NDArray[np.floating]  # (B,)
    own: NDArray[np.floating]  # (B,)
    active: NDArray[np.int64]  # (blocks,)


class BatchSums(NamedTuple):
    """Sums over one batch of B samples and K units."""

    responses: float  # Σ H
    mean_distance: float  # |mean - target|, over all responses or averaged over units
    active: int  # count of H > 0
    overlap: float  # Σ_{i≠j} U_i·U_j, of H where the rule does not normalise


def block_units(n_units: int) -> int:
    """Return how many units make a block: fewer in narrow layers, so that threads share them."""
    return min(BLOCK_UNITS, max(16, -(-n_units // 8)))


def make_workspace(
    n_units: int, n_inputs: int, batch: int, threads: int, dtype: np.dtype[Any]
) -> Workspace:
    """Allocate the buffers for batches of ``batch`` samples."""
    block = block_units(n_units)
    n_blocks = -(-n_units // block)
    return Workspace(
        H=np.empty((n_units, batch), dtype),
        gradient=np.empty((min(threads, n_blocks), block, n_inputs), dtype),
        row_sums=np.empty(n_units),
        S=np.empty(n_units, dtype),
        by_block=np.empty((n_blocks, batch)),
        inverse_norms=np.empty(batch, dtype),
        gain=np.empty(batch, dtype),
        own=np.empty(batch, dtype),
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
def add_squares(H: Any, row_sums: Any, squares: Any) -> int:
    """Write ``Σ_i H_ki`` of each row and ``Σ_k H_ki²`` of each sample; return how many are > 0."""
    squares[:] = 0.0
    active = 0
    for k in range(H.shape[0]):
        total = 0.0
        for i in range(H.shape[1]):
            h = np.float64(H[k, i])
            total += h
            squares[i] += h * h
            active += 1 if h > 0.0 else 0
        row_sums[k] = total
    return active


@compiled()
def add_projections(H: Any, inverse_norms: Any, S: Any, projections: Any) -> None:
    """Write ``S_k = Σ_i U_ki`` of each row and this block's part of ``U_i·S`` of each sample."""
    projections[:] = 0.0
    for k in range(H.shape[0]):
        total = 0.0
        for i in range(H.shape[1]):
            total += np.float64(H[k, i] * inverse_norms[i])
        S[k] = total
        for i in range(H.shape[1]):
            projections[i] += total * np.float64(H[k, i] * inverse_norms[i])


@compiled(parallel=True)
def respond(layer: Layer, X: Any, work: Workspace, activation: int) -> None:
    """Write ``H = φ(W Xᵀ + b)`` and each block's part of ``r_i² = Σ_k H_ki²``."""
    threads, block, _ = work.gradient.shape
    active = work.active  # Numba loses a store through a tuple's attribute inside prange
    for thread in numba.prange(threads):
        for n in range(thread, work.active.size, threads):
            low, high = n * block, min((n + 1) * block, layer.b.size)
            H = work.H[low:high]
            np.dot(layer.W[low:high], X.T, H)
            for k in range(high - low):
                for i in range(H.shape[1]):
                    H[k, i] = phi(H[k, i] + layer.b[low + k], activation)
            active[n] = add_squares(H, work.row_sums[low:high], work.by_block[n])


@compiled(parallel=True)
def project(work: Workspace) -> None:
    """Write ``S = Σ_i U_i`` and each block's part of ``U_i·S``."""
    threads, block, _ = work.gradient.shape
    for thread in numba.prange(threads):
        for n in range(thread, work.active.size, threads):
            low, high = n * block, min((n + 1) * block, work.S.size)
            add_projections(
                work.H[low:high], work.inverse_norms, work.S[low:high], work.by_block[n]
            )


@compiled()
def share_norms(work: Workspace, normalize: bool) -> float:
    """Write ``1/r_i`` (0 for a silent sample, 1 unnormalised); return ``Σ_i ‖U_i‖²``."""
    diagonal = 0.0
    for i in range(work.inverse_norms.size):
        square = 0.0
        for n in range(work.by_block.shape[0]):
            square += work.by_block[n, i]
        if not normalize:
            work.inverse_norms[i] = 1.0
            diagonal += square
        elif square == 0.0:
            work.inverse_norms[i] = 0.0
        else:
            work.inverse_norms[i] = 1.0 / math.sqrt(square)
            diagonal += 1.0
    return diagonal


@compiled()
def share_signals(work: Workspace, settings: Settings) -> float:
    """Write the shared signals of ``C_ik = φ'(a_k + gain_i (S_k - own_i U_ik))``; return ``‖S‖²``.

    Normalised (the gradient of Eq. 1): ``gain_i = 2λ/r_i`` and
    ``own_i = 1 + U_i·S - ‖U_i‖² = U_i·S``. Unnormalised: 2λ and 1. Eq. 4: λ and 1.
    """
    overlaps = 0.0
    factor = 2.0 * settings.overlap_penalty if settings.exact else settings.overlap_penalty
    for i in range(work.gain.size):
        projection = 0.0
        for n in range(work.by_block.shape[0]):
            projection += work.by_block[n, i]
        overlaps += projection
        work.gain[i] = factor * np.float64(work.inverse_norms[i])
        work.own[i] = projection if settings.normalize else 1.0
    return overlaps


@compiled()
def mean_distance(work: Workspace, settings: Settings) -> float:
    """Return ``|mean(H) - target|`` (Eq. 2), or the units' average of it."""
    batch = work.inverse_norms.size
    total = 0.0
    for k in range(work.row_sums.size):
        share = work.row_sums[k] / batch
        total += abs(share - settings.target) if settings.unit_mean else share
    average = total / work.row_sums.size
    return average if settings.unit_mean else abs(average - settings.target)


@compiled()
def measure(
    layer: Layer, X: Any, work: Workspace, settings: Settings
) -> tuple[float, float, int, float]:
    """Compute responses and shared signals of a batch; return the fields of :class:`BatchSums`."""
    respond(layer, X, work, settings.activation)
    diagonal = share_norms(work, settings.normalize)
    project(work)
    overlap = share_signals(work, settings) - diagonal
    distance = mean_distance(work, settings)
    return work.row_sums.sum(), distance, work.active.sum(), overlap


@compiled()
def coefficients(H: Any, row_sums: Any, S: Any, work: Workspace, s: Settings, above: float) -> None:
    """Turn a block of responses into its coefficients ``φ' ⊙ ∂J/∂H`` (or Eq. 4's), in place."""
    number = H.dtype.type
    batch = H.shape[1]
    for k in range(H.shape[0]):
        side = np.sign(row_sums[k] - s.target * batch) if s.unit_mean else above
        mean = number(side / (batch * np.float64(work.S.size)) if s.exact else 0.0)
        for i in range(batch):
            h = H[k, i]
            rest = S[k] - work.own[i] * (h * work.inverse_norms[i])
            c = mean + work.gain[i] * rest
            if s.exact and s.activation == RELU:
                c = c if h > 0 else number(0)
            elif s.exact and s.activation == SIGMOID:
                c *= h * (number(1) - h)
            H[k, i] = c


@compiled()
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
                row[d] += (c0 * x0[d] + c1 * x1[d]) + (c2 * x2[d] + c3 * x3[d])


@compiled()
def adam(w: Any, g: Any, m: Any, v: Any, rates: Any) -> None:
    """Apply one step of Adam to the flat ``w`` in place; ``rates`` is made by `adam_rates`."""
    for i in range(w.size):
        m[i] = rates[0] * m[i] + rates[1] * g[i]
        v[i] = rates[2] * v[i] + rates[3] * g[i] * g[i]
        w[i] -= rates[4] * m[i] / (math.sqrt(v[i]) * rates[5] + rates[6])


@compiled()
def adam_rates(rates: Any, settings: Settings, step: int) -> None:
    """Write Adam's factors for step number ``step`` (from 1), in the dtype of the weights."""
    rates[0], rates[1] = settings.beta1, 1.0 - settings.beta1
    rates[2], rates[3] = settings.beta2, 1.0 - settings.beta2
    rates[4] = settings.learning_rate / (1.0 - settings.beta1**step)
    rates[5] = 1.0 / math.sqrt(1.0 - settings.beta2**step)
    rates[6] = settings.epsilon


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


@compiled(parallel=True)
def learn(
    layer: Layer, X: Any, work: Workspace, settings: Settings, rates: Any, above: float
) -> None:
    """Turn responses into coefficients, ``Cᵀ X`` into Adam's step, block by block in place."""
    threads, block, _ = work.gradient.shape
    sparse = settings.exact and settings.activation == RELU  # elsewhere no coefficient is zero
    for thread in numba.prange(threads):
        for n in range(thread, work.active.size, threads):
            low, high = n * block, min((n + 1) * block, layer.b.size)
            C = work.H[low:high]
            coefficients(C, work.row_sums[low:high], work.S[low:high], work, settings, above)
            gradient = work.gradient[thread, : high - low]
            if sparse and work.active[n] < ACTIVE_SHARE * C.size:
                active_product(C, X, gradient)
            else:
                np.dot(C, X, gradient)
            W = layer.W[low:high]
            adam(
                W.ravel(),
                gradient.ravel(),
                layer.W_m[low:high].ravel(),
                layer.W_v[low:high].ravel(),
                rates,
            )
            if layer.norms.size:
                hold_norms(W, layer.norms[low:high])
            if settings.exact:
                bias_gradient = work.S[low:high]
                for k in range(high - low):
                    bias_gradient[k] = C[k].sum()
                adam(
                    layer.b[low:high],
                    bias_gradient,
                    layer.b_m[low:high],
                    layer.b_v[low:high],
                    rates,
                )


@compiled()
def step(
    layer: Layer, X: Any, work: Workspace, settings: Settings, rates: Any, number: int
) -> tuple[float, float, int, float]:
    """Learn from one batch ``X`` (B, D), C-contiguous; return the fields of :class:`BatchSums`.

    The sums describe the batch before the update; where they are not finite, there is none.
    ``number`` counts Adam's steps from 1.
    """
    sums: tuple[float, float, int, float] = measure(layer, X, work, settings)
    if not (math.isfinite(sums[0]) and math.isfinite(sums[3])):
        return sums
    above = np.sign(sums[0] - settings.target * work.H.size)
    adam_rates(rates, settings, number)
    learn(layer, X, work, settings, rates, above)
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
