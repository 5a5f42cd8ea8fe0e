"""Run the cells that are not stored yet, side by side through joblib, and store each at once."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import joblib
from threadpoolctl import threadpool_limits

from hebbovr.errors import HebbovrError
from hebbovr.experiments.trials import Cell, CellStore, Result

# Computes a cell: settings, the data, and how many threads it may use. It lives at the top of a
# module, so that every joblib backend can send it to its workers.
Compute = Callable[[dict[str, Any], Any, int], Result]


class Finished(NamedTuple):
    """A cell that was just stored, and how far the run is.

    Attributes
    ----------
    cell, result
        What was computed.
    done, total : int
        Cells computed in this run, and cells to compute in it.
    seconds_left : float
        Estimated from the cost of the cells done and of those to do.
    """

    cell: Cell
    result: Result
    done: int
    total: int
    seconds_left: float


def run_cells(
    compute: Compute,
    cells: Iterable[Cell],
    data: Any,
    store: CellStore,
    *,
    jobs: int | None = None,
    cost: Callable[[dict[str, Any]], float] = lambda settings: 1.0,
    progress: Callable[[Finished], None] | None = None,
) -> dict[Cell, Result]:
    """Return the result of every cell, computing those that are not stored.

    Parameters
    ----------
    compute : callable
        A function at the top of a module.
    cells : iterable of Cell
        Repeated ones are computed once.
    data : object
        Passed on to ``compute``; arrays in it are shared with local workers through files.
    store : CellStore
        Where results are looked up, and stored as soon as they are there.
    jobs : int, optional
        Cells computed at once, as joblib counts; by default what ``joblib.parallel_config`` says,
        else 1. The cores are shared out among them.
    cost : callable
        Relative cost of a cell by its settings, for the time left.
    progress : callable, optional
        Called after each stored cell.

    Raises
    ------
    HebbovrError
        A result could not be stored. A cell that fails by an error of this class has the result
        ``{"failed": sentence}``.
    """
    cells = list(dict.fromkeys(cells))
    results = store.load_all(cells)
    missing = [cell for cell in cells if cell not in results]
    if not missing:
        return results
    costs = {cell: cost(cell.settings) for cell in missing}
    threads = max(1, joblib.cpu_count() // joblib.effective_n_jobs(jobs))
    started, done = time.perf_counter(), 0.0
    # One cell at a time to each worker, so that each is stored as soon as it is done.
    parallel = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    outcomes = parallel(
        joblib.delayed(_compute)(compute, cell, data, threads)
        for cell in sorted(missing, key=_group)
    )
    for number, (cell, result) in enumerate(outcomes, start=1):
        store.save(cell, result)
        results[cell] = result
        done += costs.pop(cell)
        if progress:
            elapsed = time.perf_counter() - started
            left = elapsed / done * sum(costs.values())
            progress(Finished(cell, result, number, len(missing), left))
    return results


def _group(cell: Cell) -> str:
    """Cells that prepare their inputs alike follow each other, so that these are made once."""
    settings = cell.settings
    return repr([settings.get(name) for name in ("task", "inputs", "split")])


def _compute(compute: Compute, cell: Cell, data: Any, threads: int) -> tuple[Cell, Result]:
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught, threadpool_limits(threads, "blas"):
        warnings.simplefilter("always")
        try:
            result = compute(cell.settings, data, threads)
        except HebbovrError as error:
            result = {"failed": str(error)}
    notes = list(dict.fromkeys(str(warning.message) for warning in caught))
    wall = round(time.perf_counter() - started, 3)
    result = {"seconds": wall, **result, "wall_seconds": wall}
    return cell, result | ({"notes": notes} if notes else {})
