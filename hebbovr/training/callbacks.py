"""Hooks into a training run: to show it, to stop it, to store it."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any


class Callback:
    """Base of all callbacks: every hook does nothing, and is handed the `hebbovr.Trainer`."""

    def on_fit_begin(self, trainer: Any, n_batches: int, n_epochs: int) -> None:
        """Run before the first batch; ``n_batches`` is the number of batches in an epoch."""

    def on_batch_end(self, trainer: Any, batch: int, stats: Mapping[str, float]) -> None:
        """Run after batch number ``batch`` (from 0) with its measures before the update.

        ``stats`` has ``objective``, ``overlap``, ``mean_response`` and ``share_active``.
        """

    def on_epoch_end(self, trainer: Any, record: Mapping[str, Any]) -> bool | None:
        """Run after an epoch with its entry of ``history_``; return True to stop the run."""
        return None

    def on_fit_end(self, trainer: Any) -> None:
        """Run once after the last epoch."""


class EarlyStopping(Callback):
    """Stop when the objective has not fallen by ``min_delta`` for ``patience`` epochs.

    The validation objective is watched where there is one, else the training objective.
    """

    def __init__(self, patience: int = 10, min_delta: float = 0.0) -> None:
        self.patience = patience
        self.min_delta = min_delta

    def on_fit_begin(self, trainer: Any, n_batches: int, n_epochs: int) -> None:
        """Forget earlier runs."""
        self._best = math.inf
        self._waited = 0

    def on_epoch_end(self, trainer: Any, record: Mapping[str, Any]) -> bool:
        """Return True when the patience is used up."""
        objective = record.get("validation_objective", record["objective"])
        if objective < self._best - self.min_delta:
            self._best, self._waited = objective, 0
        else:
            self._waited += 1
        return self._waited >= self.patience


class LogProgress(Callback):
    """Write one line an epoch to a logger of the standard library."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self.logger = logger or logging.getLogger("hebbovr")

    def on_epoch_end(self, trainer: Any, record: Mapping[str, Any]) -> None:
        """Log the epoch's measures."""
        self.logger.info(
            "epoch %d: objective %.4f, overlap %.4f, mean response %.3f, share active %.3f, %.2f s",
            record["epoch"],
            record["objective"],
            record["overlap"],
            record["mean_response"],
            record["share_active"],
            record["seconds"],
        )
