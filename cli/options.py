"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hebbovr.cli.errors import called
from hebbovr.cli.output import warnings_as_notes
from hebbovr.cli.setting_options import setting_options
from hebbovr.errors import SettingsError
from hebbovr.training.config import SETTINGS

if TYPE_CHECKING:
    from hebbovr.model import Model

Command = TypeVar("Command", bound=Callable[..., Any])


def model_argument(command: Command) -> Command:
    """Add the argument MODEL."""
    return click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))(command)


def data_options(command: Command) -> Command:
    """Add the options that say how DATA is read."""
    for option in (
        click.option(
            "--data-option",
            "-D",
            "data_option",
            multiple=True,
            metavar="NAME=VALUE",
            help="Set an option of the data set (see hebbovr data list); may be repeated.",
        ),
        click.option(
            "--data-dir",
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="Folder of downloaded data sets.",
        ),
    ):
        command = option(command)
    return command


def json_option(command: Command) -> Command:
    """Add --json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print exactly one JSON object on stdout."
    )(command)


def input_options(command: Command) -> Command:
    """Add the options of the preprocessing."""
    for option in (
        click.option(
            "--whiten",
            type=float,
            metavar="EPS",
            help="Whiten, softened by EPS as a fraction of the first variance (0.002).",
        ),
        click.option(
            "--scale",
            type=click.Choice(["feature", "global", "none"]),
            help="Divide by each feature's standard deviation, by one common scale, or by nothing.",
        ),
        click.option(
            "--pca", metavar="N", help="Principal components: a count, a fraction, or none."
        ),
    ):
        command = option(command)
    return command


def threads_option(command: Command) -> Command:
    """Add --threads."""
    known = SETTINGS["n_threads"]
    return click.option(
        known.option, type=click.IntRange(1), metavar=known.metavar, help=known.help
    )(command)


def rule_options(command: Command) -> Command:
    """Add --rule and --rule-option."""
    others = [name for name in SETTINGS if name not in ("rule", "rule_options")]
    decorate: Callable[[Command], Command] = setting_options(others)
    return decorate(command)


def parse_data_options(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return NAME=VALUE pairs as a dict; refuse what is no pair, or comes twice."""
    parsed: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        name = name.replace("-", "_")
        if not equals or not name:
            raise SettingsError(f"--data-option {pair!r} is no NAME=VALUE pair")
        if parsed.setdefault(name, value) != value:
            raise SettingsError(f"--data-option {name} is given twice; give one value")
    return parsed


def load_data(
    source: str,
    data_option: tuple[str, ...],
    data_dir: Path | None,
    seed: int = 0,
    *,
    model: Model | None = None,
    whole: bool = False,
    quiet: bool = False,
) -> Any:
    """Load the data set that the command line names, and say what was decided about it.

    With a ``model``, a table has the precision that the model was trained in; as a ``whole`` it is
    not split.
    """
    from hebbovr.datasets import load, options_of
    from hebbovr.datasets.options import convert_options

    known = options_of(source)
    names = {option.name for option in known}
    options = convert_options(parse_data_options(data_option), known, source)
    if model is not None and "dtype" in names:
        options.setdefault("dtype", str(model.trainer.weights_.dtype))
    if whole and "test_size" in names:
        options["test_size"] = 0.0
    with warnings_as_notes(quiet), called({"seed": "--seed"}):
        return load(source, **({"seed": seed, "data_dir": data_dir} | options))


def load_again(
    first: Any, source: str, data_option: tuple[str, ...], data_dir: Path | None, seed: int
) -> Any:
    """Load the data once more, split by another seed; those without a split by seed stay as read.

    What comes through a pipe is read once, and keeps its split.
    """
    from hebbovr.datasets import options_of
    from hebbovr.datasets.text_file import is_stream

    by_seed = any(option.name == "seed" for option in options_of(source))
    given = parse_data_options(data_option)
    if "seed" in given or not by_seed or is_stream(Path(source)):
        return first
    return load_data(source, data_option, data_dir, seed, quiet=True)
