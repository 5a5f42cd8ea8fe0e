"""All rules at equal width, on the same data, batches and probe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from hebbovr.datasets import Dataset
from hebbovr.errors import SettingsError
from hebbovr.experiments.cost import Estimate, estimate, operations
from hebbovr.experiments.features import compute_features, needed_of_features
from hebbovr.experiments.runner import Finished, run_trials
from hebbovr.experiments.sweep import Combination, Runs, mean_of
from hebbovr.experiments.trials import TRIAL_FOLDER, Result, Trial, TrialStore
from hebbovr.files.atomic import StrPath
from hebbovr.rules import RULES
from hebbovr.training.trainer import Trainer


def compare_rules(
    dataset: Dataset,
    rules: Sequence[Combination],
    out: StrPath,
    *,
    seeds: int = 3,
    jobs: int | None = None,
    announce: Callable[[Estimate], None] | None = None,
    progress: Callable[[Finished], None] | None = None,
) -> list[dict[str, Any]]:
    """Train every rule and probe it on the test rows, beside random weights and raw inputs.

    Nothing is selected: each rule runs with the settings given. Finished trials are kept in
    ``out/cells``, so a comparison that was stopped goes on.

    Parameters
    ----------
    dataset : Dataset
        With labels and test rows.
    rules : sequence of Combination
        What is run, ``train["rule"]`` among it; inputs and units are the same for all.
    out : str or path-like
        Folder, made if it is missing.
    seeds : int
        Runs of each rule.
    jobs, progress
        As for `hebbovr.experiments.runner.run_trials`.
    announce : callable, optional
        Told the number of trials and the estimated time before anything is run.

    Returns
    -------
    list of dict
        One a rule, the most accurate first: ``rule``, ``accuracy_mean``, ``accuracy_std``,
        ``random`` and ``raw`` (mean accuracies of the baselines), all in percent; ``share_active``,
        ``overlap``, ``dead_units``, ``seconds`` of training, ``shared_signals``, ``collapsed``.

    Raises
    ------
    SettingsError
        The data have no labels or no test rows, or a rule could not be run.
    """
    if not dataset.labelled:
        raise SettingsError(f"{dataset.name} has no labels, so rules cannot be probed on it")
    for one in rules:
        Trainer(one.units, **one.train)
    store = TrialStore(Path(out) / TRIAL_FOLDER, needed_of_features)
    runs = Runs(dataset, dataset.fingerprint(), tuple(range(seeds)))
    by_rule = {one.train["rule"]: runs.trials(one, "test") for one in rules}
    baselines = {model: runs.trials(rules[0], "test", model) for model in ("random", "raw")}
    trials = [trial for group in (*by_rule.values(), *baselines.values()) for trial in group]
    if announce:
        announce(estimate(trials, [], store, jobs))
    results = run_trials(
        compute_features, trials, dataset, store, jobs=jobs, cost=operations, progress=progress
    )
    failed = [results[trial]["failed"] for trial in trials if "failed" in results[trial]]
    if failed:
        raise SettingsError(f"A rule could not be run: {failed[0]}")
    beside = {model: _mean(group, results) for model, group in baselines.items()}
    rows = [_row(name, group, results) | beside for name, group in by_rule.items()]
    return sorted(rows, key=lambda row: -row["accuracy_mean"])


def _row(name: str, trials: list[Trial], results: dict[Trial, Result]) -> dict[str, Any]:
    found = [results[trial] for trial in trials]
    accuracies = [100 * result["accuracy"] for result in found]

    def measure(key: str, digits: int = 4) -> float | None:
        return mean_of([result["sparsity"][key] for result in found], digits)

    return {
        "rule": name,
        "accuracy_mean": round(fmean(accuracies), 2),
        "accuracy_std": round(stdev(accuracies), 2) if len(accuracies) > 1 else None,
        "share_active": measure("share_active"),
        "overlap": measure("overlap"),
        "dead_units": measure("dead_units", 1),
        "seconds": round(fmean(result["timing"]["training"] for result in found), 2),
        "shared_signals": list(RULES[name].shared_signals),
        "collapsed": any(result["collapsed"] for result in found),
    }


def _mean(trials: list[Trial], results: dict[Trial, Result]) -> float:
    return round(fmean(100 * results[trial]["accuracy"] for trial in trials), 2)
