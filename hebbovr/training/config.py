"""Every setting of a training, in one place: its default, its range, and what it is.

Estimators, the command line, sweeps, checkpoints and error texts are fed from the fields of
`TrainingConfig`: a new setting is a new field. Nothing heavy is imported before a config is made.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from hebbovr.errors import SettingsError

LARGEST_WHOLE = 2**31 - 1
LARGEST_NUMBER = 3e38  # float32 ends there


class Setting(NamedTuple):
    """What is known of a setting beside its name and its default."""

    help: str  # one line
    doc: str  # as long as it takes, in the style of numpydoc
    shown: str  # its type as docstrings say it
    kind: type | None  # int, float, str or bool; None is checked elsewhere
    option: str  # on the command line; "" has none
    metavar: str | None
    choices: tuple[str, ...]
    least: float | None  # the smallest value,
    above: bool  # or a bound that itself is not allowed
    below: float | None
    optional: bool  # None is a value, too
    shared: bool  # a parameter of the rule, where the rule has it


def setting(
    default: Any,
    help: str,
    doc: str = "",
    *,
    shown: str = "",
    kind: type | None = None,
    option: str = "",
    metavar: str | None = None,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    above: bool = False,
    below: float | None = None,
    optional: bool = False,
    shared: bool = False,
) -> Any:
    """Return a field of `TrainingConfig`."""
    if not shown:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        shown = f"{{{listed}}}" if choices else kind.__name__ if kind else "object"
    known = Setting(
        help, doc or help, shown, kind, option, metavar, choices, least, above, below, optional,
        shared,
    )  # fmt: skip
    return field(default=default, metadata={"setting": known})


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of a training, each checked; ``rule`` is an instance by then.

    Raises
    ------
    SettingsError
        A setting is out of its range, or contradicts the rule.
    """

    n_components: int = setting(
        256, "Number of units.", "Number of units K.",
        kind=int, least=1, option="--hidden", metavar="K",
    )  # fmt: skip
    rule: Any = setting(
        "ovr", "Learning rule, see hebbovr rule list (ovr).",
        'A name in :data:`hebbovr.rules.RULES`, or a rule such as ``KrotovHopfield(p=3)``; "ovr" '
        "is the exact gradient of the objective.",
        shown="str or hebbovr.rules.Rule", option="--rule", metavar="NAME",
    )  # fmt: skip
    rule_options: Mapping[str, float] | None = setting(
        None, "Set a parameter of the rule; may be repeated.",
        "Parameters of a rule given by its name that are not among these, such as "
        '``{"p": 3, "delta": 0.3}`` for "krotov-hopfield".',
        shown="mapping, optional", option="--rule-option", metavar="NAME=VALUE",
    )  # fmt: skip
    activation: str = setting(
        "relu", "Response function.", "φ, the response function.",
        kind=str, choices=("relu", "sigmoid", "identity"), option="--activation",
    )  # fmt: skip
    overlap_penalty: float = setting(
        5e-5, "Weight of the overlap; 2λB² from 1 to 2 learns.",
        "λ of Eq. 3. It acts through 2λB²: with batches of B samples, 2λB² from 1 to 2 learns "
        "well.",
        kind=float, least=0, option="--lam", metavar="λ", shared=True,
    )  # fmt: skip
    mean: str = setting(
        "global", "Hold the mean of all, or of each unit.",
        "Hold the mean of all responses at ``target``, or the mean of each unit.",
        kind=str, choices=("global", "unit"), option="--mean", shared=True,
    )  # fmt: skip
    target: float = setting(
        0.5, "Mean response asked for.", "The mean response asked for; 0.5 in the paper.",
        kind=float, option="--target", metavar="M", shared=True,
    )  # fmt: skip
    normalize: bool = setting(
        True, "Compare responses of their own length.",
        "Compare unit-length responses in the overlap.",
        kind=bool, option="--no-normalize", shared=True,
    )  # fmt: skip
    epochs: int = setting(
        35, "Passes over the data.", kind=int, least=1, option="--epochs", metavar="N",
    )  # fmt: skip
    batch_size: int = setting(
        128, "Samples in a batch.",
        "B. The rows are cut into batches of nearly this size, differing by one row at most.",
        kind=int, least=2, option="--batch-size", metavar="B",
    )  # fmt: skip
    learning_rate: float = setting(
        1e-3, "Adam's first learning rate.", "Adam's first rate; None is the rule's own.",
        shown="float, optional", kind=float, least=0, above=True, optional=True,
        option="--lr", metavar="RATE",
    )  # fmt: skip
    schedule: str = setting(
        "constant", "Rate by epoch.", "How the rate changes from epoch to epoch.",
        kind=str, choices=("constant", "plateau", "cosine"), option="--schedule",
    )  # fmt: skip
    validation_fraction: float = setting(
        0.0,
        "Hold out this fraction of the rows and keep the epoch with the best objective on them.",
        "Fraction of the rows held out by ``fit``; the epoch with the lowest objective on them is "
        "kept. 0 holds out none and keeps the last epoch.",
        kind=float, least=0, below=1, option="--validation", metavar="FRACTION",
    )  # fmt: skip
    weight_scale: float | None = setting(
        None, "Standard deviation of the random initial weights.",
        "Standard deviation of the random initial weights; 0.05 in the authors' setting. By "
        "default it follows the length of the inputs, so that the first responses have a mean of "
        "0.5.",
        shown="float, optional", kind=float, least=0, above=True, optional=True,
        option="--weight-scale", metavar="STD",
    )  # fmt: skip
    encoding_threshold: float = setting(
        0.0,
        "Read responses out as φ(z - T); below 0, more samples respond than in training.",
        "Subtracted where responses are read out, ``φ(X Wᵀ + b - T)``, not in training: "
        "below 0, more samples respond (Coates and Ng, ICML 2011, on encoding apart from "
        "training).",
        kind=float, option="--threshold", metavar="T",
    )  # fmt: skip
    random_state: Any = setting(
        None, "Random seed.", "Source of all random draws.",
        shown="int, Generator, RandomState or None", option="--seed", metavar="N",
    )  # fmt: skip
    n_threads: int | None = setting(
        None, "Use at most N threads; the result does not depend on it.",
        "At most so many; the result does not depend on it.",
        shown="int, optional", kind=int, least=1, optional=True, option="--threads", metavar="N",
    )  # fmt: skip

    def __post_init__(self) -> None:
        from hebbovr.training.rule_choice import check_units, choose_rule, options_beside_defaults

        for name, known in SETTINGS.items():
            check(name, getattr(self, name), known)
        _check_random_state(self.random_state)
        shared = {name: getattr(self, name) for name in SHARED}
        given = [name for name, value in shared.items() if value != DEFAULTS[name]]
        rule = choose_rule(self.rule, self.rule_options, shared, given)
        check_units(rule, self.n_components)
        object.__setattr__(self, "rule", rule)
        object.__setattr__(self, "rule_options", options_beside_defaults(rule, SHARED))
        for name in {known.name for known in fields(rule)} & set(SHARED):
            object.__setattr__(self, name, getattr(rule, name))
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", rule.learning_rate)

    @property
    def trained_activation(self) -> str:
        """The response function in training, whatever responses are read out with."""
        return str(self.rule.trains_with or self.activation)

    def changed(self, **changes: Any) -> TrainingConfig:
        """Return the config with other values for some settings.

        Raises
        ------
        SettingsError
            As for a new config.
        """
        from hebbovr.training.rule_choice import with_parameters

        values = {name: getattr(self, name) for name in SETTINGS} | {"rule_options": None}
        of_rule = {name: changes[name] for name in SHARED if name in changes}
        if of_rule and "rule" not in changes:
            values["rule"] = with_parameters(self.rule, of_rule)
        return TrainingConfig(**values | changes)

    def differences(self, other: TrainingConfig) -> dict[str, Any]:
        """Return the settings of another config that are not those of this one."""
        values = {name: getattr(other, name) for name in SETTINGS if name != "rule_options"}
        return {name: v for name, v in values.items() if v != getattr(self, name)}

    def settings(self) -> dict[str, Any]:
        """Return the settings as JSON's values; a ``random_state`` that is no seed is None."""
        from hebbovr.training.rule_choice import name_of

        values = {name: plain(getattr(self, name)) for name in SETTINGS}
        if not is_whole(self.random_state):
            values["random_state"] = None
        return values | {"rule": name_of(self.rule)}


