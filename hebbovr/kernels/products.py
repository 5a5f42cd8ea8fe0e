"""Which backend makes a step's products: the hand-emitted one, or NumPy's.

Both pack one side of a product, P (depth, n), and offer the same four functions. ``simd`` keeps
tiles of sums in registers and skips coefficients that are 0; ``numpy`` calls BLAS. The environment
variable ``HEBBOVR_PRODUCTS`` chooses; where the code of ``simd`` cannot be compiled, ``numpy``
stands in for it.
"""

from __future__ import annotations

import importlib
import os
import warnings
from functools import cache
from typing import Any

import numba
import numpy as np

from hebbovr.errors import SettingsError
from hebbovr.kernels.jit import compile_pointer
from hebbovr.kernels.layout import Products

BACKENDS = {"simd": "hebbovr.kernels.simd", "numpy": "hebbovr.kernels.blas"}


_simd_fails = False


def compile_products(dtype: np.dtype[Any]) -> Products:
    """Return the packers and products of the backend in use, compiled for ``dtype``.

    Raises
    ------
    SettingsError
        ``HEBBOVR_PRODUCTS`` names no backend.
    """
    global _simd_fails
    if _chosen() == "simd":
        try:
            return _compile("simd", dtype)
        except Exception as error:
            _simd_fails = True
            warnings.warn(
                f"The simd products cannot be compiled here ({type(error).__name__}: {error}), so "
                "that NumPy's stand in for them; HEBBOVR_PRODUCTS=numpy chooses these without a "
                "warning",
                RuntimeWarning,
                stacklevel=2,
            )
    return _compile("numpy", dtype)


def products_backend() -> str:
    """Return the backend in use, "simd" or "numpy"."""
    compile_products(np.dtype(np.float32))
    return _chosen()


def _chosen() -> str:
    chosen = os.environ.get("HEBBOVR_PRODUCTS") or "simd"
    if chosen not in BACKENDS:
        raise SettingsError(
            f"HEBBOVR_PRODUCTS={chosen!r} is unknown; use one of {', '.join(BACKENDS)}"
        )
    return "numpy" if _simd_fails else chosen


@cache
def _compile(backend: str, dtype: np.dtype[Any]) -> Products:
    module = importlib.import_module(BACKENDS[backend])
    real, index = numba.from_dtype(dtype), numba.int64
    rows, packed, samples = real[:, ::1], real[:, :, ::1], numba.int32[:, ::1]
    pack = index(rows, packed, index, index)
    gemm = index(rows, packed, real[::1], real[::1], real, index, rows)
    sparse = index(rows, packed, samples, rows)
    return Products(
        compile_pointer(module.pack_rows, pack),
        compile_pointer(module.pack_columns, pack),
        compile_pointer(module.gemm_bias_clip, gemm),
        compile_pointer(module.sparse_gemm, sparse),
    )
