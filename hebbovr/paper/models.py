"""The models that only the paper's tables compare, beside those of `hebbovr.experiments`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hebbovr.baselines import Autoencoder, KMeansFeatures
from hebbovr.experiments import models
from hebbovr.experiments.inputs import Inputs
from hebbovr.experiments.models import Fit, FittedModel


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


# "kmeans" and "autoencoder" take parameters of `hebbovr.baselines.KMeansFeatures` and
# ``Autoencoder``.
FITS: Mapping[str, Fit] = {**models.FITS, "kmeans": _kmeans, "autoencoder": _autoencoder}
