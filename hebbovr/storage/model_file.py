"""One model is one uncompressed ``.npz``: preprocessing, weights, settings, provenance, history.

Nothing in it is pickled, and nothing is believed: names, sizes, types and shapes are checked before
an array is used.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import HebbovrError, ModelFileError
from hebbovr.files.archive import read_arrays, read_member, write_arrays
from hebbovr.files.atomic import StrPath
from hebbovr.files.values import mapping
from hebbovr.model import Model
from hebbovr.preprocessing import Preprocessor
from hebbovr.training.config import current_names
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]
KIND = "hebbovr model "
FORMAT = f"{KIND}1"
PREPROCESSOR = "preprocessor."
NAMES = "feature_names"  # absent from files without names, and from older ones
TEXTS = ("format", "settings", "provenance", "history", "image_shape")


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
    arrays = {name: np.array(json.dumps(text)) for name, text in about.items()}
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
        texts = {name: json.loads(str(arrays[name])) for name in TEXTS}
        if texts["format"] != FORMAT:
            raise ModelFileError(
                f"{path} is written as {texts['format']!r}; this version reads {FORMAT!r}"
            )
        parts = {n.removeprefix(PREPROCESSOR): a for n, a in arrays.items() if "." in n}
        preprocessor = Preprocessor.from_arrays(parts)
        trainer = Trainer(**current_names(mapping(texts["settings"], "settings")))
        trainer.restore(arrays["weights"], arrays["biases"], texts["history"])
        shape = texts["image_shape"]
        model = Model(
            preprocessor,
            trainer,
            dict(texts["provenance"]),
            tuple(shape) if shape else None,
            _read_names(arrays),
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


def _read_names(arrays: dict[str, Array]) -> tuple[str, ...] | None:
    if NAMES not in arrays:
        return None
    names = json.loads(str(arrays[NAMES]))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("its names of features are no texts")
    return tuple(names)


def _check_fit(model: Model) -> None:
    """Raise ModelFileError where the parts do not go together."""
    wide, inputs = model.preprocessor.n_components_, model.trainer.n_features_in_
    if wide != inputs:
        raise ModelFileError(
            f"its preprocessing gives {wide} inputs, its layer takes {inputs}; train it again"
        )
    shape = model.image_shape
    if shape is not None and int(np.prod(shape)) != model.n_features:
        raise ModelFileError(f"images of {shape} do not have {model.n_features} pixels")
    names = model.feature_names
    if names is not None and not len(set(names)) == len(names) == model.n_features:
        raise ModelFileError(f"its {len(names)} names are not those of {model.n_features} features")
    for name in ("weights_", "biases_"):
        if not np.isfinite(getattr(model.trainer, name)).all():
            raise ModelFileError(f"its {name.strip('_')} hold NaN or infinity; train it again")
