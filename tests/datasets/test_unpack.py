"""unpack: good, broken and hostile archives."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hebbovr.datasets.unpack import SMALL_FILE, unpack
from hebbovr.errors import DataError, HebbovrError

MEMBERS: dict[str, int | None] = {"a.bin": 5, "notes.txt": None}


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> Entry:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.mode = len(data), kind, link, 0o4777
    return info, data


Entry = tuple[tarfile.TarInfo, bytes]
GOOD = [entry("box", kind=tarfile.DIRTYPE), entry("box/a.bin", b"12345"), entry("box/notes.txt")]


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that packs entries into an archive in a folder of its own."""

    def pack(*entries: Entry) -> Path:
        path = tmp_path / "home" / "box.tar.gz"
        path.parent.mkdir(exist_ok=True)
        with tarfile.open(path, "w:gz") as tar:
            for info, data in entries:
                tar.addfile(info, io.BytesIO(data))
        return path

    return pack


def test_the_expected_files_come_out(packed: Callable[..., Path]) -> None:
    archive = packed(*GOOD, entry("box/extra.txt", b"x"), entry("other/a.bin", b"54321"))
    folder = archive.parent / "box"
    unpack(archive, "box", folder, MEMBERS)
    assert sorted(os.listdir(folder)) == ["a.bin", "notes.txt"]
    assert (folder / "a.bin").read_bytes() == b"12345"
    assert sorted(os.listdir(archive.parent)) == ["box", "box.tar.gz"]
    assert (folder / "a.bin").stat().st_mode & 0o7111 == 0


def test_endless_members_are_not_walked_through(packed: Callable[..., Path]) -> None:
    archive = packed(*GOOD, *(entry(f"box/{n}") for n in range(1100)))
    with pytest.raises(DataError, match="over 1000 members"):
        unpack(archive, "box", archive.parent / "box", MEMBERS)
    assert os.listdir(archive.parent) == ["box.tar.gz"]


def test_they_replace_what_is_there_and_leave_the_rest(packed: Callable[..., Path]) -> None:
    archive = packed(entry("./box/a.bin", b"12345"), entry("./box/notes.txt", b"n"))
    folder = archive.parent / "renamed"
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"old")
    (folder / "mine.txt").touch()
    unpack(archive, "box", folder, MEMBERS)
    assert (folder / "a.bin").read_bytes() == b"12345"
    assert sorted(os.listdir(folder)) == ["a.bin", "mine.txt", "notes.txt"]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (entry("../evil", b"x"), r"'\.\./evil', which leads out of its folder"),
        (entry("box/../../evil", b"x"), "leads out"),
        (entry("box/../box/a.bin", b"12345"), "leads out"),
        (entry("/tmp/evil", b"x"), "leads out"),
        (entry("..\\evil", b"x"), "leads out"),
        (entry("C:\\evil", b"x"), "leads out"),
        (entry("box/a.bin", kind=tarfile.SYMTYPE, link="/etc/passwd"), "a link or device"),
        (entry("box", kind=tarfile.SYMTYPE, link="/tmp"), "a link or device"),
        (entry("box/x", kind=tarfile.LNKTYPE, link="box/notes.txt"), "a link or device"),
        (entry("box/x", kind=tarfile.FIFOTYPE), "a link or device"),
        (entry("box/x", kind=tarfile.CHRTYPE), "a link or device"),
        (entry("box/a.bin", b"12345"), "twice"),
        (entry("box/extra", b"x" * (SMALL_FILE + 1)), "not expected"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_hostile_archives_leave_nothing(
    packed: Callable[..., Path], tmp_path: Path, bad: Entry, words: str, first: bool
) -> None:
    archive = packed(*([bad, *GOOD] if first else [*GOOD, bad]))
    with pytest.raises(DataError, match=words) as caught:
        unpack(archive, "box", archive.parent / "box", MEMBERS)
    assert str(archive) in str(caught.value)
    assert os.listdir(tmp_path) == ["home"]
    assert os.listdir(archive.parent) == ["box.tar.gz"]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], r"lacks a\.bin, notes\.txt"),
        (GOOD[:2], r"lacks notes\.txt"),
        ([entry("box/a.bin", kind=tarfile.DIRTYPE), GOOD[2]], r"lacks a\.bin"),
        ([entry("a.bin", b"12345"), GOOD[2]], r"lacks a\.bin"),
        ([entry("box/a.bin", b"1234"), GOOD[2]], "with 4 bytes in place of 5"),
        ([GOOD[1], entry("box/notes.txt", b"x" * (SMALL_FILE + 1))], "in place of at most"),
    ],
)
def test_incomplete_archives_leave_nothing(
    packed: Callable[..., Path], entries: list[Entry], words: str
) -> None:
    archive = packed(*entries)
    with pytest.raises(DataError, match=words):
        unpack(archive, "box", archive.parent / "box", MEMBERS)
    assert os.listdir(archive.parent) == ["box.tar.gz"]


@pytest.mark.parametrize("damage", ["text", "cut", "cut tar", "flip", "empty"])
def test_broken_archives_leave_nothing(packed: Callable[..., Path], damage: str) -> None:
    archive = packed(*GOOD)
    data = archive.read_bytes()
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 0xFF
    archive.write_bytes(
        {
            "text": b"<html>not found</html>",
            "cut": data[: len(data) // 2],
            "cut tar": gzip.compress(gzip.decompress(data)[:1025]),
            "flip": bytes(flipped),
            "empty": b"",
        }[damage]
    )
    with pytest.raises(DataError, match=r"box\.tar\.gz is truncated or broken"):
        unpack(archive, "box", archive.parent / "box", MEMBERS)
    assert os.listdir(archive.parent) == ["box.tar.gz"]


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no\.tar\.gz is truncated or broken"):
        unpack(tmp_path / "no.tar.gz", "box", tmp_path / "box", MEMBERS)
    assert os.listdir(tmp_path) == []


def test_a_file_in_the_way_is_named(packed: Callable[..., Path]) -> None:
    archive = packed(*GOOD)
    (archive.parent / "box").touch()
    with pytest.raises(HebbovrError, match=r"^Cannot write .*box: "):
        unpack(archive, "box", archive.parent / "box", MEMBERS)
    assert sorted(os.listdir(archive.parent)) == ["box", "box.tar.gz"]
