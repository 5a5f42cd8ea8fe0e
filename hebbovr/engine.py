"""The compiled step with its settings and buffers, for one training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hebbovr import kernels
from hebbovr.batches import Rows, batch_bounds

if TYPE_CHECKING:
    from hebbovr.trainer import Trainer

Array = NDArray[np.floating]
Stats = dict[str, float]


class Engine:
    """The kernel with its settings and buffers, for one run on one number of threads."""

    def __init__(self, trainer: Trainer, threads: int) -> None:
        self._trainer = trainer
        self._threads = threads
        self._workspaces: dict[int, kernels.Workspace] = {}
        self._rates = np.empty(7, trainer.weights_.dtype)

    def step(self, X: Array, rate: float) -> dict[str, float]:
        """Learn from one batch (B, D); return its measures before the update."""
        trainer = self._trainer
        trainer.step_ += 1
        sums = kernels.step(
            trainer.layer,
            X,
            self._workspace(len(X)),
            self._settings(rate),
            self._rates,
            trainer.step_,
        )
        return self._stats(sums, len(X))

    def validate(self, rows: Rows, indices: NDArray[np.intp]) -> dict[str, float]:
        """Return objective and overlap averaged over the batches of the held-out rows."""
        stats = []
        for low, high in batch_bounds(len(indices), self._trainer.batch_size):
            X = rows.take(indices[low:high])
            work = self._workspace(len(X))
            sums = kernels.measure(self._trainer.layer, X, work, self._settings(0.0))
            stats.append(self._stats(sums, len(X)))
        means = average(stats)
        return {f"validation_{name}": means[name] for name in ("objective", "overlap")}

    def _workspace(self, batch: int) -> kernels.Workspace:
        if batch not in self._workspaces:
            K, D = self._trainer.weights_.shape
            self._workspaces[batch] = kernels.make_workspace(
                K, D, batch, self._threads, self._rates.dtype
            )
        return self._workspaces[batch]

    def _settings(self, rate: float) -> kernels.Settings:
        trainer = self._trainer
        exact = trainer.rule == "ovr"
        return kernels.Settings(
            activation=kernels.ACTIVATION_CODES[trainer.activation],
            normalize=bool(trainer.normalize) and exact,
            exact=exact,
            unit_mean=trainer.mean == "unit",
            target=float(trainer.target),
            overlap_penalty=float(trainer.overlap_penalty),
            learning_rate=float(rate),
            beta1=0.9,
            beta2=0.999,
            epsilon=1e-8,
        )

    def _stats(self, sums: tuple[float, float, int, float], batch: int) -> dict[str, float]:
        responses, distance, active, overlap = sums
        size = batch * self._trainer.n_components
        mean_term = distance if self._trainer.rule == "ovr" else 0.0
        return {
            "objective": mean_term + self._trainer.overlap_penalty * overlap,
            "overlap": overlap / (batch * (batch - 1)),
            "mean_response": responses / size,
            "share_active": active / size,
        }


def average(stats: list[Stats]) -> Stats:
    """Return the mean of each measure over batches."""
    return {name: float(np.mean([s[name] for s in stats])) for name in stats[0]}
