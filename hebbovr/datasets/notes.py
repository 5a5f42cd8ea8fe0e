"""Saying what was decided about a user's data."""

from __future__ import annotations

import inspect
import warnings

from hebbovr.errors import DataNote


def note(text: str) -> None:
    """Warn by a `DataNote` that points at the user's line, outside of this package."""
    frame, level = inspect.currentframe(), 1
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("hebbovr."):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, DataNote, stacklevel=level)
