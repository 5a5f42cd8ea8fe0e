"""A model: the stages that turn raw rows into responses, and where they come from."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.preprocessing import Preprocessor
from hebbovr.preprocessing.row_blocks import row_slices
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]


@dataclass
class Model:
    """A trained layer with all that is needed to use it and to know where it comes from.

    Attributes
    ----------
    preprocessor : Preprocessor
        Fitted; turns raw rows into the layer's inputs.
    trainer : Trainer
        Holds the weights, the settings and the history of their training.
    provenance : dict
        Name and fingerprint of the data, versions, time of training; JSON-ready.
    image_shape : tuple of int or None
        Shape of a raw row that is an image.
    feature_names : tuple of str or None
        Names of the raw features, where the data had them.
    """

    preprocessor: Preprocessor
    trainer: Trainer
    provenance: dict[str, Any] = field(default_factory=dict)
    image_shape: tuple[int, ...] | None = None
    feature_names: tuple[str, ...] | None = None

    @property
    def n_features(self) -> int:
        """Number of raw features of a row."""
        return int(self.preprocessor.n_features_in_)

    def transform(self, X: Array, out: Array | None = None) -> Array:
        """Return the responses (n, K) to raw rows (n, n_features), block by block."""
        if out is None:
            out = np.empty((len(X), self.trainer.n_components), self.trainer.weights_.dtype)
        for rows in row_slices(X):
            self.trainer.transform(self.preprocessor.transform(X[rows]), out[rows])
        return out

    def untrained(self) -> Trainer:
        """Return a layer with the random weights that this one started from."""
        settings = self.trainer.settings() | {"weight_scale": self.trainer.weight_scale_}
        random = Trainer(**settings)
        return random.initialize(self.trainer.n_features_in_, self.trainer.weights_.dtype)


def provenance(data_name: str, fingerprint: str) -> dict[str, Any]:
    """Return what is worth knowing of a run later: data, versions, time."""
    return {
        "data": data_name,
        "fingerprint": fingerprint,
        "versions": versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of what it computes with."""
    packages = ("hebbovr", "numpy", "numba", "scipy", "scikit-learn")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def representation_labels(
    preprocessor: Preprocessor, image_shape: tuple[int, ...] | None
) -> dict[str, str]:
    """Return what the data, a layer's inputs, random weights and the layer are called."""
    if preprocessor.n_components is not None:
        whitened = preprocessor.whiten is not None
        inputs = "whitened components" if whitened else "principal components"
    else:
        inputs = "centred features" if preprocessor.scale == "none" else "scaled features"
    return {
        "features": "features" if image_shape is None else "pixels",
        "raw": inputs,
        "random": "random weights",
        "layer": "trained layer",
    }
