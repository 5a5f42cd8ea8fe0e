"""Feature learning without backpropagation: one layer, one local rule, on a plain CPU."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hebbovr.datasets import Dataset, load
    from hebbovr.encoder import OVREncoder
    from hebbovr.errors import HebbovrError
    from hebbovr.model_file import Model, load_model, save_model
    from hebbovr.preprocessing import Preprocessor
    from hebbovr.probe import linear_probe
    from hebbovr.sparsity import measure_sparsity
    from hebbovr.trainer import Trainer

_HOMES = {
    "Dataset": "hebbovr.datasets",
    "HebbovrError": "hebbovr.errors",
    "Model": "hebbovr.model_file",
    "HebbianEncoder": "hebbovr.hebbian_encoder",
    "OVREncoder": "hebbovr.encoder",
    "Preprocessor": "hebbovr.preprocessing",
    "Trainer": "hebbovr.trainer",
    "linear_probe": "hebbovr.probe",
    "load": "hebbovr.datasets",
    "load_model": "hebbovr.model_file",
    "measure_sparsity": "hebbovr.sparsity",
    "save_model": "hebbovr.model_file",
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
