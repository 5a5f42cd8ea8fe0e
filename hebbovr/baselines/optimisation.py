"""Adam and the loop over mini-batches, shared by the families that propagate an error."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.training.rows import batch_bounds
from hebbovr.training.schedules import make_schedule

Array = NDArray[Any]
Gradients = Callable[[NDArray[np.intp]], tuple[float, Sequence[Array]]]
Validation = Callable[[], float]
Progress = Callable[[dict[str, Any]], None]
BLOCK_NUMBERS = 2**15


class Adam:
    """Adam (Kingma and Ba, 2015) on several arrays, in place and in blocks that stay in cache.

    Parameters
    ----------
    parameters : sequence of ndarray
        C-contiguous arrays of one float dtype, changed by :meth:`step`.
    """

    def __init__(
        self,
        parameters: Sequence[Array],
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self._flat = [p.reshape(-1) for p in parameters]
        self._m = [np.zeros_like(p) for p in self._flat]
        self._v = [np.zeros_like(p) for p in self._flat]
        self._scratch = np.empty(BLOCK_NUMBERS, self._flat[0].dtype)
        self._beta1, self._beta2, self._epsilon = beta1, beta2, epsilon
        self.steps = 0

    def step(self, gradients: Sequence[Array], learning_rate: float) -> None:
        """Move every array one step against its gradient."""
        self.steps += 1
        first = learning_rate / (1 - self._beta1**self.steps)
        second = 1 / math.sqrt(1 - self._beta2**self.steps)
        for p, g, m, v in zip(self._flat, gradients, self._m, self._v, strict=True):
            flat = g.reshape(-1)
            for low in range(0, p.size, BLOCK_NUMBERS):
                block = slice(low, low + BLOCK_NUMBERS)
                self._move(p[block], flat[block], m[block], v[block], first, second)

    def _move(self, p: Array, g: Array, m: Array, v: Array, first: float, second: float) -> None:
        scratch = self._scratch[: p.size]
        m *= self._beta1
        np.multiply(g, 1 - self._beta1, out=scratch)
        m += scratch
        v *= self._beta2
        np.multiply(g, g, out=scratch)
        scratch *= 1 - self._beta2
        v += scratch
        np.sqrt(v, out=scratch)
        scratch *= second
        scratch += self._epsilon
        np.divide(m, scratch, out=scratch)
        scratch *= first
        p -= scratch


def minimise(
    parameters: Sequence[Array],
    gradients: Gradients,
    n_rows: int,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    schedule: str,
    random: np.random.Generator,
    validation: Validation | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Run Adam over mini-batches; keep the best epoch in place where there is a validation.

    Parameters
    ----------
    parameters : sequence of ndarray
        Changed in place.
    gradients : callable
        Takes the row numbers of a batch to the objective and one gradient for each parameter.
    n_rows : int
        Number of training rows.
    epochs, batch_size, learning_rate, schedule
        As in `hebbovr.Trainer`.
    random : Generator
        Draws the order of the rows.
    validation : callable, optional
        Returns the objective on held-out rows after an epoch.
    progress : callable, optional
        Takes the record of each epoch.

    Returns
    -------
    list of dict
        An entry an epoch: epoch, learning_rate, objective, seconds, and validation_objective where
        there is a validation.
    """
    adam = Adam(parameters)
    rates = make_schedule(schedule, learning_rate, epochs)
    bounds = batch_bounds(n_rows, batch_size)
    history: list[dict[str, Any]] = []
    best, kept = math.inf, None
    for epoch in range(epochs):
        started = time.perf_counter()
        rate = rates.rate(epoch)
        order = random.permutation(n_rows)
        total = 0.0
        for low, high in bounds:
            objective, steps = gradients(order[low:high])
            adam.step(steps, rate)
            total += objective
        record = {"epoch": epoch + 1, "learning_rate": rate, "objective": total / len(bounds)}
        if validation is not None:
            record["validation_objective"] = validation()
            if record["validation_objective"] < best:
                best = record["validation_objective"]
                kept = [p.copy() for p in parameters]
        record["seconds"] = time.perf_counter() - started
        rates.observe(record.get("validation_objective", record["objective"]))
        history.append(record)
        if progress is not None:
            progress(record)
    if kept is not None:
        for parameter, copy in zip(parameters, kept, strict=True):
            parameter[...] = copy
    return history


def best_epoch(history: Sequence[dict[str, Any]]) -> int:
    """Return the number of the epoch that `minimise` has kept."""
    if "validation_objective" not in history[-1]:
        return len(history)
    return 1 + int(np.argmin([record["validation_objective"] for record in history]))


def in_batches(objective: Callable[[slice], float], n_rows: int, batch_size: int) -> float:
    """Return the mean of ``objective`` over the batches of rows in their order."""
    values = [objective(slice(low, high)) for low, high in batch_bounds(n_rows, batch_size)]
    return float(np.mean(values))
