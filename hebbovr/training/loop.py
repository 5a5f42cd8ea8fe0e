"""The loop over epochs and batches: order, schedule, validation, stopping, history."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import TrainingError
from hebbovr.kernels.threads import kernel_threads
from hebbovr.training.collapse import MOST_VANISHING, count_vanishing
from hebbovr.training.config import TrainingConfig
from hebbovr.training.engine import Engine, average
from hebbovr.training.rows import RowSource, batch_bounds
from hebbovr.training.state import BestEpoch, TrainingState

# Given the name of a hook of `hebbovr.training.callbacks.Callback` and what it is told.
Hooks = Callable[..., list[Any]]
# A stream of partial_fit may last for months; its history shall not fill the memory.
KEPT_RECORDS = 1000


def no_hooks(hook: str, *told: Any) -> list[Any]:
    """Call nothing."""
    return []


def train(
    config: TrainingConfig,
    state: TrainingState,
    rows: RowSource,
    validation: tuple[RowSource, NDArray[np.intp]] | None = None,
    hooks: Hooks = no_hooks,
) -> None:
    """Move ``state`` on until the epochs of its run are done, or a callback stops it.

    Parameters
    ----------
    config : TrainingConfig
    state : TrainingState
        With a ``run``; after a stop between any two batches it can be given again.
    rows : RowSource
        What is trained on.
    validation : (RowSource, ndarray of int), optional
        What the epoch is chosen on; the best epoch's weights are put back at the end.
    hooks : callable
        Calls a hook of all callbacks by its name, and returns what they return.

    Raises
    ------
    DataError
        A row is not finite.
    TrainingError
        The objective stopped being finite.
    """
    state.own_arrays()
    run = state.under_way
    if validation and run.best is None:
        run.best = BestEpoch()
    bounds = batch_bounds(len(run.training), config.batch_size)
    hooks("on_fit_begin", len(bounds), run.epochs_left)
    with kernel_threads(config.n_threads) as threads:
        engine = Engine(config, state.layer, threads)
        while run.epochs_left:
            started = time.perf_counter()
            rate, order = state.schedule.rate(state.epoch), state.draw_order()
            for low, high in bounds[len(run.done) :]:
                _learn_batch(config, state, engine, rows.take(np.sort(order[low:high])), rate)
                hooks("on_batch_end", len(run.done) - 1, run.done[-1])
                if run.vanishing >= MOST_VANISHING:
                    break
            state.epoch += 1
            record = {"epoch": state.epoch, "learning_rate": rate, **average(run.done)}
            if validation:
                record |= engine.validate(*validation)
                state.offer_best(record["validation_objective"])
            record["seconds"] = time.perf_counter() - started
            state.history.append(record)
            del state.history[: -max(KEPT_RECORDS, config.epochs)]
            state.schedule.observe(record.get("validation_objective", record["objective"]))
            state.end_epoch()
            if any(hooks("on_epoch_end", record)) or state.collapsed:
                break
    state.restore_best()


def _learn_batch(
    config: TrainingConfig,
    state: TrainingState,
    engine: Engine,
    X: NDArray[Any],
    rate: float,
) -> None:
    done = state.under_way.done
    state.step += 1
    stats = engine.step(X, rate, state.step)
    if not math.isfinite(stats["objective"]):
        raise TrainingError(
            f"The objective became {stats['objective']} in epoch {state.epoch + 1}, batch "
            f"{len(done) + 1}; use a smaller learning rate, or inputs of unit scale"
        )
    done.append(stats)
    count_vanishing(config, state, stats)
