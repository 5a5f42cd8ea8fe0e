"""What `hebbovr train` shows at its end: of one run, or of several with their seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hebbovr.cli.output import as_argument, note, print_table, say

TRY = "the rule gains most in narrow layers, so try fewer units, more epochs or another --lr"


@dataclasses.dataclass(frozen=True)
class Run:
    """One training by one seed, measured."""

    seed: int
    result: dict[str, Any]
    evaluation: Any


def summary(dataset: Any, model: Any, evaluation: Any, seconds: float, out: Path) -> dict[str, Any]:
    """Return the result as the JSON object that --json prints."""
    best = model.trainer.best_epoch_
    history = model.trainer.history_
    last = next((record for record in history if record["epoch"] == best), history[-1])
    sparsity = evaluation.sparsity["layer"]
    return {
        "dataset": dataset.name,
        "n_train": dataset.n_train,
        "n_test": dataset.n_test,
        "n_features": dataset.n_features,
        "n_inputs": model.trainer.n_features_in_,
        "hidden": model.trainer.n_components,
        "epochs": len(model.trainer.history_),
        "seconds": round(seconds, 3),
        **{name: last[name] for name in ("objective", "overlap", "mean_response", "share_active")},
        "dead_units": sparsity.dead_units,
        "probe": evaluation.accuracies(),
        "sparsity": sparsity.as_dict(),
        "model": str(out),
    }


def report(result: dict[str, Any], evaluation: Any) -> None:
    """Print the closing table, and say what was saved and what to try next."""
    from hebbovr.reports.result_table import result_table

    print_table(*result_table(evaluation))
    say(
        f"Trained {result['hidden']} units on {result['n_inputs']} inputs for "
        f"{result['epochs']} epochs in {result['seconds']:.1f} s; saved {result['model']}"
    )
    verdict(evaluation)
    note(f"Next: hebbovr plot filters {as_argument(result['model'])} -o filters.png")


def report_seeds(runs: Sequence[Run]) -> None:
    """Print the closing table of several runs, and say what it shows and what was saved."""
    from hebbovr.reports.result_table import seeds_table

    print_table(*seeds_table([run.evaluation for run in runs]))
    first = runs[0].result
    seconds = sum(run.result["seconds"] for run in runs) / len(runs)
    say(
        f"Seeds {runs[0].seed} to {runs[-1].seed}: accuracy ± standard deviation; layer - it, seed "
        "by seed, ± standard error of its mean"
    )
    say(
        f"Trained {first['hidden']} units on {first['n_inputs']} inputs for {first['epochs']} "
        f"epochs, {len(runs)} times in {seconds:.1f} s each; saved {first['model']}, of seed "
        f"{runs[0].seed}"
    )
    verdict_over_seeds([run.evaluation for run in runs])
    note(f"Next: hebbovr plot filters {as_argument(first['model'])} -o filters.png")


def summary_of_seeds(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the JSON object of several runs: that of the first, each run, and what all say."""
    from hebbovr.evaluation.spread import Spread
    from hebbovr.reports.result_table import accuracy_over_runs, all_probed, layer_minus_others

    evaluations = [run.evaluation for run in runs]
    first = evaluations[0]
    of_all = ("dataset", "n_features", "n_inputs", "hidden", "model")
    measures = {
        name: {
            field: Spread.of([getattr(e.sparsity[name], field) for e in evaluations]).as_dict()
            for field in sparsity.as_dict()
        }
        for name, sparsity in first.sparsity.items()
    }
    return runs[0].result | {
        "seeds": [run.seed for run in runs],
        "runs": [
            {"seed": run.seed} | {n: v for n, v in run.result.items() if n not in of_all}
            for run in runs
        ],
        "over_seeds": {
            "labels": first.labels,
            "accuracy": {
                name: accuracy_over_runs(evaluations, name).as_dict()
                for name in (first.probe if all_probed(evaluations) else ())
            },
            "layer_minus": {n: d.as_dict() for n, d in layer_minus_others(evaluations).items()},
            "sparsity": measures,
        },
    }


def verdict(evaluation: Any) -> None:
    """Say plainly where a baseline did as well or better."""
    if not evaluation.probe:
        return
    learned = evaluation.probe["layer"].accuracy
    better = [
        evaluation.labels[name]
        for name, found in evaluation.probe.items()
        if name != "layer" and found.accuracy >= learned
    ]
    if better:
        note(f"Here {_listed(better)} did as well as the learned features or better; {TRY}.")


def verdict_over_seeds(evaluations: Sequence[Any]) -> None:
    """Say plainly above which baselines the layer is not, by two standard errors."""
    from hebbovr.reports.result_table import layer_minus_others

    level = [
        evaluations[0].labels[name]
        for name, difference in layer_minus_others(evaluations).items()
        if not difference.clear
    ]
    if level:
        note(
            f"Over these seeds the learned features are not above {_listed(level)} by two standard "
            f"errors; {TRY}."
        )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
