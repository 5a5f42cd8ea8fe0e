"""The ranges of training settings, and what to try when responses collapse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hebbovr.errors import SettingsError
from hebbovr.kernels.layout import ACTIVATION_CODES
from hebbovr.rules import RULES, Rule, current_options, options_of
from hebbovr.training.schedules import SCHEDULES

if TYPE_CHECKING:
    from hebbovr.training.trainer import Trainer

CHOICES = {
    "activation": tuple(ACTIVATION_CODES),
    "mean": ("global", "unit"),
    "schedule": SCHEDULES,
}
MINIMA = {"n_components": 1, "epochs": 1, "batch_size": 2}
POSITIVE = ("learning_rate", "weight_scale")
NOT_NEGATIVE = ("overlap_penalty",)
# Parameters of the trainer that are its rule's, where the rule has them; all others are its own.
SHARED = ("overlap_penalty", "mean", "target", "normalize")


def check_settings(trainer: Trainer) -> None:
    """Raise SettingsError naming the first setting that is out of range."""
    make_rule(trainer)
    for name, allowed in CHOICES.items():
        chosen = getattr(trainer, name)
        if chosen not in allowed:
            raise SettingsError(f"{name}={chosen!r} is unknown; use one of {', '.join(allowed)}")
    for name, fewest in MINIMA.items():
        count = getattr(trainer, name)
        if not _is_whole(count) or count < fewest:
            raise SettingsError(f"{name}={count!r} must be a whole number of at least {fewest}")
    for name in (*POSITIVE, *NOT_NEGATIVE):
        value = getattr(trainer, name)
        if value is None and name == "weight_scale":
            continue
        if not math.isfinite(value) or value < 0 or (value == 0 and name in POSITIVE):
            least = "above 0" if name in POSITIVE else "of at least 0"
            raise SettingsError(f"{name}={value!r} must be a finite number {least}")
    for name in ("target", "threshold"):
        if not math.isfinite(getattr(trainer, name)):
            raise SettingsError(f"{name}={getattr(trainer, name)!r} must be a finite number")
    if not 0 <= trainer.validation_fraction < 1:
        raise SettingsError(
            f"validation_fraction={trainer.validation_fraction!r} must be a share from 0 to below 1"
        )
    if trainer.n_threads is not None and not (
        _is_whole(trainer.n_threads) and trainer.n_threads > 0
    ):
        raise SettingsError(f"n_threads={trainer.n_threads!r} must be a whole number of at least 1")


def make_rule(trainer: Trainer) -> Rule:
    """Return the rule called ``trainer.rule``, its parameters from the trainer's and its options.

    Raises
    ------
    SettingsError
        There is no such rule, or it has no such parameter.
    """
    if trainer.rule not in RULES:
        raise SettingsError(f"rule={trainer.rule!r} is unknown; use one of {', '.join(RULES)}")
    known = options_of(RULES[trainer.rule])
    own = current_options(RULES[trainer.rule], trainer.rule_options or {})
    shared = {name: getattr(trainer, name) for name in SHARED if name in known}
    for name, value in own.items():
        free = [option for option in known if option not in shared]
        if name not in free:
            offer = f"it has {', '.join(free)}" if free else "it has none of its own"
            raise SettingsError(f"rule_options: {trainer.rule} has no {name!r}; {offer}")
        kind = type(known[name])
        try:
            own[name] = kind(value)
        except (TypeError, ValueError):
            own[name] = math.nan
        if not math.isfinite(own[name]) or own[name] != float(value) or own[name] <= 0:
            raise SettingsError(f"rule_options: {name}={value!r} must be a {kind.__name__} above 0")
    return RULES[trainer.rule](**(shared | own))


def balanced_penalty(batch_size: int) -> float:
    """Return the λ at which 2λB² is 1.5, in the middle of the range that learns well."""
    return 1.5 / (2 * batch_size**2)


def collapse_advice(trainer: Trainer) -> str:
    """Return why responses went to zero and which λ to try."""
    scale = 2 * trainer.overlap_penalty * trainer.batch_size**2
    return (
        f"All responses collapsed to zero by batch {trainer.step_}, in epoch {trainer.epoch_} "
        f"(objective {trainer.history_[-1]['objective']:.3g}): with "
        f"λ = {trainer.overlap_penalty:g} and batches of {trainer.batch_size}, 2λB² = {scale:.3g} "
        "outweighs the mean term; 2λB² from 1 to 2 learns, so try "
        f"λ = {balanced_penalty(trainer.batch_size):.1e}, or a smaller learning rate"
    )


def _is_whole(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)
