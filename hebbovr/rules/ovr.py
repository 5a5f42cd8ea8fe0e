"""The One-Vs-Rest rule: responses to different samples shall overlap less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from hebbovr.rules.ranges import parameter
from hebbovr.rules.reference import ACTIVATIONS, Array, inverse_norms, overlap_sum
from hebbovr.rules.rule import BatchStatistics, Parts, Rule
from hebbovr.rules.signals import INVERSE_NORM, OWN, TOTAL, UNITS

Mean = Literal["global", "unit"]
SLOPES = {"relu": 0.0, "sigmoid": 1.0, "identity": 2.0}


def ovr_coefficients(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, parameters: Any,
) -> int:  # fmt: skip
    """Write ``C_ik = -φ' (a_k + gain_i (S_k - own_i U_ik))`` over the responses.

    ``a_k`` is the slope of the mean term and ``gain_i = 2λ/r_i``. Normalised (Eq. 1),
    ``own_i = 1 + U_i·S - ‖U_i‖² = U_i·S``; else it is 1.
    """
    real = H.dtype.type
    inverse, own = shared[INVERSE_NORM], shared[OWN]
    gain = real(2.0 * parameters[0])
    target, by_unit, slope = parameters[2], parameters[1] > 0.0, parameters[4]
    size = H.shape[1] * batch[UNITS]
    for k in range(H.shape[0]):
        above = sums[k] - target * H.shape[1] if by_unit else batch[TOTAL] - target * size
        mean = real(-np.sign(above) / size)
        for i in range(H.shape[1]):
            h = H[k, i]
            rest = S[k] - own[i] * (h * inverse[i])
            c = mean - gain * inverse[i] * rest
            if slope == 0.0:
                c = c if h > 0 else real(0)
            elif slope == 1.0:
                c *= h * (real(1) - h)
            H[k, i] = c
    return active if slope == 0.0 else H.size


@dataclass(frozen=True)
class OVR(Rule):
    """Exact gradient of the One-Vs-Rest objective (paper, Eq. 1 to 3).

    ``J = |mean(H) - target| + λ Σ_{i≠j} U_i·U_j``, where ``H`` stands in for ``U`` if
    ``normalize`` is false. A inactive sample (``H_i = 0``) overlaps with nothing: ``U_i = 0``.

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

    overlap_penalty: float = parameter(5e-5, least=0)
    mean: Mean = parameter("global", choices=("global", "unit"))
    target: float = parameter(0.5)
    normalize: bool = parameter(True)

    source: ClassVar = "Bakaraju and Konda 2019, arXiv 1903.02893, Eq. 1 to 3"
    shared_signals: ClassVar = ("mean", "norm", "projection")
    optimiser: ClassVar = "adam"
    biases: ClassVar = "learned"
    trains_with: ClassVar = None
    decays: ClassVar = False
    learning_rate: ClassVar = 1e-3
    least_rows: ClassVar = 2  # an overlap is of pairs
    may_collapse: ClassVar = True
    coefficients: ClassVar = staticmethod(ovr_coefficients)

    @property
    def normalises(self) -> bool:
        """Whether the overlap is that of unit-length responses."""
        return self.normalize

    @property
    def unit_mean(self) -> bool:
        """Whether each unit's own mean response is held at the target."""
        return self.mean == "unit"

    @property
    def mean_target(self) -> float:
        """The mean response that is asked for."""
        return self.target

    def parameters(self, activation: str) -> tuple[float, ...]:
        """Return the parameters and which slope is φ'."""
        by_unit = float(self.mean == "unit")
        return (
            self.overlap_penalty, by_unit, self.target, float(self.normalize), SLOPES[activation],
        )  # fmt: skip

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return ``J`` (Eq. 3)."""
        return statistics.mean_distance + self.overlap_penalty * statistics.overlap

    def objective(self, H: Array) -> float:
        """Return ``J`` for the responses ``H`` (B, K)."""
        distance = np.abs(H.mean(axis=self._mean_axis) - self.target)
        return float(distance.mean() + self.overlap_penalty * overlap_sum(self.compared(H)))

    def parts(self, H: Array, activation: str = "relu", state: Array | None = None) -> Parts:
        """Return the parts of ``-φ'(Z) ⊙ ∂J/∂H`` for the responses ``H`` (B, K)."""
        slope = ACTIVATIONS[activation].slope(H)
        U = self.compared(H)
        S = U.sum(axis=0)
        inverse = inverse_norms(H) if self.normalize else np.ones((len(H), 1), H.dtype)
        # Moving along H_i does not change U_i, so the projection onto U_i is taken out.
        projection = (U @ S - (U * U).sum(axis=1))[:, None] if self.normalize else 0.0
        gain = 2 * self.overlap_penalty * inverse
        above = np.sign(H.mean(axis=self._mean_axis) - self.target)
        return Parts(
            hebbian=slope * gain * U * (1 + projection),
            anti_hebbian=-slope * gain * S,
            mean=-slope * above / H.size,
            decay=np.zeros(H.shape[1], H.dtype),
        )

    @property
    def _mean_axis(self) -> int | None:
        return 0 if self.mean == "unit" else None

    def compared(self, H: Array) -> Array:
        """Return what overlaps: unit-length responses, or ``H`` itself."""
        return H * inverse_norms(H) if self.normalize else H
