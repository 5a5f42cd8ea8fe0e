"""Fit the models that trials compare, each by its own estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import SettingsError
from hebbovr.experiments.inputs import Inputs
from hebbovr.training.config import current_names
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


def _raw(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    return FittedModel(lambda X: X)


def _random(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    rows = ArrayRows(inputs.X_train)
    layer = _trainer(settings, threads).initialize(
        rows.n_features, rows.dtype, rows.rms_norm(np.arange(len(inputs.X_train)))
    )
    return FittedModel(layer.transform, {}, layer.weights_)


def _layer(settings: dict[str, Any], inputs: Inputs, threads: int) -> FittedModel:
    on_test = inputs.X_test if settings["protocol"] == "authors" else None
    layer = _trainer(settings, threads).fit(inputs.X_train, X_validation=on_test)
    about = {
        "epochs": layer.epoch_,
        "epoch": layer.best_epoch_,
        "collapsed": layer.collapsed_,
        "last": layer.history_[-1],
    }
    return FittedModel(layer.transform, about, layer.weights_)


def _trainer(settings: dict[str, Any], threads: int) -> Trainer:
    given = current_names(settings["train"])
    return Trainer(settings["units"], **given, random_state=settings["seed"], n_threads=threads)


# Fits a model by a trial's settings, its inputs and the number of threads it may use.
Fit = Callable[[dict[str, Any], Inputs, int], FittedModel]

FITS: Mapping[str, Fit] = {"raw": _raw, "random": _random, "layer": _layer}


def fit_model(
    settings: dict[str, Any], inputs: Inputs, threads: int, fits: Mapping[str, Fit] = FITS
) -> FittedModel:
    """Fit the model called ``settings["model"]`` with the parameters ``settings["train"]``.

    Parameters
    ----------
    settings : dict
        ``model`` is a name in ``fits``; "raw", "random" and "layer", the trained one, take
        ``units``, ``train`` and ``seed`` as parameters of `hebbovr.Trainer`.
    inputs : Inputs
    threads : int
        At most so many are used.
    fits : mapping of name to function
        By default the models of this module.

    Raises
    ------
    SettingsError
        A model that ``fits`` does not know.
    """
    name = settings["model"]
    if name not in fits:
        raise SettingsError(f"model={name!r} is unknown; use one of {', '.join(fits)}")
    return fits[name](settings, inputs, threads)
