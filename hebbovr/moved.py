"""Where modules of the release before have gone: their old names still import, with a warning."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "hebbovr.callbacks": "hebbovr.training.callbacks",
    "hebbovr.encoder": "hebbovr.estimators.ovr",
    "hebbovr.gabor": "hebbovr.evaluation.gabor",
    "hebbovr.hebbian_encoder": "hebbovr.estimators.hebbian",
    "hebbovr.lab.compare": "hebbovr.experiments.compare",
    "hebbovr.model_file": "hebbovr.storage.model_file",
    "hebbovr.rules.algebra": "hebbovr.rules.reference",
    "hebbovr.paper.sweep": "hebbovr.experiments.sweep",
    "hebbovr.probe": "hebbovr.evaluation.probe",
    "hebbovr.schedules": "hebbovr.training.schedules",
    "hebbovr.sparsity": "hebbovr.evaluation.sparsity",
    "hebbovr.trainer": "hebbovr.training.trainer",
}


class MovedFinder(importlib.abc.MetaPathFinder):
    """Finds modules under their old names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that has moved, None for all others."""
        if fullname not in MOVED:
            return None
        warnings.warn(
            f"{fullname} has moved to {MOVED[fullname]}, and its old name goes with the next "
            "release",
            FutureWarning,
            stacklevel=2,
        )
        return importlib.util.spec_from_loader(fullname, _Alias())


class _Alias(importlib.abc.Loader):
    """Hands out the module of today, which keeps its own spec."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        self._module = importlib.import_module(MOVED[spec.name])
        self._spec = self._module.__spec__
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
