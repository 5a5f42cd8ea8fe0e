"""The settings of the preprocessing, checked as far as no data are needed for it."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from hebbovr.errors import SettingsError

SCALES = ("feature", "global", "none")
LARGEST_WHOLE = 2**31 - 1
LARGEST_FLOOR = 1e6


def check_settings(
    *, n_components: Any, scale: Any, whiten: Any, max_fit_rows: Any, random_state: Any
) -> None:
    """Raise SettingsError for the first parameter of a preprocessor that is out of its range."""
    if not (isinstance(scale, str) and scale in SCALES):
        raise SettingsError(
            name="scale", value=scale, reason=f"is unknown; use one of {', '.join(SCALES)}"
        )
    if not (is_whole(max_fit_rows) and 2 <= max_fit_rows <= LARGEST_WHOLE):
        reason = f"must be a whole number of at least 2 and at most {LARGEST_WHOLE}"
        raise SettingsError(name="max_fit_rows", value=max_fit_rows, reason=reason)
    if whiten is not None and n_components is None:
        reason = "needs PCA; choose a number of components too"
        raise SettingsError(name="whiten", value=whiten, reason=reason)
    if whiten is not None and not (_is_real(whiten) and 0 <= whiten <= LARGEST_FLOOR):
        reason = f"must be None or a fraction of at least 0 and at most {LARGEST_FLOOR:g}"
        raise SettingsError(name="whiten", value=whiten, reason=reason)
    share = _is_real(n_components) and 0 < n_components < 1
    if not (n_components is None or share or (is_whole(n_components) and n_components >= 1)):
        reason = (
            "is neither a whole number of at least 1, nor a fraction of the variance between "
            "0 and 1, nor None"
        )
        raise SettingsError(name="n_components", value=n_components, reason=reason)
    drawing = isinstance(random_state, np.random.Generator | np.random.RandomState)
    seed = is_whole(random_state) and random_state >= 0
    if not (random_state is None or seed or drawing):
        reason = "must be a whole number of at least 0, a Generator, a RandomState or None"
        raise SettingsError(name="random_state", value=random_state, reason=reason)


def is_whole(value: object) -> bool:
    """Whether a value is an integer of Python or NumPy, and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_real(value: Any) -> bool:
    real = isinstance(value, Real) and not isinstance(value, bool)
    return real and -math.inf < value < math.inf
