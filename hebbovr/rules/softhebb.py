"""SoftHebb: units compete softly for each sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import logsumexp, softmax

from hebbovr.rules.ranges import parameter
from hebbovr.rules.reference import Array
from hebbovr.rules.renamed import with_old_parameters
from hebbovr.rules.rule import BatchStatistics, Parts, Rule, signed_parts
from hebbovr.rules.signals import LARGEST, SOFTMAX_NORMALISER


def softhebb_coefficients(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, parameters: Any,
) -> int:  # fmt: skip
    """Write ``C_ik = y_ik / B`` and ``d_k = Σ_i y_ik h_ik / B``, ``y_i = softmax(β h_i)``."""
    real = H.dtype.type
    largest, normaliser = shared[LARGEST], shared[SOFTMAX_NORMALISER]
    beta, fraction = real(parameters[0]), real(1.0 / H.shape[1])
    for k in range(H.shape[0]):
        total = 0.0
        for i in range(H.shape[1]):
            h = H[k, i]
            y = np.exp(beta * (h - largest[i])) / normaliser[i]
            total += y * h
            H[k, i] = y * fraction
        decay[k] = total / H.shape[1]
    return int(H.size)


@with_old_parameters(sharpness="inverse_temperature")
@dataclass(frozen=True)
class SoftHebb(Rule):
    """``Δw_k = mean_i y_ik (x_i - h_ik w_k)`` with ``h = w·x`` and ``y_i = softmax(β h_i)``.

    Its fixed point has ``‖w_k‖ = 1``, with ``w_k`` along the mean of the samples that unit k takes,
    each weighted by how far it takes them. The paper also learns a bias of each unit within the
    softmax, for how often its cause occurs; here there is none, and all are equally likely.

    Parameters
    ----------
    inverse_temperature : float
        β, above 0: the larger, the more the winner takes.
    """

    inverse_temperature: float = parameter(1.0, least=0, above=True)

    source: ClassVar = "Moraitis et al. 2022, Neuromorphic Computing and Engineering 2, 044017"
    shared_signals: ClassVar = ("largest", "partition")
    coefficients: ClassVar = staticmethod(softhebb_coefficients)

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return ``-mean log Σ_k exp(β h_ik) / β``."""
        return -statistics.log_normaliser / batch / self.inverse_temperature

    def parts(self, H: Array, activation: str = "identity", state: Array | None = None) -> Parts:
        """Return ``softmax(β h) / B``, and the decay ``mean y h``."""
        y = softmax(self.inverse_temperature * H, axis=1)
        return signed_parts(y / len(H), (y * H).mean(axis=0))

    def objective(self, H: Array) -> float:
        """Return the objective of the responses ``H`` (B, K)."""
        return float(
            -logsumexp(self.inverse_temperature * H, axis=1).mean() / self.inverse_temperature
        )
