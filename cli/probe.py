"""`hebbovr probe`: how much a linear classifier reads from a model's representation."""

from __future__ import annotations

from pathlib import Path

import click

from hebbovr.cli.options import data_options, json_option, load_data, model_argument
from hebbovr.cli.output import print_json, print_table, warnings_as_notes


@click.command(epilog="Example: hebbovr probe digits-model.npz digits")
@model_argument
@click.argument("data")
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@json_option
@data_options
def probe(
    model: Path,
    data: str,
    seed: int,
    as_json: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Probe MODEL by logistic regression on DATA, beside the data as they are and random weights.

    The L2 penalty of the regression is chosen on held-out training rows; test rows are used once.
    """
    from hebbovr.datasets.checks import check_classes
    from hebbovr.errors import DataError
    from hebbovr.pipeline import evaluate, matched
    from hebbovr.reports.result_table import result_table
    from hebbovr.storage.model_file import load_model

    trained = load_model(model)
    dataset = load_data(data, data_option, data_dir, seed, model=trained)
    with warnings_as_notes():
        dataset = matched(trained, dataset)
    if dataset.y_train is not None and not dataset.labelled:
        raise DataError(
            f"{dataset.name} has labels and no test rows, and a probe needs some; give it more "
            "rows, or a test_size above 0"
        )
    check_classes(dataset)
    if not dataset.labelled:
        raise DataError(
            f"{dataset.name} has no labels, and a probe needs them; add an array y, or name the "
            "label column of a CSV with -D label_column=NAME"
        )
    evaluation = evaluate(trained, dataset, random_state=seed)
    if as_json:
        learned = evaluation.probe["layer"]
        print_json(
            {
                "accuracy": learned.accuracy,
                "random": evaluation.probe["random"].accuracy,
                "raw": evaluation.probe["raw"].accuracy,
                "probe": evaluation.accuracies(),
                "strength": learned.alpha,
                "sparsity": evaluation.sparsity["layer"].as_dict(),
                "confusion": learned.confusion,
            }
        )
        return
    print_table(*result_table(evaluation, details=True))
