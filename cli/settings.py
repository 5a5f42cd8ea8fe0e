"""Settings of a training run: the command line's, else the config file's, else the data set's."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.setting_options import defaults, trainer_settings
from hebbovr.errors import SettingsError
from hebbovr.training.config import DEFAULTS as SETTING_DEFAULTS
from hebbovr.training.config import RENAMED

DEFAULTS: dict[str, Any] = defaults() | {
    "pca": "none",
    "scale": "feature",
    "whiten": None,
    "lam": None,
    "schedule": "cosine",
    "seed": 0,
}
CONFIG = "hebbovr.config"  # where a context keeps the name of the file that was read
WIDE = 100
WIDE_PCA = "0.99"


def read_config(context: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Make the values of a TOML file the defaults of the command's options."""
    if path is None:
        return None
    context.meta[CONFIG] = path
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"--config {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"--config {path} is no valid TOML: {error}") from error
    known = {
        parameter.name: parameter
        for parameter in context.command.params
        if isinstance(parameter, click.Option) and parameter.name not in ("config", "help")
    }
    named = {name.replace("-", "_"): value for name, value in values.items()}
    for name, value in named.items():
        if name not in known:
            raise SettingsError(
                f"--config {path} sets {name!r}, which is no option of train; known are "
                f"{', '.join(sorted(k for k in known if k))}"
            )
        wanted = _unfit(known[name], value)
        if wanted:
            raise SettingsError(f"--config {path} sets {name!r} to {_toml(value)}; give {wanted}")
    context.default_map = {**(context.default_map or {}), **named}
    return path


def _unfit(option: click.Option, value: Any) -> str:
    """Return what an option needs in place of a TOML value of the wrong type, else nothing."""
    if option.is_flag:
        return "" if isinstance(value, bool) else "true or false"
    if option.multiple:
        listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return "" if listed else 'a list of texts, such as ["NAME=VALUE"]'
    if isinstance(option.type, click.types.IntParamType) and isinstance(value, float):
        return "a whole number"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return "a single value"
    return ""


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def resolve(
    given: Mapping[str, Any], suggested: Mapping[str, Any], n_train: int, n_features: int
) -> dict[str, Any]:
    """Fill in what was not given: first the data set's suggestions, then general defaults."""
    from hebbovr.rules import RULES
    from hebbovr.training.collapse import balanced_penalty

    settings = DEFAULTS | {"pca": WIDE_PCA if n_features > WIDE else "none"} | dict(suggested)
    settings |= {name: value for name, value in given.items() if value is not None}
    if settings["rule"] != "ovr" and settings["rule"] in RULES:
        own = {"lr": RULES[settings["rule"]].learning_rate, "weight_scale": None}
        settings |= {name: value for name, value in own.items() if given.get(name) is None}
    if settings["lam"] is None:
        settings["lam"] = balanced_penalty(min(settings["batch_size"], n_train))
    return settings


def trial_settings(settings: Mapping[str, Any], always: Collection[str]) -> dict[str, Any]:
    """Return what a trial of a grid is told of its training beside its units and its seed.

    Trials are stored by what they are told: what is not ``always`` told is told where it is no
    default, so that a new setting leaves the trials before it in their places.
    """
    of_the_trial = ("n_components", "random_state", "n_threads")
    stored_as = {now: before for before, now in RENAMED.items()}
    told = {}
    for name, value in trainer_settings(settings).items():
        stored = stored_as.get(name, name)
        if stored in always or (name not in of_the_trial and value != SETTING_DEFAULTS[name]):
            told[stored] = value
    return told


def parse_pca(text: str | float | None) -> int | float | None:
    """Return a count, a share of the variance, or None for no PCA."""
    if text is None or str(text).lower() == "none":
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if 0 < number < 1:
        return number
    if number >= 1 and number == int(number):
        return int(number)
    raise SettingsError(
        f"--pca {text} is neither a count, nor a share of the variance between 0 and 1, nor none"
    )
