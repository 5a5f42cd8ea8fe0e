"""files_io: a file is there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from hebbovr.errors import HebbovrError
from hebbovr.files.atomic import atomic_write, write_bytes, write_error, write_text

resource = pytest.importorskip("resource")


@contextmanager
def small_disk() -> Iterator[None]:
    """Let no file grow beyond 4096 bytes, as on a disk that is nearly full."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    with atomic_write(target) as file:
        file.write(b"one")
        assert not target.exists()
    assert target.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_text_is_utf8_and_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old and longer")
    write_text(target, "λ")
    assert target.read_bytes() == "λ".encode()


def test_a_relative_path_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_bytes("here.bin", b"x")
    assert (tmp_path / "here.bin").read_bytes() == b"x"


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), FileNotFoundError("f")])
def test_an_error_in_the_block_keeps_the_old_file_and_leaves_nothing(
    tmp_path: Path, error: BaseException
) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def write() -> None:
        with atomic_write(target) as file:
            file.write(b"new")
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert caught.value is error
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("how", ["write", "save", "savez"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, how: str) -> None:
    array = np.zeros(10_000)

    def write() -> None:
        with atomic_write(tmp_path / "a.npy") as file:
            if how == "write":
                file.write(array.tobytes())
            elif how == "save":
                np.save(file, array)
            else:
                np.savez(file, array=array)

    said = r"^Cannot write .*a\.npy: .*; .*choose another folder$"
    # The disk is small no longer than this: the report of this test may go to a file, too.
    with pytest.raises(HebbovrError, match=said), small_disk():
        write()
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(HebbovrError, match=r"the folder .*runs does not exist"):
        write_bytes(tmp_path / "runs" / "a.bin", b"")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(HebbovrError, match="is a folder"):
        write_bytes(tmp_path, b"")
    assert os.listdir(tmp_path) == []


def test_a_file_as_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(HebbovrError, match="is a file and no folder"):
        write_bytes(tmp_path / "f" / "a.bin", b"")


def test_a_too_long_name_is_refused_and_cleaned_up(tmp_path: Path) -> None:
    with pytest.raises(HebbovrError, match="name is too long"):
        write_bytes(tmp_path / ("a" * 300), b"")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(HebbovrError, match="may not write there"):
        write_bytes(tmp_path / "a.bin", b"")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "may not write there"),
        (errno.EROFS, "read-only"),
        (errno.ETXTBSY, os.strerror(errno.ETXTBSY)),
    ],
)
def test_each_cause_has_its_words(number: int, words: str) -> None:
    message = str(write_error("out/m.npz", OSError(number, os.strerror(number))))
    assert message.startswith("Cannot write out/m.npz: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_device_is_written_to_and_never_replaced() -> None:
    with pytest.raises(HebbovrError, match="/dev/full: the disk is full"):
        write_bytes("/dev/full", b"x")
    write_bytes(os.devnull, b"x")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, b"through")
    reader.join(10)
    assert got == [b"through"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.bin"
    real.write_bytes(b"old")
    link = tmp_path / "link.bin"
    link.symlink_to(real)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_permissions_follow_the_umask_and_then_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    old = os.umask(0o027)
    try:
        write_bytes(target, b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    target.chmod(0o604)
    write_bytes(target, b"y")
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


def test_an_array_can_be_read_back_from_the_handle(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a.npz") as file:
        np.savez(file, a=np.arange(3))
        file.seek(0)
        assert file.read(2) == b"PK"
    with np.load(tmp_path / "a.npz", allow_pickle=False) as loaded:
        assert loaded["a"].tolist() == [0, 1, 2]
