"""A grid over the user's own settings and data, on the machinery of the tables and figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from hebbovr.datasets import Dataset
from hebbovr.errors import SettingsError
from hebbovr.experiments.cost import Estimate, estimate, operations
from hebbovr.experiments.features import compute_features, needed_of_features
from hebbovr.experiments.runner import Finished, run_trials
from hebbovr.experiments.trials import TRIAL_FOLDER, Result, Trial, TrialStore
from hebbovr.files.atomic import StrPath, write_text
from hebbovr.training.config import current_names
from hebbovr.training.trainer import Trainer

BASELINES = {"raw": "raw inputs", "random": "random weights"}


@dataclass(frozen=True)
class Combination:
    """One point of the grid.

    Attributes
    ----------
    shown : dict
        The settings under the names that the user knows.
    inputs : dict
        Preprocessing: ``pca``, ``scale``, ``whiten``.
    units : int
    train : dict
        Other parameters of `hebbovr.training.trainer.Trainer`.
    """

    shown: dict[str, Any]
    inputs: dict[str, Any]
    units: int
    train: dict[str, Any]


def sweep(
    dataset: Dataset,
    combinations: Sequence[Combination],
    out: StrPath,
    *,
    seeds: int = 1,
    jobs: int | None = None,
    announce: Callable[[Estimate], None] | None = None,
    progress: Callable[[Finished], None] | None = None,
) -> dict[str, Any]:
    """Train every combination, and look at the test rows with the best one only.

    A fifth of the training rows is held out; accuracy on it decides. The best combination is then
    trained on all training rows and measured on the test rows, beside raw inputs and random
    weights. Trials go to ``out/cells``, results to ``out/sweep.json`` and ``out/sweep.csv``.

    Parameters
    ----------
    dataset : Dataset
    combinations : sequence of Combination
    out : str or path-like
        Folder, made if it is missing.
    seeds : int
        Runs of each combination.
    jobs, progress
        As for `hebbovr.experiments.runner.run_trials`.
    announce : callable, optional
        Told the number of trials and the estimated time before anything is run.

    Returns
    -------
    dict
        ``grid``, the combinations with the best validation accuracy first, and ``best``, None
        where the data have no labels or no test rows.

    Raises
    ------
    SettingsError
        A setting is out of range, or no combination could be run.
    """
    for one in combinations:
        Trainer(one.units, **current_names(one.train))
    needed = partial(needed_of_features, labelled=dataset.labelled)
    store = TrialStore(Path(out) / TRIAL_FOLDER, needed)
    run = Runs(dataset, dataset.fingerprint(), tuple(range(seeds)))
    trials = [trial for one in combinations for trial in run.trials(one, "held-out")]
    tests = dataset.labelled and dataset.n_test > 0
    if announce:
        leading = _order(run, combinations, store.load_all(trials))[0]
        announce(estimate(trials, run.final_runs(leading) if tests else [], store, jobs))
    options: dict[str, Any] = {"jobs": jobs, "cost": operations, "progress": progress}
    results = run_trials(compute_features, trials, dataset, store, **options)
    ordered = _order(run, combinations, results)
    grid = [_row(one, run.trials(one, "held-out"), results) for one in ordered]
    if all(row["failed"] for row in grid):
        raise SettingsError(f"No combination could be run: {grid[0]['failed']}")
    best = None
    if tests:
        final_runs = run.final_runs(ordered[0])
        results |= run_trials(compute_features, final_runs, dataset, store, **options)
        best = _best(run, ordered[0], results)
    found: dict[str, Any] = {
        "dataset": dataset.title,
        "fingerprint": run.fingerprint,
        "n_train": dataset.n_train,
        "n_test": dataset.n_test,
        "seeds": seeds,
        "grid": grid,
        "best": best,
    }
    write_text(Path(out) / "sweep.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    write_text(Path(out) / "sweep.csv", _as_csv(found["grid"]))
    return found


@dataclass(frozen=True, eq=False)
class Runs:
    """The data and seeds that all trials share."""

    dataset: Dataset
    fingerprint: str
    seeds: tuple[int, ...]

    def trials(self, one: Combination, split: str, model: str = "layer") -> list[Trial]:
        """Return the trials of a combination, one a seed."""
        settings = {
            "task": "features",
            "model": model,
            "protocol": "honest",
            "split": split,
            "data": self.fingerprint,
            "n_train": self.dataset.n_train,
            "n_test": self.dataset.n_test,
            "n_features": self.dataset.n_features,
            "inputs": one.inputs,
            "train": one.train if model == "layer" else {},
        }
        if model != "raw":
            settings["units"] = one.units
        return [Trial.of(settings | {"seed": seed}) for seed in self.seeds]

    def final_runs(self, one: Combination) -> list[Trial]:
        """Return the trials that look at the test rows."""
        models = ("layer", *BASELINES)
        return [trial for model in models for trial in self.trials(one, "test", model)]


def _order(
    run: Runs, combinations: Sequence[Combination], results: dict[Trial, Result]
) -> list[Combination]:
    """Return the combinations, the best mean accuracy on held-out rows first."""

    def quality(one: Combination) -> float:
        found = (results.get(trial, {}).get("accuracy") for trial in run.trials(one, "held-out"))
        return fmean(share or 0.0 for share in found)

    return sorted(combinations, key=quality, reverse=True)


def _row(one: Combination, trials: list[Trial], results: dict[Trial, Result]) -> dict[str, Any]:
    found = [results[trial] for trial in trials]
    ran = [result for result in found if "failed" not in result]
    sparsity = [result["sparsity"] for result in ran]
    return one.shown | {
        **_accuracies(found),
        "share_active": mean_of([s["share_active"] for s in sparsity]),
        "overlap": mean_of([s["overlap"] for s in sparsity]),
        "collapsed": any(result["collapsed"] for result in ran),
        "seconds": round(fmean(result["seconds"] for result in found), 2),
        "failed": next((result["failed"] for result in found if "failed" in result), None),
    }


def mean_of(values: Sequence[float | None], digits: int = 4) -> float | None:
    """Return the mean of the values that there are, None where there are none."""
    known = [value for value in values if value is not None]
    return round(fmean(known), digits) if known else None


def _accuracies(found: list[Result]) -> dict[str, Any]:
    reached = [result.get("accuracy") for result in found]
    known = [round(100 * share, 2) for share in reached if share is not None]
    return {
        "accuracies": known,
        "mean": round(fmean(known), 2) if known else None,
        "std": round(stdev(known), 2) if len(known) > 1 else None,
    }


def _best(run: Runs, chosen: Combination, results: dict[Trial, Result]) -> dict[str, Any]:
    by_model = {
        model: _accuracies([results[trial] for trial in run.trials(chosen, "test", model)])
        for model in ("layer", *BASELINES)
    }
    return chosen.shown | {"test": by_model | {"ovr": by_model["layer"]}}  # its name of before


def _as_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        listed = {n: " ".join(map(str, v)) for n, v in row.items() if isinstance(v, list)}
        writer.writerow(row | listed)
    return text.getvalue()
