"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hebbovr.cli.output import warnings_as_notes
from hebbovr.errors import SettingsError

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


def threads_option(command: Command) -> Command:
    """Add --threads."""
    return click.option(
        "--threads",
        type=click.IntRange(1),
        metavar="N",
        help="Use at most N threads; the result does not depend on it.",
    )(command)


def rule_options(command: Command) -> Command:
    """Add --rule and --rule-option."""
    for option in (
        click.option(
            "--rule-option",
            "rule_option",
            multiple=True,
            metavar="NAME=VALUE",
            callback=_parse_rule_options,
            help="Set a parameter of the rule; may be repeated.",
        ),
        click.option(
            "--rule",
            default="ovr",
            metavar="NAME",
            help="Learning rule, see hebbovr rule list (ovr).",
            shell_complete=_complete_rule,
        ),
    ):
        command = option(command)
    return command


def _parse_rule_options(
    context: click.Context, parameter: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, float] | None:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        try:
            found[name.strip().replace("-", "_")] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise SettingsError(f"--rule-option {pair!r} is no NAME=NUMBER pair")
    return found or None


def _complete_rule(context: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    from hebbovr.rules import RULES

    return [name for name in RULES if name.startswith(start)]


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
    with warnings_as_notes():
        return load(source, **({"seed": seed, "data_dir": data_dir} | options))
