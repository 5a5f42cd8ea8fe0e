import warnings

import joblib
import numpy as np
import pytest

from hebbovr.errors import TrainingError
from hebbovr.experiments.runner import run_trials
from hebbovr.experiments.trials import Trial

TRIALS = [Trial.of({"task": "square", "x": x}) for x in range(6)]


def square(settings, data, threads):
    return {"square": settings["x"] ** 2, "sum": float(data.sum()), "threads": threads}


def fail_on_odd(settings, data, threads):
    if settings["x"] % 2:
        raise TrainingError("odd numbers diverge")
    warnings.warn("even numbers are slow", UserWarning, stacklevel=1)
    return {}


class StopAt:
    """Raises an interrupt at its nth call."""

    def __init__(self, n):
        self.n, self.seen = n, []

    def __call__(self, settings, data, threads):
        if len(self.seen) == self.n:
            raise KeyboardInterrupt
        self.seen.append(settings["x"])
        return {"square": settings["x"] ** 2}


def values(results, name="square"):
    return [results[trial][name] for trial in TRIALS]


def test_an_interrupted_run_goes_on_where_it_was(store):
    first = StopAt(4)
    with pytest.raises(KeyboardInterrupt):
        run_trials(first, TRIALS, None, store)
    assert len(list(store.folder.glob("*.json"))) == 4
    second = StopAt(10)
    results = run_trials(second, TRIALS, None, store)
    assert sorted(first.seen + second.seen) == list(range(6))
    assert values(results) == [0, 1, 4, 9, 16, 25]
    assert run_trials(StopAt(0), TRIALS, None, store) == store.load_all(TRIALS)


def test_a_broken_trial_alone_is_computed_again(store):
    run_trials(StopAt(10), TRIALS, None, store)
    store.path(TRIALS[2]).write_text("{")
    again = StopAt(10)
    with pytest.warns(UserWarning, match="no usable trial"):
        results = run_trials(again, TRIALS, None, store)
    assert again.seen == [2]
    assert values(results) == [0, 1, 4, 9, 16, 25]


def test_two_jobs_give_what_one_gives(store, tmp_path):
    data = np.arange(200_000.0)  # large enough to go to the workers as a memory map
    one = run_trials(square, TRIALS, data, store)
    other = type(store)(tmp_path / "other")
    two = run_trials(square, TRIALS, data, other, jobs=2)
    for name in ("square", "sum"):
        assert values(one, name) == values(two, name)
    assert len(list(other.folder.glob("*.json"))) == len(TRIALS)


def test_the_users_own_backend_serves(store):
    with joblib.parallel_config(backend="threading", n_jobs=2):
        results = run_trials(square, TRIALS, np.ones(3), store)
    assert set(values(results, "threads")) == {max(1, joblib.cpu_count() // 2)}


def test_a_trial_that_fails_is_a_result_and_warnings_are_notes(store):
    results = run_trials(fail_on_odd, TRIALS, None, store)
    assert results[TRIALS[1]]["failed"] == "odd numbers diverge"
    assert results[TRIALS[2]]["notes"] == ["even numbers are slow"]
    assert store.load(TRIALS[1]) == results[TRIALS[1]]


def test_progress_counts_trials_and_time(store):
    seen = []
    run_trials(StopAt(9), [*TRIALS, TRIALS[0]], None, store, progress=seen.append)
    assert [finished.done for finished in seen] == [1, 2, 3, 4, 5, 6]
    assert {finished.total for finished in seen} == {6}
    assert seen[0].seconds_left > seen[-1].seconds_left == 0
    assert seen[-1].result["wall_seconds"] >= 0
