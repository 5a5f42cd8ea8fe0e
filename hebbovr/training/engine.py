"""The compiled step with its rule, its settings and its buffers, for one layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import SettingsError
from hebbovr.kernels.compilation import (
    compile_phases,
    compile_rule,
    compile_step,
    gather_by,
    gather_nothing,
)
from hebbovr.kernels.layout import (
    ACTIVATION_CODES,
    BIAS_CODES,
    OPTIMISER_CODES,
    Layer,
    Method,
    Settings,
    Workspace,
    make_workspace,
)
from hebbovr.kernels.products import compile_products
from hebbovr.rules import BatchStatistics
from hebbovr.rules.signals import STEP
from hebbovr.training.config import TrainingConfig
from hebbovr.training.exchange import Exchange, Gathering
from hebbovr.training.rows import RowSource, as_inputs, batch_bounds
from hebbovr.training.state import Stats

Array = NDArray[np.floating]


class Engine:
    """The kernel with its rule, settings and buffers, on one number of threads.

    Parameters
    ----------
    config : TrainingConfig
    layer : Layer
        Its arrays are updated in place.
    threads : int
        As many as `hebbovr.kernels.threads.kernel_threads` yields; steps run inside its block.
    exchange : Exchange, optional
        Where other processes hold other units of the layer; by default all units are here.

    Raises
    ------
    SettingsError
        The rule reads the weights of earlier units, and these are elsewhere.
    """

    def __init__(
        self,
        config: TrainingConfig,
        layer: Layer,
        threads: int,
        exchange: Exchange | None = None,
    ) -> None:
        if exchange is not None and config.rule.lateral_inhibition:
            reason = "reads the weights of earlier units, so its layer cannot be cut by units"
            raise SettingsError(name="rule", value=config.rule, reason=reason)
        self._all_units = exchange.all_units if exchange else len(layer.W)
        self._gathering = Gathering(exchange, len(layer.W)) if exchange else None
        self._config = config
        self._layer = layer
        self._threads = threads
        self._dtype = layer.W.dtype
        self._workspaces: dict[int, Workspace] = {}
        self.rule = config.rule
        self.activation = config.trained_activation
        self.method = Method(
            compile_rule(self.rule.coefficients, self._dtype),
            *compile_products(self._dtype),
            np.array(self.rule.parameters(self.activation), np.float64),
            np.empty(7, self._dtype),
        )
        example = (
            layer, np.empty((1, 1), self._dtype), self._make_workspace(1, 1, 1),
            self.settings(0.0), self.method,
        )  # fmt: skip
        gather = gather_by(self._gathering) if self._gathering else gather_nothing()
        self.phases = compile_phases(self._needed(), gather, *example)
        self._step = compile_step(self.phases, *example, True)

    def step(self, X: Array, rate: float, number: int) -> Stats:
        """Learn from one batch (B, D), step ``number`` from 1; return its measures before it."""
        return self._stats(self.run(X, rate, number), len(X))

    def run(self, X: Array, rate: float, number: int, *, learns: bool = True) -> BatchStatistics:
        """Learn from one batch, or only measure it; its workspace keeps the coefficients."""
        X = as_inputs(X, self._dtype)  # a later batch may be of another dtype than the first
        work, settings = self.workspace(len(X)), self.settings(rate)
        work.batch[STEP] = number
        given = (self.phases, self._layer, X, work, settings, self.method, learns)
        if self._gathering is None:
            return BatchStatistics(*self._step(*given))
        return BatchStatistics(*self._gathering.within(work, lambda: self._step(*given)))

    def validate(self, rows: RowSource, indices: NDArray[np.intp]) -> Stats:
        """Return objective and overlap averaged over the batches of the held-out rows."""
        stats = []
        for low, high in batch_bounds(len(indices), self._config.batch_size):
            X = rows.take(indices[low:high])
            stats.append(self._stats(self.run(X, 0.0, 0, learns=False), len(X)))
        means = average(stats)
        return {f"validation_{name}": means[name] for name in ("objective", "overlap")}

    def workspace(self, batch: int) -> Workspace:
        """Return the buffers for batches of ``batch`` samples."""
        if batch not in self._workspaces:
            self._workspaces[batch] = self._make_workspace(
                len(self._layer.W), self._layer.W.shape[1], batch
            )
        return self._workspaces[batch]

    def _make_workspace(self, n_units: int, n_inputs: int, batch: int) -> Workspace:
        rule = self.rule
        return make_workspace(
            n_units, n_inputs, batch, self._threads, self._dtype, rule.ranked,
            rule.lateral_inhibition, max(n_units, self._all_units),
        )  # fmt: skip

    def settings(self, rate: float) -> Settings:
        """Return what the kernel needs to know, with a learning rate."""
        rule = self.rule
        return Settings(
            activation=ACTIVATION_CODES[self.activation],
            normalize=rule.normalises,
            unit_mean=rule.unit_mean,
            target=float(rule.mean_target),
            power=float(rule.power),
            ranked=rule.ranked,
            inverse_temperature=float(rule.inverse_temperature),
            optimiser=OPTIMISER_CODES[rule.optimiser],
            decays=rule.decays,
            biases=BIAS_CODES[rule.biases],
            learning_rate=float(rate),
            beta1=0.9,
            beta2=0.999,
            epsilon=1e-8,
            first_block=self._gathering.first_block if self._gathering else 0,
        )

    def _needed(self) -> set[str]:
        """Return the phases that `kernels.step` runs for the rule."""
        rule, needed = self.rule, {"respond", "project", "learn"}
        needed |= {"rank_responses"} if rule.ranked else set()
        needed |= {"normalise_softmax"} if rule.inverse_temperature else set()
        needed |= {"inhibit_laterally"} if rule.lateral_inhibition else set()
        return needed

    def _stats(self, statistics: BatchStatistics, batch: int) -> Stats:
        size, pairs = batch * self._all_units, batch * (batch - 1)
        return {
            "objective": self.rule.objective_of(statistics, batch),
            "overlap": statistics.overlap / pairs if pairs else 0.0,
            "mean_response": statistics.responses / size,
            "share_active": statistics.active / size,
        }


def average(stats: list[Stats]) -> Stats:
    """Return the mean of each measure over batches."""
    return {name: float(np.mean([s[name] for s in stats])) for name in stats[0]}
