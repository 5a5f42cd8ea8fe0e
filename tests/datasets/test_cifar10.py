"""cifar10: found, fetched, checked and read, on files of the same form but small."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hebbovr.datasets import CIFAR10, CifarFormat, check_cifar10, fetch_cifar10, load_cifar10
from hebbovr.datasets.folders import cache_folder
from hebbovr.errors import DataError, HebbovrError
from tests.datasets.serving import Site, serving

FORM = CifarFormat(
    train_files=("data_batch_1.bin", "data_batch_2.bin"),
    records=30,
    image_shape=(2, 4, 3),
    class_names=("cat", "dog", "owl"),
    copies=(),
)
BATCHES = (*FORM.train_files, FORM.test_file)


def batch_bytes(number: int) -> bytes:
    rng = np.random.default_rng(number)
    records = rng.integers(0, 256, (FORM.records, FORM.record_bytes), np.uint8)
    records[:, 0] = np.arange(FORM.records) % 3
    return records.tobytes()


FILES = {name: batch_bytes(number) for number, name in enumerate(BATCHES)} | {
    "batches.meta.txt": b"cat\ndog\nowl\n",
    "readme.html": b"<html></html>",
}


def fill(home: Path, files: dict[str, bytes] = FILES) -> Path:
    folder = home / FORM.folder
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def archive_bytes(files: dict[str, bytes] = FILES, folder: str = FORM.folder) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(archive_bytes())) as running:
        yield running


def form_of(site: Site) -> CifarFormat:
    digest = hashlib.sha256(site.content).hexdigest()
    return dataclasses.replace(
        FORM, url=site.url, archive_bytes=len(site.content), archive_sha256=digest
    )


def test_the_official_form() -> None:
    assert CIFAR10.record_bytes == 3073
    assert CIFAR10.file_bytes == 30_730_000
    assert CIFAR10.archive == "cifar-10-binary.tar.gz"
    assert CIFAR10.archive_bytes == 170_052_171
    assert len(CIFAR10.members) == 8
    assert len(CIFAR10.class_names) == 10


@pytest.mark.parametrize("inside", [True, False])
def test_pixels_come_out_in_picture_order(tmp_path: Path, inside: bool) -> None:
    folder = fill(tmp_path)
    data = load_cifar10(folder if inside else tmp_path, form=FORM)
    assert (data.n_train, data.n_test, data.n_features) == (60, 30, 24)
    assert data.X_train.dtype == np.uint8
    assert data.X_train.flags.c_contiguous
    record = FILES["data_batch_2.bin"][7 * 25 : 8 * 25]
    picture = data.X_train[37].reshape(2, 4, 3)
    assert data.y_train is not None
    assert data.y_train[37] == record[0]
    for channel in range(3):
        for row in range(2):
            for column in range(4):
                assert picture[row, column, channel] == record[1 + channel * 8 + row * 4 + column]
    assert data.y_test is not None
    assert data.y_test.tolist() == [0, 1, 2] * 10
    assert data.class_names == ("cat", "dog", "owl")
    assert data.suggested["schedule"] == "cosine"


def test_a_known_copy_is_called_by_its_name(tmp_path: Path) -> None:
    fill(tmp_path)
    assert load_cifar10(tmp_path, form=FORM).title == "CIFAR-10"
    digest = hashlib.sha256(FILES[FORM.test_file]).hexdigest()
    form = dataclasses.replace(FORM, copies=((digest, "CIFAR-10 (JPEG copy)"),))
    data = load_cifar10(tmp_path, form=form)
    assert data.title == "CIFAR-10 (JPEG copy)"
    assert data.description.startswith("CIFAR-10 (JPEG copy): ")
    assert check_cifar10(tmp_path, form=form).title == "CIFAR-10 (JPEG copy)"


def test_the_folders_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(cache_folder())
    assert check_cifar10(form=FORM).folder == cache_folder() / FORM.folder
    monkeypatch.setenv("HEBBOVR_DATA", str(tmp_path))
    assert check_cifar10(form=FORM).folder == cache_folder() / FORM.folder
    fill(tmp_path)
    assert check_cifar10(form=FORM).folder == tmp_path / FORM.folder
    with pytest.raises(DataError, match="is not in .*nowhere; get it with hebbovr data fetch"):
        load_cifar10(tmp_path / "nowhere", form=FORM)


def test_missing_data_are_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"CIFAR-10 is not in .*hebbovr; get it with .*--data-dir$"):
        load_cifar10(form=FORM)
    (tmp_path / FORM.archive).touch()
    with pytest.raises(DataError, match=rf"still packed; .*--data-dir {tmp_path} unpacks it"):
        load_cifar10(tmp_path, form=FORM)
    with pytest.raises(DataError, match="is the packed archive; give the folder"):
        load_cifar10(tmp_path / FORM.archive, form=FORM)


@pytest.mark.parametrize(
    "name", ["cifar-10-python.tar.gz", "cifar-10-batches-py", "data_batch_1", "test_batch"]
)
def test_the_python_version_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    words = rf"{name} is CIFAR-10's Python version.*cifar-10-binary\.tar\.gz, is needed"
    with pytest.raises(DataError, match=words):
        load_cifar10(tmp_path, form=FORM)
    with pytest.raises(DataError, match="Python version|is not in"):
        load_cifar10(tmp_path / name, form=FORM)


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is missing; hebbovr data fetch cifar10 --data-dir .* replaces it"),
        (b"", "has 0 bytes in place of 750"),
        (FILES[BATCHES[0]][:-1], "has 749 bytes in place of 750"),
        (FILES[BATCHES[0]] + b"x", "has 751 bytes"),
        (bytes(4 * 25) + b"\x03" + bytes(750 - 101), r"label 3 in record 4 .*labels are 0 to 2"),
    ],
)
def test_wrong_files_are_named(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    files = {n: data for n, data in FILES.items() if n != name}
    fill(tmp_path, files | ({} if content is None else {name: content}))
    with pytest.raises(DataError, match=f"{name} .*{words}") as caught:
        load_cifar10(tmp_path, form=FORM)
    report = check_cifar10(tmp_path, form=FORM)
    assert not report.ok
    problems = {file.name: file.problem for file in report.files if file.problem}
    assert problems == {name: str(caught.value)}


def test_the_report_of_good_files(tmp_path: Path) -> None:
    report = check_cifar10(fill(tmp_path), form=FORM)
    assert report.ok
    assert [file.name for file in report.files] == list(BATCHES)
    assert all(file.label_counts == (10, 10, 10) for file in report.files)
    assert report.files[0].sha256 == hashlib.sha256(FILES[BATCHES[0]]).hexdigest()
    as_json = json.loads(json.dumps(report.as_dict()))
    assert as_json["ok"] is True
    assert as_json["files"][2]["n_bytes"] == 750


def test_fetch_downloads_unpacks_and_tidies(tmp_path: Path, site: Site) -> None:
    seen: list[int] = []
    form = form_of(site)
    folder = fetch_cifar10(tmp_path / "new", progress=lambda done, _: seen.append(done), form=form)
    assert folder == tmp_path / "new" / FORM.folder
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == FILES
    assert os.listdir(folder.parent) == [FORM.folder]
    assert seen[-1] == len(site.content)
    assert load_cifar10(tmp_path / "new", form=form).n_train == 60
    assert fetch_cifar10(tmp_path / "new", form=form) == folder
    assert fetch_cifar10(folder, form=form) == folder
    assert len(site.asked) == 1


def test_fetch_goes_to_the_cache_by_default(site: Site) -> None:
    folder = fetch_cifar10(form=form_of(site))
    assert folder == cache_folder() / FORM.folder
    assert cache_folder().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("inside", [True, False])
def test_fetch_replaces_broken_files(tmp_path: Path, site: Site, inside: bool) -> None:
    folder = fill(tmp_path, {**FILES, BATCHES[1]: b"broken"})
    assert fetch_cifar10(folder if inside else tmp_path, form=form_of(site)) == folder
    assert check_cifar10(tmp_path, form=FORM).ok
    assert os.listdir(tmp_path) == [FORM.folder]


def test_fetch_completes_a_folder_of_another_name(tmp_path: Path, site: Site) -> None:
    folder = fill(tmp_path, {BATCHES[0]: FILES[BATCHES[0]]}).rename(tmp_path / "mine")
    assert fetch_cifar10(folder, form=form_of(site)) == folder
    assert check_cifar10(folder, form=FORM).ok


def test_an_archive_that_is_there_is_used_and_kept(tmp_path: Path, site: Site) -> None:
    (tmp_path / "file.tar.gz").write_bytes(site.content)
    folder = fetch_cifar10(tmp_path, form=form_of(site))
    assert check_cifar10(folder, form=FORM).ok
    assert (tmp_path / "file.tar.gz").exists()
    assert site.asked == []


def test_an_archive_with_another_digest_is_never_opened(tmp_path: Path, site: Site) -> None:
    (tmp_path / "file.tar.gz").write_bytes(site.content[:-1] + b"x")
    with pytest.raises(DataError, match=r"file\.tar\.gz is not the official archive"):
        fetch_cifar10(tmp_path, form=form_of(site))
    assert os.listdir(tmp_path) == ["file.tar.gz"]


def test_a_wrong_digest_unpacks_nothing(tmp_path: Path, site: Site) -> None:
    form = dataclasses.replace(form_of(site), archive_sha256="0" * 64)
    with pytest.raises(DataError, match="SHA-256"):
        fetch_cifar10(tmp_path, form=form)
    assert os.listdir(tmp_path) == []


def test_the_wrong_archive_unpacks_nothing(tmp_path: Path) -> None:
    with serving(Site(archive_bytes(folder="cifar-10-batches-py"))) as site:
        form = form_of(site)
        with pytest.raises(DataError, match=r"lacks data_batch_1\.bin"):
            fetch_cifar10(tmp_path, form=form)
    assert os.listdir(tmp_path) == ["file.tar.gz"]


def test_a_cut_download_goes_on_at_the_next_fetch(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    site.cuts = [100] + [0] * 7
    with pytest.raises(HebbovrError, match="broke off at 100 of"):
        fetch_cifar10(tmp_path, form=form_of(site))
    assert os.listdir(tmp_path) == ["file.tar.gz.part"]
    fetch_cifar10(tmp_path, form=form_of(site))
    assert site.asked[-1] == "bytes=100-"
    assert check_cifar10(tmp_path, form=FORM).ok


def test_where_it_cannot_be_put(tmp_path: Path, site: Site) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file; give the folder"):
        fetch_cifar10(tmp_path / "file", form=form_of(site))
