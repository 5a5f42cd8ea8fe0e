"""All rules at equal width, on the same data, batches and probe."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from hebbovr.datasets import Dataset
from hebbovr.errors import SettingsError
from hebbovr.evaluation.spread import Difference, Spread
from hebbovr.experiments.cost import Estimate, estimate, operations
from hebbovr.experiments.features import compute_features, needed_of_features
from hebbovr.experiments.runner import Finished, run_trials
from hebbovr.experiments.sweep import Combination, Runs, mean_of
from hebbovr.experiments.trials import TRIAL_FOLDER, Result, Trial, TrialStore
from hebbovr.files.atomic import StrPath
from hebbovr.model import representation_labels
from hebbovr.preprocessing import Preprocessor
from hebbovr.rules import RULES
from hebbovr.training.config import current_names
from hebbovr.training.trainer import Trainer

# Learning rates that are tried, as multiples of the one that a rule is given.
RATE_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
# What the rules stand beside: the data as they are, the layer's inputs, and random weights.
BASELINES = ("features", "raw", "random")
AS_THEY_ARE = {"pca": None, "scale": "none", "whiten": None}


def compare_rules(
    datasets: Sequence[Dataset],
    rules: Sequence[Combination],
    out: StrPath,
    *,
    factors: Sequence[float] = RATE_FACTORS,
    jobs: int | None = None,
    announce: Callable[[Estimate], None] | None = None,
    progress: Callable[[Finished], None] | None = None,
) -> list[dict[str, Any]]:
    """Train every rule and probe it on test rows, beside the data, its inputs and random weights.

    Each rule first runs at its own learning rate times each of ``factors``, with a fifth of the
    training rows held out. The rate with the best mean accuracy on these, between equals the one
    nearest to the rule's own, is then trained on all training rows and measured on the test rows.
    Finished trials are kept in ``out/cells``, so a comparison that was stopped goes on.

    Parameters
    ----------
    datasets : sequence of Dataset
        With labels and test rows; one a seed, from 0: the same data with the split of that seed.
    rules : sequence of Combination
        What is run, ``train["rule"]`` among it; inputs and units are the same for all.
    out : str or path-like
        Folder, made if it is missing.
    factors : sequence of float
        With a single one nothing is chosen.
    jobs, progress
        As for `hebbovr.experiments.runner.run_trials`.
    announce : callable, optional
        Told the number of trials and the estimated time before anything is run.

    Returns
    -------
    list of dict
        One a rule, the most accurate first: ``rule``, ``accuracy_mean``, ``accuracy_std``, and
        ``features``, ``raw`` and ``random`` (mean accuracies of the baselines) each with its
        ``_std``, all in percent; ``labels``, what the baselines are called; ``minus``, by baseline
        the ``mean`` difference over the seeds and its standard error ``se``; ``learning_rate``, and
        ``rates``, the mean accuracy on held-out rows by rate; ``share_active``, ``overlap``,
        ``dead_units``, ``seconds`` of training, ``shared_signals``, ``collapsed``, ``seeds``.

    Raises
    ------
    SettingsError
        The data have no labels or no test rows, or a rule could not be run.
    """
    if not datasets[0].labelled:
        raise SettingsError(f"{datasets[0].name} has no labels, so rules cannot be probed on it")
    for one in rules:
        Trainer(one.units, **current_names(one.train))
    store = TrialStore(Path(out) / TRIAL_FOLDER, needed_of_features)
    splits = Splits.of(datasets)
    nearest = sorted(factors, key=lambda factor: abs(math.log(factor)))
    tried = {one.train["rule"]: [_at_rate(one, factor) for factor in nearest] for one in rules}
    searched = [
        trial
        for choices in tried.values()
        if len(choices) > 1
        for one in choices
        for trial in splits.trials(one, "held-out")
    ]
    beside = {
        "features": splits.trials(replace(rules[0], inputs=AS_THEY_ARE), "test", "raw"),
        "raw": splits.trials(rules[0], "test", "raw"),
        "random": splits.trials(rules[0], "test", "random"),
    }
    baselines = [trial for name in BASELINES for trial in beside[name]]
    if announce:
        stored = store.load_all(searched)
        leading = [_best(splits, choices, stored) for choices in tried.values()]
        layers = [trial for one in leading for trial in splits.trials(one, "test")]
        announce(estimate(searched, layers + baselines, store, jobs))
    options: dict[str, Any] = {"jobs": jobs, "cost": operations, "progress": progress}
    results = run_trials(compute_on_split, searched, splits.by_data, store, **options)
    chosen = {name: _best(splits, choices, results) for name, choices in tried.items()}
    finals = {name: splits.trials(one, "test") for name, one in chosen.items()}
    trials = [trial for group in finals.values() for trial in group] + baselines
    results |= run_trials(compute_on_split, trials, splits.by_data, store, **options)
    failed = [results[trial]["failed"] for trial in trials if "failed" in results[trial]]
    if failed:
        raise SettingsError(f"A rule could not be run: {failed[0]}")
    accuracies = {name: _accuracies(group, results) for name, group in beside.items()}
    inputs = rules[0].inputs
    labels = representation_labels(
        Preprocessor(inputs["pca"], scale=inputs["scale"], whiten=inputs["whiten"]),
        datasets[0].image_shape,
    )
    rows = [
        _row(name, group, results, accuracies)
        | {
            "learning_rate": chosen[name].train["learning_rate"],
            "rates": _quality_by_rate(splits, tried[name], results),
            "labels": {baseline: labels[baseline] for baseline in BASELINES},
        }
        for name, group in finals.items()
    ]
    return sorted(rows, key=lambda row: -row["accuracy_mean"])


def compute_on_split(
    settings: dict[str, Any], by_data: Mapping[str, Dataset], threads: int
) -> Result:
    """Run `compute_features` on the data that the settings name by their fingerprint."""
    return compute_features(settings, by_data[settings["data"]], threads)


@dataclass(frozen=True, eq=False)
class Splits:
    """The data of each seed."""

    runs: tuple[Runs, ...]
    by_data: dict[str, Dataset]

    @classmethod
    def of(cls, datasets: Sequence[Dataset]) -> Splits:
        """Return the splits; one that several seeds share is held once."""
        prints = {id(data): data.fingerprint() for data in {id(d): d for d in datasets}.values()}
        runs = tuple(Runs(d, prints[id(d)], (seed,)) for seed, d in enumerate(datasets))
        return cls(runs, {run.fingerprint: run.dataset for run in runs})

    def trials(self, one: Combination, split: str, model: str = "layer") -> list[Trial]:
        """Return the trials of a combination, one a seed."""
        return [trial for run in self.runs for trial in run.trials(one, split, model)]


def _at_rate(one: Combination, factor: float) -> Combination:
    rate = float(f"{one.train['learning_rate'] * factor:.6g}")
    return replace(one, train=one.train | {"learning_rate": rate})


def _best(
    splits: Splits, choices: Sequence[Combination], results: Mapping[Trial, Result]
) -> Combination:
    """Return the choice with the best mean accuracy on held-out rows; a failed run counts as 0."""
    if len(choices) == 1:
        return choices[0]

    def quality(one: Combination) -> float:
        trials = splits.trials(one, "held-out")
        found = (results.get(trial, {}).get("accuracy") for trial in trials)
        return fmean(share or 0.0 for share in found)

    return max(choices, key=quality)


def _quality_by_rate(
    splits: Splits, choices: Sequence[Combination], results: Mapping[Trial, Result]
) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    ordered = sorted(choices, key=lambda one: float(one.train["learning_rate"]))
    for one in ordered if len(choices) > 1 else ():
        ran = [results[trial].get("accuracy") for trial in splits.trials(one, "held-out")]
        known = [share for share in ran if share is not None]
        whole = len(known) == len(ran)
        found[f"{one.train['learning_rate']:g}"] = round(100 * fmean(known), 2) if whole else None
    return found


def _row(
    name: str,
    trials: Sequence[Trial],
    results: Mapping[Trial, Result],
    beside: Mapping[str, list[float]],
) -> dict[str, Any]:
    found = [results[trial] for trial in trials]
    accuracies = _accuracies(trials, results)

    def measure(key: str, digits: int = 4) -> float | None:
        return mean_of([result["sparsity"][key] for result in found], digits)

    baselines: dict[str, Any] = {}
    for baseline, values in beside.items():
        spread = _rounded(Spread.of(values).as_dict())
        baselines |= {baseline: spread["mean"], f"{baseline}_std": spread["sd"]}
    spread = _rounded(Spread.of(accuracies).as_dict())
    return {
        "rule": name,
        "accuracy_mean": spread["mean"],
        "accuracy_std": spread["sd"],
        "share_active": measure("share_active"),
        "overlap": measure("overlap"),
        "dead_units": measure("dead_units", 1),
        "seconds": round(fmean(result["timing"]["training"] for result in found), 2),
        "shared_signals": list(RULES[name].shared_signals),
        "collapsed": any(result["collapsed"] for result in found),
        "seeds": len(found),
        **baselines,
        "minus": {
            baseline: _rounded(Difference.of(accuracies, values).as_dict())
            for baseline, values in beside.items()
        },
    }


def _accuracies(trials: Sequence[Trial], results: Mapping[Trial, Result]) -> list[float]:
    return [100 * results[trial]["accuracy"] for trial in trials]


def _rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 2) for name, value in values.items()}
