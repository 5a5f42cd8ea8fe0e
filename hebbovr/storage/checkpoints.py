"""The checkpoints of one run: two files in a folder, each whole and with a digest of its own."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import CheckpointError, HebbovrError, shown
from hebbovr.files.archive import read_arrays, write_arrays
from hebbovr.files.atomic import StrPath, make_folder, remove_leftovers, write_error
from hebbovr.files.values import anything, mapping, name_of, text, texts
from hebbovr.model import versions
from hebbovr.preprocessing import Preprocessor
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]
FORMAT = "hebbovr checkpoint 1"
KEPT = 2
NAME = re.compile(r"checkpoint-(\d{9,})\.npz")


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """A run that can be gone on with.

    Attributes
    ----------
    path : Path
    settings : dict
        What the run was started with.
    fingerprint : str
        Of the data that it learns from.
    versions : dict
        Of the packages that it was computed with so far.
    preprocessor : Preprocessor
        Fitted.
    trainer : Trainer
        In the state in which it was saved; :meth:`Trainer.resume` goes on.
    """

    path: Path
    settings: dict[str, Any]
    fingerprint: str
    versions: dict[str, str]
    preprocessor: Preprocessor
    trainer: Trainer


class Checkpoints:
    """The checkpoints in one folder, of which the last two are kept.

    Parameters
    ----------
    folder : str or path-like
        Made if it is missing.

    Raises
    ------
    HebbovrError
        The folder cannot be made.
    """

    def __init__(self, folder: StrPath) -> None:
        self.folder = make_folder(folder)
        remove_leftovers(self.folder)

    def paths(self) -> list[Path]:
        """Return the checkpoint files, oldest first."""
        found = (path for path in self.folder.iterdir() if NAME.fullmatch(path.name))
        return sorted(found, key=lambda path: int(path.stem.partition("-")[2]))

    def save(
        self,
        trainer: Trainer,
        preprocessor: Preprocessor,
        settings: Mapping[str, Any],
        fingerprint: str,
    ) -> Path:
        """Store where the run stands, then remove all but the last two; return the file.

        Raises
        ------
        HebbovrError
            The file cannot be written; the former checkpoints are then as they were.
        """
        about = {
            "format": FORMAT,
            "settings": dict(settings),
            "fingerprint": fingerprint,
            "versions": versions(),
        }
        arrays = {"about": np.array(json.dumps(about))}
        arrays |= {f"preprocessor.{name}": a for name, a in preprocessor.to_arrays().items()}
        arrays |= {f"trainer.{name}": array for name, array in trainer.state().items()}
        path = self.folder / f"checkpoint-{trainer.step_:09d}.npz"
        write_arrays(path, arrays | {"digest": np.array(digest_of(arrays))})
        self._remove(self.paths()[:-KEPT])
        return path

    def newest(self) -> Checkpoint | None:
        """Return the newest checkpoint that is whole, or None where there are none.

        A damaged one is passed over with a warning.

        Raises
        ------
        CheckpointError
            There are checkpoints, and all are damaged.
        """
        paths = self.paths()
        for path in reversed(paths):
            try:
                return read_checkpoint(path)
            except CheckpointError as error:
                older = "the one before it is taken" if path != paths[0] else "there is no other"
                warnings.warn(f"{error}; {older}", stacklevel=2)
        if paths:
            raise CheckpointError(
                f"No checkpoint in {self.folder} can be read; remove them to start anew"
            )
        return None

    def clear(self) -> None:
        """Remove all checkpoints of the folder."""
        self._remove(self.paths())

    def _remove(self, paths: list[Path]) -> None:
        for path in paths:
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise write_error(path, error) from error


def read_checkpoint(path: Path) -> Checkpoint:
    """Read one checkpoint file.

    Raises
    ------
    CheckpointError
        It cannot be read, is damaged, or is no checkpoint.
    """
    try:
        arrays = read_arrays(path)
        if str(arrays.pop("digest")) != digest_of(arrays):
            raise ValueError("its digest does not fit its contents")
        about = mapping(json.loads(str(arrays["about"])), "about")
        if about["format"] != FORMAT:
            written = shown(about["format"])
            raise ValueError(f"it is written as {written}, this version reads {FORMAT!r}")
        return Checkpoint(
            path,
            _read_settings(about["settings"]),
            text(about["fingerprint"], "fingerprint"),
            texts(about["versions"], "versions"),
            Preprocessor.from_arrays(_part(arrays, "preprocessor.")),
            Trainer.from_state(_part(arrays, "trainer.")),
        )
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}") from error
    except (HebbovrError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is no checkpoint, or a damaged one ({error})") from error


def _read_settings(stored: Any) -> dict[str, Any]:
    """Return what a run was started with; whoever goes on with it knows which values fit."""
    found = mapping(stored, "settings")
    return {n: name_of(v, n) if n == "data" else anything(v, n) for n, v in found.items()}


def _part(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


def digest_of(arrays: Mapping[str, Array]) -> str:
    """Return the SHA-256 of all names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype.str} {arrays[name].shape}\n".encode())
        found.update(array.reshape(-1).view(np.uint8).data)
    return found.hexdigest()
