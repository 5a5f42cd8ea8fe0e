"""A fitted preprocessor as plain arrays, for the model file: numbers, and one JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import ModelFileError

if TYPE_CHECKING:
    from hebbovr.preprocessing import Preprocessor

Array = NDArray[Any]
FITTED = ("mean_", "scale_", "constant_", "variances_", "whitening_", "explained_variance_ratio_")


def pack(preprocessor: Preprocessor) -> dict[str, Array]:
    """Return parameters and fitted state; a ``random_state`` that is no seed is left out."""
    parameters = preprocessor.get_params()
    if not isinstance(parameters["random_state"], Integral):
        parameters["random_state"] = None
    names = getattr(preprocessor, "feature_names_in_", None)
    about = {
        "parameters": {name: _plain(value) for name, value in parameters.items()},
        "feature_names": None if names is None else list(names),
    }
    arrays = {name.rstrip("_"): getattr(preprocessor, name) for name in FITTED}
    if preprocessor.components_ is not None:
        arrays["components"] = preprocessor.components_
    return {"about": np.array(json.dumps(about)), **arrays}


def unpack(empty: Preprocessor, arrays: Mapping[str, Array]) -> None:
    """Give ``empty`` the parameters and the fitted state that :func:`pack` returned.

    Raises
    ------
    ModelFileError
        An array is missing, or of a shape that contradicts the others.
    """
    try:
        about = json.loads(str(arrays["about"]))
        empty.set_params(**about["parameters"])
        for name in FITTED:
            setattr(empty, name, np.asarray(arrays[name.rstrip("_")]))
        empty.components_ = np.asarray(arrays["components"]) if "components" in arrays else None
        names = about["feature_names"]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"The preprocessing part of the model is incomplete or broken ({error}); "
            "save the model again"
        ) from error
    _check_shapes(empty)
    _check_values(empty)
    empty.n_features_in_ = empty.mean_.size
    if names is not None:
        empty.feature_names_in_ = np.array(names, dtype=object)


def _check_shapes(preprocessor: Preprocessor) -> None:
    projected = preprocessor.components_ is not None
    n_features = preprocessor.mean_.size
    n_outputs = preprocessor.whitening_.size if projected else n_features
    wanted: dict[str, tuple[int, ...]] = {name: (n_outputs,) for name in FITTED}
    wanted |= dict.fromkeys(("mean_", "scale_", "constant_"), (n_features,))
    if projected:
        wanted["components_"] = (n_outputs, n_features)
    for name, shape in wanted.items():
        found = getattr(preprocessor, name).shape
        if found != shape:
            raise ModelFileError(
                f"The preprocessing array {name.rstrip('_')!r} of the model has shape {found} "
                f"instead of {shape}; save the model again"
            )


def _check_values(preprocessor: Preprocessor) -> None:
    numbers = [*FITTED, *(["components_"] if preprocessor.components_ is not None else [])]
    for name in numbers:
        array = getattr(preprocessor, name)
        if array.dtype.kind not in "bf" or not np.isfinite(array).all():
            raise ModelFileError(
                f"The preprocessing array {name.rstrip('_')!r} of the model holds NaN or infinity, "
                "or no numbers; save the model again"
            )
    if (
        preprocessor.constant_.dtype != bool
        or not (preprocessor.scale_[~preprocessor.constant_] > 0).all()
    ):
        raise ModelFileError(
            "The preprocessing arrays 'scale' and 'constant' of the model contradict each other; "
            "save the model again"
        )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
