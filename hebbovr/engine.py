"""The compiled step with its rule, its settings and its buffers, for one training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hebbovr import kernels
from hebbovr.batches import Rows, batch_bounds
from hebbovr.rules import Sums

if TYPE_CHECKING:
    from hebbovr.trainer import Trainer

Array = NDArray[np.floating]
Stats = dict[str, float]


class Engine:
    """The kernel with its rule, settings and buffers, for one run on one number of threads."""

    def __init__(self, trainer: Trainer, threads: int) -> None:
        self._trainer = trainer
        self._threads = threads
        self._dtype = trainer.weights_.dtype
        self._workspaces: dict[int, kernels.Workspace] = {}
        self._rates = np.empty(7, self._dtype)
        self.rule = trainer.make_rule()
        self.activation = self.rule.trains_with or trainer.activation
        self.fill = kernels.compile_rule(self.rule.fill, self._dtype)
        self.numbers = np.array(self.rule.numbers(self.activation), np.float64)

    def step(self, X: Array, rate: float) -> Stats:
        """Learn from one batch (B, D); return its measures before the update."""
        trainer, work = self._trainer, self.workspace(len(X))
        trainer.step_ += 1
        work.batch[kernels.STEP] = trainer.step_
        sums = kernels.step(
            trainer.layer, X, work, self.settings(rate), self.fill, self.numbers, self._rates
        )
        return self._stats(Sums(*sums), len(X))

    def validate(self, rows: Rows, indices: NDArray[np.intp]) -> Stats:
        """Return objective and overlap averaged over the batches of the held-out rows."""
        stats = []
        for low, high in batch_bounds(len(indices), self._trainer.batch_size):
            X = rows.take(indices[low:high])
            work = self.workspace(len(X))
            sums = kernels.measure(self._trainer.layer, X, work, self.settings(0.0))
            stats.append(self._stats(Sums(*sums), len(X)))
        means = average(stats)
        return {f"validation_{name}": means[name] for name in ("objective", "overlap")}

    def workspace(self, batch: int) -> kernels.Workspace:
        """Return the buffers for batches of ``batch`` samples."""
        if batch not in self._workspaces:
            K, D = self._trainer.weights_.shape
            self._workspaces[batch] = kernels.make_workspace(
                K, D, batch, self._threads, self._dtype, self.rule.ranked, self.rule.laterally
            )
        return self._workspaces[batch]

    def settings(self, rate: float) -> kernels.Settings:
        """Return what the kernel needs to know, with a learning rate."""
        trainer, rule = self._trainer, self.rule
        return kernels.Settings(
            activation=kernels.ACTIVATION_CODES[self.activation],
            normalize=rule.normalises,
            unit_mean=trainer.mean == "unit",
            target=float(trainer.target),
            power=float(rule.power),
            ranked=rule.ranked,
            sharpness=float(getattr(rule, "sharpness", 0.0)),
            optimiser=kernels.OPTIMISER_CODES[rule.optimiser],
            decays=rule.decays,
            biases=kernels.BIAS_CODES[rule.biases],
            learning_rate=float(rate),
            beta1=0.9,
            beta2=0.999,
            epsilon=1e-8,
        )

    def _stats(self, sums: Sums, batch: int) -> Stats:
        size = batch * self._trainer.n_components
        return {
            "objective": self.rule.objective_of(sums, batch),
            "overlap": sums.overlap / (batch * (batch - 1)),
            "mean_response": sums.responses / size,
            "share_active": sums.active / size,
        }


def average(stats: list[Stats]) -> Stats:
    """Return the mean of each measure over batches."""
    return {name: float(np.mean([s[name] for s in stats])) for name in stats[0]}
