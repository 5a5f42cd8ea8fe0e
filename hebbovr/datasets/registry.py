"""The data sets that are known by name, and the one way to load any data."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hebbovr.datasets.cifar10 import load_cifar10
from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.digits import load_digits
from hebbovr.datasets.files import FILE_OPTIONS, kind_of, load_file
from hebbovr.datasets.options import SEED, TEST_SIZE, Option, convert_options
from hebbovr.datasets.patches import load_patches
from hebbovr.datasets.sphere import load_sphere
from hebbovr.errors import DataError
from hebbovr.files.atomic import StrPath


@dataclass(frozen=True)
class DatasetInfo:
    """A data set that is known by name.

    Attributes
    ----------
    name : str
        What `load` takes.
    summary : str
        What it is, in one line.
    options : tuple of Option
        What else can be set.
    """

    name: str
    summary: str
    options: tuple[Option, ...] = ()


_SPHERE_OPTIONS = (
    Option("n_samples", int, 5000, "number of points", 2, 10**8),
    Option("n_latitudes", int, 4, "N, circles of latitude, which make N + 1 bands", 0, 10**4),
    Option("n_longitudes", int, 8, "M, sectors of longitude", 1, 10**4),
    Option("n_classes", int, 10, "C, classes that cells are drawn from", 1, 10**6),
)

_PATCHES_OPTIONS = (
    Option("size", int, 12, "height and width of a patch in pixels", 2, 640),
    Option("colour", bool, False, "keep red, green and blue, else brightness alone"),
    Option("n_patches", int, 100_000, "number of patches", 2, 10**6),
    Option("halve", bool, True, "halve the photographs first, against their JPEG blocks"),
)

_KNOWN: dict[str, tuple[DatasetInfo, Callable[..., Dataset]]] = {
    "digits": (
        DatasetInfo("digits", "1797 handwritten digits of 8 x 8 pixels, from scikit-learn"),
        load_digits,
    ),
    "sphere": (
        DatasetInfo("sphere", "points on a sphere cut into cells of random class", _SPHERE_OPTIONS),
        load_sphere,
    ),
    "patches": (
        DatasetInfo("patches", "patches cut from scikit-learn's two photographs", _PATCHES_OPTIONS),
        load_patches,
    ),
    "cifar10": (
        DatasetInfo("cifar10", "60,000 photographs of 32 x 32 pixels in 10 classes, fetched first"),
        load_cifar10,
    ),
}


COMMON = ("test_size", "seed", "data_dir")


def available() -> list[DatasetInfo]:
    """Return what can be loaded by name."""
    return [info for info, _ in _KNOWN.values()]


def options_of(source: StrPath) -> tuple[Option, ...]:
    """Return what can be set for a data set or file, with those options that many have.

    Raises
    ------
    DataError
        There is no such data set, and the path has no ending of data.
    """
    common = (TEST_SIZE, SEED)
    if isinstance(source, str) and source in _KNOWN:
        info, loader = _KNOWN[source]
        taken = inspect.signature(loader).parameters
        return (*info.options, *(option for option in common if option.name in taken))
    _require_path(source)
    return (*FILE_OPTIONS[kind_of(Path(source))], *common)


def load(
    source: StrPath,
    *,
    test_size: float = 0.25,
    seed: int = 0,
    data_dir: StrPath | None = None,
    **options: Any,
) -> Dataset:
    """Load a data set by its name, or from a file by its path.

    Parameters
    ----------
    source : str or path-like
        One of the names of `available`, or the path of a file, see `load_file`; ``-`` is a table on
        standard input. A name goes before a file of the same name; write ``./digits`` for the file.
    test_size : float, default=0.25
        Share of rows for the test part where the data have labels and no test part of their own.
    seed : int, default=0
        Seed of the split, and of data that are drawn.
    data_dir : str or path-like, optional
        Folder of data that are downloaded; others do without it.
    **options
        The data set's own; see `available`, and `hebbovr.datasets.files.load_file` for files.
        Values may be strings.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        There is no such data set or file, or its contents cannot be used.
    SettingsError
        An option is unknown or out of range.
    """
    test_size, seed = TEST_SIZE.convert(test_size), SEED.convert(seed)
    known = _KNOWN.get(source) if isinstance(source, str) else None
    if known is None:
        _require_path(source)
        return load_file(source, test_size=test_size, seed=seed, **options)
    info, loader = known
    taken = inspect.signature(loader).parameters
    given = dict(zip(COMMON, (test_size, seed, data_dir), strict=True))
    common = {name: value for name, value in given.items() if name in taken}
    return loader(**common, **convert_options(options, info.options, info.name))


def _require_path(source: StrPath) -> None:
    """Raise DataError for a word that is neither a known name nor looks like a file."""
    text = os.fspath(source)
    looks_like_file = text.lower().endswith((*FILE_OPTIONS,)) or os.path.dirname(text)
    if looks_like_file or text == "-" or os.path.exists(text):
        return
    close = difflib.get_close_matches(text.lower(), _KNOWN, 1)
    guess = f"did you mean {close[0]!r}? The" if close else "the"
    raise DataError(
        f"There is no data set or file called {text!r}; {guess} names are {', '.join(_KNOWN)}, "
        f"and files end in {', '.join(FILE_OPTIONS)}"
    )
