"""`hebbovr data`: the data sets that are known by name, and the files of those that have some."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO, cast

import click

from hebbovr.cli.errors import ExplainingGroup
from hebbovr.cli.options import json_option
from hebbovr.cli.output import as_argument, note, print_json, print_table, say
from hebbovr.cli.streams import stderr
from hebbovr.cli.written_files import check_outputs, fetched_files, force_option

SECONDS_BETWEEN_LINES = 5.0
FILE_SUMMARIES = {
    ".csv": "a table, its columns named in the first line; one called label, y, class, target or "
    "species holds the labels",
    ".npy": "an array of rows or images, read in place",
    ".npz": "arrays X and y, or X_train, y_train, X_test and y_test",
    ".parquet": "a table with typed columns",
}
name_argument = click.argument("name", metavar="NAME", type=click.Choice(["cifar10"]))
folder_option = click.option(
    "--data-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the files; else $HEBBOVR_DATA, else your cache.",
)


@click.group(cls=ExplainingGroup, epilog="Example: hebbovr data list")
def data() -> None:
    """Data sets: list them, fetch and check their files."""


@data.command(name="list", epilog="Example: hebbovr data list --json")
@json_option
def list_sets(as_json: bool) -> None:
    """List the data sets that train, probe and encode know by name, with their options."""
    from hebbovr.datasets import FILE_OPTIONS, available
    from hebbovr.datasets.options import SEED, TEST_SIZE

    known = available()
    if as_json:
        sets = {x.name: {"summary": x.summary, "options": described(x.options)} for x in known}
        files = {
            ending: {"summary": FILE_SUMMARIES[endings[0]], "options": described(options)}
            for options, endings in by_options(FILE_OPTIONS).items()
            for ending in endings
        }
        print_json(sets | files)
        return
    for info in known:
        click.echo(f"{info.name}: {info.summary}")
        echo_options(info.options)
    click.echo("Or give the path of a file; - is a table on standard input.")
    for options, endings in by_options(FILE_OPTIONS).items():
        needs = " (needs pip install 'hebbovr[tables]')" if ".parquet" in endings else ""
        click.echo(f"{', '.join(endings)}: {FILE_SUMMARIES[endings[0]]}{needs}")
        echo_options(options)
    click.echo("What is split or drawn also takes")
    echo_options((TEST_SIZE, SEED))


def by_options(kinds: Mapping[str, Any]) -> dict[Any, list[str]]:
    """Return the endings of files by the options that they have."""
    found: dict[Any, list[str]] = {}
    for ending, options in kinds.items():
        found.setdefault(options, []).append(ending)
    return found


def described(options: Any) -> dict[str, dict[str, Any]]:
    """Return options as --json prints them."""
    return {option.name: {"default": option.default, "help": option.help} for option in options}


def echo_options(options: Any) -> None:
    """Print options with their defaults, one a line."""
    for option in options:
        value = option.name.upper() if option.default is None else option.default
        if isinstance(value, bool):
            value = "yes" if value else "no"
        click.echo(f"    -D {option.name}={value}  {option.help}")


@data.command(epilog="Example: hebbovr data fetch cifar10 --data-dir ~/data")
@name_argument
@folder_option
@force_option
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
def fetch(name: str, data_dir: Path | None, force: bool, quiet: bool, as_json: bool) -> None:
    """Download the files of NAME (cifar10: 170 MB), check their digest, and unpack them.

    A download that broke off is gone on with. What is there already is not fetched again.
    """
    from hebbovr.datasets import fetch_cifar10

    check_outputs(fetched_files(data_dir), force=force)
    shown = None if quiet else ShowDownload()
    try:
        folder = fetch_cifar10(data_dir, progress=shown)
    finally:
        if shown:
            shown.close()
    if as_json:
        print_json({"name": name, "folder": str(folder)})
        return
    say(f"{name} is in {folder}")
    where = f" --data-dir {as_argument(data_dir)}" if data_dir else ""
    note(f"Next: hebbovr train cifar10{where}")


@data.command(epilog="Example: hebbovr data check cifar10 --data-dir ~/data")
@name_argument
@folder_option
@json_option
def check(name: str, data_dir: Path | None, as_json: bool) -> None:
    """Check the files of NAME: sizes, labels and digests. Exit code 1 if any is wrong."""
    from hebbovr.datasets import check_cifar10

    report = check_cifar10(data_dir)
    if as_json:
        print_json({"name": name, **report.as_dict()})
    else:
        click.echo(f"{report.title} in {report.folder}")
        print_table(
            ["file", "bytes", "labels", "sha256"],
            [
                [
                    file.name,
                    str(file.n_bytes),
                    f"{len(file.label_counts)} classes" if file.label_counts else "-",
                    file.sha256[:16] or "-",
                ]
                for file in report.files
            ],
        )
    for file in report.files:
        if file.problem:
            note(file.problem)
    if not report.ok:
        click.get_current_context().exit(1)


class ShowDownload:
    """Show a download on stderr: a bar on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._shown = time.perf_counter()

    def __call__(self, n_done: int, n_bytes: int) -> None:
        """Show that so many of so many bytes are there."""
        if stderr().isatty():
            if self._bar is None:
                shown = cast(TextIO, stderr().steering())
                self._bar = click.progressbar(length=n_bytes, label="downloading", file=shown)
                self._bar.__enter__()
            self._bar.update(n_done - self._bar.pos)
        elif n_done == n_bytes or time.perf_counter() - self._shown > SECONDS_BETWEEN_LINES:
            self._shown = time.perf_counter()
            note(f"{n_done / 1e6:.0f} of {n_bytes / 1e6:.0f} MB")

    def close(self) -> None:
        """End the bar's line, also after an error."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
