"""Bringing the columns of one data set into the order of those that a model was trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hebbovr.datasets.columns import as_option
from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.notes import note
from hebbovr.datasets.options import shown
from hebbovr.errors import DataError

_MOST_NAMED = 5


def match_columns(dataset: Dataset, names: Sequence[str] | None, n_features: int) -> Dataset:
    """Return the data with the columns of a model, matched by name where both sides have names.

    Parameters
    ----------
    dataset : Dataset
        Any data.
    names : sequence of str, optional
        Names of the model's features in their order.
    n_features : int
        Their number.

    Raises
    ------
    DataError
        A feature is missing or unknown, or there are too many or too few.
    """
    if names is not None and dataset.feature_names is not None:
        return _in_order(dataset, tuple(names))
    if dataset.n_features != n_features:
        raise DataError(
            f"{dataset.name} has {dataset.n_features} features, but the model was trained on "
            f"{n_features}; give data of the kind it was trained on"
        )
    return dataset


def _in_order(dataset: Dataset, names: tuple[str, ...]) -> Dataset:
    held = dataset.feature_names
    assert held is not None
    if held == names:
        return dataset
    missing = [name for name in names if name not in held]
    unknown = [name for name in held if name not in names]
    if missing:
        also = f" (and has {_listed(unknown)}, which it does not know)" if unknown else ""
        raise DataError(
            f"{dataset.name} lacks {_listed(missing)}, which the model was trained on{also}; name "
            "its columns as then, and if one was left out or taken for the labels, say -D keep=NAME"
        )
    if unknown:
        word = as_option(held, held.index(unknown[0]))
        raise DataError(
            f"{dataset.name} has {_listed(unknown)}, which the model was not trained on; leave it "
            f"out with -D drop={word}, or say -D label_column={word} if it holds labels"
        )
    note(
        f"The columns of {dataset.name} are in another order than the model's and are matched by "
        "their names"
    )
    places = [held.index(name) for name in names]
    return dataclasses.replace(
        dataset,
        X_train=dataset.X_train[:, places],
        X_test=None if dataset.X_test is None else dataset.X_test[:, places],
        feature_names=names,
    )


def _listed(names: Sequence[str]) -> str:
    more = ", …" if len(names) > _MOST_NAMED else ""
    word = "column" if len(names) == 1 else "columns"
    return f"the {word} {', '.join(map(shown, names[:_MOST_NAMED]))}{more}"
