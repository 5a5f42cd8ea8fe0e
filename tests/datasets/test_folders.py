"""folders: where downloaded data are looked for and kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hebbovr.datasets.folders import cache_folder, make_data_folder, search_folders
from hebbovr.errors import DataError, HebbovrError


def test_a_given_folder_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEBBOVR_DATA", "/elsewhere")
    assert search_folders("/here") == [Path("/here")]
    assert search_folders("~/here") == [Path.home() / "here"]


def test_the_variable_goes_before_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    assert search_folders() == [cache_folder()]
    monkeypatch.setenv("HEBBOVR_DATA", "/elsewhere")
    assert search_folders() == [Path("/elsewhere"), cache_folder()]
    monkeypatch.setenv("HEBBOVR_DATA", "")
    assert search_folders() == [cache_folder()]


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == Path.home() / ".cache" / "hebbovr"
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert cache_folder() == Path("/c/hebbovr")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative is to be ignored")
    assert cache_folder() == Path.home() / ".cache" / "hebbovr"


def test_the_cache_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    assert make_data_folder() == cache_folder()
    assert stat.S_IMODE(cache_folder().stat().st_mode) == 0o700
    assert make_data_folder() == cache_folder()
    shared = make_data_folder(tmp_path / "a" / "b")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o777 & ~umask


def test_what_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="file is a file; give the folder"):
        make_data_folder(tmp_path / "file")
    with pytest.raises(HebbovrError, match=r"Cannot write .*file/sub: a part of its path is a"):
        make_data_folder(tmp_path / "file" / "sub")
