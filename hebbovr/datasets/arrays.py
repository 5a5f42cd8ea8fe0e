"""The user's arrays: ``.npy``, read in place as a memory map, and ``.npz`` with X and y."""

from __future__ import annotations

import re
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.notes import note
from hebbovr.datasets.options import shown
from hebbovr.datasets.text_file import HARMLESS_BYTES, MOST_INFLATION, UNPACKED_LIMIT
from hebbovr.errors import DataError, SettingsError
from hebbovr.files.archive import BROKEN, open_archive

Array = NDArray[Any]

NPZ_LIMIT = UNPACKED_LIMIT

_LONGEST_NAME = 60
_SAMPLES = {"x", "data", "samples", "features", "images", "inputs"}
_LABELS = {"y", "label", "labels", "target", "targets", "class", "classes", "species"}
_FEATURE_NAMES = {"feature_names", "columns"}
_PARTS = {"train": "train", "test": "test"} | dict.fromkeys(("val", "valid", "validation"), "val")
_PART, _STEM = "|".join(_PARTS), "|".join(sorted(_SAMPLES | _LABELS))


@dataclass(frozen=True, eq=False)
class RawArrays:
    """Arrays as a file holds them, before any check of their contents."""

    X: Array
    y: Array | None = None
    X_test: Array | None = None
    y_test: Array | None = None
    feature_names: tuple[str, ...] | None = None


def read_npy(path: Path) -> Array:
    """Map the array of a ``.npy`` file into memory, read-only; nothing of it is read yet.

    Raises
    ------
    DataError
        The file is truncated, empty, no ``.npy`` file, or holds Python objects.
    """
    with _explained(path):
        with open(path, "rb") as file:
            if file.read(6) != b"\x93NUMPY":
                raise DataError(f"{path} is no .npy file; write one with np.save")
        if np.load(path, mmap_mode="r", allow_pickle=False).size == 0:
            raise DataError(f"{path} is empty; give it rows and columns of numbers")
        loaded: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        return loaded


def read_npz(
    path: Path,
    limit: int = NPZ_LIMIT,
    *,
    samples: str | None = None,
    labels: str | None = None,
    drop: str | Sequence[str] | None = None,
) -> RawArrays:
    """Read X and, where they are there, y, X_test and y_test from a ``.npz`` file.

    Samples may be called x, data, samples, features, images or inputs, labels y, label, target,
    class or species (or their plurals), in any case, with ``train``, ``test`` or ``val`` before or
    after; without names, ``arr_0`` are the samples and ``arr_1`` the labels. Arrays for validation
    are left out, which a `DataNote` says.

    Parameters
    ----------
    path : Path
        The file.
    limit : int, default=4 GiB
        Most bytes that the arrays may take in memory. The sizes that the file declares are
        checked before anything is unpacked, and no more than declared is ever unpacked.
    samples, labels : str, optional
        Names of the arrays of X and of y.
    drop : str or sequence of str, optional
        Names of arrays that are left out.

    Raises
    ------
    DataError
        No X, an array with an entry for each sample that is not understood, arrays over the limit,
        Python objects, a truncated or broken file.
    SettingsError
        An option names no array, or several arrays may be meant.
    """
    with _explained(path), open_archive(path) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        members = _find_members(path, archive, list(sizes), samples, labels, drop)
        total = sum(sizes[member] for member in members.values())
        if total > limit:
            raise DataError(
                f"{path} unpacks to {total / 2**30:.1f} GiB, more than the {limit / 2**30:.3g} GiB "
                "that are read from a .npz; save X as .npy, which is read in place"
            )
        if total > HARMLESS_BYTES + MOST_INFLATION * path.stat().st_size:
            raise DataError(
                f"{path} would unpack from {path.stat().st_size / 2**20:.1f} to "
                f"{total / 2**20:.0f} MiB, as no measurements do; if they are yours, save X as .npy"
            )
        found = {name: _read(archive, member) for name, member in members.items()}
    names = found.pop("feature_names", None)
    return RawArrays(**found, feature_names=_feature_names(path, names, found["X"]))


