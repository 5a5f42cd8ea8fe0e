"""Responses of a trained layer, block by block of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import DataError
from hebbovr.kernels.compilation import compile_encoder
from hebbovr.kernels.forward import ROWS_ENCODED
from hebbovr.kernels.layout import ACTIVATION_CODES, Layer, make_panels
from hebbovr.kernels.products import compile_products
from hebbovr.training.rows import as_inputs

Array = NDArray[np.floating]
ENCODE_ROWS = 16 * ROWS_ENCODED
# To pack the weights of all units does not pay for so few rows: these are packed instead.
FEW_ROWS = 16


class Encoding:
    """A layer ready to write ``φ(X Wᵀ + b - T)`` for blocks of rows.

    The bits of a row's responses do not depend on the rows beside it, if the products are those of
    the simd backend (see :mod:`hebbovr.kernels.products`).
    """

    def __init__(self, layer: Layer, threshold: float, activation: str, threads: int) -> None:
        self._W = as_inputs(layer.W, layer.W.dtype)
        self._b = layer.b - layer.b.dtype.type(threshold)
        self._products = compile_products(self._W.dtype)
        self._encode_rows, self._pack_rows = compile_encoder(self._W.dtype)
        self._activation = ACTIVATION_CODES[activation]
        self._threads = threads
        self._unit_panels: Array | None = None

    def write(self, X: NDArray[Any], out: Array) -> None:
        """Write the responses to ``X`` (n, D) into ``out`` (n, K), block by block of rows.

        Raises
        ------
        DataError
            A response is not finite.
        """
        for top in range(0, len(X), ENCODE_ROWS):
            rows = slice(top, top + ENCODE_ROWS)
            block = as_inputs(X[rows], self._W.dtype)
            if len(block) <= FEW_ROWS:
                self._write_few(block, out[rows])
            else:
                self._write_many(block, out[rows])
            if not _finite(out[rows]):
                raise DataError(
                    f"Responses to rows from {top} on leave the range of {out.dtype}; check that X "
                    "is finite and has the scale of the rows trained on"
                )

    def _write_many(self, X: Array, out: Array) -> None:
        if self._unit_panels is None:
            self._unit_panels = self._packed(self._W)
            self._biases = np.zeros(self._unit_panels[:, 0].size, self._b.dtype)
            self._biases[: self._b.size] = self._b
        self._encode(X, self._unit_panels, np.zeros(len(X), self._b.dtype), self._biases, out)

    def _write_few(self, X: Array, out: Array) -> None:
        H, panels = np.empty(out.shape[::-1], out.dtype), self._packed(X)
        self._encode(self._W, panels, self._b, np.zeros(panels[:, 0].size, self._b.dtype), H)
        out[:] = H.T

    def _encode(self, A: Array, panels: Array, by_row: Array, by_column: Array, out: Array) -> None:
        self._encode_rows(
            self._products.gemm_bias_clip, A, panels, by_row, by_column, self._activation,
            self._threads, out,
        )  # fmt: skip

    def _packed(self, X: Array) -> Array:
        panels = make_panels(len(X), X.shape[1], X.dtype)
        self._pack_rows(self._products.pack_rows, X, panels, self._threads)
        return panels


def room_for(n_rows: int, layer: Layer, out: Array | None) -> Array:
    """Return ``out`` if responses to ``n_rows`` rows fit in, or a new array if it is None.

    Raises
    ------
    DataError
        ``out`` has another shape or dtype, or is not C-contiguous.
    """
    shape, dtype = (n_rows, layer.b.size), layer.W.dtype
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise DataError(
            f"out is {out.dtype} of shape {out.shape}; give a C-contiguous {dtype} array of shape "
            f"{shape}"
        )
    return out


def _finite(H: Array) -> bool:
    """Tell whether all responses are finite, mostly by their sum alone."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(H.sum()) or np.isfinite(H).all())
