"""What the rules are written in: responses, overlaps, updates and Adam, in plain NumPy.

Symbols are the paper's (Bakaraju and Konda, arXiv 1903.02893): a mini-batch ``X`` (B, D), weights
``W`` (K, D), biases ``b`` (K,), pre-activations ``Z = X Wᵀ + b`` and responses ``H = φ(Z)``, both
(B, K); ``U_i = H_i / ‖H_i‖`` and ``S = Σ_i U_i``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.floating]


class Activation(NamedTuple):
    """A response function φ and its slope φ', the slope as a function of the response."""

    respond: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(lambda Z: np.maximum(Z, 0), lambda H: (H > 0).astype(H.dtype)),
    "sigmoid": Activation(expit, lambda H: H * (1 - H)),
    "identity": Activation(lambda Z: Z, np.ones_like),
}


def responses(X: Array, W: Array, b: Array, activation: str = "relu") -> Array:
    """Return ``H = φ(X Wᵀ + b)`` (B, K)."""
    return ACTIVATIONS[activation].respond(X @ W.T + b)


def overlap_sum(U: Array) -> float:
    """Return ``Σ_{i≠j} U_i·U_j = ‖Σ_i U_i‖² - Σ_i ‖U_i‖²`` in O(B·K) (paper, Eq. 1)."""
    S = U.sum(axis=0)
    return float(S @ S - (U * U).sum())


def mean_overlap(H: Array) -> float:
    """Return the mean cosine between the responses of two different samples of ``H`` (B, K)."""
    pairs = len(H) * (len(H) - 1)
    return overlap_sum(H * inverse_norms(H)) / pairs if pairs else 0.0


def inverse_norms(H: Array) -> Array:
    """Return ``1 / ‖H_i‖`` (B, 1), 0 for an inactive sample."""
    norms = np.linalg.norm(H, axis=1, keepdims=True)
    return np.where(norms > 0, 1 / np.where(norms > 0, norms, 1), 0).astype(H.dtype)


class Update(NamedTuple):
    """The step that a batch asks for: ``weights`` (K, D) and ``biases`` (K,)."""

    weights: Array
    biases: Array


def update(C: Array, X: Array, W: Array | None = None, decay: Array | None = None) -> Update:
    """Return ``Cᵀ X - d ⊙ W`` and ``Σ_i C_i`` for coefficients ``C`` (B, K) and decay ``d`` (K,).

    Where a rule descends an objective, this is minus its gradient.
    """
    weights = C.T @ X
    if W is not None and decay is not None:
        weights = weights - decay[:, None] * W
    return Update(weights, C.sum(axis=0))


class Adam(NamedTuple):
    """Settings of Adam (Kingma and Ba, 2015), the optimiser of the authors."""

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


def adam_step(w: Array, step: Array, m: Array, v: Array, number: int, adam: Adam) -> None:
    """Let Adam follow ``step``, its step ``number`` (from 1), on ``w``, in place with its moments.

    ``step`` points where the objective falls: it is minus the gradient.
    """
    m[...] = adam.beta1 * m + (1 - adam.beta1) * step
    v[...] = adam.beta2 * v + (1 - adam.beta2) * step * step
    m_hat = m / (1 - adam.beta1**number)
    v_hat = v / (1 - adam.beta2**number)
    w += adam.learning_rate * m_hat / (np.sqrt(v_hat) + adam.epsilon)


def hold_norms(W: Array, norms: Array) -> None:
    """Scale each row of ``W`` (K, D) in place back to its length in ``norms`` (K,)."""
    lengths = np.linalg.norm(W, axis=1)
    W *= np.where(lengths > 0, norms / np.where(lengths > 0, lengths, 1), 1)[:, None]
