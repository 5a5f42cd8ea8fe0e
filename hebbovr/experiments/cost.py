"""How long trials take: floating-point operations at a measured rate, or stored trials."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np

from hebbovr.experiments.inputs import HELD_OUT_SHARE
from hebbovr.experiments.trials import Result, Trial, TrialStore

N_CLASSES = 10
PROBE_FITS, PROBE_ITERATIONS = 8, 25
# Operations of a training step over its bare number of weights and rows, with what Adam adds.
STEP_OPERATIONS = {"layer": 6.0}
OTHER_OPERATIONS = 4.0
SLOWEST_START = 2e9
# What a step takes however small it is, where it is made of many calls of NumPy.
CALLS = 1e8


# Operations of a trial by its settings.
Cost = Callable[[dict[str, Any]], float]


@dataclass(frozen=True)
class Estimate:
    """What a run will take, before it starts."""

    trials: int
    stored: int
    seconds: float


def operations(settings: dict[str, Any], step: float | None = None) -> float:
    """Return about how many floating-point operations a trial takes.

    Parameters
    ----------
    settings : dict
        Of the trial.
    step : float, optional
        Operations of a training step for each weight and row; by default what is known of the
        model.
    """
    if step is None:
        step = STEP_OPERATIONS.get(settings.get("model", ""), OTHER_OPERATIONS)
    n = float(settings.get("n_train", 0)) * (
        1 - HELD_OUT_SHARE * (settings.get("split") == "held-out")
    )
    n_features: float = settings.get("n_features", 3)
    pca = settings.get("inputs", {}).get("pca")
    inputs = pca if pca and pca >= 1 else n_features
    units: float = settings.get("units") or inputs
    epochs: float = settings.get("train", {}).get("epochs", 0)
    total = SLOWEST_START + step * epochs * n * inputs * units
    if settings.get("model") != "layer":
        total += CALLS * epochs * n / settings.get("train", {}).get("batch_size", n or 1)
    total += 2 * (n + settings.get("n_test", 0)) * inputs * units
    if settings.get("task") == "features":
        total += n * min(units, n / 2) ** 2 + PROBE_FITS * units**3 / 3
        total += PROBE_FITS * PROBE_ITERATIONS * 4 * n * units * N_CLASSES
    return float(total)


def measured_rate() -> float:
    """Return floating-point operations a second of a product of two matrices of 1024 x 1024."""
    A = np.ones((1024, 1024), np.float32)
    A @ A
    started = time.perf_counter()
    for _ in range(3):
        A @ A
    return 3 * 2 * 1024**3 / (time.perf_counter() - started)


def estimate(
    first: Iterable[Trial],
    then: Iterable[Trial],
    store: TrialStore,
    jobs: int | None = None,
    cost: Cost = operations,
) -> Estimate:
    """Return how many trials two stages take, how many are stored, and how long the others take.

    Settings of the second stage that the first is yet to choose may be any: their cost is alike.
    """
    trials = list(dict.fromkeys([*first, *then]))
    stored = store.load_all(trials)
    missing = [trial for trial in trials if trial not in stored]
    if not missing:
        return Estimate(len(trials), len(stored), 0.0)
    at_once = joblib.effective_n_jobs(jobs)
    seconds = estimate_seconds(missing, stored, at_once, measured_rate(), cost)
    return Estimate(len(trials), len(stored), seconds)


def estimate_seconds(
    trials: Iterable[Trial],
    stored: dict[Trial, Result],
    jobs: int,
    rate: float,
    cost: Cost = operations,
) -> float:
    """Return about how long it takes to compute ``trials``.

    Stored trials of the same kind (task and model) tell the rate where there are any; ``rate``
    operations a second are assumed elsewhere.
    """
    spent: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for trial, result in stored.items():
        settings = trial.settings
        entry = spent[_kind(settings)]
        entry[0] += cost(settings)
        entry[1] += result.get("wall_seconds", 0.0)
    total = 0.0
    for trial in trials:
        settings = trial.settings
        done, seconds = spent.get(_kind(settings), (0.0, 0.0))
        if seconds:
            total += cost(settings) * seconds / done / jobs
        else:
            total += cost(settings) / rate
    return total


def duration(seconds: float) -> str:
    """Return seconds in the unit that suits them, such as "12 s", "7.5 min" or "3.2 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"
    if seconds < 5400:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"


def _kind(settings: dict[str, Any]) -> tuple[Any, ...]:
    return settings.get("task"), settings.get("model")
