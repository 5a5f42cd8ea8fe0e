"""Settings of a training run: the command line's, else the config file's, else the data set's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hebbovr.errors import SettingsError

DEFAULTS: dict[str, Any] = {
    "hidden": 256,
    "pca": "none",
    "scale": "feature",
    "whiten": None,
    "epochs": 35,
    "batch_size": 128,
    "lr": 1e-3,
    "lam": None,
    "weight_scale": None,
    "schedule": "cosine",
    "activation": "relu",
    "rule": "ovr",
    "rule_option": None,
    "mean": "global",
    "target": 0.5,
    "threshold": 0.0,
    "no_normalize": False,
    "seed": 0,
    "validation": 0.0,
}
WIDE = 100
WIDE_PCA = "0.99"


def read_config(context: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Make the values of a TOML file the defaults of the command's options."""
    if path is None:
        return None
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"--config {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"--config {path} is no valid TOML: {error}") from error
    known = {
        parameter.name
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
        if isinstance(value, dict | list) and name not in ("data_option", "rule_option"):
            raise SettingsError(f"--config {path} sets {name!r} to {value!r}; give a single value")
    context.default_map = {**(context.default_map or {}), **named}
    return path


def resolve(
    given: Mapping[str, Any], suggested: Mapping[str, Any], n_train: int, n_features: int
) -> dict[str, Any]:
    """Fill in what was not given: first the data set's suggestions, then general defaults."""
    from hebbovr.rules import RULES
    from hebbovr.training.config import balanced_penalty

    settings = DEFAULTS | {"pca": WIDE_PCA if n_features > WIDE else "none"} | dict(suggested)
    settings |= {name: value for name, value in given.items() if value is not None}
    if settings["rule"] != "ovr" and settings["rule"] in RULES:
        own = {"lr": RULES[settings["rule"]].learning_rate, "weight_scale": None}
        settings |= {name: value for name, value in own.items() if given.get(name) is None}
    if settings["lam"] is None:
        settings["lam"] = balanced_penalty(min(settings["batch_size"], n_train))
    return settings


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
