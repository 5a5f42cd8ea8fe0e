"""From the data to a layer's inputs: which rows, which of them held out, and how prepared."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets import Dataset
from hebbovr.datasets.split import split_rows
from hebbovr.preprocessing import Preprocessor

Array = NDArray[Any]
HELD_OUT_SHARE = 0.2
HELD_OUT_SEED = 0
MOST_KEPT = 2

_kept: OrderedDict[str, Inputs] = OrderedDict()
_keeping = threading.Lock()


@dataclass(frozen=True, eq=False)
class Inputs:
    """Preprocessed rows to train on, and those to measure on.

    Attributes
    ----------
    X_train, X_test : ndarray of float, shapes (n_train, n_inputs) and (n_test, n_inputs)
        ``X_test`` are test rows, or training rows held out; None where the data have no test rows.
    y_train, y_test : ndarray or None
        Their labels.
    preprocessor : Preprocessor
        Fitted on ``X_train``.
    seconds : float
        What this took.
    """

    X_train: Array
    y_train: Array | None
    X_test: Array | None
    y_test: Array | None
    preprocessor: Preprocessor
    seconds: float

    @property
    def labelled(self) -> bool:
        """Whether training and test rows both have labels."""
        return self.y_train is not None and self.y_test is not None


def take_rows(dataset: Dataset, n_train: int, n_test: int) -> Dataset:
    """Return the data with at most so many training and test rows, evenly spaced."""
    train, test = _spread(dataset.n_train, n_train), _spread(dataset.n_test, n_test)
    if isinstance(train, slice) and isinstance(test, slice):
        return dataset
    return Dataset(
        name=dataset.name,
        X_train=dataset.X_train[train],
        y_train=None if dataset.y_train is None else dataset.y_train[train],
        X_test=None if dataset.X_test is None else dataset.X_test[test],
        y_test=None if dataset.y_test is None else dataset.y_test[test],
        image_shape=dataset.image_shape,
        class_names=dataset.class_names,
        description=dataset.description,
        suggested=dataset.suggested,
        title=dataset.title,
    )


def prepare_inputs(settings: dict[str, Any], dataset: Dataset) -> Inputs:
    """Return the inputs that a trial's settings ask for; the last ones made are kept.

    Parameters
    ----------
    settings : dict
        ``data`` is the fingerprint of the data, ``inputs`` holds the preprocessing (``pca``,
        ``scale``, ``whiten``), and ``split`` is "test" (train on all training rows, measure on the
        test rows) or "held-out" (a fixed fifth of the training rows is held out and measured on;
        test rows are not touched).
    dataset : Dataset
        The data.
    """
    key = repr([settings[name] for name in ("data", "split")] + sorted(settings["inputs"].items()))
    with _keeping:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    inputs = _prepare(settings["inputs"], settings["split"], dataset)
    with _keeping:
        _kept[key] = inputs
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return inputs


def _prepare(how: dict[str, Any], split: str, dataset: Dataset) -> Inputs:
    started = time.perf_counter()
    X, y = dataset.X_train, dataset.y_train
    X_test, y_test = dataset.X_test, dataset.y_test
    if split == "held-out":
        kept, held_out = split_rows(
            np.zeros(len(X), int) if y is None else y, HELD_OUT_SHARE, HELD_OUT_SEED
        )
        kept, held_out = np.sort(kept), np.sort(held_out)
        X_test, y_test = X[held_out], None if y is None else y[held_out]
        X, y = X[kept], None if y is None else y[kept]
    preprocessor = Preprocessor(
        how["pca"], scale=how["scale"], whiten=how["whiten"], random_state=0
    ).fit(X)
    return Inputs(
        preprocessor.transform(X),
        y,
        None if X_test is None else preprocessor.transform(X_test),
        y_test,
        preprocessor,
        time.perf_counter() - started,
    )


def _spread(n_rows: int, most: int) -> slice | NDArray[np.intp]:
    if n_rows <= most:
        return slice(0, n_rows)
    return np.linspace(0, n_rows - 1, most).round().astype(np.intp)
