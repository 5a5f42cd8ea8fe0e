"""Run the trials that are not stored yet, side by side through joblib, and store each at once."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import joblib
from threadpoolctl import threadpool_limits

from hebbovr.errors import HebbovrError
from hebbovr.experiments.trials import Result, Trial, TrialStore

# Computes a trial: settings, the data, and how many threads it may use. It lives at the top of a
# module, so that every joblib backend can send it to its workers.
Compute = Callable[[dict[str, Any], Any, int], Result]


class Finished(NamedTuple):
    """A trial that was just stored, and how far the run is.

    Attributes
    ----------
    trial, result
        What was computed.
    done, total : int
        Trials computed in this run, and trials to compute in it.
    seconds_left : float
        Estimated from the cost of the trials done and of those to do.
    """

    trial: Trial
    result: Result
    done: int
    total: int
    seconds_left: float


def run_trials(
    compute: Compute,
    trials: Iterable[Trial],
    data: Any,
    store: TrialStore,
    *,
    jobs: int | None = None,
    cost: Callable[[dict[str, Any]], float] = lambda settings: 1.0,
    progress: Callable[[Finished], None] | None = None,
) -> dict[Trial, Result]:
    """Return the result of every trial, computing those that are not stored.

    Parameters
    ----------
    compute : callable
        A function at the top of a module.
    trials : iterable of Trial
        Repeated ones are computed once.
    data : object
        Passed on to ``compute``; arrays in it are shared with local workers through files.
    store : TrialStore
        Where results are looked up, and stored as soon as they are there.
    jobs : int, optional
        Trials computed at once, as joblib counts; by default what ``joblib.parallel_config`` says,
        else 1. The cores are shared out among them.
    cost : callable
        Relative cost of a trial by its settings, for the time left.
    progress : callable, optional
        Called after each stored trial.

    Raises
    ------
    HebbovrError
        A result could not be stored. A trial that fails by an error of this class has the result
        ``{"failed": sentence}``.
    """
    trials = list(dict.fromkeys(trials))
    results = store.load_all(trials)
    missing = [trial for trial in trials if trial not in results]
    if not missing:
        return results
    costs = {trial: cost(trial.settings) for trial in missing}
    threads = max(1, joblib.cpu_count() // joblib.effective_n_jobs(jobs))
    started, done = time.perf_counter(), 0.0
    # One trial at a time to each worker, so that each is stored as soon as it is done.
    parallel = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    outcomes = parallel(
        joblib.delayed(_compute)(compute, trial, data, threads)
        for trial in sorted(missing, key=_group)
    )
    for number, (trial, result) in enumerate(outcomes, start=1):
        store.save(trial, result)
        results[trial] = result
        done += costs.pop(trial)
        if progress:
            elapsed = time.perf_counter() - started
            left = elapsed / done * sum(costs.values())
            progress(Finished(trial, result, number, len(missing), left))
    return results


def _group(trial: Trial) -> str:
    """Trials that prepare their inputs alike follow each other, so that these are made once."""
    settings = trial.settings
    return repr([settings.get(name) for name in ("task", "inputs", "split", "data")])


def _compute(compute: Compute, trial: Trial, data: Any, threads: int) -> tuple[Trial, Result]:
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught, threadpool_limits(threads, "blas"):
        warnings.simplefilter("always")
        try:
            result = compute(trial.settings, data, threads)
        except HebbovrError as error:
            result = {"failed": str(error)}
    notes = list(dict.fromkeys(str(warning.message) for warning in caught))
    wall = round(time.perf_counter() - started, 3)
    result = {"seconds": wall, **result, "wall_seconds": wall}
    return trial, result | ({"notes": notes} if notes else {})
