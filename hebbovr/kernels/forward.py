"""From inputs to responses: the first phase of a step, and the encoding of many rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from hebbovr.kernels.jit import compiled
from hebbovr.kernels.layout import RELU, ROWS_AT_A_TIME, SIGMOID

if TYPE_CHECKING:
    from hebbovr.kernels.layout import Layer, Method, Settings, Workspace

# So many rows are encoded at a time, while all packed panels go by.
ROWS_ENCODED = 192


@compiled()
def least_response(activation: int) -> float:
    """Return what no response is below."""
    return 0.0 if activation == RELU else -math.inf


@compiled()
def squash(Z: Any) -> None:
    """Write the logistic function of each element of a C-contiguous array over it."""
    kind, z = Z.dtype.type, Z.ravel()
    for i in range(z.size):
        z[i] = kind(1) / (kind(1) + np.exp(-z[i]))


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
    method.pack_columns(X, work.input_panels, thread, threads)
    least = layer.b.dtype.type(least_response(settings.activation))
    first = settings.first_block * block
    for n in range(thread, -(-layer.b.size // block), threads):
        low, high = n * block, min((n + 1) * block, layer.b.size)
        H, W = work.H[low:high], layer.W[low:high]
        if settings.power != 1.0:
            W = raised(W, settings.power, work.gradient[thread, : high - low])
        method.gemm_bias_clip(
            W, work.sample_panels, layer.b[low:high], work.zeros, least, ROWS_AT_A_TIME, H
        )
        if settings.activation == SIGMOID:
            squash(H)
        np.dot(H, work.ones, work.row_sums[first + low : first + high])
        squares = work.by_block[settings.first_block + n]
        work.active[settings.first_block + n] = add_squares(H, squares)
    return thread


@compiled(parallel=True)
def encode(
    product: Any, A: Any, packed: Any, by_row: Any, by_column: Any, activation: int, threads: int,
    out: Any,
) -> None:  # fmt: skip
    """Write ``φ(A P + r + c)``, as of `gemm_bias_clip` of a backend, into ``out`` (k, n).

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
    """Pack the rows of ``X`` into panels, in all threads."""
    for thread in numba.prange(threads):
        pack(X, packed, numba.int64(thread), threads)
