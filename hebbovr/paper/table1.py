"""Table 1: logistic regression on representations of PCA-reduced CIFAR-10."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any

from hebbovr.errors import SettingsError
from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section, number, total_seconds
from hebbovr.paper.verdicts import above, beside_published

NAME = "table1"
TITLE = "Table 1: logistic regression on learned representations"

# What is run. `train` holds parameters of the model's own estimator, `candidates` what is tried
# instead of some of them at the selection width; the best is then run with all seeds.
UNITS = {"full": 8192, "quick": 1024}
SELECTION_UNITS = {"full": 2048, "quick": 512}
PCA: dict[str, Any] = {"pca": 781, "scale": "feature", "whiten": None}
SOFT: dict[str, Any] = {"pca": 300, "scale": "global", "whiten": 0.005}
RANDOM = {"weight_scale": 0.05}
KMEANS = {"epochs": 20}
DAE: dict[str, Any] = {
    "activation": "relu",
    "weight_scale": 0.05,
    "learning_rate": 3e-3,
    "schedule": "cosine",
    "batch_size": 128,
    "epochs": 20,
}
DAE_CANDIDATES = tuple({"corruption": share} for share in (0.3, 0.5))
DAE_AUTHORS = tuple(
    {"corruption": share, "activation": activation, "schedule": "plateau", "epochs": 35}
    for share in (0.3, 0.5)
    for activation in ("relu", "sigmoid")
)
OVR: dict[str, Any] = {
    "weight_scale": 0.05,
    "schedule": "cosine",
    "batch_size": 128,
    "epochs": 60,
}
OVR_CANDIDATES = tuple(
    {"overlap_penalty": lam, "learning_rate": rate}
    for lam, rate in ((7e-5, 1e-3), (6e-5, 1e-3), (6e-5, 5e-4))
) + tuple(  # read out where some 38 and 48% of the responses are active, instead of 21%
    {"overlap_penalty": 7e-5, "learning_rate": 1e-3, "threshold": threshold}
    for threshold in (-1.0, -1.5)
)
# The authors' script.
OVR_AUTHORS = (
    {"overlap_penalty": 5e-5, "learning_rate": 5e-4, "schedule": "plateau", "epochs": 35},
)
OVR_SOFT: dict[str, Any] = {
    "overlap_penalty": 6e-5,
    "weight_scale": None,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "batch_size": 128,
    "epochs": 100,
}
# Read out where some 16, 31 and 50% of the responses are active.
OVR_SOFT_CANDIDATES = tuple({"threshold": threshold} for threshold in (0.0, -1.5, -3.0))


@dataclass(frozen=True)
class Row:
    """A row of the table: what is run, and the published accuracy in percent, if there is one.

    ``authors`` are its candidates in the authors' protocol, where they are others.
    """

    name: str
    model: str
    published: float | None = None
    inputs: dict[str, Any] = field(default_factory=lambda: PCA)
    train: dict[str, Any] = field(default_factory=dict)
    candidates: tuple[dict[str, Any], ...] = ()
    authors: tuple[dict[str, Any], ...] = ()
    wide: bool = True
    patterns: bool = False


ROWS = (
    Row("only logistic", "raw", 39.78, wide=False),
    Row("K-means (hard)", "kmeans", 49.46, train=KMEANS | {"code": "hard"}),
    Row("K-means (triangle)", "kmeans", 49.46, train=KMEANS | {"code": "triangle"}),
    Row("random weights", "random", train=RANDOM),
    Row("DAE", "autoencoder", 57.79, PCA, DAE, DAE_CANDIDATES, DAE_AUTHORS),
    Row("OVR-Encoder", "layer", 57.65, PCA, OVR, OVR_CANDIDATES, OVR_AUTHORS, patterns=True),
    Row(
        "OVR-Encoder, soft whitening",
        "layer",
        None,
        SOFT,
        OVR_SOFT,
        OVR_SOFT_CANDIDATES,
        patterns=True,
    ),
)


def grid_trials(plan: Plan) -> list[Trial]:
    """Return the trials that settings are chosen by; rows without alternatives need none."""
    return [trial for row in _rows(plan) for trial in candidate_trials(plan, row)]


def final_runs(plan: Plan, results: dict[Trial, Result]) -> list[Trial]:
    """Return the trials of the table itself, with the settings that ``results`` of the grid chose.

    Where results are missing, the first candidate stands in.
    """
    return [trial for row in _rows(plan) for trial in row_trials(plan, row, results)]


def row_trials(plan: Plan, row: Row, results: dict[Trial, Result]) -> list[Trial]:
    """Return the final trials of one row, one a seed."""
    train = _chosen(plan, row, results)
    units = plan.pick(UNITS) if row.wide else None
    trials = []
    for seed in plan.seeds:
        settings = _settings(plan, row, train, units)
        if row.patterns and seed == plan.seeds[0]:
            settings["patterns"] = True
        trials.append(plan.final(seed, **settings))
    return trials


def summarise(plan: Plan, results: dict[Trial, Result]) -> list[dict[str, Any]]:
    """Return one object a row, accuracies in percent."""
    return [_summary(plan, row, results) for row in _rows(plan)]


def _summary(plan: Plan, row: Row, results: dict[Trial, Result]) -> dict[str, Any]:
    trials = row_trials(plan, row, results)
    found = [results[trial] for trial in trials]
    accuracies = [round(100 * result["accuracy"], 2) for result in found if "accuracy" in result]
    chosen = trials[0].settings
    return {
        "row": row.name,
        "protocol": plan.protocol,
        "units": chosen.get("units"),
        "seeds": list(plan.seeds),
        "accuracies": accuracies,
        "mean": round(fmean(accuracies), 2) if accuracies else None,
        "std": round(stdev(accuracies), 2) if len(accuracies) > 1 else None,
        "published": row.published,
        "seconds": round(fmean(result["seconds"] for result in found), 1),
        "settings": {
            "inputs": chosen["inputs"],
            "train": chosen["train"],
            "probe_strengths": [result.get("strength") for result in found],
            "chosen_from": list(_candidates(plan, row)),
        },
        "sparsity": [result.get("sparsity") for result in found],
        "data": plan.data_title,
    }


def row_named(name: str) -> Row:
    """Return the row of the table with this name; raise SettingsError if there is none."""
    for row in ROWS:
        if row.name == name:
            return row
    raise SettingsError(
        f"Table 1 has no row {name!r}; its rows are {', '.join(repr(row.name) for row in ROWS)}"
    )


def _rows(plan: Plan) -> tuple[Row, ...]:
    return tuple(row_named(name) for name in plan.rows) or ROWS


def candidate_trials(plan: Plan, row: Row) -> list[Trial]:
    """Return the trials of what is tried for a row; none where there is nothing to choose."""
    candidates, units = _candidates(plan, row), plan.pick(SELECTION_UNITS)
    if len(candidates) < 2:
        return []
    return [
        plan.select(**_settings(plan, row, row.train | candidate, units))
        for candidate in candidates
    ]


def _candidates(plan: Plan, row: Row) -> tuple[dict[str, Any], ...]:
    return row.authors if row.authors and plan.protocol == "authors" else row.candidates


def _chosen(plan: Plan, row: Row, results: dict[Trial, Result]) -> dict[str, Any]:
    """Return the training parameters of the candidate with the best accuracy."""
    candidates, trials = _candidates(plan, row), candidate_trials(plan, row)
    if not trials:
        return row.train | (candidates[0] if candidates else {})
    tried = [results.get(trial, {}).get("accuracy", 0.0) for trial in trials]
    best = max(range(len(tried)), key=tried.__getitem__)
    chosen = row.train | candidates[best]
    if plan.protocol == "honest" and row.model == "autoencoder":
        chosen["epochs"] = results.get(trials[best], {}).get("epoch", chosen["epochs"])
    return chosen


def _settings(plan: Plan, row: Row, train: dict[str, Any], units: int | None) -> dict[str, Any]:
    inputs = row.inputs | {"pca": plan.pca(row.inputs["pca"])}
    width = {} if units is None else {"units": units}
    return {"task": "features", "model": row.model, "inputs": inputs, "train": train} | width


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the table for the report."""
    rows = summarise(plan, results)
    trials = grid_trials(plan) + final_runs(plan, results)
    return Section(
        NAME,
        TITLE,
        _what(plan),
        ["representation", "units", "published %", "measured %", "std", "active %", "seconds"],
        [_shown(row) for row in rows],
        verdicts(rows),
        None,
        rows,
        trials,
        total_seconds(trials, results),
        plan.data_title,
    )


