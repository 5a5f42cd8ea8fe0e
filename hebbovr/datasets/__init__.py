"""Data to learn from: by name, or from the user's own files.

`load` takes a name of `available` or a path; every loader returns a `Dataset`.
"""

from __future__ import annotations

from hebbovr.datasets.cifar10 import (
    CifarReport,
    FileReport,
    check_cifar10,
    fetch_cifar10,
    load_cifar10,
)
from hebbovr.datasets.cifar10_files import CIFAR10, CifarFormat
from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.digits import load_digits
from hebbovr.datasets.files import FILE_OPTIONS, load_file
from hebbovr.datasets.options import Option
from hebbovr.datasets.patches import load_patches
from hebbovr.datasets.registry import DatasetInfo, available, load, options_of
from hebbovr.datasets.sphere import SphereSample, load_sphere, sample_sphere

__all__ = [
    "CIFAR10",
    "FILE_OPTIONS",
    "CifarFormat",
    "CifarReport",
    "Dataset",
    "DatasetInfo",
    "FileReport",
    "Option",
    "SphereSample",
    "available",
    "check_cifar10",
    "fetch_cifar10",
    "load",
    "load_cifar10",
    "load_digits",
    "load_file",
    "load_patches",
    "load_sphere",
    "options_of",
    "sample_sphere",
]
