"""SoftHebb: units compete softly for each sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import logsumexp, softmax

from hebbovr.rules.algebra import Array
from hebbovr.rules.rule import LARGEST, PARTITION, Parts, Rule, Sums, signed_parts


def fill_softhebb(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, numbers: Any,
) -> int:  # fmt: skip
    """Write ``C_ik = y_ik / B`` and ``d_k = Σ_i y_ik h_ik / B``, ``y_i = softmax(β h_i)``."""
    number = H.dtype.type
    largest, partition = shared[LARGEST], shared[PARTITION]
    sharpness, share = number(numbers[0]), number(1.0 / H.shape[1])
    for k in range(H.shape[0]):
        total = 0.0
        for i in range(H.shape[1]):
            h = H[k, i]
            y = np.exp(sharpness * (h - largest[i])) / partition[i]
            total += y * h
            H[k, i] = y * share
        decay[k] = total / H.shape[1]
    return int(H.size)


@dataclass(frozen=True)
class SoftHebb(Rule):
    """``Δw_k = mean_i y_ik (x_i - h_ik w_k)`` with ``h = w·x`` and ``y_i = softmax(β h_i)``.

    Its fixed point has ``‖w_k‖ = 1``, with ``w_k`` along the mean of the samples that unit k takes,
    each weighted by how far it takes them.

    Parameters
    ----------
    sharpness : float
        β, the inverse temperature: the larger, the more the winner takes.
    """

    sharpness: float = 1.0

    source: ClassVar = "Moraitis et al. 2022, Neuromorphic Computing and Engineering 2, 044017"
    shared_signals: ClassVar = ("largest", "partition")
    fill: ClassVar = staticmethod(fill_softhebb)

    @property
    def inverse_temperature(self) -> float:
        """β of the softmax that units compete by."""
        return self.sharpness

    def objective_of(self, sums: Sums, batch: int) -> float:
        """Return ``-mean log Σ_k exp(β h_ik) / β``."""
        return -sums.partition / batch / self.sharpness

    def parts(self, H: Array, activation: str = "identity", state: Array | None = None) -> Parts:
        """Return ``softmax(β h) / B``, and the decay ``mean y h``."""
        y = softmax(self.sharpness * H, axis=1)
        return signed_parts(y / len(H), (y * H).mean(axis=0))

    def objective(self, H: Array) -> float:
        """Return the objective of the responses ``H`` (B, K)."""
        return float(-logsumexp(self.sharpness * H, axis=1).mean() / self.sharpness)
