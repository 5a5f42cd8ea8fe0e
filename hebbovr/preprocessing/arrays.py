"""The state of a fitted preprocessor as plain arrays for the model file, and back, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import ModelFileError
from hebbovr.files.values import listing, mapping, name_of

Array = NDArray[Any]
FITTED = ("mean_", "scale_", "constant_", "variances_", "whitening_", "explained_variance_ratio_")
COMPONENTS = "components_"
FLOATS = (np.float32, np.float64)


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
        about = mapping(json.loads(str(arrays["about"])), "about")
        fitted: dict[str, Array | None] = {n: np.asarray(arrays[n.rstrip("_")]) for n in FITTED}
        components = arrays.get(COMPONENTS.rstrip("_"))
        fitted[COMPONENTS] = None if components is None else np.asarray(components)
        names = read_names(about["feature_names"], int(np.size(arrays["mean"])))
        stored = Stored(mapping(about["parameters"], "parameters"), fitted, names)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise broken(error) from error
    present = {name: array for name, array in fitted.items() if array is not None}
    _check_shapes(present)
    _check_values(present)
    return stored


def read_names(names: Any, n_features: int) -> list[str] | None:
    """Return names of features as a file holds them; raise ValueError where they are not theirs."""
    if names is None:
        return None
    found = [name_of(name, "a name of features") for name in listing(names, "names", n_features)]
    if not len(set(found)) == len(found) == n_features:
        raise ValueError(f"its {len(found)} names are not those of {n_features} features")
    return found


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
        wanted = (np.bool_,) if name == "constant_" else FLOATS
        if array.dtype not in wanted or not array.dtype.isnative or not np.isfinite(array).all():
            raise ModelFileError(
                f"The preprocessing array {name.rstrip('_')!r} of the model holds NaN or infinity, "
                "or no numbers; save the model again"
            )
    for name in ("variances_", "whitening_", "explained_variance_ratio_"):
        if (fitted[name] < 0).any():
            raise ModelFileError(
                f"The preprocessing array {name.rstrip('_')!r} of the model holds numbers below 0; "
                "save the model again"
            )
    varying = fitted["scale_"][~fitted["constant_"]]
    if not (varying > 0).all() or not _bounded(fitted, varying):
        raise ModelFileError(
            "The preprocessing arrays 'scale' and 'constant' of the model contradict each other, "
            "or leave the range of float64; save the model again"
        )


def _bounded(fitted: Mapping[str, Array], scale: Array) -> bool:
    """Tell whether what rows and weights are multiplied by, there and back, stays finite."""
    whitening = fitted["whitening_"][fitted["whitening_"] > 0]
    directions = np.abs(fitted.get(COMPONENTS, np.ones(1))).max(initial=0.0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        there = directions * whitening.max(initial=0.0) * (1.0 / scale).max(initial=0.0)
        back = directions * (1.0 / whitening).max(initial=0.0) * scale.max(initial=0.0)
    return bool(np.isfinite(there) and np.isfinite(back))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
