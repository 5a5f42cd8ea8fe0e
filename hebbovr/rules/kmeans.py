"""Online k-means: the winner moves towards the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hebbovr.rules.reference import Array
from hebbovr.rules.rule import BatchStatistics, Parts, Rule, signed_parts
from hebbovr.rules.signals import WINNER


def kmeans_coefficients(
    H: Any, first: int, active: int, sums: Any, S: Any, shared: Any, decay: Any, state: Any,
    batch: Any, parameters: Any,
) -> int:  # fmt: skip
    """Write ``1/N_k`` where unit k wins, else 0; ``N_k`` counts the samples it has ever won."""
    real = H.dtype.type
    winner = shared[WINNER]
    winners = 0
    for k in range(H.shape[0]):
        unit, won = real(first + k), 0
        for i in range(H.shape[1]):
            won += 1 if winner[i] == unit else 0
        state[0, first + k] += won
        rate = 1.0 / max(state[0, first + k], 1.0)
        for i in range(H.shape[1]):
            H[k, i] = real(rate) if winner[i] == unit else real(0)
        decay[k] = won * rate
        winners += won
    return winners


@dataclass(frozen=True)
class KMeans(Rule):
    """MacQueen's k-means: every unit becomes the mean of the samples that it has won.

    The closest unit wins: with ``b_k = -‖w_k‖² / 2`` it has the largest linear response.
    Of equal ones the first wins. ``Δw_k = Σ_i (x_i - w_k) / N_k`` over the samples it wins, ``N_k``
    of them so far. Its rate is its own, so a learning rate plays no role. Units start on samples,
    which they have won by that: ``N_k`` starts at 1.

    Apart from MacQueen's procedure, which takes samples one by one and once, the winners of a batch
    are found before any of it is learned from, the samples to start on are drawn at random, and in
    further epochs the same samples are counted again. Where there are fewer samples than units, the
    units left start at random, with ``N_k = 0``.
    """

    source: ClassVar = "MacQueen 1967, Proc. 5th Berkeley Symposium 1, 281-297"
    shared_signals: ClassVar = ("largest",)
    optimiser: ClassVar = "none"
    biases: ClassVar = "centroid"
    init: ClassVar = "samples"
    n_state: ClassVar = 1
    placed_state: ClassVar = 1.0
    coefficients: ClassVar = staticmethod(kmeans_coefficients)

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return ``-mean max_k h_ik``: half the mean squared distance, but for a constant."""
        return -statistics.largest / batch

    def parts(self, H: Array, activation: str = "identity", state: Array | None = None) -> Parts:
        """Return ``1/N_k`` where unit k wins; ``state`` holds N."""
        wins = np.zeros_like(H)
        wins[np.arange(len(H)), H.argmax(axis=1)] = 1
        counts = np.zeros((1, H.shape[1])) if state is None else state
        counts[0] += wins.sum(axis=0)
        rate = 1 / np.maximum(counts[0], 1)
        return signed_parts((wins * rate).astype(H.dtype), wins.sum(axis=0) * rate)
