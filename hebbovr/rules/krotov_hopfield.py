"""Krotov and Hopfield's rule: the winner moves towards the sample, a runner-up away from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hebbovr.rules.ranges import parameter
from hebbovr.rules.reference import Array
from hebbovr.rules.rule import BatchStatistics, Parts, Rule, signed_parts
from hebbovr.rules.signals import RUNNER_UP_UNIT, WINNER


def krotov_hopfield_coefficients(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, parameters: Any,
) -> int:  # fmt: skip
    """Write ``C_ik = g_ik / B`` and ``d_k = Σ_i g_ik h_ik / B``.

    ``g`` is 1 for the largest response to a sample, ``-Δ`` for the one of the given rank, else 0.
    """
    real = H.dtype.type
    winner, runner_up = shared[WINNER], shared[RUNNER_UP_UNIT]
    win, lose = real(1.0 / H.shape[1]), real(-parameters[2] / H.shape[1])
    moved = 0
    for k in range(H.shape[0]):
        unit, total = real(first + k), 0.0
        for i in range(H.shape[1]):
            g = real(0)
            if winner[i] == unit:
                g = win
            elif runner_up[i] == unit:
                g = lose
            total += g * H[k, i]
            H[k, i] = g
            moved += 1 if g != 0 else 0
        decay[k] = total
    return moved


@dataclass(frozen=True)
class KrotovHopfield(Rule):
    """``Δw_k = mean_i g_ik (x_i - h_ik w_k)`` with ``h_ik = Σ_d sign(w_kd) |w_kd|^(p-1) x_id``.

    ``g`` ranks the responses to a sample: 1 for the largest, ``-Δ`` for number ``rank``, else 0. A
    unit that wins ends with ``Σ_d |w_kd|^p = 1``. Of equal responses that of the first unit ranks
    higher.

    The authors' script divides the step of a batch by its largest element; here it is the mean over
    the batch, times the learning rate over the inputs' mean squared length. The radius, a parameter
    in the paper, is 1.

    Parameters
    ----------
    p : float
        Of the norm, at least 2, the ordinary product: below, the response has an infinite slope at
        a weight of 0.
    rank : int
        Which response is pushed away, from 2 to the number of units.
    delta : float
        Δ, how far, at least 0.
    """

    p: float = parameter(2.0, least=2)
    rank: int = parameter(2, least=2, at_most_units=True)
    delta: float = parameter(0.4, least=0)

    source: ClassVar = "Krotov and Hopfield 2019, PNAS 116, 7723-7731"
    shared_signals: ClassVar = ("largest", "rival")
    coefficients: ClassVar = staticmethod(krotov_hopfield_coefficients)

    @property
    def ranked(self) -> int:
        """Responses are looked for down to the one that is pushed away."""
        return self.rank

    @property
    def power(self) -> float:
        """Responses are those of ``sign(w) |w|^(p-1)``."""
        return self.p - 1

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return minus the mean of the largest responses."""
        return -statistics.largest / batch

    def parts(self, H: Array, activation: str = "identity", state: Array | None = None) -> Parts:
        """Return ``g / B``, and the decay ``mean g h``."""
        order = np.argsort(-H, axis=1, kind="stable")
        g = np.zeros_like(H)
        rows = np.arange(len(H))
        if H.shape[1] >= self.rank:  # these may be but some of a layer's units
            g[rows, order[:, self.rank - 1]] = -self.delta
        g[rows, order[:, 0]] = 1
        return signed_parts(g / len(H), (g * H).mean(axis=0))
