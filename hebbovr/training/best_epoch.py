"""The weights of the epoch that did best on rows held out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hebbovr.kernels.layout import Layer

Array = NDArray[Any]


class BestEpoch:
    """A copy of the weights of the epoch with the lowest validation objective."""

    def __init__(self) -> None:
        self._objective = math.inf
        self._epoch = 0
        self._copy: tuple[Array, Array] = np.empty((0, 0)), np.empty(0)

    def offer(self, objective: float, epoch: int, layer: Layer) -> None:
        """Keep the layer's weights if no earlier epoch has reached this objective."""
        if objective < self._objective:
            self._objective, self._epoch = objective, epoch
            self._copy = layer.W.copy(), layer.b.copy()

    def restore(self, layer: Layer) -> int:
        """Put the kept weights back; return their epoch."""
        layer.W[:], layer.b[:] = self._copy
        return self._epoch

    def pack(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return what is known of the best epoch, and its weights ``W`` and ``b``."""
        W, b = self._copy
        return {"objective": self._objective, "epoch": self._epoch}, {"W": W, "b": b}

    @classmethod
    def unpack(cls, about: dict[str, Any], W: Array, b: Array) -> BestEpoch:
        """Return the best epoch that :meth:`pack` returned."""
        best = cls()
        best._objective, best._epoch = float(about["objective"]), int(about["epoch"])
        best._copy = W, b
        return best
