"""The learning rules in plain NumPy: the page to read first, and the oracle of every test.

Symbols are the paper's (Bakaraju and Konda, arXiv 1903.02893): a mini-batch ``X`` (B, D), weights
``W`` (K, D), biases ``b`` (K,), pre-activations ``Z = X Wᵀ + b`` and responses ``H = φ(Z)``, both
(B, K); ``U_i = H_i / ‖H_i‖`` and ``S = Σ_i U_i``.

A rule turns responses into coefficients ``C`` (B, K). The gradient is then ``Cᵀ X`` for the
weights and ``Σ_i C_i`` for the biases, and learning steps against it. The coefficient of unit k
needs only the unit's own responses and signals that every unit shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.floating]
Mean = Literal["global", "unit"]


class Activation(NamedTuple):
    """A response function φ and its slope φ', the slope as a function of the response."""

    respond: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(lambda Z: np.maximum(Z, 0), lambda H: (H > 0).astype(H.dtype)),
    "sigmoid": Activation(expit, lambda H: H * (1 - H)),
    "identity": Activation(lambda Z: Z, np.ones_like),
}


class Parts(NamedTuple):
    """Coefficients of one batch, each (B, K), cut by what they do.

    Attributes
    ----------
    hebbian : ndarray
        Proportional to the unit's own response to the sample: its step is Hebb's rule,
        towards inputs that drive the unit.
    push : ndarray
        Proportional to the unit's summed response to the batch: its step leads away from what
        the batch has in common.
    mean : ndarray
        Holds the mean response at its target.
    """

    hebbian: Array
    push: Array
    mean: Array

    @property
    def total(self) -> Array:
        """Sum of the three parts: ``C`` (B, K)."""
        return self.hebbian + self.push + self.mean


@dataclass(frozen=True)
class OVR:
    """Exact gradient of the One-Vs-Rest objective (paper, Eq. 1 to 3).

    ``J = |mean(H) - target| + λ Σ_{i≠j} U_i·U_j``, where ``H`` stands in for ``U`` if
    ``normalize`` is false. A silent sample (``H_i = 0``) overlaps with nothing: ``U_i = 0``.

    Parameters
    ----------
    overlap_penalty : float
        λ, the weight of the overlap against the mean term.
    mean : {"global", "unit"}
        Hold the mean over all B·K responses at the target, or each unit's own mean
        (then the term is the average of the K distances).
    target : float
        The mean response that is asked for; 0.5 in the paper.
    normalize : bool
        Use unit-length responses in the overlap.
    """

    overlap_penalty: float = 5e-5
    mean: Mean = "global"
    target: float = 0.5
    normalize: bool = True

    learns_bias: ClassVar[bool] = True
    holds_norms: ClassVar[bool] = False

    def objective(self, H: Array) -> float:
        """Return ``J`` for the responses ``H`` (B, K)."""
        distance = np.abs(H.mean(axis=self._mean_axis) - self.target)
        return float(distance.mean() + self.overlap_penalty * overlap_sum(self.compared(H)))

    def coefficients(self, H: Array, activation: str = "relu") -> Parts:
        """Return the parts of ``φ'(Z) ⊙ ∂J/∂H`` for the responses ``H`` (B, K)."""
        slope = ACTIVATIONS[activation].slope(H)
        U = self.compared(H)
        S = U.sum(axis=0)
        inverse_norms = _inverse_norms(H) if self.normalize else np.ones((len(H), 1), H.dtype)
        # Moving along H_i does not change U_i, so the projection onto U_i is taken out.
        projection = (U @ S - (U * U).sum(axis=1))[:, None] if self.normalize else 0.0
        gain = 2 * self.overlap_penalty * inverse_norms
        above = np.sign(H.mean(axis=self._mean_axis) - self.target)
        return Parts(
            hebbian=-slope * gain * U * (1 + projection),
            push=slope * gain * S,
            mean=slope * above / H.size,
        )

    @property
    def _mean_axis(self) -> int | None:
        return 0 if self.mean == "unit" else None

    def compared(self, H: Array) -> Array:
        """Return what overlaps: unit-length responses, or ``H`` itself."""
        return H * _inverse_norms(H) if self.normalize else H


@dataclass(frozen=True)
class Eq4:
    """Eq. 4 of the paper taken literally: ``Δw_k ∝ -Σ_j h_k^j Σ_{i≠j} x^i``.

    It equals ``Σ_j h_k^j x^j - (Σ_j h_k^j)(Σ_i x^i)``: Hebb's rule, corrected by the batch sum.
    With linear responses this is half the step of the unnormalised overlap; otherwise it leaves
    out ``φ'``, the normalisation and the mean term. It has no fixed point, so the trainer holds
    every unit's weight norm at its first value. The biases do not learn.

    Parameters
    ----------
    overlap_penalty : float
        λ, a factor on the step. Adam cancels it; plain gradient steps do not.
    """

    overlap_penalty: float = 5e-5

    learns_bias: ClassVar[bool] = False
    holds_norms: ClassVar[bool] = True

    def objective(self, H: Array) -> float:
        """Return ``λ Σ_{i≠j} H_i·H_j``: what the rule lowers where responses are linear."""
        return float(self.overlap_penalty * overlap_sum(H))

    def coefficients(self, H: Array, activation: str = "relu") -> Parts:
        """Return ``λ (S - H)`` in its two parts; ``activation`` plays no role in it."""
        S = np.broadcast_to(H.sum(axis=0), H.shape)
        return Parts(-self.overlap_penalty * H, self.overlap_penalty * S, np.zeros_like(H))


Rule = OVR | Eq4
RULES: dict[str, type[Rule]] = {"ovr": OVR, "eq4": Eq4}


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
    return overlap_sum(H * _inverse_norms(H)) / pairs if pairs else 0.0


class Gradients(NamedTuple):
    """The gradient of one batch: ``weights`` (K, D) and ``biases`` (K,)."""

    weights: Array
    biases: Array


def gradients(C: Array, X: Array) -> Gradients:
    """Return ``Cᵀ X`` and ``Σ_i C_i`` for coefficients (B, K) and a batch (B, D)."""
    return Gradients(C.T @ X, C.sum(axis=0))


class Adam(NamedTuple):
    """Settings of Adam (Kingma and Ba, 2015), the optimiser of the authors."""

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


def adam_step(w: Array, g: Array, m: Array, v: Array, step: int, adam: Adam) -> None:
    """Apply Adam's step number ``step`` (from 1) to ``w``, in place with its moments."""
    m[...] = adam.beta1 * m + (1 - adam.beta1) * g
    v[...] = adam.beta2 * v + (1 - adam.beta2) * g * g
    m_hat = m / (1 - adam.beta1**step)
    v_hat = v / (1 - adam.beta2**step)
    w -= adam.learning_rate * m_hat / (np.sqrt(v_hat) + adam.epsilon)


def hold_norms(W: Array, norms: Array) -> None:
    """Scale each row of ``W`` (K, D) in place back to its length in ``norms`` (K,)."""
    lengths = np.linalg.norm(W, axis=1)
    W *= np.where(lengths > 0, norms / np.where(lengths > 0, lengths, 1), 1)[:, None]


def _inverse_norms(H: Array) -> Array:
    norms = np.linalg.norm(H, axis=1, keepdims=True)
    return np.where(norms > 0, 1 / np.where(norms > 0, norms, 1), 0).astype(H.dtype)
