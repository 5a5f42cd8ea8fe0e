"""Fit the models that cells compare, each by its own estimator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.baselines import Autoencoder, KMeansFeatures
from hebbovr.paper.inputs import Inputs
from hebbovr.training.rows import ArrayRows
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A way to represent inputs.

    Attributes
    ----------
    encode : callable
        Takes inputs (n, n_inputs) to a representation (n, n_units).
    about : dict
        What is worth knowing of its training, in JSON's types.
    weights : ndarray of shape (n_units, n_inputs), optional
        Its weight features, if it has any.
    """

    encode: Callable[[Array], Array]
    about: dict[str, Any] = field(default_factory=dict)
    weights: Array | None = None


def fit_model(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    """Fit the model called ``settings["model"]`` with the parameters ``settings["train"]``.

    Models are "raw", "random" and "ovr" (parameters of `hebbovr.Trainer`), "kmeans" and
    "autoencoder" (parameters of `hebbovr.baselines.KMeansFeatures` and ``Autoencoder``).
    """
    fits: dict[str, Callable[[dict[str, Any], Inputs, int], FittedModel]] = {
        "raw": _raw,
        "random": _random,
        "ovr": _ovr,
        "kmeans": _kmeans,
        "autoencoder": _autoencoder,
    }
    return fits[settings["model"]](settings, inputs, threads)


def _raw(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    return FittedModel(lambda X: X)


def _random(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    rows = ArrayRows(inputs.X_train)
    layer = _trainer(settings, threads).initialize(
        rows.n_features, rows.dtype, rows.rms_norm(np.arange(len(inputs.X_train)))
    )
    return FittedModel(layer.transform, {}, layer.weights_)


def _ovr(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    on_test = inputs.X_test if settings["protocol"] == "authors" else None
    layer = _trainer(settings, threads).fit(inputs.X_train, X_validation=on_test)
    about = {
        "epochs": layer.epoch_,
        "epoch": layer.best_epoch_,
        "collapsed": layer.collapsed_,
        "last": layer.history_[-1],
    }
    return FittedModel(layer.transform, about, layer.weights_)


def _kmeans(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    features = KMeansFeatures(
        settings["units"], **settings["train"], random_state=settings["seed"]
    ).fit(inputs.X_train)
    return FittedModel(features.transform, {}, features.weights_)


def _autoencoder(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    # An honest final model has no images to choose the epoch on; its epochs were chosen before.
    chooses_epoch = settings["protocol"] == "authors" or settings["split"] == "held-out"
    encoder = Autoencoder(
        settings["units"], **settings["train"], random_state=settings["seed"]
    ).fit(inputs.X_train, X_validation=inputs.X_test if chooses_epoch else None)
    about = {
        "epochs": len(encoder.history_),
        "epoch": encoder.best_epoch_,
        "last": encoder.history_[-1],
    }
    return FittedModel(encoder.transform, about, encoder.weights_)


def _trainer(settings: dict[str, Any], threads: int) -> Trainer:
    return Trainer(
        settings["units"], **settings["train"], random_state=settings["seed"], n_threads=threads
    )
