"""Feature learning without backpropagation: one layer, one local rule, on a plain CPU."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from hebbovr.moved import MovedFinder

if TYPE_CHECKING:
    from hebbovr.datasets import Dataset, load
    from hebbovr.errors import HebbovrError
    from hebbovr.estimators.hebbian import HebbianEncoder
    from hebbovr.estimators.ovr import OVREncoder
    from hebbovr.evaluation.probe import linear_probe
    from hebbovr.evaluation.sparsity import measure_sparsity
    from hebbovr.model import Model
    from hebbovr.preprocessing import Preprocessor
    from hebbovr.storage.model_file import load_model, save_model
    from hebbovr.training.trainer import Trainer

_HOMES = {
    "Dataset": "hebbovr.datasets",
    "HebbianEncoder": "hebbovr.estimators.hebbian",
    "HebbovrError": "hebbovr.errors",
    "Model": "hebbovr.model",
    "OVREncoder": "hebbovr.estimators.ovr",
    "Preprocessor": "hebbovr.preprocessing",
    "Trainer": "hebbovr.training.trainer",
    "linear_probe": "hebbovr.evaluation.probe",
    "load": "hebbovr.datasets",
    "load_model": "hebbovr.storage.model_file",
    "measure_sparsity": "hebbovr.evaluation.sparsity",
    "save_model": "hebbovr.storage.model_file",
}

__all__ = [
    "Dataset",
    "HebbianEncoder",
    "HebbovrError",
    "Model",
    "OVREncoder",
    "Preprocessor",
    "Trainer",
    "linear_probe",
    "load",
    "load_model",
    "measure_sparsity",
    "save_model",
]

sys.meta_path.append(MovedFinder())


def __getattr__(name: str) -> Any:
    # Imported on first use, so that the command line can answer --help at once.
    if name == "__version__":
        from importlib.metadata import version

        return version("hebbovr")
    if name not in _HOMES:
        raise AttributeError(f"module 'hebbovr' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
