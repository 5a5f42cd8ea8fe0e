"""CIFAR-10 in its official binary version: found, fetched, checked and read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hebbovr.datasets.cifar10_files import (
    CIFAR10,
    CifarFormat,
    find_folder,
    holding_folder,
    read_batch,
    title_of,
)
from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.fetch import Progress, download, file_sha256
from hebbovr.datasets.folders import make_data_folder
from hebbovr.datasets.unpack import unpack
from hebbovr.errors import DataError
from hebbovr.files.atomic import StrPath

SUGGESTED = {
    "hidden": 2048,
    "pca": 200,
    "scale": "global",
    "whiten": 0.01,
    "epochs": 30,
    "lr": 2e-3,
    "lam": 6e-5,
    "schedule": "cosine",
}


@dataclass(frozen=True)
class FileReport:
    """What `check_cifar10` found of one file.

    Attributes
    ----------
    name : str
        File name.
    n_bytes : int
        Its size; 0 if it is missing.
    sha256 : str
        Its digest; empty if it is missing.
    label_counts : tuple of int
        Records of each class; empty if there is a problem.
    problem : str, optional
        What is wrong with it, in a sentence; None if nothing.
    """

    name: str
    n_bytes: int
    sha256: str
    label_counts: tuple[int, ...]
    problem: str | None


@dataclass(frozen=True)
class CifarReport:
    """What `check_cifar10` found: the folder, what the data are to be called, and each file."""

    folder: Path
    title: str
    files: tuple[FileReport, ...]

    @property
    def ok(self) -> bool:
        """Whether every file is there and right."""
        return all(file.problem is None for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Return the report in JSON's types."""
        files = [{**vars(file), "label_counts": list(file.label_counts)} for file in self.files]
        return {"folder": str(self.folder), "title": self.title, "ok": self.ok, "files": files}


def load_cifar10(data_dir: StrPath | None = None, *, form: CifarFormat = CIFAR10) -> Dataset:
    """Read CIFAR-10: 50,000 training and 10,000 test images of 10 classes, as officially split.

    Pixels are uint8 and brought from the files' channel-by-channel order to C order of (height,
    width, channels), so that ``X[i].reshape(image_shape)`` is a picture.

    Parameters
    ----------
    data_dir : str or path-like, optional
        Folder that holds ``cifar-10-batches-bin``, or that folder itself. By default
        ``HEBBOVR_DATA`` and then the user's cache are searched.
    form : CifarFormat, optional
        Names and sizes of the files.

    Returns
    -------
    Dataset
        Its ``title`` is "CIFAR-10", or names a copy that is known to differ from it.

    Raises
    ------
    DataError
        The data are not there, are the Python version, or a file has the wrong size or labels.
    """
    folder = find_folder(data_dir, form)
    n_pixels = form.record_bytes - 1
    X = np.empty((len(form.train_files) * form.records, n_pixels), np.uint8)
    y = np.empty(X.shape[0], np.int64)
    for number, name in enumerate(form.train_files):
        rows = slice(number * form.records, (number + 1) * form.records)
        X[rows], y[rows] = read_batch(folder / name, form)
    X_test, y_test = read_batch(folder / form.test_file, form)
    title = title_of(folder, form)
    return Dataset(
        name="cifar10",
        X_train=X,
        y_train=y,
        X_test=X_test,
        y_test=y_test,
        image_shape=form.image_shape,
        class_names=form.class_names,
        description=f"{title}: small colour photographs of ten kinds of things, read from {folder}",
        suggested=SUGGESTED,
        title=title,
    )


def check_cifar10(data_dir: StrPath | None = None, *, form: CifarFormat = CIFAR10) -> CifarReport:
    """Look at every file's size and labels; parameters as for `load_cifar10`.

    Raises
    ------
    DataError
        None of the files is there.
    """
    folder = find_folder(data_dir, form)
    files = [_check_file(folder / name, form) for name in (*form.train_files, form.test_file)]
    return CifarReport(folder, title_of(folder, form), tuple(files))


def fetch_cifar10(
    data_dir: StrPath | None = None,
    *,
    progress: Progress | None = None,
    form: CifarFormat = CIFAR10,
) -> Path:
    """Download CIFAR-10's binary version and unpack it, unless it is there already.

    An archive that is there already is unpacked, and a download that broke off is gone on with.
    The digest is checked before the archive is opened; a downloaded archive is deleted at the end.

    Parameters
    ----------
    data_dir : str or path-like, optional
        Where to put the folder of files; by default ``HEBBOVR_DATA`` or the user's cache.
    progress : callable, optional
        Called as ``progress(bytes_done, n_bytes)`` while downloading.
    form : CifarFormat, optional
        Address, names and sizes.

    Returns
    -------
    folder : Path
        The folder that holds the files.

    Raises
    ------
    HebbovrError
        The download or the writing failed; the sentence says how to go on.
    DataError
        The archive is not the official one.
    """
    home = make_data_folder(data_dir)
    with suppress(DataError):
        report = check_cifar10(home, form=form)
        if report.ok:
            return report.folder
    above = home.parent if home.name == form.folder else home
    folder = holding_folder(home, form) or above / form.folder
    archive = above / form.archive
    downloaded = not archive.exists()
    if downloaded:
        size, digest = form.archive_bytes, form.archive_sha256
        download(form.url, archive, n_bytes=size, sha256=digest, progress=progress)
    elif file_sha256(archive) != form.archive_sha256:
        raise DataError(f"{archive} is not the official archive; delete it and fetch it again")
    unpack(archive, form.folder, folder, form.members)
    if downloaded:
        archive.unlink()
    return folder


def _check_file(path: Path, form: CifarFormat) -> FileReport:
    n_bytes, sha256 = 0, ""
    try:
        if path.is_file():
            n_bytes, sha256 = path.stat().st_size, file_sha256(path)
        _, labels = read_batch(path, form)
    except DataError as error:
        return FileReport(path.name, n_bytes, sha256, (), str(error))
    counts = np.bincount(labels, minlength=len(form.class_names))
    return FileReport(path.name, n_bytes, sha256, tuple(counts.tolist()), None)
