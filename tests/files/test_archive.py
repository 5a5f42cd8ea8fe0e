"""archive: listing and reading what strangers pack."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr import load, load_model
from hebbovr.errors import DataError, ModelFileError
from hebbovr.files.archive import MOST_LISTED, open_archive, read_arrays


def crowded(path: Path, n_members: int) -> Path:
    """Write an archive of empty members."""
    central = local = b""
    name = b"x" * 30
    tail = struct.pack("<HHHHHHIIIHH", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0)
    entry = b"PK\x01\x02" + tail + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    central = entry * n_members
    end = struct.pack("<HHHHIIH", 0, 0, min(n_members, 65535), min(n_members, 65535),
                      len(central), len(local), 0)  # fmt: skip
    path.write_bytes(local + central + b"PK\x05\x06" + end)
    return path


@pytest.mark.parametrize("n_declared", [None, 1, 0])
@pytest.mark.parametrize("read", [load, load_model, read_arrays])
def test_endless_members_are_refused_before_they_are_listed(
    tmp_path: Path, read: Any, n_declared: int | None
) -> None:
    """Whatever number of them the end of the archive declares."""
    path = crowded(tmp_path / "a.npz", 300_000)
    if n_declared is not None:
        data = path.read_bytes()
        end = data.rindex(b"PK\x05\x06")
        counts = struct.pack("<HH", n_declared, n_declared)
        path.write_bytes(data[: end + 8] + counts + data[end + 12 :])
    started = time.process_time()
    with pytest.raises((DataError, ModelFileError, ValueError), match="list of members"):
        read(path)
    assert time.process_time() - started < 0.5


def test_many_members_are_read(tmp_path: Path) -> None:
    arrays = {f"layer_{n}": np.arange(n % 7) for n in range(3000)}
    np.savez(tmp_path / "a.npz", **arrays)
    found = read_arrays(tmp_path / "a.npz")
    assert len(found) == 3000
    assert found["layer_5"].tolist() == [0, 1, 2, 3, 4]


def test_the_bound_is_on_the_list_alone(tmp_path: Path) -> None:
    big = np.random.default_rng(0).random(MOST_LISTED // 4)
    np.savez(tmp_path / "a.npz", big=big)
    with open_archive(tmp_path / "a.npz") as archive:
        assert len(archive.read("big.npy")) > MOST_LISTED
    with open(tmp_path / "b.npz", "wb") as file:
        file.write(b"some text before" + (tmp_path / "a.npz").read_bytes())
    with zipfile.ZipFile(tmp_path / "b.npz") as archive:
        assert archive.namelist() == ["big.npy"]
    assert (read_arrays(tmp_path / "b.npz")["big"] == big).all()
