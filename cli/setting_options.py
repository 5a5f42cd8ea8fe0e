"""The settings of a training as options of a command, made from the fields of their config."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import click

from hebbovr.errors import SettingsError
from hebbovr.training.config import DEFAULTS, SETTINGS, Setting

Command = TypeVar("Command", bound=Callable[..., Any])
# What the fields do not say of how their values are written on a command line.
TYPES: dict[str, type] = {"random_state": int, "rule": str}
OPTIONS = {name: known.option for name, known in SETTINGS.items()}
KEYS = {name: option.removeprefix("--").replace("-", "_") for name, option in OPTIONS.items()}
# Not of the training's result, or no single value.
NO_AXES = ("n_threads", "random_state", "rule_options")


def setting_options(without: Collection[str] = ()) -> Callable[[Command], Command]:
    """Return a decorator that adds an option for each setting."""
    return _decorator([_option(n, known) for n, known in SETTINGS.items() if n not in without])


def axis_options() -> Callable[[Command], Command]:
    """Return a decorator that adds an option with several values for each setting of a sweep."""
    return _decorator(
        [
            click.option(
                SETTINGS[name].option,
                type=Listed(TYPES.get(name, SETTINGS[name].kind)),
                metavar=f"{SETTINGS[name].metavar or 'NAME'},…",
                help=SETTINGS[name].help,
            )
            for name in AXES
        ]
    )


AXES = tuple(n for n, known in SETTINGS.items() if known.kind is not bool and n not in NO_AXES)


class Listed(click.ParamType):  # type: ignore[type-arg]
    """Values with commas between them."""

    name = "list"

    def __init__(self, convert: Callable[[str], Any] | None) -> None:
        self._convert = convert or str

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the values as a tuple, each once."""
        if isinstance(value, tuple):
            return value
        try:
            values = [self._convert(part.strip()) for part in str(value).split(",")]
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no list of numbers such as 1,2,3", param, ctx)
        return tuple(dict.fromkeys(values))


def trainer_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings under their names on the command line as those of a trainer."""
    found = {name: settings[key] for name, key in KEYS.items() if key in settings}
    for name, key in KEYS.items():
        if key.startswith("no_") and key in settings:
            found[name] = not settings[key]
    return found


def defaults() -> dict[str, Any]:
    """Return the defaults of the config under the settings' names on the command line."""
    named = {KEYS[name]: value for name, value in DEFAULTS.items() if name != "n_threads"}
    switches = {key: False for key in named if key.startswith("no_")}
    return named | switches


def _option(name: str, known: Setting) -> Callable[[Command], Command]:
    if name == "rule_options":
        return click.option(
            known.option, multiple=True, metavar=known.metavar, help=known.help,
            callback=parse_rule_options,
        )  # fmt: skip
    if known.kind is bool:
        return click.option(known.option, is_flag=True, default=None, help=known.help)
    kind: Any = click.Choice(known.choices) if known.choices else TYPES.get(name, known.kind)
    complete = complete_rule if name == "rule" else None
    return click.option(
        known.option, type=kind, metavar=known.metavar, help=known.help, shell_complete=complete
    )


def _decorator(options: list[Callable[[Any], Any]]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def parse_rule_options(
    context: click.Context, parameter: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, float] | None:
    """Return NAME=NUMBER pairs as a dict, None if there are none."""
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


def complete_rule(context: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    """Return the rules whose names begin so."""
    from hebbovr.rules import RULES

    return [name for name in RULES if name.startswith(start)]
