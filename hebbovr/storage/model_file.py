"""One model is one uncompressed ``.npz``: preprocessing, weights, settings, provenance, history.

Nothing in it is pickled, and nothing is believed: names, sizes, types and shapes are checked before
an array is used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import HebbovrError, ModelFileError, shown
from hebbovr.files.archive import read_arrays, read_member, write_arrays
from hebbovr.files.atomic import StrPath
from hebbovr.files.values import anything, listing, mapping, name_of, text, texts, whole
from hebbovr.model import Model
from hebbovr.preprocessing import Preprocessor
from hebbovr.preprocessing.arrays import read_names
from hebbovr.training.config import current_names
from hebbovr.training.state import read_history
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]
KIND = "hebbovr model "
FORMAT = f"{KIND}1"
PREPROCESSOR = "preprocessor."
NAMES = "feature_names"  # absent from files without names, and from older ones
TEXTS = ("format", "settings", "provenance", "history", "image_shape")
USUAL: dict[str, Callable[[Any, str], Any]] = {
    "data": name_of,
    "fingerprint": text,
    "created": text,
    "versions": texts,
}


def save_model(path: StrPath, model: Model) -> None:
    """Write ``model`` to ``path``: to a temporary file beside it first, then moved into place.

    Raises
    ------
    HebbovrError
        The file cannot be written; a former file at ``path`` is then as it was.
    """
    trainer = model.trainer
    about: dict[str, Any] = {
        "format": FORMAT,
        "settings": trainer.settings() | {"weight_scale": trainer.weight_scale_},
        "provenance": model.provenance,
        "history": trainer.history_,
        "image_shape": model.image_shape,
    }
    if model.feature_names is not None:
        about[NAMES] = model.feature_names
    arrays = {name: np.array(json.dumps(value)) for name, value in about.items()}
    arrays |= {"weights": trainer.weights_, "biases": trainer.biases_}
    arrays |= {PREPROCESSOR + n: a for n, a in model.preprocessor.to_arrays().items()}
    write_arrays(path, arrays)


def load_model(path: StrPath) -> Model:
    """Read a model file.

    Raises
    ------
    ModelFileError
        The file is missing, unreadable, broken, or no model of this package.
    """
    arrays = _read(Path(path))
    try:
        about = {name: json.loads(str(arrays[name])) for name in TEXTS}
        if about["format"] != FORMAT:
            raise ModelFileError(
                f"{path} is written as {shown(about['format'])}; this version reads {FORMAT!r}"
            )
        parts = {n.removeprefix(PREPROCESSOR): a for n, a in arrays.items() if "." in n}
        preprocessor = Preprocessor.from_arrays(parts)
        names = json.loads(str(arrays[NAMES])) if NAMES in arrays else None
        known = read_names(names, preprocessor.n_features_in_)
        trainer = Trainer(**current_names(mapping(about["settings"], "settings")))
        trainer.restore(arrays["weights"], arrays["biases"], read_history(about["history"]))
        model = Model(
            preprocessor,
            trainer,
            _read_provenance(about["provenance"]),
            _read_shape(about["image_shape"], preprocessor.n_features_in_),
            None if known is None else tuple(known),
        )
        _check_fit(model)
    except HebbovrError as error:
        raise ModelFileError(f"{path} is no usable model: {error}") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{path} is no model file of hebbovr, or a broken one ({error}); make one with "
            "hebbovr train"
        ) from error
    return model


def is_model_file(path: StrPath) -> bool:
    """Tell whether a file was written as a model of any version, by its mark alone."""
    try:
        return str(json.loads(str(read_member(Path(path), "format")))).startswith(KIND)
    except (OSError, ValueError):
        return False


def _read(path: Path) -> dict[str, Array]:
    try:
        return read_arrays(path)
    except OSError as error:
        reason = error.strerror or error
        raise ModelFileError(f"{path} cannot be read: {reason}; check the path") from error
    except ValueError as error:
        raise ModelFileError(
            f"{path} is no model file, or a damaged one ({error}); make one with hebbovr train"
        ) from error


def _read_provenance(stored: Any) -> dict[str, Any]:
    """Return where a model comes from; what is told beside the usual may be any plain value."""
    found = mapping(stored, "provenance")
    usual = {name: read(found[name], name) for name, read in USUAL.items() if name in found}
    others = {name: anything(found[name], name) for name in found if name not in USUAL}
    return usual | others


def _read_shape(stored: Any, n_features: int) -> tuple[int, ...] | None:
    if not stored and stored in (None, []):
        return None
    shape = tuple(whole(n, "image_shape", 1) for n in listing(stored, "image_shape", 3))
    if math.prod(shape) != n_features:
        raise ModelFileError(f"images of {shape} do not have {n_features} pixels")
    return shape


def _check_fit(model: Model) -> None:
    """Raise ModelFileError where the parts do not go together."""
    wide, inputs = model.preprocessor.n_components_, model.trainer.n_features_in_
    if wide != inputs:
        raise ModelFileError(
            f"its preprocessing gives {wide} inputs, its layer takes {inputs}; train it again"
        )
    for name in ("weights_", "biases_"):
        if not np.isfinite(getattr(model.trainer, name)).all():
            raise ModelFileError(f"its {name.strip('_')} hold NaN or infinity; train it again")
