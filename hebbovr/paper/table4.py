"""Table 4: the best autoencoder of each type and activation, named in the paper and not printed."""

from __future__ import annotations

from statistics import fmean, stdev
from typing import Any

from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper import autoencoders, table1
from hebbovr.paper.curves import trials_of
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section, number, total_seconds
from hebbovr.paper.verdicts import above

NAME = "table4"
TITLE = "Table 4: autoencoders by type and activation"
RAW, RANDOM = "only logistic", "random weights"


def families(plan: Plan) -> dict[str, list[Trial]]:
    """Return the grid trials of each type and activation."""
    noise, penalty = autoencoders.all_panels(plan)
    found: dict[str, list[Trial]] = {"DAE, sigmoid": trials_of([noise])}
    for trial in trials_of([penalty]):
        activation = {"relu": "ReLU"}.get(name := trial["train"]["activation"], name)
        found.setdefault(f"OVR autoencoder, {activation}", []).append(trial)
    return found


def grid_trials(plan: Plan) -> list[Trial]:
    """Return the trials of Figure 4, of which the best of each family is chosen."""
    return [trial for trials in families(plan).values() for trial in trials]


def final_runs(plan: Plan, results: dict[Trial, Result]) -> list[Trial]:
    """Return the chosen autoencoders with all seeds, raw inputs and random weights."""
    return [trial for trials in _rows(plan, results).values() for trial in trials]


def summarise(plan: Plan, results: dict[Trial, Result]) -> list[dict[str, Any]]:
    """Return one object a row, accuracies in percent."""
    return [_summary(plan, name, trials, results) for name, trials in _rows(plan, results).items()]


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the table for the report."""
    rows = summarise(plan, results)
    means = {row["row"]: row["mean"] for row in rows}
    trials = grid_trials(plan) + final_runs(plan, results)
    what = (
        "Of each type and activation, the number of units and the λ or noise with the best "
        "accuracy in the grid of Figure 4. The paper names this table and does not print it, so "
        "there is nothing to compare with."
    )
    sentences = [
        above(name, means[name], RANDOM, means[RANDOM])
        for name in means
        if name not in (RAW, RANDOM)
    ]
    names = [name for name in means if name.startswith("OVR")]
    sentences += [above(name, means[name], "DAE, sigmoid", means["DAE, sigmoid"]) for name in names]
    return Section(
        NAME,
        TITLE,
        [autoencoders.WHAT, what],
        ["representation", "units", "λ or noise", "measured %", "std", "below 0.1 %", "seconds"],
        [_shown(row) for row in rows],
        sentences,
        None,
        rows,
        trials,
        total_seconds(trials, results),
        plan.data_title,
    )


def _rows(plan: Plan, results: dict[Trial, Result]) -> dict[str, list[Trial]]:
    rows = {
        name: table1.row_trials(plan, table1.row_named(name), results) for name in (RAW, RANDOM)
    }
    for name, trials in families(plan).items():
        best = max(trials, key=lambda trial: results.get(trial, {}).get("accuracy", 0.0))
        rows[name] = [_final(plan, best, seed, results.get(best, {})) for seed in plan.seeds]
    return rows


def _final(plan: Plan, chosen: Trial, seed: int, result: Result) -> Trial:
    settings = chosen.settings
    train = dict(settings["train"])
    if plan.protocol == "honest":
        train["epochs"] = result.get("epoch", train["epochs"])
    parts = {name: settings[name] for name in ("task", "model", "inputs", "units")}
    return plan.final(seed, **parts, train=train)


def _summary(
    plan: Plan, name: str, trials: list[Trial], results: dict[Trial, Result]
) -> dict[str, Any]:
    found = [results[trial] for trial in trials]
    accuracies = [round(100 * r["accuracy"], 2) for r in found if "accuracy" in r]
    below = [r["sparsity"]["share_below_tenth"] for r in found if "sparsity" in r]
    settings = trials[0].settings
    return {
        "row": name,
        "protocol": plan.protocol,
        "units": settings.get("units"),
        "seeds": list(plan.seeds),
        "accuracies": accuracies,
        "mean": round(fmean(accuracies), 2) if accuracies else None,
        "std": round(stdev(accuracies), 2) if len(accuracies) > 1 else None,
        "published": None,
        "sparsity": round(100 * fmean(below), 2) if below else None,
        "seconds": round(fmean(r["seconds"] for r in found), 1),
        "settings": {"inputs": settings["inputs"], "train": settings["train"]},
        "data": plan.data_title,
    }


def _shown(row: dict[str, Any]) -> list[str]:
    train = row["settings"]["train"]
    strength = train.get("overlap_penalty", train.get("corruption"))
    return [
        row["row"],
        str(row["units"] or "-"),
        "-" if strength is None else f"{strength:g}",
        number(row["mean"]),
        number(row["std"]),
        number(row["sparsity"], 1),
        number(row["seconds"], 0),
    ]
