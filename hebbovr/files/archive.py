"""Named arrays in one uncompressed ``.npz``: written without pickling, read without believing."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.files.atomic import StrPath, atomic_write

Array = NDArray[Any]
MOST_LISTED = 2**20
# What a broken archive or array makes zipfile and NumPy raise.
BROKEN = (
    ValueError,
    EOFError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


class _Listed(io.FileIO):
    """A file that reads no more than so many bytes at once while its archive is listed.

    zipfile reads a directory in one go, whatever number of members its end declares.
    """

    limit: int | None = MOST_LISTED

    def read(self, size: int | None = -1, /) -> Any:
        if self.limit is not None and size is not None and size > self.limit:
            raise zipfile.BadZipFile(f"its list of members takes {size} bytes")
        return super().read(size)


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive whose list of members has at most 1 MiB, over 10,000 usual names.

    Raises
    ------
    zipfile.BadZipFile
        The list is longer, or it is no archive.
    """
    with _Listed(path) as file, zipfile.ZipFile(file) as archive:
        file.limit = None
        yield archive


def write_arrays(path: StrPath, arrays: Mapping[str, Array]) -> None:
    """Write numbers and texts to ``path`` through `atomic_write`.

    Raises
    ------
    HebbovrError
        The file cannot be written; a former file at ``path`` is then as it was.
    """
    with atomic_write(path) as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> dict[str, Array]:
    """Read all arrays of an archive whose declared sizes fit the file itself.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no such archive, or contradicts itself; the text says how.
    """
    try:
        with open_archive(path) as archive:
            members = archive.infolist()
            names = [item.filename for item in members]
            if len(set(names)) < len(names):
                raise ValueError("it holds a member twice")
            if sum(item.file_size for item in members) > path.stat().st_size:
                raise ValueError("its members are larger than the file")
            if any(item.compress_type != zipfile.ZIP_STORED for item in members):
                raise ValueError("it holds compressed members")
            return {
                item.filename.removesuffix(".npy"): _read_array(archive, item) for item in members
            }
    except BROKEN as error:
        lines = str(error).strip().splitlines()
        raise ValueError(lines[0][:200] if lines else type(error).__name__) from error


def read_member(path: Path, name: str, most: int = 4096) -> Array:
    """Read one array of at most ``most`` bytes, and nothing else of the archive.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no archive, or has no such array.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            item = archive.getinfo(f"{name}.npy")
            if item.file_size > most:
                raise ValueError(f"{name} is larger than {most} bytes")
            return _read_array(archive, item, "biufUS")
    except BROKEN as error:
        raise ValueError(str(error)) from error


def _read_array(archive: zipfile.ZipFile, item: zipfile.ZipInfo, kinds: str = "biufU") -> Array:
    with archive.open(item) as file:
        reader = {(1, 0): np.lib.format.read_array_header_1_0}
        reader[2, 0] = np.lib.format.read_array_header_2_0
        magic = np.lib.format.read_magic(file)
        if magic not in reader:
            raise ValueError(f"{item.filename} has an unknown version")
        shape, fortran, dtype = reader[magic](file)
        if dtype.kind not in kinds:
            raise ValueError(f"{item.filename} holds {dtype}, neither numbers nor text")
        data = file.read()
    # Python's integers do not overflow, whatever the header declares.
    declared = dtype.itemsize
    for length in shape:
        declared *= int(length)
    if declared != len(data) or any(length < 0 for length in shape):
        raise ValueError(f"{item.filename} declares {declared} bytes and holds {len(data)}")
    array = np.frombuffer(data, dtype) if data else np.empty(0, dtype)
    return array.reshape(shape, order="F" if fortran else "C")
