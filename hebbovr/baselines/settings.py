"""What the baselines' settings may be."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np

from hebbovr.errors import SettingsError

CHOICES = {
    "activation": ("relu", "sigmoid"),
    "schedule": ("constant", "plateau", "cosine"),
    "penalty": ("none", "ovr", "l1", "l2"),
    "code": ("hard", "triangle"),
}
MINIMA = {"n_components": 1, "epochs": 1, "batch_size": 2}
POSITIVE = ("learning_rate", "weight_scale")
NOT_NEGATIVE = ("overlap_penalty", "strength")


def check_settings(estimator: Any, *, shares: tuple[str, ...] = ()) -> None:
    """Raise SettingsError naming the first parameter that is out of range.

    Parameters
    ----------
    estimator : BaseEstimator
        Its parameters are checked by their names.
    shares : tuple of str
        Parameters that go from 0 to below 1.
    """
    parameters = estimator.get_params(deep=False)
    for name, value in parameters.items():
        if name in CHOICES and value not in CHOICES[name]:
            known = ", ".join(CHOICES[name])
            raise SettingsError(f"{name}={value!r} is unknown; use one of {known}")
        if name in MINIMA and not (isinstance(value, Integral) and int(value) >= MINIMA[name]):
            raise SettingsError(f"{name}={value!r} must be a whole number from {MINIMA[name]} on")
        if name in POSITIVE and value is not None and not 0 < value < math.inf:
            raise SettingsError(f"{name}={value!r} must be a finite number above 0")
        if name in NOT_NEGATIVE and not 0 <= value < math.inf:
            raise SettingsError(f"{name}={value!r} must be a finite number of at least 0")
        if name in shares and not 0 <= value < 1:
            raise SettingsError(f"{name}={value!r} must be a share from 0 to below 1")


def as_generator(
    random_state: int | np.random.Generator | np.random.RandomState | None,
) -> np.random.Generator:
    """Return a generator made from any of scikit-learn's random states."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(random_state)
