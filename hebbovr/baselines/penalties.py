"""Penalties on the responses of a hidden layer, and their gradients with respect to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.rules import OVR, overlap_sum

Array = NDArray[Any]
PENALTIES = ("none", "ovr", "l1", "l2")


def penalty(H: Array, kind: str, strength: float) -> tuple[float, Array | None]:
    """Return the penalty on ``H`` (B, K) and its gradient (B, K), None where there is none.

    "ovr" is ``λ Σ_{i≠j} U_i·U_j`` over the batch (paper, Eq. 1, with unit-length responses);
    "l1" and "l2" are ``strength / B · Σ |h|`` and ``strength / B · Σ h²``.
    """
    if kind == "none" or strength == 0:
        return 0.0, None
    if kind == "ovr":
        rule = OVR(overlap_penalty=strength)
        parts = rule.parts(H, "identity")
        return strength * overlap_sum(rule.compared(H)), -(parts.hebbian + parts.anti_hebbian)
    share = H.dtype.type(strength / len(H))
    if kind == "l1":
        return float(share * np.abs(H).sum()), share * np.sign(H)
    return float(share * (H * H).sum()), 2 * share * H
