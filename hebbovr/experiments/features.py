"""What most trials compute: learn a representation, probe it, measure it."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets import Dataset
from hebbovr.evaluation.sparsity import measure_sparsity
from hebbovr.experiments.inputs import Inputs, prepare_inputs
from hebbovr.experiments.models import FITS, Fit, fit_model
from hebbovr.experiments.protocols import probe
from hebbovr.experiments.trials import Result
from hebbovr.plots import selectivity_order

Array = NDArray[Any]
KEPT_PATTERNS = 100
MEASURES = ("share_active", "share_below_tenth", "overlap", "dead_units")


def compute_features(
    settings: dict[str, Any], dataset: Dataset, threads: int, fits: Mapping[str, Fit] = FITS
) -> Result:
    """Learn the representation that ``settings`` describe and measure what it is worth.

    Parameters
    ----------
    settings : dict
        ``data``, ``inputs`` and ``split`` as for `hebbovr.experiments.inputs.prepare_inputs`;
        ``model`` and ``train`` as for `hebbovr.experiments.models.fit_model`; ``protocol`` and
        ``seed``; with ``patterns`` the most selective weight patterns are returned as well.
    dataset : Dataset
    threads : int
        At most so many are used.
    fits : mapping of name to function
        The models that there are, see `hebbovr.experiments.models.fit_model`.

    Returns
    -------
    dict
        ``accuracy`` and what else the probe found (None without labels), ``sparsity`` on the rows
        measured on, ``epochs`` run and the ``epoch`` kept, ``collapsed``, and ``seconds`` of
        preprocessing, training, encoding and probe together (each in ``timing``).
    """
    inputs = prepare_inputs(settings, dataset)
    clock = _Clock()
    timing = {"preprocessing": round(inputs.seconds, 3)}
    model = fit_model(settings, inputs, threads, fits)
    timing["training"] = clock.lap()
    measured = inputs.X_train if inputs.X_test is None else inputs.X_test
    H_test = model.encode(measured)
    result: Result = {**model.about, "sparsity": measure_sparsity(H_test).as_dict()}
    if inputs.y_train is not None and inputs.y_test is not None:
        H_train = model.encode(inputs.X_train)
        timing["encoding"] = clock.lap()
        found = probe(
            settings["protocol"], H_train, inputs.y_train, H_test, inputs.y_test, settings["seed"]
        )
        timing["probe"] = clock.lap()
        result |= found
    if settings.get("patterns") and model.weights is not None:
        result["patterns"] = pack_patterns(inputs, model.weights)
    return result | {"timing": timing, "seconds": round(sum(timing.values()), 3)}


def pack_patterns(inputs: Inputs, weights: Array) -> dict[str, Any]:
    """Map weights back to input space and pack the most selective ones as text, a byte a number.

    They are mapped back through PCA and scaling, not through the whitening: the pattern that a
    unit looks for. Each is scaled to its own largest magnitude.
    """
    patterns = inputs.preprocessor.to_inputs(weights, unwhiten=False)
    shown = patterns[selectivity_order(patterns)[:KEPT_PATTERNS]]
    peaks = np.abs(shown).max(axis=1, keepdims=True)
    scaled = np.rint(127 * shown / np.where(peaks > 0, peaks, 1)).astype(np.int8)
    return {
        "shape": list(scaled.shape),
        "int8": base64.b64encode(scaled.tobytes()).decode("ascii"),
    }


def unpack_patterns(packed: dict[str, Any]) -> Array:
    """Return the patterns (n_units, n_features) that `pack_patterns` packed, from -1 to 1."""
    flat = np.frombuffer(base64.b64decode(packed["int8"]), np.int8)
    return flat.reshape(packed["shape"]) / 127.0


def needed_of_features(settings: Mapping[str, Any], labelled: bool = True) -> list[str]:
    """Return what tables are made of in the result of `compute_features`."""
    needed = ["seconds"] + [f"sparsity.{name}" for name in MEASURES]
    needed += ["accuracy"] if labelled else []
    if settings.get("model") == "layer":
        needed += ["collapsed", "timing.training"]
    return needed + (["patterns"] if settings.get("patterns") else [])


class _Clock:
    """Seconds since the last lap."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        return round(seconds, 3)