def _find_members(
    path: Path,
    archive: zipfile.ZipFile,
    members: list[str],
    samples: str | None,
    labels: str | None,
    drop: str | Sequence[str] | None,
) -> dict[str, str]:
    """Return which member is which array."""
    by_name = {member.removesuffix(".npy"): member for member in members}
    dropped = [word.strip() for word in drop.split(",")] if isinstance(drop, str) else drop or []
    for option, name in (("samples", samples), ("labels", labels), *(("drop", n) for n in dropped)):
        if name is not None and name not in by_name:
            raise SettingsError(
                f"{option}={shown(name)} names no array of {path}, which holds {_held(by_name)}"
            )
    taken: dict[str, list[str]] = {}
    for name in by_name:
        if name not in dropped and name not in (samples, labels):
            taken.setdefault(_meaning(name) or "", []).append(name)
    unknown = taken.pop("", [])
    for key, given in (("X", samples), ("y", labels)):
        if given is not None:
            unknown += taken.pop(key, [])
            taken[key] = [given]
    if "X" not in taken and "arr_0" in unknown:
        taken["X"] = ["arr_0"]
        if "y" not in taken and "arr_1" in unknown:
            taken["y"] = ["arr_1"]
        unknown = [name for name in unknown if [name] not in (taken["X"], taken.get("y"))]
    if "X" not in taken:
        raise DataError(
            f"{path} has no array X (it holds {_held(by_name)}); name the samples X, or say which "
            "they are with -D samples=NAME"
        )
    validation = taken.pop("val", [])
    if validation:
        note(f"{path}: {', '.join(validation)} are for validation and are left out")
    _refuse_several(path, taken)
    found = {key: by_name[names[0]] for key, names in taken.items()}
    _refuse_unknown(path, archive, found, {name: by_name[name] for name in unknown})
    return found


def _meaning(name: str) -> str | None:
    """Return what an array called so holds: X, y, X_test, y_test, val, or None."""
    word = name.lower()
    if word in _FEATURE_NAMES:
        return "feature_names"
    before = re.fullmatch(rf"(?:({_PART})_?)?({_STEM})", word)
    after = re.fullmatch(rf"({_STEM})_?({_PART})", word)
    if before:
        part, stem = _PARTS[before[1] or "train"], before[2]
    elif after:
        part, stem = _PARTS[after[2]], after[1]
    else:
        return None
    if part == "val":
        return "val"
    return ("X" if stem in _SAMPLES else "y") + ("_test" if part == "test" else "")


def _refuse_several(path: Path, taken: dict[str, list[str]]) -> None:
    for key, names in taken.items():
        if len(names) > 1:
            option = {"X": "samples", "y": "labels"}.get(key)
            mend = f"-D {option}={names[0]}, or " if option else ""
            raise SettingsError(
                f"{path} has several arrays that may be {key} ({', '.join(names)}); choose with "
                f"{mend}-D drop={names[-1]}"
            )


def _refuse_unknown(
    path: Path, archive: zipfile.ZipFile, found: dict[str, str], unknown: dict[str, str]
) -> None:
    """Raise DataError for an array of as many entries as there are samples."""
    lengths = [_shape(archive, found[key]) for key in ("X", "X_test") if key in found]
    counts = {shape[0] for shape in lengths if shape}
    samples = _shape(archive, found["X"])
    if found["X"] == "arr_0.npy" and samples is not None and len(samples) < 2:
        raise DataError(
            f"arr_0 of {path} has shape {samples}, which samples do not have; say which array is "
            "which with -D samples=NAME and -D labels=NAME"
        )
    for name, member in unknown.items():
        shape = _shape(archive, member)
        if shape and shape[0] in counts:
            word = _word(name)
            raise DataError(
                f"{path} holds {word}, of as many entries as samples ({shape[0]}) and a name that "
                f"is not known; say what it is with -D labels={word}, or leave it out with -D "
                f"drop={word}"
            )


def _shape(archive: zipfile.ZipFile, member: str) -> tuple[int, ...] | None:
    """Return the shape that a member declares, None where it is no array."""
    readers = {(1, 0): np.lib.format.read_array_header_1_0}
    readers[2, 0] = np.lib.format.read_array_header_2_0
    try:
        with archive.open(member) as file:
            shape: tuple[int, ...] = readers[np.lib.format.read_magic(file)](file)[0]
    except BROKEN:
        return None
    return shape


def _feature_names(path: Path, names: Array | None, X: Array) -> tuple[str, ...] | None:
    if names is None:
        return None
    found = tuple(str(name).strip() for name in names.ravel()) if names.dtype.kind in "US" else ()
    if X.ndim == 2 and len(found) == X.shape[1] and all(found) and len(set(found)) == len(found):
        return found
    note(f"{path}: its names of features are not one for each, all different, and are left out")
    return None


def _word(name: str) -> str:
    """Return an array's name as a shell takes it for the value of an option."""
    return shlex.quote(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…")


def _held(by_name: dict[str, str]) -> str:
    return ", ".join(by_name)[:200] or "nothing"


def _read(archive: zipfile.ZipFile, member: str) -> Array:
    with archive.open(member) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):
            raise ValueError(f"{member} is longer than its header says")
        return array


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn whatever a broken file makes NumPy and zipfile raise into a DataError."""
    try:
        with np.errstate(all="ignore"):  # NumPy multiplies what a header declares
            yield
    except (DataError, SettingsError):
        raise
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path} cannot be read: {reason}; check the file") from error
    except BROKEN as error:
        if "object" in str(error).lower() or "pickle" in str(error).lower():
            raise DataError(
                f"{path} holds Python objects, which are never read; save arrays of numbers "
                "(or of strings, for labels)"
            ) from error
        raise DataError(
            f"{path} is truncated or broken ({_first_line(error)}); make or copy the file again"
        ) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:120]
