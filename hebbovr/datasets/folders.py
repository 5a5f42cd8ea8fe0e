"""Where downloaded data are kept: a given folder, ``HEBBOVR_DATA``, or the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

from hebbovr.errors import DataError
from hebbovr.files.atomic import StrPath, write_error

VARIABLE = "HEBBOVR_DATA"


def cache_folder() -> Path:
    """Return ``hebbovr`` in ``$XDG_CACHE_HOME`` or in ``~/.cache``; it need not exist."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
    return base / "hebbovr"


def search_folders(data_dir: StrPath | None = None) -> list[Path]:
    """Return the folders to look in: ``data_dir`` alone if given, else all the usual ones."""
    if data_dir is not None:
        return [Path(data_dir).expanduser()]
    given = os.environ.get(VARIABLE, "")
    return [Path(given).expanduser(), cache_folder()] if given else [cache_folder()]


def make_data_folder(data_dir: StrPath | None = None) -> Path:
    """Return the folder to keep downloads in, created if missing; the cache only for its owner.

    Raises
    ------
    DataError
        It is a file.
    HebbovrError
        It cannot be created.
    """
    folder = search_folders(data_dir)[0]
    if folder.is_file():
        raise DataError(f"{folder} is a file; give the folder to keep data in")
    private = folder == cache_folder()
    try:
        folder.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    return folder
