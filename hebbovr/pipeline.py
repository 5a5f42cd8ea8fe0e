"""From a data set to a model, and from a model to what it is worth: the steps in their order."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from hebbovr.datasets import Dataset
from hebbovr.datasets.checks import check_trainable
from hebbovr.datasets.matching import match_columns
from hebbovr.errors import DataError, TrainingError
from hebbovr.evaluation.probe import ProbeResult, compare_representations
from hebbovr.evaluation.sparsity import Sparsity, measure_sparsity
from hebbovr.model import Model, provenance, representation_labels
from hebbovr.preprocessing import Preprocessor
from hebbovr.training.collapse import collapse_advice
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]
# More numbers than this in one representation, and the probe and the measures take fewer rows.
MOST_NUMBERS = 2**30


def train_model(dataset: Dataset, preprocessor: Preprocessor, trainer: Trainer) -> Model:
    """Fit preprocessing and layer on the training rows of ``dataset``.

    Raises
    ------
    DataError
        Every feature is constant, or a row is not finite.
    TrainingError
        All responses collapsed to zero, or numbers stopped being finite.
    """
    check_trainable(dataset)
    preprocessor.fit(dataset.X_train)
    if preprocessor.constant_.all():
        raise DataError(
            f"Every feature of {dataset.name} is constant, so there is nothing to learn; check how "
            "the data were made"
        )
    return _run(trainer.fit, dataset, preprocessor, trainer)


def resume_model(dataset: Dataset, preprocessor: Preprocessor, trainer: Trainer) -> Model:
    """Go on with a run of `train_model` that was stopped, from its checkpoint.

    Raises
    ------
    DataError, TrainingError
        As `train_model`.
    """
    return _run(trainer.resume, dataset, preprocessor, trainer)


def _run(
    fit: Callable[..., Trainer], dataset: Dataset, preprocessor: Preprocessor, trainer: Trainer
) -> Model:
    """Train on what preprocessing makes: of an array at once, of a memory map batch by batch."""
    X = dataset.X_train
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a collapse is raised below
        if isinstance(X, np.memmap):
            fit(X, prepare=preprocessor.transform)
        else:
            fit(preprocessor.transform(X))
    if trainer.collapsed_:
        raise TrainingError(collapse_advice(trainer.config, trainer.state_))
    about = provenance(dataset.name, dataset.fingerprint())
    return Model(preprocessor, trainer, about, dataset.image_shape, dataset.feature_names)


@dataclass(frozen=True)
class Evaluation:
    """What a model's representation is worth beside its baselines.

    Attributes
    ----------
    probe : dict of str to ProbeResult
        The linear probe on "features", the data as they are; on "raw", the layer's inputs; on
        "random" weights of the same width and on "layer", the trained one; empty without labels.
    sparsity : dict of str to Sparsity
        Measures of "layer" and "random" on the test rows (training rows where there are none).
    rows : int
        Number of training rows that the probes learned from.
    labels : dict of str to str
        What each representation is, in the order in which they are shown.
    """

    probe: dict[str, ProbeResult]
    sparsity: dict[str, Sparsity]
    rows: int
    labels: dict[str, str]

    def accuracies(self) -> dict[str, float | None]:
        """Return accuracy by representation, None without a probe; "ovr" is "layer" of before."""
        names = {name: name for name in ("layer", "random", "raw", "features")} | {"ovr": "layer"}
        return {
            shown: self.probe[name].accuracy if self.probe else None
            for shown, name in names.items()
        }


def evaluate(
    model: Model, dataset: Dataset, *, probe: bool = True, random_state: int = 0
) -> Evaluation:
    """Probe the model's representation of ``dataset``, the data, the inputs and random weights.

    Raises
    ------
    DataError
        The data have other features than the model.
    """
    dataset = matched(model, dataset)
    trained, random = model.trainer, model.untrained()
    widest = max(trained.n_components, trained.n_features_in_, model.n_features)
    most = max(100, MOST_NUMBERS // widest)
    picked = _pick(dataset.n_train, most)
    measured = dataset.X_train if dataset.X_test is None else dataset.X_test
    measured = _rows(measured, _pick(len(measured), most))
    test = model.preprocessor.transform(measured)
    sparsity = {
        "layer": measure_sparsity(trained.transform(test)),
        "random": measure_sparsity(random.transform(test)),
    }
    results: dict[str, ProbeResult] = {}
    y_train, y_test = dataset.y_train, dataset.y_test
    if probe and y_train is not None and y_test is not None:
        X_train = _rows(dataset.X_train, picked)
        train = model.preprocessor.transform(X_train)
        results = compare_representations(
            {
                "features": lambda: (_exact(X_train), _exact(measured)),
                "raw": (train, test),
                "random": lambda: (random.transform(train), random.transform(test)),
                "layer": lambda: (trained.transform(train), trained.transform(test)),
            },
            _rows(y_train, picked),
            _rows(y_test, _pick(dataset.n_test, most)),
            random_state=random_state,
        )
    n_picked = picked.stop if isinstance(picked, slice) else len(picked)
    labels = representation_labels(model.preprocessor, model.image_shape)
    return Evaluation(results, sparsity, n_picked, labels)


def matched(model: Model, dataset: Dataset) -> Dataset:
    """Return the data with the model's columns, by name if both have names; see `match_columns`."""
    return match_columns(dataset, model.feature_names, model.n_features)


def _pick(n_rows: int, most: int) -> slice | NDArray[np.intp]:
    if n_rows <= most:
        return slice(0, n_rows)
    return np.linspace(0, n_rows - 1, most).astype(np.intp)


def _rows(array: Array, picked: slice | NDArray[np.intp]) -> Array:
    rows: Array = array[picked]
    return rows


def _exact(X: Array) -> Array:
    """Return whole numbers that float32 would round, in which the probe takes them, as float64."""
    return X.astype(np.float64) if X.dtype.kind in "iu" and X.dtype.itemsize > 2 else X
