"""From responses to new weights: the last phase of a step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hebbovr.kernels.jit import compiled
from hebbovr.kernels.layout import ADAM, CENTROID, LEARNED, ROWS_AT_A_TIME

if TYPE_CHECKING:
    from hebbovr.kernels.layout import Layer, Method, Settings, Workspace

# Below this fraction of coefficients that are not 0, it is faster to skip the others.
ACTIVE_FRACTION = 0.65


@compiled()
def adam(w: Any, g: Any, m: Any, v: Any, rates: Any) -> None:
    """Let Adam follow the flat step ``g`` on ``w`` in place; ``rates`` is made by `adam_rates`."""
    for i in range(w.size):
        m[i] = rates[0] * m[i] + rates[1] * g[i]
        v[i] = rates[2] * v[i] + rates[3] * g[i] * g[i]
        w[i] += rates[4] * m[i] / (math.sqrt(v[i]) * rates[5] + rates[6])


@compiled()
def restore_norms(W: Any, norms: Any) -> None:
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
    if settings.biases == CENTROID:
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


def inhibit_laterally(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Write ``Σ_{j<k} mean_i(h_ik h_ij) w_j`` for every unit k, in one thread."""
    means = np.empty((work.S.size, work.S.size), work.H.dtype)
    np.dot(work.H, work.H.T, means)
    for k in range(means.shape[0]):
        for j in range(means.shape[0]):
            means[k, j] = means[k, j] / work.H.shape[1] if j < k else 0.0
    np.dot(means, layer.W, work.lateral)
    return thread


def learn(
    thread: int, layer: Layer, X: Any, work: Workspace, settings: Settings, method: Method
) -> int:
    """Turn responses into coefficients and ``Cᵀ X - d ⊙ W`` into a step, block by block."""
    threads, block, _ = work.gradient.shape
    least = layer.b.dtype.type(-math.inf)
    first = settings.first_block * block
    for n in range(thread, -(-layer.b.size // block), threads):
        low, high = n * block, min((n + 1) * block, layer.b.size)
        C, S, decay = work.H[low:high], work.S[low:high], work.decay[low:high]
        count = method.coefficients(
            C, low, work.active[settings.first_block + n],
            work.row_sums[first + low : first + high], S, work.shared, decay, layer.state,
            work.batch, method.parameters,
        )  # fmt: skip
        step = work.gradient[thread, : high - low]
        if count < ACTIVE_FRACTION * C.size:
            method.sparse_gemm(C, work.input_panels, work.samples[thread], step)
        else:
            method.gemm_bias_clip(
                C, work.input_panels, work.zeros, work.zeros, least, ROWS_AT_A_TIME, step
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
            restore_norms(W, layer.norms[low:high])
        if settings.biases:
            move_biases(layer, C, low, work.ones, S, settings, method.rates)
    return thread
