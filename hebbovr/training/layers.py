"""The arrays that a rule needs beside the weights of a layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.kernels.layout import Layer
from hebbovr.rules import Rule


def layer_around(rule: Rule, W: NDArray[Any]) -> Layer:
    """Return a layer with weights ``W`` (K, D), and what the rule needs beside them."""
    (K, D), dtype = W.shape, W.dtype
    b = np.zeros(K, dtype)
    if rule.biases == "centroid":
        b -= np.square(W).sum(axis=1) / 2
    adam = K if rule.optimiser == "adam" else 0
    W_m, W_v = (np.zeros((adam, D), dtype) for _ in range(2))
    b_m, b_v = (np.zeros(adam, dtype) for _ in range(2))
    norms = np.linalg.norm(W, axis=1) if rule.keeps_norms else np.empty(0, dtype)
    return Layer(W, b, W_m, W_v, b_m, b_v, norms, np.zeros((rule.n_state, K)))
