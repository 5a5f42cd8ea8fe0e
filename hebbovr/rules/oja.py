"""Oja's rule: Hebb's, with a decay that holds the weights at unit length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hebbovr.rules.reference import Array
from hebbovr.rules.rule import BatchStatistics, Parts, Rule, signed_parts


def oja_coefficients(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, parameters: Any,
) -> int:  # fmt: skip
    """Write ``C_ik = h_ik / B`` and ``d_k = Σ_i h_ik² / B``."""
    fraction = H.dtype.type(1.0 / H.shape[1])
    for k in range(H.shape[0]):
        power = 0.0
        for i in range(H.shape[1]):
            power += H[k, i] * H[k, i]
            H[k, i] *= fraction
        decay[k] = power / H.shape[1]
    return int(H.size)


@dataclass(frozen=True)
class Oja(Rule):
    """``Δw_k = mean_i h_ik (x_i - h_ik w_k)`` with ``h = w·x``.

    Its fixed point is the first principal direction of the inputs (their first eigenvector, not
    centred), with ``‖w_k‖ = 1``. Units do not know of each other, so all of them end there. Oja
    learns from one sample at a time; here it is the mean over a batch.
    """

    source: ClassVar = "Oja 1982, Journal of Mathematical Biology 15, 267-273"
    coefficients: ClassVar = staticmethod(oja_coefficients)

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return minus half the mean squared length of the responses."""
        return -0.5 * statistics.squares / batch

    def parts(self, H: Array, activation: str = "identity", state: Array | None = None) -> Parts:
        """Return ``h / B``, and the decay ``mean h²``."""
        return signed_parts(H / len(H), (H * H).mean(axis=0))
