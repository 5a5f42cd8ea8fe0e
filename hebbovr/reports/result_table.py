"""What a model is worth beside its baselines, as the one table that commands and pages show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from hebbovr.evaluation.spread import Difference, Spread
from hebbovr.pipeline import Evaluation

MEASURES = ["active %", "overlap", "Treves-Rolls", "dead units"]


def result_table(
    evaluation: Evaluation, *, details: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows as text, a row for each representation that was measured.

    Parameters
    ----------
    evaluation : Evaluation
    details : bool
        With the accuracy on training rows and the L2 penalty that the probe chose.
    """
    header = ["representation", "accuracy %"]
    if details:
        header += ["training %", "L2 penalty"]
    rows = []
    for name in _measured(evaluation):
        probe, sparsity = evaluation.probe.get(name), evaluation.sparsity.get(name)
        row = [evaluation.labels[name], _percent(probe.accuracy if probe else None)]
        if details:
            row.append(_percent(probe.train_accuracy if probe else None))
            row.append(f"{probe.alpha:g}" if probe else "-")
        row.append(_percent(sparsity.share_active if sparsity else None))
        row.append(_decimals(sparsity.overlap if sparsity else None))
        row.append(_decimals(sparsity.treves_rolls_lifetime if sparsity else None))
        row.append(str(sparsity.dead_units) if sparsity else "-")
        rows.append(row)
    return header + MEASURES, rows


def seeds_table(evaluations: Sequence[Evaluation]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows as text of several runs, the seeds of which differ.

    Accuracies are means ± standard deviations, and the column beside them is the trained layer's
    minus the row's, run by run: its mean ± standard error. Other measures are means.
    """
    first = evaluations[0]
    differences = layer_minus_others(evaluations)
    rows = []
    for name in _measured(first):
        row = [first.labels[name], "-", "-"]
        if all_probed(evaluations):
            spread = accuracy_over_runs(evaluations, name)
            row[1] = _plus_minus(f"{100 * spread.mean:.2f}", spread.sd)
        if name in differences:
            beside = differences[name]
            row[2] = _plus_minus(f"{100 * beside.mean:+.2f}", beside.se)
        measured = [run.sparsity[name] for run in evaluations if name in run.sparsity]
        if measured:
            row.append(_percent(fmean(one.share_active for one in measured)))
            row.append(_decimals(fmean(one.overlap for one in measured)))
            row.append(_decimals(fmean(one.treves_rolls_lifetime for one in measured)))
            row.append(f"{fmean(one.dead_units for one in measured):.1f}")
        else:
            row += ["-"] * len(MEASURES)
        rows.append(row)
    return ["representation", "accuracy %", "layer - it", *MEASURES], rows


def all_probed(evaluations: Sequence[Evaluation]) -> bool:
    """Whether each run has a probe."""
    return all(run.probe for run in evaluations)


def accuracy_over_runs(evaluations: Sequence[Evaluation], name: str) -> Spread:
    """Return mean and standard deviation of the accuracy (0 to 1) of one representation."""
    return Spread.of([run.probe[name].accuracy for run in evaluations])


def layer_minus_others(evaluations: Sequence[Evaluation]) -> dict[str, Difference]:
    """Return the accuracy of the layer minus that of each baseline, pair by pair of one run."""
    if not all_probed(evaluations):
        return {}
    layer = [run.probe["layer"].accuracy for run in evaluations]
    return {
        name: Difference.of(layer, [run.probe[name].accuracy for run in evaluations])
        for name in evaluations[0].probe
        if name != "layer"
    }


def _measured(evaluation: Evaluation) -> list[str]:
    known = evaluation.probe.keys() | evaluation.sparsity.keys()
    return [name for name in evaluation.labels if name in known]


def _plus_minus(mean: str, spread: float | None) -> str:
    return mean if spread is None else f"{mean} ± {100 * spread:.2f}"


def _percent(share: float | None) -> str:
    return "-" if share is None or not math.isfinite(share) else f"{100 * share:.1f}"


def _decimals(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:.3f}"
