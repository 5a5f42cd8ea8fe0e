"""Responses of a trained layer, block by block of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hebbovr import kernels
from hebbovr.compilation import compile_products
from hebbovr.step_arrays import Layer, make_lines

Array = NDArray[np.floating]
ENCODE_ROWS = 16 * kernels.SAMPLES_AT_A_TIME


class Encoding:
    """A layer with its weights packed for ``φ(X Wᵀ + b - threshold)``, for many blocks of rows."""

    def __init__(self, layer: Layer, threshold: float, activation: str, threads: int) -> None:
        dtype = layer.W.dtype
        products = compile_products(dtype)
        self._product = products.whole_product
        self._threads = threads
        self._activation = kernels.ACTIVATION_CODES[activation]
        self._lines = make_lines(len(layer.W), layer.W.shape[1], dtype)
        kernels.pack_in_threads(products.pack_rows, layer.W, self._lines, threads)
        self._biases = np.zeros(self._lines[:, 0].size, dtype)
        self._biases[: layer.b.size] = layer.b - dtype.type(threshold)
        self._zeros = np.zeros(kernels.SAMPLES_AT_A_TIME, dtype)

    def write(self, X: Array, out: Array) -> None:
        """Write the responses to ``X`` (n, D), C-contiguous, into ``out`` (n, K)."""
        kernels.encode(
            self._product, X, self._lines, self._zeros, self._biases, self._activation,
            self._threads, out,
        )  # fmt: skip
