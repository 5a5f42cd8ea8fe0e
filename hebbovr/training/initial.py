"""The layer that training starts from: random weights, and what its rule keeps beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hebbovr.kernels.layout import Layer
from hebbovr.rules import Rule
from hebbovr.training.rows import Rows


def draw_layer(
    rule: Rule, random: np.random.Generator, shape: tuple[int, int], scale: float, dtype: Any
) -> Layer:
    """Draw weights (K, D) from N(0, ``scale``²), and make what the rule needs beside them."""
    W = (scale * random.standard_normal(shape)).astype(dtype)
    K, D = shape
    b = np.zeros(K, dtype)
    if rule.biases == "centroid":
        b -= np.square(W).sum(axis=1) / 2
    adam = K if rule.optimiser == "adam" else 0
    W_m, W_v = (np.zeros((adam, D), dtype) for _ in range(2))
    b_m, b_v = (np.zeros(adam, dtype) for _ in range(2))
    norms = np.linalg.norm(W, axis=1) if rule.keeps_norms else np.empty(0, dtype)
    return Layer(W, b, W_m, W_v, b_m, b_v, norms, np.zeros((rule.n_state, K)))


def place_on_samples(rule: Rule, layer: Layer, rows: Rows, random: np.random.Generator) -> None:
    """Put each unit on a sample of its own where the rule starts so, while there are samples."""
    if rule.init != "samples":
        return
    chosen = random.choice(len(rows), min(len(rows), len(layer.W)), replace=False)
    layer.W[: len(chosen)] = rows.take(chosen)
    if rule.biases == "centroid":
        layer.b[:] = -np.square(layer.W).sum(axis=1) / 2
