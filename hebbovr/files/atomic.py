"""Files written whole or not at all: beside the target first, then moved into place."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from hebbovr.errors import HebbovrError

StrPath = str | os.PathLike[str]
TEMPORARY = ".hebbovr-*.tmp"

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another folder",
    errno.EFBIG: "the file is larger than the system allows; choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EACCES: "you may not write there; choose another folder or change its permissions",
    errno.EPERM: "you may not write there; choose another folder or change its permissions",
    errno.EISDIR: "it is a folder; give the name of a file",
    errno.ENOTDIR: "a part of its path is a file and no folder; choose another path",
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    errno.EIO: "the disk reported an error; choose another folder",
}
_WHILE_WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


@contextmanager
def atomic_write(path: StrPath) -> Iterator[IO[bytes]]:
    """Give a binary file to write to, which becomes ``path`` when the block ends without error.

    Until then, and after any error or interrupt, a file that was at ``path`` stays as it was and
    nothing new is left behind. A symbolic link is followed, the permissions of a replaced file
    are kept, and a device or pipe (such as ``/dev/stdout``) is written to directly.

    Parameters
    ----------
    path : str or path-like
        Where the file shall be. Its folder must exist.

    Yields
    ------
    file : binary file object
        Open for writing and reading; seekable unless ``path`` is a device or pipe.

    Raises
    ------
    HebbovrError
        The file cannot be written: missing or read-only folder, full disk, ``path`` is a folder.
    """
    target = Path(path)
    if _is_device(target):
        with _explained(target), open(target, "wb") as device:
            yield device
        return
    target = Path(os.path.realpath(target))
    temporary = target.parent / TEMPORARY.replace("*", secrets.token_hex(8))
    file = _create(temporary, target)
    try:
        with _explained(target), file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _move(temporary, target)
        _flush_folder(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_bytes(path: StrPath, data: bytes) -> None:
    """Write ``data`` to ``path`` through `atomic_write`."""
    with atomic_write(path) as file:
        file.write(data)


def write_text(path: StrPath, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8 through `atomic_write`.

    A file's name may hold what UTF-8 does not; it is written as an escape, such as ``\\udcff``.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def make_folder(folder: StrPath) -> Path:
    """Return the path of ``folder``, made if it is missing.

    Raises
    ------
    HebbovrError
        It cannot be made.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(path, error) from error
    return path


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left half-written; no other process may write to ``folder``."""
    for path in folder.glob(TEMPORARY):
        with suppress(OSError):
            path.unlink()


def write_error(path: StrPath, error: OSError) -> HebbovrError:
    """Return the one-sentence error for a failed attempt to write ``path``."""
    if isinstance(error, FileNotFoundError):
        folder = Path(path).parent
        return HebbovrError(
            f"Cannot write {path}: the folder {folder} does not exist; create it or choose another"
        )
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        reason = f"{error.strerror or error}; choose another file or folder"
    return HebbovrError(f"Cannot write {path}: {reason}")


def _is_device(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _create(temporary: Path, target: Path) -> IO[bytes]:
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        return open(temporary, "x+b")  # not tempfile: the umask shall decide the permissions
    except OSError as error:
        raise write_error(target, error) from error


def _move(temporary: Path, target: Path) -> None:
    try:
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise write_error(target, error) from error


def _flush_folder(target: Path) -> None:
    """Make the new name last through a power cut, where the system can flush a folder."""
    try:
        folder = os.open(target.parent, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES):
            raise write_error(target, error) from error
    finally:
        os.close(folder)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    """Turn the errors of writing into sentences; let other errors of the block pass."""
    try:
        yield
    except OSError as error:
        # ndarray.tofile reports a short write as a plain OSError without a number.
        short_write = type(error) is OSError and error.errno is None
        if short_write:
            error.errno = errno.ENOSPC
        if short_write or error.errno in _WHILE_WRITING or error.filename == str(target):
            raise write_error(target, error) from error
        raise
