"""The numpy backend of a step's products: ``np.dot``, which is BLAS's, and plain loops.

Packing copies: the front of the packed array is P (depth, n), row by row. BLAS, called from inside
the parallel loop, must be held at one thread (see :mod:`hebbovr.kernels.threads`). It does not
promise that the bits of a row do not depend on the rows beside it, so that this backend does not
either: responses that are read out may differ in their last bits with the number of rows and
threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def pack_columns(X: Any, packed: Any, first: int, stride: int) -> int:
    """Copy every ``stride``-th row of ``X`` (n, m), which is P; return 0."""
    P = packed.ravel()[: X.size].reshape(X.shape)
    for i in range(first, X.shape[0], stride):
        for j in range(X.shape[1]):
            P[i, j] = X[i, j]
    return 0


def pack_rows(X: Any, packed: Any, first: int, stride: int) -> int:
    """Copy every ``stride``-th column of ``X`` (n, m), which is a row of P; return 0."""
    P = packed.ravel()[: X.size].reshape((X.shape[1], X.shape[0]))
    for j in range(first, X.shape[1], stride):
        for i in range(X.shape[0]):
            P[j, i] = X[i, j]
    return 0


def gemm_bias_clip(
    A: Any, packed: Any, by_row: Any, by_column: Any, least: Any, at_a_time: int, out: Any
) -> int:
    """Write ``max(A P + r + c, least)`` (k, n), and NaN where it is NaN; return 0.

    ``by_row`` is r (k,) and ``by_column`` begins with c (n,); ``at_a_time`` plays no role.
    """
    depth, n = A.shape[1], out.shape[1]
    np.dot(A, packed.ravel()[: depth * n].reshape((depth, n)), out)
    for k in range(out.shape[0]):
        for j in range(n):
            total = out[k, j] + (by_row[k] + by_column[j])
            out[k, j] = least if total < least else total
    return 0


def sparse_gemm(C: Any, packed: Any, samples: Any, out: Any) -> int:
    """Write ``C P`` (k, D), of which no coefficient is skipped; return how many are not 0."""
    depth, n = C.shape[1], out.shape[1]
    np.dot(C, packed.ravel()[: depth * n].reshape((depth, n)), out)
    count = 0
    for k in range(C.shape[0]):
        for i in range(depth):
            count += 1 if C[k, i] != 0 else 0
    return count
