"""The text of a file, a pipe or standard input, also when it is packed by gzip."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from hebbovr.errors import DataError, SettingsError, shown

STANDARD_INPUT = "-"
GZIP = b"\x1f\x8b"
# Beyond this size, what unpacks to more than so many times its own size is no data.
HARMLESS_BYTES, MOST_INFLATION = 100 * 2**20, 50
UNPACKED_LIMIT = 4 * 2**30

_STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NO_TEXT = {
    b"PK\x03\x04": "a zip archive (as Excel's workbooks are); save it as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save it as CSV",
    b"\x93NUMPY": "an array of NumPy; call it .npy",
    b"PAR1": "a Parquet file; call it .parquet",
    b"ARROW1": "an Arrow file; call it .arrow",
    b"BZh": "packed by bzip2; unpack it, or pack it by gzip",
    b"\xfd7zXZ": "packed by xz; unpack it, or pack it by gzip",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it, or pack it by gzip",
}


def is_stream(path: Path) -> bool:
    """Whether ``path`` is standard input or a pipe, which can be read only once."""
    if str(path) == STANDARD_INPUT or str(path).startswith(_STREAMS):
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def source_name(path: Path) -> str:
    """Return what the data of ``path`` are called: the file's name, "stdin" or "pipe"."""
    text = str(path)
    if text in (STANDARD_INPUT, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"):
        return "stdin"
    return "pipe" if text.startswith(_STREAMS) else path.name


@contextmanager
def open_text(path: Path, encoding: str | None = None) -> Iterator[IO[str]]:
    """Open a text file for reading; one packed by gzip is unpacked on the way.

    Parameters
    ----------
    path : Path
        A file or pipe, or ``-`` for standard input.
    encoding : str, optional
        By default UTF-8, or UTF-16 where the file starts with its mark.

    Raises
    ------
    DataError
        The file cannot be read, is no text, or unpacks to far more than its size.
    SettingsError
        There is no such encoding.
    """
    try:
        with _open(path) as file:
            yield from _decoded(file, path, encoding)
    except UnicodeError as error:
        raise DataError(
            f"{path} is not {encoding or 'UTF-8'} text; name its encoding, such as -D "
            "encoding=cp1252, or save it as UTF-8"
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} is packed by gzip and truncated or broken ({error}); make or copy it again"
        ) from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; check the file") from error


@contextmanager
def _open(path: Path) -> Iterator[io.BufferedReader]:
    if str(path) != STANDARD_INPUT:
        with open(path, "rb") as file:
            yield file
        return
    if sys.stdin is None:
        raise DataError("There is no standard input to read; give a file")
    reader: Any = io.BufferedReader(sys.stdin.buffer)
    try:
        yield reader
    finally:
        reader.detach()


def _decoded(file: io.BufferedReader, path: Path, encoding: str | None) -> Iterator[IO[str]]:
    if file.peek(8).startswith(GZIP):
        file = io.BufferedReader(_Unpacked(file, path))
    head = file.peek(8)[:8]
    for mark, what in _NO_TEXT.items():
        if head.startswith(mark):
            raise DataError(f"{path} is no text but {what}")
    if encoding is None:
        encoding = "utf-16" if head.startswith(_UTF16) else "utf-8-sig"
    elif encoding.lower().replace("-", "").replace("_", "") == "utf8":
        encoding = "utf-8-sig"
    try:
        text = io.TextIOWrapper(file, encoding=encoding, newline=None)
    except (LookupError, ValueError) as error:
        raise SettingsError(
            f"encoding={shown(encoding)} is unknown; try cp1252 or utf-8"
        ) from error
    try:
        yield text
    finally:
        text.detach()


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a gzip file, refused where they grow far beyond it."""

    def __init__(self, packed: Any, path: Path) -> None:
        self._packed, self._path = _Counted(packed), path
        source: Any = self._packed
        self._file = gzip.GzipFile(fileobj=source)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n_bytes: int = self._file.readinto(buffer)
        self._size += n_bytes
        most = min(HARMLESS_BYTES + MOST_INFLATION * self._packed.size, UNPACKED_LIMIT)
        if self._size > most:
            raise DataError(
                f"{self._path} unpacks to over {self._size / 2**20:.0f} MiB, as no measurements of "
                "its size do; if they are yours, unpack it first"
            )
        return n_bytes


class _Counted:
    """A file that knows how much of it was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.size = file, 0

    def read(self, n_bytes: int = -1) -> bytes:
        data = self._file.read(n_bytes)
        self.size += len(data)
        return data
