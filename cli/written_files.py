"""What a command writes: never over what it reads, and over a file of another kind only if told.

Commands call `check_outputs` before their work starts.
"""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from hebbovr.cli.settings import CONFIG
from hebbovr.errors import HebbovrError, SettingsError

Command = TypeVar("Command", bound=Callable[..., Any])
HEAD = 4096


class Kind(NamedTuple):
    """What a command writes, in words, and how a file is known to be of it."""

    words: str
    fits: Callable[[Path], bool]


class Output(NamedTuple):
    """A file that a command will write, and the option that names it."""

    option: str
    path: Path
    kind: Kind


class Input(NamedTuple):
    """A file that a command reads (by path or descriptor), and what names it."""

    name: str
    path: Path | int


class OutFile(click.Path):
    """The name of a file to write, as a path; what names a folder is refused."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the path."""
        if names_folder(value):
            self.fail(f"{value} is the name of a folder; give the name of a file in it", param, ctx)
        return super().convert(value, param, ctx)


def names_folder(path: str | os.PathLike[str]) -> bool:
    """Tell whether a path, as it was given, can only be a folder."""
    text = os.fspath(path)
    return os.path.basename(text) in ("", os.curdir, os.pardir) or text.endswith("/")


def force_option(command: Command) -> Command:
    """Add --force."""
    return click.option(
        "--force", is_flag=True, help="Replace files that are there, whatever they hold."
    )(command)


def check_outputs(
    outputs: Sequence[Output], inputs: Iterable[Input] = (), *, force: bool = False
) -> None:
    """Raise SettingsError unless every output may be written.

    None may be a file that is read (through links and detours, too), nor the same as another, nor
    a folder. A file that is there may be replaced by its own kind, by another with ``force``. An
    empty one holds nothing to lose.
    """
    read = {key: one for one in _all_inputs(inputs) if (key := _identity(one.path)) is not None}
    written: dict[Hashable, Output] = {}
    for output in outputs:
        option, path, kind = output
        real = Path(os.path.realpath(path))  # where `atomic_write` writes
        found = _identity(real)
        if found in read:
            raise SettingsError(
                f"{option} {path} is the file that {read[found].name} names, which would be lost; "
                "choose another name"
            )
        new = None if real.exists() else os.path.normcase(real)
        place: Hashable = found or new
        former = written.setdefault(place, output) if place else output
        if former is not output:
            raise SettingsError(
                f"{former.option} {former.path} and {option} {path} are the same file; give each a "
                "name of its own"
            )
        if kind is FOLDER:
            if found and not real.is_dir():
                raise SettingsError(f"{option} {path} is a file; give the name of a folder")
            continue
        if real.is_dir():
            raise SettingsError(f"{option} {path} is a folder; give the name of a file in it")
        if found and not force and not _replaceable(real, kind):
            raise SettingsError(
                f"{option} {path} is there and is no {kind.words}; choose another name, or add "
                "--force to replace it"
            )


def check_folder(option: str, path: Path) -> None:
    """Raise SettingsError where the folder of an output is missing."""
    if not Path(os.path.realpath(path)).parent.is_dir():
        raise SettingsError(
            f"{option} {path}: the folder {path.parent} does not exist; create it or choose another"
        )


def data_files(
    source: str, data_option: Iterable[str], data_dir: Path | None, name: str = "DATA"
) -> list[Input]:
    """Return the files that `load_data` reads for this data set."""
    from hebbovr.datasets import available

    found = []
    if source not in {info.name for info in available()}:
        found.append(Input(name, 0 if source == "-" else Path(source)))
    elif source == "cifar10":
        from hebbovr.datasets.cifar10_files import CIFAR10, find_folder

        with suppress(HebbovrError, OSError):
            folder = find_folder(data_dir, CIFAR10)
            found += [Input(f"{name} cifar10", path) for path in folder.iterdir()]
    for pair in data_option:
        option, _, value = pair.partition("=")
        found.append(Input(f"-D {option.strip()}", Path(value.strip())))
    return found


def picture(option: str, path: Path, others: Sequence[str] = ()) -> Output:
    """Return the output of a picture, or of a page where ``others`` has its ending."""
    kind = {".png": PNG, ".svg": SVG, ".pdf": PDF, ".html": PAGE, ".htm": PAGE}.get(
        path.suffix.lower()
    )
    if kind is None or (kind is PAGE and path.suffix.lower() not in others):
        endings = ".png, .svg, .pdf or .html" if others else ".png, .svg or .pdf"
        raise SettingsError(f"{option} {path} must end in {endings}")
    check_folder(option, path)
    return Output(option, path, kind)


