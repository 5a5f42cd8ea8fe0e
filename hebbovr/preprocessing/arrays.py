"""The state of a fitted preprocessor as plain arrays for the model file, and back, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import ModelFileError

Array = NDArray[Any]
FITTED = ("mean_", "scale_", "constant_", "variances_", "whitening_", "explained_variance_ratio_")
COMPONENTS = "components_"


class Stored(NamedTuple):
    """What is known of a fitted preprocessor.

    Attributes
    ----------
    parameters : dict
        Of its constructor; a ``random_state`` that is no seed is left out.
    fitted : dict of str to ndarray
        Its fitted attributes; without PCA, ``components_`` is None.
    feature_names : list of str or None
    """

    parameters: dict[str, Any]
    fitted: dict[str, Array | None]
    feature_names: Sequence[str] | None


def pack(stored: Stored) -> dict[str, Array]:
    """Return numbers, and one JSON text."""
    parameters = dict(stored.parameters)
    if not isinstance(parameters["random_state"], Integral):
        parameters["random_state"] = None
    names = stored.feature_names
    about = {
        "parameters": {name: _plain(value) for name, value in parameters.items()},
        "feature_names": None if names is None else list(names),
    }
    arrays = {n.rstrip("_"): a for n, a in stored.fitted.items() if a is not None}
    return {"about": np.array(json.dumps(about)), **arrays}


def unpack(arrays: Mapping[str, Array]) -> Stored:
    """Return what :func:`pack` was given.

    Raises
    ------
    ModelFileError
        An array is missing, or of a shape that contradicts the others.
    """
    try:
        about = json.loads(str(arrays["about"]))
        fitted: dict[str, Array | None] = {n: np.asarray(arrays[n.rstrip("_")]) for n in FITTED}
        components = arrays.get(COMPONENTS.rstrip("_"))
        fitted[COMPONENTS] = None if components is None else np.asarray(components)
        stored = Stored(dict(about["parameters"]), fitted, about["feature_names"])
    except (KeyError, TypeError, ValueError) as error:
        raise broken(error) from error
    present = {name: array for name, array in fitted.items() if array is not None}
    _check_shapes(present)
    _check_values(present)
    return stored


def broken(error: Exception) -> ModelFileError:
    """Return the error for a part that cannot be read."""
    return ModelFileError(
        f"The preprocessing part of the model is incomplete or broken ({error}); save the model "
        "again"
    )


def _check_shapes(fitted: Mapping[str, Array]) -> None:
    n_features = fitted["mean_"].size
    n_outputs = fitted["whitening_"].size if COMPONENTS in fitted else n_features
    wanted: dict[str, tuple[int, ...]] = {name: (n_outputs,) for name in FITTED}
    wanted |= dict.fromkeys(("mean_", "scale_", "constant_"), (n_features,))
    wanted[COMPONENTS] = (n_outputs, n_features)
    for name, array in fitted.items():
        if array.shape != wanted[name]:
            raise ModelFileError(
                f"The preprocessing array {name.rstrip('_')!r} of the model has shape "
                f"{array.shape} instead of {wanted[name]}; save the model again"
            )


def _check_values(fitted: Mapping[str, Array]) -> None:
    for name, array in fitted.items():
        if array.dtype.kind not in "bf" or not np.isfinite(array).all():
            raise ModelFileError(
                f"The preprocessing array {name.rstrip('_')!r} of the model holds NaN or infinity, "
                "or no numbers; save the model again"
            )
    constant = fitted["constant_"]
    if constant.dtype != bool or not (fitted["scale_"][~constant] > 0).all():
        raise ModelFileError(
            "The preprocessing arrays 'scale' and 'constant' of the model contradict each other; "
            "save the model again"
        )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