def verdicts(rows: list[dict[str, Any]]) -> list[str]:
    """Return what the rows say about the paper's claims."""
    means = {row["row"]: row["mean"] for row in rows}
    sentences = [
        beside_published(row["row"], row["mean"], row["published"])
        for row in rows
        if row["published"] is not None
    ]
    for name in ("OVR-Encoder", "OVR-Encoder, soft whitening"):
        for other in ("random weights", "K-means (triangle)", "DAE"):
            if {name, other} <= set(means):
                sentences.append(above(name, means[name], other, means[other]))
    return sentences


def _what(plan: Plan) -> list[str]:
    units, narrow = plan.pick(UNITS), plan.pick(SELECTION_UNITS)
    return [
        f"Inputs are {plan.pca(PCA['pca'])} principal components of standardised pixels, without "
        f"whitening; in the last row {plan.pca(SOFT['pca'])}, softly whitened. Representations "
        f"have {units} units, but for the inputs themselves. Mean and standard deviation over "
        f"{len(plan.seeds)} seeds.",
        f"Where a row has several candidate settings, they are compared at {narrow} units and one "
        "seed, and the best is run. The paper does not say how many clusters its K-means had, nor "
        "how samples were coded by them.",
    ]


def _shown(row: dict[str, Any]) -> list[str]:
    active = [s["share_active"] for s in row["sparsity"] if s]
    return [
        row["row"],
        str(row["units"] or "-"),
        number(row["published"]),
        number(row["mean"]),
        number(row["std"]),
        number(100 * fmean(active) if active else None, 1),
        number(row["seconds"], 0),
    ]
