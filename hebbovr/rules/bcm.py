"""The rule of Bienenstock, Cooper and Munro: a threshold that slides with a unit's own activity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hebbovr.rules.ranges import parameter
from hebbovr.rules.reference import Array
from hebbovr.rules.rule import BatchStatistics, Parts, Rule, signed_parts
from hebbovr.rules.signals import STEP


def bcm_coefficients(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, parameters: Any,
) -> int:  # fmt: skip
    """Write ``C_ik = h_ik (h_ik - θ_k) / B``, after ``θ_k`` has moved towards ``mean h²``."""
    real = H.dtype.type
    for k in range(H.shape[0]):
        power = 0.0
        for i in range(H.shape[1]):
            power += H[k, i] * H[k, i]
        pace = 1.0 if batch[STEP] == 1.0 else parameters[0]
        state[0, first + k] += pace * (power / H.shape[1] - state[0, first + k])
        threshold, fraction = real(state[0, first + k]), real(1.0 / H.shape[1])
        for i in range(H.shape[1]):
            H[k, i] = H[k, i] * (H[k, i] - threshold) * fraction
        decay[k] = 0.0
    return active


@dataclass(frozen=True)
class BCM(Rule):
    """``Δw_k = mean_i h_ik (h_ik - θ_k) x_i`` with rectified ``h``, ``θ_k`` following ``mean h²``.

    Responses above the threshold are strengthened, those below weakened, and the threshold rises
    with activity. Where one of n equally frequent, independent inputs drives the unit alone, it
    ends with the response n to that input and 0 to all others: it has become selective.

    The paper of 1982 leaves the form of ``h (h - θ)`` open, takes a power of the mean response for
    θ, and adds a decay of the weights. Here θ is a running mean of ``h²``, which starts at that of
    the first batch and moves before the weights do; there is no decay, and no slope of a saturating
    response.

    Parameters
    ----------
    pace : float
        How fast the threshold follows, as a fraction a batch, above 0 and at most 1; faster than
        the weights.
    """

    pace: float = parameter(0.1, least=0, above=True, most=1)

    source: ClassVar = (
        "Bienenstock, Cooper and Munro 1982, Journal of Neuroscience 2, 32-48; θ = mean h² after "
        "Intrator and Cooper 1992, Neural Networks 5, 3-17"
    )
    trains_with: ClassVar = "relu"
    decays: ClassVar = False
    n_state: ClassVar = 1
    learning_rate: ClassVar = 0.02
    coefficients: ClassVar = staticmethod(bcm_coefficients)

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return minus the mean squared length of the responses.

        The rule's own objective holds third moments, which are not summed.
        """
        return -statistics.squares / batch

    def parts(self, H: Array, activation: str = "relu", state: Array | None = None) -> Parts:
        """Return ``h (h - θ) / B``; ``state`` holds θ, and without it θ is ``mean h²``."""
        power = (H * H).mean(axis=0)
        threshold = power[None].copy() if state is None else state
        threshold[0] += self.pace * (power - threshold[0])
        return signed_parts(H * (H - threshold[0]) / len(H), np.zeros_like(power))
