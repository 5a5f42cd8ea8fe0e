import warnings

import joblib
import numpy as np
import pytest

from hebbovr.errors import TrainingError
from hebbovr.experiments.runner import run_cells
from hebbovr.experiments.trials import Cell

CELLS = [Cell.of({"task": "square", "x": x}) for x in range(6)]


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
    return [results[cell][name] for cell in CELLS]


def test_an_interrupted_run_goes_on_where_it_was(store):
    first = StopAt(4)
    with pytest.raises(KeyboardInterrupt):
        run_cells(first, CELLS, None, store)
    assert len(list(store.folder.glob("*.json"))) == 4
    second = StopAt(10)
    results = run_cells(second, CELLS, None, store)
    assert sorted(first.seen + second.seen) == list(range(6))
    assert values(results) == [0, 1, 4, 9, 16, 25]
    assert run_cells(StopAt(0), CELLS, None, store) == store.load_all(CELLS)


def test_a_broken_cell_alone_is_computed_again(store):
    run_cells(StopAt(10), CELLS, None, store)
    store.path(CELLS[2]).write_text("{")
    again = StopAt(10)
    with pytest.warns(UserWarning, match="no usable cell"):
        results = run_cells(again, CELLS, None, store)
    assert again.seen == [2]
    assert values(results) == [0, 1, 4, 9, 16, 25]


def test_two_jobs_give_what_one_gives(store, tmp_path):
    data = np.arange(200_000.0)  # large enough to go to the workers as a memory map
    one = run_cells(square, CELLS, data, store)
    other = type(store)(tmp_path / "other")
    two = run_cells(square, CELLS, data, other, jobs=2)
    for name in ("square", "sum"):
        assert values(one, name) == values(two, name)
    assert len(list(other.folder.glob("*.json"))) == len(CELLS)


def test_the_users_own_backend_serves(store):
    with joblib.parallel_config(backend="threading", n_jobs=2):
        results = run_cells(square, CELLS, np.ones(3), store)
    assert set(values(results, "threads")) == {max(1, joblib.cpu_count() // 2)}


def test_a_cell_that_fails_is_a_result_and_warnings_are_notes(store):
    results = run_cells(fail_on_odd, CELLS, None, store)
    assert results[CELLS[1]]["failed"] == "odd numbers diverge"
    assert results[CELLS[2]]["notes"] == ["even numbers are slow"]
    assert store.load(CELLS[1]) == results[CELLS[1]]


def test_progress_counts_cells_and_time(store):
    seen = []
    run_cells(StopAt(9), [*CELLS, CELLS[0]], None, store, progress=seen.append)
    assert [finished.done for finished in seen] == [1, 2, 3, 4, 5, 6]
    assert {finished.total for finished in seen} == {6}
    assert seen[0].seconds_left > seen[-1].seconds_left == 0
    assert seen[-1].result["wall_seconds"] >= 0
