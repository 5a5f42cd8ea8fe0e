"""Sanger's generalised Hebbian algorithm: Oja's rule on what earlier units leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hebbovr.rules.oja import Oja


@dataclass(frozen=True)
class Sanger(Oja):
    """``Δw_k = mean_i h_ik (x_i - Σ_{j≤k} h_ij w_j)`` with ``h = w·x``.

    Its fixed point are the principal directions of the inputs, in order. It is the least local of
    the rules here: unit k needs the responses and the weights of all units before it. Sanger learns
    from one sample at a time; here it is the mean over a batch, from the weights before it.
    """

    source: ClassVar = "Sanger 1989, Neural Networks 2, 459-473"
    shared_signals: ClassVar = ("earlier",)
    lateral_inhibition: ClassVar = True
