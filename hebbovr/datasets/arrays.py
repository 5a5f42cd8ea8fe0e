"""The user's arrays: ``.npy``, read in place as a memory map, and ``.npz`` with X and y."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import DataError
from hebbovr.files.archive import BROKEN

Array = NDArray[Any]

NPZ_LIMIT = 4 * 2**30
# Beyond this size, an archive that unpacks to more than so many times its own is no data.
HARMLESS_BYTES, MOST_INFLATION = 100 * 2**20, 50

_ALIASES = {
    "X": ("X", "X_train", "x_train"),
    "y": ("y", "y_train"),
    "X_test": ("X_test", "x_test"),
    "y_test": ("y_test",),
}


@dataclass(frozen=True, eq=False)
class RawArrays:
    """Arrays as a file holds them, before any check of their contents."""

    X: Array
    y: Array | None = None
    X_test: Array | None = None
    y_test: Array | None = None


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


def read_npz(path: Path, limit: int = NPZ_LIMIT) -> RawArrays:
    """Read X and, where they are there, y, X_test and y_test from a ``.npz`` file.

    Also known are the names ``X_train``, ``x_train``, ``y_train`` and ``x_test``. Other arrays
    are not read.

    Parameters
    ----------
    path : Path
        The file.
    limit : int, default=4 GiB
        Most bytes that the arrays may take in memory. The sizes that the file declares are
        checked before anything is unpacked, and no more than declared is ever unpacked.

    Raises
    ------
    DataError
        No X, arrays over the limit, Python objects, a truncated or broken file.
    """
    with _explained(path), zipfile.ZipFile(path) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        members = {name: _find(sizes, name) for name in _ALIASES}
        if members["X"] is None:
            held = ", ".join(name.removesuffix(".npy") for name in sizes)[:200] or "nothing"
            raise DataError(f"{path} has no array X (it holds {held}); name the samples X")
        total = sum(sizes[member] for member in members.values() if member)
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
        return RawArrays(**{n: _read(archive, member) for n, member in members.items() if member})


def _find(sizes: dict[str, int], name: str) -> str | None:
    for alias in _ALIASES[name]:
        if f"{alias}.npy" in sizes:
            return f"{alias}.npy"
    return None


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
    except DataError:
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
