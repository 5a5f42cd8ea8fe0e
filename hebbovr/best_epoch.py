"""The weights of the epoch that did best on rows held out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hebbovr.kernels import Layer


class BestEpoch:
    """A copy of the weights of the epoch with the lowest validation objective."""

    def __init__(self) -> None:
        self._objective = math.inf

    def offer(self, objective: float, epoch: int, layer: Layer) -> None:
        """Keep the layer's weights if no earlier epoch has reached this objective."""
        if objective < self._objective:
            self._objective, self._epoch = objective, epoch
            self._copy = layer.W.copy(), layer.b.copy()

    def restore(self, layer: Layer) -> int:
        """Put the kept weights back; return their epoch."""
        layer.W[:], layer.b[:] = self._copy
        return self._epoch