def page(option: str, path: Path) -> Output:
    """Return the output of a page."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise SettingsError(f"{option} {path} must end in .html")
    check_folder(option, path)
    return Output(option, path, PAGE)


def results(folder: Path, kinds: dict[str, Kind], cells: str = "cells/*.json") -> list[Output]:
    """Return the outputs in a folder of results: named files, and those that are there already."""
    named = [Output("--out", folder / name, kind) for name, kind in kinds.items()]
    there = [Output("--out", path, ANY) for path in sorted(folder.glob(cells))]
    return [Output("--out", folder, FOLDER), *named, *there]


def responses(n_units: int, form: str) -> Kind:
    """Return the kind of a file of responses of so many units: "sparse", ".npy" or ".npz"."""

    def dense_fits(path: Path) -> bool:
        import numpy as np

        try:
            found = np.lib.format.open_memmap(path, mode="r")
        except (OSError, ValueError):
            return False
        return found.ndim == 2 and found.shape[1] == n_units and found.dtype.kind == "f"

    def sparse_fits(path: Path) -> bool:
        from hebbovr.files.archive import read_member

        try:
            form, shape = (read_member(path, name) for name in ("format", "shape"))
            return bool(form.item() == b"csr" and shape.tolist()[1:] == [n_units])
        except (OSError, ValueError):
            return False

    def archive_fits(path: Path) -> bool:
        try:
            with zipfile.ZipFile(path) as archive:
                return set(archive.namelist()) == {"responses.npy", "rows.npy"}
        except (OSError, zipfile.BadZipFile):
            return False

    fits = {"sparse": sparse_fits, ".npy": dense_fits, ".npz": archive_fits}
    return Kind(f"file of the responses of {n_units} units", fits[form])


def _rows_fit(path: Path) -> bool:
    import numpy as np

    try:
        found = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError):
        return False
    return found.ndim == 1 and found.dtype.kind in "iu"


ROWS = Kind("list of rows", _rows_fit)


def _model_fits(path: Path) -> bool:
    from hebbovr.storage.model_file import is_model_file

    return is_model_file(path)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def json_with(*names: str) -> Kind:
    """Return the kind of a JSON object that has these names, or of a list of such."""

    def fits(path: Path) -> bool:
        found = _json(path)
        rows = found if isinstance(found, list) else [found]
        return all(isinstance(row, dict) and row.keys() >= set(names) for row in rows[:1])

    return Kind("result of this command", fits)


def text_with(*words: str) -> Kind:
    """Return the kind of a text that has these words in its first line."""

    def fits(path: Path) -> bool:
        line = _head(path).partition(b"\n")[0]
        return all(word.encode() in line for word in words)

    return Kind("result of this command", fits)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""


ANY = Kind("file", lambda path: True)
FOLDER = Kind("folder", lambda path: True)
MODEL = Kind("model of hebbovr", _model_fits)
PNG = Kind("PNG picture", lambda path: _head(path).startswith(b"\x89PNG\r\n\x1a\n"))
SVG = Kind("SVG picture", lambda path: b"<svg" in _head(path))
PDF = Kind("PDF picture", lambda path: _head(path).startswith(b"%PDF-"))
PAGE = Kind("page of hebbovr", lambda path: b'name="generator" content="hebbovr"' in _head(path))
CIFAR = Kind("batch of CIFAR-10", lambda path: _head(path)[0] < 10)
GZIP = Kind("part of an archive", lambda path: _head(path).startswith(b"\x1f\x8b"))
COMPARISON = {"rules.json": json_with("rule"), "rules.png": PNG, "rules.svg": SVG}
SWEEP = {
    "sweep.json": json_with("grid", "best"),
    "sweep.csv": text_with("mean", "share_active", "overlap"),
}


def report_files(names: Iterable[str]) -> dict[str, Kind]:
    """Return what a report on these tables and figures consists of."""
    each = {".png": PNG, ".svg": SVG, ".json": json_with()}
    kinds = {name + suffix: kind for name in names for suffix, kind in each.items()}
    return kinds | {
        "report.md": text_with("# Measured beside the paper"),
        "report.html": PAGE,
        "results.json": json_with("sections", "cells"),
        "cells.csv": text_with("used_in,key"),
    }


def fetched_files(data_dir: Path | None) -> list[Output]:
    """Return the files of CIFAR-10 that are there, and may be fetched anew."""
    from hebbovr.datasets.cifar10_files import CIFAR10
    from hebbovr.datasets.folders import search_folders

    home = search_folders(data_dir)[0]
    kinds = {name: CIFAR for name in (*CIFAR10.train_files, CIFAR10.test_file)}
    kinds[CIFAR10.archive + ".part"] = GZIP
    folders = {home, home / CIFAR10.folder, home.parent if home.name == CIFAR10.folder else home}
    return [
        Output("--data-dir", folder / name, kind)
        for folder in folders
        for name, kind in kinds.items()
        if (folder / name).exists()
    ]


def _all_inputs(inputs: Iterable[Input]) -> list[Input]:
    context = click.get_current_context(silent=True)
    config = context.meta.get(CONFIG) if context else None
    return [*inputs, *([Input("--config", config)] if config else [])]


def _identity(path: Path | int) -> tuple[int, int] | None:
    """Return what tells a file from all others, None where there is none or it keeps nothing."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return None if stat.S_ISCHR(found.st_mode) else (found.st_dev, found.st_ino)


def _replaceable(path: Path, kind: Kind) -> bool:
    found = path.stat()
    return not stat.S_ISREG(found.st_mode) or found.st_size == 0 or kind.fits(path)
