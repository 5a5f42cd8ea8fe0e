"""The files of CIFAR-10's official binary version: what they are like, found and read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.fetch import file_sha256
from hebbovr.datasets.folders import search_folders
from hebbovr.errors import DataError
from hebbovr.files.atomic import StrPath


@dataclass(frozen=True)
class CifarFormat:
    """What the archive and its files are like; the defaults are CIFAR-10's.

    Attributes
    ----------
    url, archive_bytes, archive_sha256
        The official archive.
    folder : str
        Folder in the archive that holds the files.
    train_files, test_file, other_files
        Names of the files in it; the first two kinds hold records of a label byte followed by
        the pixels, channel by channel, row by row.
    records : int
        Records in each file.
    image_shape : tuple of int
        (height, width, channels).
    class_names : tuple of str
        Names of the labels 0, 1, …
    copies : tuple of (str, str)
        SHA-256 of the test file of copies known to differ from the original, and their titles.
    """

    url: str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    archive_bytes: int = 170_052_171
    archive_sha256: str = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
    folder: str = "cifar-10-batches-bin"
    train_files: tuple[str, ...] = tuple(f"data_batch_{n}.bin" for n in range(1, 6))
    test_file: str = "test_batch.bin"
    other_files: tuple[str, ...] = ("batches.meta.txt", "readme.html")
    records: int = 10_000
    image_shape: tuple[int, int, int] = (32, 32, 3)
    class_names: tuple[str, ...] = (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )
    copies: tuple[tuple[str, str], ...] = (
        (
            "cf28711b3059b27ed8a78d6529b5ba5b5c94130096ca62a1a924268a9a9ec05b",
            "CIFAR-10 (JPEG copy)",
        ),
    )

    @property
    def archive(self) -> str:
        """File name of the archive."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def record_bytes(self) -> int:
        """Bytes of a record: the label and the pixels."""
        height, width, channels = self.image_shape
        return 1 + height * width * channels

    @property
    def file_bytes(self) -> int:
        """Bytes of each file of records."""
        return self.records * self.record_bytes

    @property
    def members(self) -> dict[str, int | None]:
        """Sizes of all files in the archive by name; None where any small size will do."""
        batches = dict.fromkeys((*self.train_files, self.test_file), self.file_bytes)
        return {**batches, **dict.fromkeys(self.other_files)}


CIFAR10 = CifarFormat()
_FETCH = "hebbovr data fetch cifar10"


def find_folder(data_dir: StrPath | None, form: CifarFormat) -> Path:
    """Return the folder that holds the files of records, of those that are searched.

    Raises
    ------
    DataError
        There is none; the sentence tells a packed archive and the Python version apart.
    """
    homes = search_folders(data_dir)
    for home in homes:
        folder = holding_folder(home, form)
        if folder:
            return folder
    command = _FETCH + (f" --data-dir {data_dir}" if data_dir else "")
    for home in homes:
        if home.name == form.archive:
            raise DataError(f"{home} is the packed archive; give the folder that it is in")
        if os.path.isfile(home / form.archive):
            raise DataError(f"{home} holds {form.archive} still packed; {command} unpacks it")
        python_version = _python_version(home)
        if python_version:
            raise DataError(
                f"{python_version} is CIFAR-10's Python version, whose pickles are never read; "
                f"the binary version, {form.archive}, is needed: {command} gets it"
            )
    places = " or ".join(str(home) for home in homes)
    raise DataError(
        f"CIFAR-10 is not in {places}; get it with {command}, or name its folder with --data-dir"
    )


def holding_folder(home: Path, form: CifarFormat) -> Path | None:
    """Return ``home`` or the folder in it that holds at least one of the files of records."""
    for folder in (home, home / form.folder):
        if any(os.path.isfile(folder / name) for name in (*form.train_files, form.test_file)):
            return folder
    return None


def _python_version(home: Path) -> Path | None:
    for name in ("cifar-10-batches-py", "data_batch_1", "test_batch", "cifar-10-python.tar.gz"):
        if os.path.exists(home / name):
            return home / name
    return home if home.name == "cifar-10-python.tar.gz" else None


def read_batch(path: Path, form: CifarFormat) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the pixels, in C order of (height, width, channels), and the labels of a file.

    Raises
    ------
    DataError
        The file is missing, of another size, or has a label that is out of range.
    """
    mend = f"{_FETCH} --data-dir {path.parent} replaces it"
    if not path.is_file():
        raise DataError(f"{path} is missing; {mend}")
    n_bytes = path.stat().st_size
    if n_bytes != form.file_bytes:
        raise DataError(f"{path} has {n_bytes:,} bytes in place of {form.file_bytes:,}; {mend}")
    try:
        records = np.fromfile(path, np.uint8).reshape(form.records, form.record_bytes)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; check the file") from error
    labels = records[:, 0]
    wrong = labels >= len(form.class_names)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"{path} has the label {labels[first]} in record {first} (records count from 0), where "
            f"labels are 0 to {len(form.class_names) - 1}; {mend}"
        )
    height, width, channels = form.image_shape
    images = records[:, 1:].reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
    return images.reshape(form.records, -1), labels.astype(np.int64)


def title_of(folder: Path, form: CifarFormat) -> str:
    """Return what results on the data in ``folder`` are to be called."""
    path = folder / form.test_file
    return dict(form.copies).get(file_sha256(path), "CIFAR-10") if path.is_file() else "CIFAR-10"