SETTINGS: dict[str, Setting] = {f.name: f.metadata["setting"] for f in fields(TrainingConfig)}
DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(TrainingConfig)}
SHARED = tuple(name for name, known in SETTINGS.items() if known.shared)


# Names of the release before.
RENAMED = {"threshold": "encoding_threshold"}


def current_names(settings: Mapping[str, Any], *, warns: bool = False) -> dict[str, Any]:
    """Return settings under the names of today; those that were stored need no warning."""
    for name in settings.keys() & RENAMED.keys() if warns else ():
        warnings.warn(f"{name} is now called {RENAMED[name]}", FutureWarning, stacklevel=3)
    return {RENAMED.get(name, name): value for name, value in settings.items()}


def check(name: str, value: Any, known: Setting) -> None:
    """Raise SettingsError if ``value`` is out of the range of the setting called ``name``."""
    reason = _fault(value, known)
    if reason and not (value is None and known.optional):
        raise SettingsError(name=name, value=value, reason=reason)


def _check_random_state(value: Any) -> None:
    import numpy as np

    seed = is_whole(value) and value >= 0
    if not (
        value is None or seed or isinstance(value, np.random.Generator | np.random.RandomState)
    ):
        reason = "must be a whole number of at least 0, a Generator, a RandomState or None"
        raise SettingsError(name="random_state", value=value, reason=reason)


def _fault(value: Any, known: Setting) -> str:
    """Return what is wrong with a value, or nothing."""
    if known.choices:
        listed = isinstance(value, str) and value in known.choices
        return "" if listed else f"is unknown; use one of {', '.join(known.choices)}"
    if known.kind is bool:
        return "" if isinstance(plain(value), bool) else "must be True or False"
    if known.kind is int:
        if is_whole(value) and value > LARGEST_WHOLE:
            return f"must be a whole number of at most {LARGEST_WHOLE}"
        fits = is_whole(value) and (known.least is None or value >= known.least)
        return "" if fits else f"must be a whole number of at least {known.least}"
    if known.kind is not float:
        return ""
    fits = _is_finite(value)
    if fits and known.least is not None:
        fits = value > known.least if known.above else value >= known.least
    if fits and known.below is not None:
        fits = value < known.below
    if known.below is not None:
        return "" if fits else f"must be a fraction from {known.least} to below {known.below}"
    bound = "" if known.least is None else f" {'above' if known.above else 'of at least'} "
    return "" if fits else f"must be a finite number{bound}{known.least if bound else ''}"


def is_whole(value: object) -> bool:
    """Whether a value is an integer of Python or NumPy, and no truth value."""
    return hasattr(value, "__index__") and not isinstance(plain(value), bool)


def plain(value: Any) -> Any:
    """Return a number of NumPy as Python's; all else as it is."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def _is_finite(value: Any) -> bool:
    value = plain(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -LARGEST_NUMBER <= value <= LARGEST_NUMBER
