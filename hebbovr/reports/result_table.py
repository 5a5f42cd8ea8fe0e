"""What a model is worth beside its baselines, as the one table that commands and pages show."""

from __future__ import annotations

import math

from hebbovr.pipeline import Evaluation

# Representations in the order of the rows.
LABELS = {"raw": "raw inputs", "random": "random weights", "layer": "trained layer"}


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
    header += ["active %", "overlap", "Treves-Rolls", "dead units"]
    rows = []
    for name, label in LABELS.items():
        probe, sparsity = evaluation.probe.get(name), evaluation.sparsity.get(name)
        if probe is None and sparsity is None:
            continue
        row = [label, _percent(probe.accuracy if probe else None)]
        if details:
            row.append(_percent(probe.train_accuracy if probe else None))
            row.append(f"{probe.alpha:g}" if probe else "-")
        row.append(_percent(sparsity.share_active if sparsity else None))
        row.append(_decimals(sparsity.overlap if sparsity else None))
        row.append(_decimals(sparsity.treves_rolls_lifetime if sparsity else None))
        row.append(str(sparsity.dead_units) if sparsity else "-")
        rows.append(row)
    return header, rows


def _percent(share: float | None) -> str:
    return "-" if share is None or not math.isfinite(share) else f"{100 * share:.1f}"


def _decimals(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:.3f}"
