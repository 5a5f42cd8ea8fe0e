"""Settings of a training run: the command line's, else the config file's, else the data set's."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.errors import INPUT_OPTIONS, LAYER_OPTIONS, called
from hebbovr.cli.setting_options import KEYS, defaults, trainer_settings
from hebbovr.errors import LONGEST_SHOWN, SettingsError, shown
from hebbovr.training.config import DEFAULTS as SETTING_DEFAULTS
from hebbovr.training.config import LARGEST_WHOLE, RENAMED, SETTINGS, check

DEFAULTS: dict[str, Any] = defaults() | {
    "pca": "none",
    "scale": "feature",
    "whiten": None,
    "lam": None,
    "schedule": "cosine",
    "seed": 0,
}
CONFIG = "hebbovr.config"  # where a context keeps the name of the file that was read
LARGEST_TOML = 2**63 - 1
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
        listed = isinstance(value, list) and all(_is_text(item) for item in value)
        return "" if listed else 'a list of texts, such as ["NAME=VALUE"]'
    if isinstance(value, str) or isinstance(option.type, click.Path | click.Choice):
        return "" if _is_text(value) else "a text"
    if isinstance(value, int) and abs(value) > LARGEST_TOML:
        return "a smaller number"
    if isinstance(option.type, click.types.IntParamType) and isinstance(value, float):
        return "a whole number"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "a single value"
    return ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else shown(value)


def resolve(
    given: Mapping[str, Any], suggested: Mapping[str, Any], n_train: int, n_features: int
) -> dict[str, Any]:
    """Fill in what was not given: first the data set's suggestions, then general defaults.

    Raises
    ------
    SettingsError
        A setting is out of its range.
    """
    from hebbovr.rules import RULES
    from hebbovr.training.collapse import balanced_penalty

    settings = DEFAULTS | {"pca": WIDE_PCA if n_features > WIDE else "none"} | dict(suggested)
    settings |= {name: value for name, value in given.items() if value is not None}
    check_resolved(settings)
    if settings["rule"] != "ovr" and settings["rule"] in RULES:
        own = {"lr": RULES[settings["rule"]].learning_rate, "weight_scale": None}
        settings |= {name: value for name, value in own.items() if given.get(name) is None}
    if settings["lam"] is None:
        settings["lam"] = balanced_penalty(min(settings["batch_size"], n_train))
    return settings


def check_resolved(settings: Mapping[str, Any]) -> None:
    """Raise SettingsError for the first of resolved settings that is out of its range."""
    from hebbovr.preprocessing.settings import check_settings

    with called(LAYER_OPTIONS):
        for name, value in trainer_settings(settings).items():
            # Of lam, lr and the like None is that they are still to be chosen.
            if value is not None:
                check(name, value, SETTINGS[name])
        if not isinstance(settings["rule"], str):
            raise SettingsError(name="rule", value=settings["rule"], reason="must be a name")
        for key in (key for key in KEYS.values() if key.startswith("no_")):
            if not isinstance(settings[key], bool):
                reason = "must be true or false"
                raise SettingsError(name=key, value=settings[key], reason=reason)
    with called(INPUT_OPTIONS | {"random_state": "--seed", "max_fit_rows": ""}):
        check_settings(
            n_components=parse_pca(settings["pca"]), scale=settings["scale"],
            whiten=settings["whiten"], max_fit_rows=2, random_state=settings["seed"],
        )  # fmt: skip


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
        number = -1.0 if isinstance(text, bool) else float(text)
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if 0 < number < 1:
        return number
    if 1 <= number <= LARGEST_WHOLE and number == int(number):
        return int(number)
    given = text if isinstance(text, str) and len(text) <= LONGEST_SHOWN else shown(text)
    raise SettingsError(
        f"--pca {given} is neither a count, nor a share of the variance between 0 and 1, nor none"
    )
