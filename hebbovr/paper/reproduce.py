"""Run tables and figures from their trials, and write the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from hebbovr.errors import SettingsError
from hebbovr.experiments.cost import Estimate, estimate
from hebbovr.experiments.runner import Finished, run_trials
from hebbovr.experiments.trials import TRIAL_FOLDER, Result, Trial, TrialStore
from hebbovr.files.atomic import StrPath
from hebbovr.paper import (
    figure1,
    figure2,
    figure3,
    figure4,
    figure5,
    table1,
    table2,
    table4,
)
from hebbovr.paper.plan import Plan
from hebbovr.paper.report import write_report
from hebbovr.paper.section import Section
from hebbovr.paper.tasks import compute_trial, needed_of, trial_cost

# In the order of the report. Each module has NAME, TITLE, grid_trials(plan) and
# section(plan, results); those that run more once the grid has chosen settings have
# final_runs(plan, results).
ITEMS: dict[str, ModuleType] = {
    item.NAME: item
    for item in (table1, table2, table4, figure1, figure2, figure3, figure4, figure5)
}


def choose_items(name: str) -> list[ModuleType]:
    """Return the table or figure called ``name``, or all; raise SettingsError for another name."""
    if name == "all":
        return list(ITEMS.values())
    if name not in ITEMS:
        raise SettingsError(f"{name!r} is unknown; use one of {', '.join(ITEMS)} or all")
    return [ITEMS[name]]


def needs_images(name: str) -> bool:
    """Tell whether any of what ``name`` stands for is made from images."""
    return any(getattr(item, "NEEDS_IMAGES", True) for item in choose_items(name))


def reproduce(
    name: str,
    plan: Plan,
    out: StrPath,
    *,
    jobs: int | None = None,
    command: str = "",
    announce: Callable[[Estimate], None] | None = None,
    progress: Callable[[Finished], None] | None = None,
) -> list[Section]:
    """Run a table or figure, or all, and write the report to ``out``.

    Trials are stored in ``out/cells`` as soon as they are computed; those that are stored already
    are not computed again, so an interrupted run goes on where it was.

    Parameters
    ----------
    name : str
        One of ``ITEMS``, or "all".
    plan : Plan
    out : str or path-like
        Folder of the report, made if it is missing.
    jobs : int, optional
        Trials computed at once; by default what ``joblib.parallel_config`` says, else 1.
    command : str
        What the report names as the command that made it.
    announce : callable, optional
        Told the number of trials and the estimated time before anything is run.
    progress : callable, optional
        Called after each trial.

    Raises
    ------
    SettingsError
        An unknown name.
    HebbovrError
        A file cannot be written.
    """
    items = choose_items(name)
    store = TrialStore(Path(out) / TRIAL_FOLDER, needed_of)
    results: dict[Trial, Result] = {}
    if announce:
        grid = [trial for item in items for trial in item.grid_trials(plan)]
        stored = store.load_all(grid)
        then = [trial for item in items for trial in _final_runs(item, plan, stored)]
        announce(estimate(grid, then, store, jobs, trial_cost))

    def run(trials: list[Trial]) -> None:
        found = run_trials(
            compute_trial,
            trials,
            plan.dataset,
            store,
            jobs=jobs,
            cost=trial_cost,
            progress=progress,
        )
        results.update(found)

    run([trial for item in items for trial in item.grid_trials(plan)])
    run([trial for item in items for trial in _final_runs(item, plan, results)])
    sections = [item.section(plan, results) for item in items]
    write_report(out, sections, plan, results, command)
    return sections


def _final_runs(item: ModuleType, plan: Plan, results: dict[Trial, Result]) -> list[Trial]:
    return item.final_runs(plan, results) if hasattr(item, "final_runs") else []
