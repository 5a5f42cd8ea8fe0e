"""The loop over epochs and batches: order, schedule, validation, stopping, history."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import TrainingError
from hebbovr.kernels.threads import kernel_threads
from hebbovr.training.best_epoch import BestEpoch
from hebbovr.training.engine import Engine, average
from hebbovr.training.rows import Rows, batch_bounds

# So many batches in a row without responses to speak of are a collapse.
MOST_FAINT = 20
# A stream of partial_fit may last for months; its history shall not fill the memory.
KEPT_RECORDS = 1000

if TYPE_CHECKING:
    from hebbovr.training.state import Run
    from hebbovr.training.trainer import Trainer


def run_to_end(
    trainer: Trainer, run: Run, rows: Rows, checked: tuple[Rows, NDArray[np.intp]] | None
) -> None:
    """Train from where ``run`` stands until its epochs are done, or a callback stops it.

    Parameters
    ----------
    trainer : Trainer
        Its layer, schedule, generator, history and counters move on.
    run : Run
        Also moves on, so that a stop between any two batches can be taken up again.
    rows : Rows
        What is trained on.
    checked : (Rows, ndarray of int), optional
        What the epoch is chosen on; the best epoch's weights are put back at the end.

    Raises
    ------
    DataError
        A row is not finite.
    TrainingError
        The objective stopped being finite.
    """
    if checked and run.best is None:
        run.best = BestEpoch()
    bounds = batch_bounds(len(run.training), trainer.batch_size)
    notify(trainer, "on_fit_begin", len(bounds), run.epochs_left)
    with rows.read_at_random(), kernel_threads(trainer.n_threads) as threads:
        engine = Engine(trainer, threads)
        while run.epochs_left:
            started = time.perf_counter()
            rate = trainer._schedule.rate(trainer.epoch_)
            order = run.order(trainer._random)
            for low, high in bounds[len(run.done) :]:
                _learn_batch(trainer, run, engine, rows.take(np.sort(order[low:high])), rate)
                if run.faint >= MOST_FAINT:
                    break
            trainer.epoch_ += 1
            record = {"epoch": trainer.epoch_, "learning_rate": rate, **average(run.done)}
            if checked and run.best:
                record |= engine.validate(*checked)
                run.best.offer(record["validation_objective"], trainer.epoch_, trainer.layer)
            record["seconds"] = time.perf_counter() - started
            trainer.history_.append(record)
            del trainer.history_[: -max(KEPT_RECORDS, trainer.epochs)]
            trainer._schedule.observe(record.get("validation_objective", record["objective"]))
            trainer.best_epoch_ = trainer.epoch_
            trainer.collapsed_ = run.faint > 0
            run.end_epoch()
            if any(notify(trainer, "on_epoch_end", record)) or trainer.collapsed_:
                break
    if run.best:
        trainer.best_epoch_ = run.best.restore(trainer.layer)


def notify(trainer: Trainer, hook: str, *arguments: Any) -> list[Any]:
    """Call a hook of every callback; return what they return."""
    return [getattr(callback, hook)(trainer, *arguments) for callback in trainer.callbacks]


def _learn_batch(trainer: Trainer, run: Run, engine: Engine, X: NDArray[Any], rate: float) -> None:
    number = len(run.done)
    stats = engine.step(X, rate)
    if not math.isfinite(stats["objective"]):
        raise TrainingError(
            f"The objective became {stats['objective']} in epoch {trainer.epoch_ + 1}, batch "
            f"{number + 1}; use a smaller learning rate, or inputs of unit scale"
        )
    run.done.append(stats)
    faint = engine.rule.may_collapse and _is_faint(trainer, stats)
    run.faint = run.faint + 1 if faint else 0
    notify(trainer, "on_batch_end", number, stats)


def _is_faint(trainer: Trainer, stats: dict[str, float]) -> bool:
    """Whether responses have all but vanished, and were not as small at the very start."""
    if trainer._first_response is None:
        trainer._first_response = stats["mean_response"]
    floor = min(0.02 * abs(trainer.target), 0.5 * trainer._first_response)
    return stats["mean_response"] < floor
