"""Eq. 4 of the paper, taken literally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hebbovr.rules.ranges import parameter
from hebbovr.rules.reference import Array, overlap_sum
from hebbovr.rules.rule import BatchStatistics, Parts, Rule


def eq4_coefficients(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, parameters: Any,
) -> int:  # fmt: skip
    """Write ``C_ik = λ (H_ik - S_k)`` over the responses."""
    penalty = H.dtype.type(parameters[0])
    for k in range(H.shape[0]):
        for i in range(H.shape[1]):
            H[k, i] = penalty * (H[k, i] - S[k])
    return int(H.size)


@dataclass(frozen=True)
class Eq4(Rule):
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

    overlap_penalty: float = parameter(5e-5, least=0)

    source: ClassVar = "Bakaraju and Konda 2019, arXiv 1903.02893, Eq. 4"
    shared_signals: ClassVar = ("batch",)
    optimiser: ClassVar = "adam"
    keeps_norms: ClassVar = True
    trains_with: ClassVar = None
    decays: ClassVar = False
    learning_rate: ClassVar = 1e-3
    least_rows: ClassVar = 2  # an overlap is of pairs
    coefficients: ClassVar = staticmethod(eq4_coefficients)

    @property
    def normalises(self) -> bool:
        """Whether the overlap is that of unit-length responses: it is not."""
        return False

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return ``λ Σ_{i≠j} H_i·H_j``: what the rule lowers where responses are linear."""
        return self.overlap_penalty * statistics.overlap

    def objective(self, H: Array) -> float:
        """Return the same for the responses ``H`` (B, K)."""
        return float(self.overlap_penalty * overlap_sum(H))

    def parts(self, H: Array, activation: str = "relu", state: Array | None = None) -> Parts:
        """Return ``λ (H - S)`` in its two parts; ``activation`` plays no role in it."""
        S = np.broadcast_to(H.sum(axis=0), H.shape)
        return Parts(
            self.overlap_penalty * H,
            -self.overlap_penalty * S,
            np.zeros_like(H),
            np.zeros(H.shape[1], H.dtype),
        )
