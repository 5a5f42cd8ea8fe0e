"""Downloading a file of known size and SHA-256, going on where an earlier attempt broke off."""

from __future__ import annotations

import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hebbovr.errors import DataError, HebbovrError
from hebbovr.files.atomic import write_error

Progress = Callable[[int, int], None]

_CHUNK = 256 * 1024
_PASSING = {408, 429, 500, 502, 503, 504}


def download(
    url: str,
    path: Path,
    *,
    n_bytes: int,
    sha256: str,
    progress: Progress | None = None,
    attempts: int = 8,
    pause: float = 1.0,
    timeout: float = 30.0,
) -> None:
    """Download ``url`` to ``path``, which appears only once its digest is found right.

    What has arrived is kept in ``path`` + ``.part``, also over an interrupt, and the next call
    goes on from there if the server can. A connection that breaks off is taken up again.

    Parameters
    ----------
    url : str
        An http or https address.
    path : Path
        Where the file shall be; its folder must exist.
    n_bytes : int
        Size of the whole file. A server that offers another size is refused.
    sha256 : str
        Digest of the whole file, in hexadecimal.
    progress : callable, optional
        Called as ``progress(bytes_done, n_bytes)`` at the start and after each piece;
        ``bytes_done`` falls back if the server can only send the file from its beginning.
    attempts : int, default=8
        Most connections made.
    pause : float, default=1.0
        Seconds before the second connection, doubled before each further one up to 10.
    timeout : float, default=30.0
        Seconds without a byte after which a connection counts as broken.

    Raises
    ------
    HebbovrError
        The server cannot be reached, refuses, or breaks off each time; the disk is full.
    DataError
        The digest is wrong; what was downloaded is deleted.
    """
    part = path.with_name(path.name + ".part")
    if _size(part) > n_bytes:
        part.unlink()
    _report(progress, _size(part), n_bytes)
    for attempt in range(attempts):
        if attempt:
            time.sleep(min(10.0, pause * 2 ** (attempt - 1)))
        try:
            reason = _receive(url, part, n_bytes, progress, timeout)
        except urllib.error.URLError as error:
            if not attempt:
                raise HebbovrError(
                    f"{url} cannot be reached ({error.reason}); check the network, or put the file "
                    f"into {path.parent} by hand and run the same command again"
                ) from error
            reason = str(error.reason)
        if reason is None:
            break
    else:
        raise HebbovrError(
            f"The download of {url} broke off at {_size(part):,} of {n_bytes:,} bytes ({reason}); "
            "run the same command again to go on from there"
        )
    found = file_sha256(part)
    if found != sha256:
        part.unlink()
        raise DataError(
            f"{url} gave a file with the SHA-256 {found} in place of {sha256}, which was deleted; "
            "fetch it again, over another network if it happens twice"
        )
    part.replace(path)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; raise DataError if it is unreadable."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; check the file") from error


def _receive(
    url: str, part: Path, n_bytes: int, progress: Progress | None, timeout: float
) -> str | None:
    """Add to ``part`` what one connection gives; return why it broke off, None if it did not."""
    have = _size(part)
    if have == n_bytes:
        return None
    headers = {"User-Agent": "hebbovr", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=timeout) as response:
            if response.status == 206 and not _goes_on(response, have):
                part.unlink()
                return "the server sent another part of the file than it was asked for"
            start = have if response.status == 206 else 0
            _check_size(url, response, start, n_bytes)
            return _copy(response, part, start, n_bytes, progress)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            part.unlink()
        if error.code == 416 or error.code in _PASSING:
            return f"the server answers {error.code} {error.reason}"
        raise HebbovrError(
            f"{url} answers {error.code} {error.reason}; download the file elsewhere, put it into "
            f"{part.parent} and run the same command again"
        ) from error
    except urllib.error.URLError:
        raise
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__


def _goes_on(response: Any, have: int) -> bool:
    """Tell whether the part of the file that the server sends starts at ``have``."""
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return match is not None and int(match[1]) == have


def _check_size(url: str, response: Any, start: int, n_bytes: int) -> None:
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and start + int(length) != n_bytes:
        raise HebbovrError(
            f"{url} offers {start + int(length):,} bytes in place of {n_bytes:,}; it is not the "
            "file that is wanted, so look whether a login page or proxy stands in between"
        )


def _copy(
    response: Any, part: Path, start: int, n_bytes: int, progress: Progress | None
) -> str | None:
    done = start
    with _open(part, "ab" if start else "wb") as file:
        while done < n_bytes:
            chunk = response.read(min(_CHUNK, n_bytes - done))
            if not chunk:
                return "the connection was cut"
            try:
                file.write(chunk)
                file.flush()  # so that closing has nothing left to fail with
            except OSError as error:
                raise write_error(part, error) from error
            done += len(chunk)
            _report(progress, done, n_bytes)
    return None


def _open(part: Path, mode: str) -> Any:
    try:
        return open(part, mode)
    except OSError as error:
        raise write_error(part, error) from error


def _report(progress: Progress | None, done: int, n_bytes: int) -> None:
    if progress is not None:
        progress(done, n_bytes)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
