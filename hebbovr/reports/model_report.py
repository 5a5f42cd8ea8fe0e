"""All pictures of a model, and what it is worth, on one self-contained page."""

from __future__ import annotations

import html
from typing import Any

from numpy.typing import NDArray

from hebbovr.datasets import Dataset
from hebbovr.model import Model
from hebbovr.pipeline import Evaluation, matched
from hebbovr.plots import (
    plot_activity,
    plot_filters,
    plot_history,
    plot_overlap,
    selectivity_order,
)
from hebbovr.reports.html_page import page, picture, table
from hebbovr.reports.result_table import result_table

Array = NDArray[Any]
BATCH = 128
MOST_ROWS = 5000


def make_report(model: Model, dataset: Dataset, evaluation: Evaluation) -> str:
    """Return the page of ``model``, with its responses to the test rows of ``dataset``.

    Raises
    ------
    DataError
        The data have other features than the model.
    HebbovrError
        matplotlib is not installed.
    """
    dataset = matched(model, dataset)
    rows = dataset.X_train if dataset.X_test is None else dataset.X_test
    labels = dataset.y_train if dataset.X_test is None else dataset.y_test
    rows = rows[:MOST_ROWS]
    labels = None if labels is None else labels[:MOST_ROWS]
    trained, random = model.trainer, model.untrained()
    inputs = model.preprocessor.transform(rows)
    H = trained.transform(inputs)
    name = model.provenance.get("data", "data")
    title = (
        f"{trained.n_components} units trained on {name} by the rule {trained.settings()['rule']}"
    )
    parts = [f"<h1>{html.escape(title)}</h1>", *_worth(evaluation)]
    weights = {"learned": trained.weights_, "random": random.weights_}
    parts += [
        "<h2>Filters</h2>",
        "<p>Weights mapped back to raw features, most selective first; beside them the random "
        "weights that training started from.</p>",
        '<div class="beside">',
        *(_filters(model, words, W) for words, W in weights.items()),
        "</div>",
    ]
    if trained.history_:
        parts += ["<h2>Training</h2>", picture(plot_history(trained.history_), "history")]
    parts += ["<h2>Responses</h2>", picture(plot_activity(H, labels), "responses")]
    batch = slice(0, BATCH)
    figure = plot_overlap(
        {"random weights": random.transform(inputs[batch]), "learned": H[batch]},
        None if labels is None else labels[batch],
    )
    parts += [
        "<h2>Overlap</h2>",
        f"<p>Cosines between the responses to every two of {len(H[batch])} samples: what the rule "
        "lowers.</p>",
        picture(figure, "overlap of a batch by class"),
        "<h2>Settings</h2>",
        table(["setting", "value"], [[n, str(v)] for n, v in _settings(model).items()]),
    ]
    return page(title, parts)


def _filters(model: Model, words: str, W: Array) -> str:
    patterns = model.preprocessor.to_inputs(W, unwhiten=False)
    order = selectivity_order(patterns)
    figure = plot_filters(patterns, model.image_shape, order=order, n=64, title=words)
    return picture(figure, f"{words} weights")


def _worth(evaluation: Evaluation) -> list[str]:
    about = (
        "Accuracy is that of logistic regression on test rows, its L2 penalty chosen on held-out "
        "training rows."
        if evaluation.probe
        else "There is no accuracy: the data have no labels, or no probe was asked for."
    )
    return [table(*result_table(evaluation)), f'<p class="time">{about}</p>']


def _settings(model: Model) -> dict[str, Any]:
    chosen = {n: v for n, v in model.trainer.settings().items() if v is not None}
    inputs = {f"preprocessing {n}": v for n, v in model.preprocessor.get_params().items()}
    made = {n: v for n, v in model.provenance.items() if not isinstance(v, dict)}
    return chosen | inputs | made
