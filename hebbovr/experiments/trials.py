"""Trials: one point of a grid each, stored as a JSON file as soon as it is computed."""

from __future__ import annotations

import hashlib
import json
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hebbovr.errors import HebbovrError
from hebbovr.experiments.results import check_result
from hebbovr.files.atomic import StrPath, make_folder, write_text
from hebbovr.model import versions

# Trials were called cells; folders and files keep that name, so that what is stored is found.
FORMAT = "hebbovr cell 1"
TRIAL_FOLDER = "cells"
# Likewise the trained layer was called after the first of its rules.
LAYER, STORED_LAYER = "layer", "ovr"
DIGEST_LETTERS = 12
PREFIX_LETTERS = 60
PREFIX_SETTINGS = ("task", "row", "model", "protocol", "split", "units", "seed")

Result = dict[str, Any]
Needed = Callable[[dict[str, Any]], Iterable[str]]


@dataclass(frozen=True, order=True)
class Trial:
    """What is run, on what: settings that can be compared, hashed, sent and stored.

    Attributes
    ----------
    text : str
        The settings as they are stored, JSON with sorted keys; make trials by :meth:`of`.
    """

    text: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Trial:
        """Return the trial with these settings, which must be plain JSON values."""
        stored = dict(settings)
        if stored.get("model") == LAYER:
            stored["model"] = STORED_LAYER
        return cls(json.dumps(stored, sort_keys=True, allow_nan=False))

    @property
    def settings(self) -> dict[str, Any]:
        """A copy of the settings."""
        settings = self.stored_settings
        if settings.get("model") == STORED_LAYER:
            settings["model"] = LAYER
        return settings

    @property
    def stored_settings(self) -> dict[str, Any]:
        """A copy of the settings as files name them, where the model "layer" is "ovr"."""
        settings: dict[str, Any] = json.loads(self.text)
        return settings

    @property
    def key(self) -> str:
        """A name to read, and a digest of the settings that tells this trial from all others."""
        settings = self.stored_settings
        parts = [str(settings[name]) for name in PREFIX_SETTINGS if name in settings]
        prefix = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(parts)).strip("-").lower()
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        return f"{prefix[:PREFIX_LETTERS]}-{digest[:DIGEST_LETTERS]}"

    def __getitem__(self, name: str) -> Any:
        return self.settings[name]


class TrialStore:
    """A folder of stored trials.

    Parameters
    ----------
    folder : str or path-like
        Made if it is missing.
    needed : callable, optional
        Takes a trial's settings; returns what its result must hold to be of use, as for
        `hebbovr.experiments.results.check_result`.

    Raises
    ------
    HebbovrError
        The folder cannot be made.
    """

    def __init__(self, folder: StrPath, needed: Needed = lambda settings: ()) -> None:
        self.folder = make_folder(folder)
        self.needed = needed

    def path(self, trial: Trial) -> Path:
        """Return where ``trial`` is stored, or will be."""
        return self.folder / f"{trial.key}.json"

    def load(self, trial: Trial) -> Result | None:
        """Return the stored result, or None if there is none.

        A file that is broken or belongs to other settings counts as none, with a warning.
        """
        path = self.path(trial)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["format"] != FORMAT or Trial.of(stored["settings"]) != trial:
                raise ValueError("it was written for other settings")
            result = check_result(stored["result"], self.needed(trial.settings))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise HebbovrError(
                f"{path} cannot be read: {error.strerror}; check its permissions"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            text = f"{path} is no usable trial ({error}); it is computed again"
            warnings.warn(text, stacklevel=2)
            return None
        return result

    def load_all(self, trials: list[Trial]) -> dict[Trial, Result]:
        """Return the stored results of those of ``trials`` that have one."""
        found = ((trial, self.load(trial)) for trial in dict.fromkeys(trials))
        return {trial: result for trial, result in found if result is not None}

    def save(self, trial: Trial, result: Result) -> None:
        """Store ``result``, JSON values with NaN and infinity as null, as that of ``trial``."""
        stored = {
            "format": FORMAT,
            "settings": trial.stored_settings,
            "result": _finite(result),
            "versions": versions(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_text(self.path(trial), json.dumps(stored, indent=1, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
