"""Values that a file holds: each is checked for its type, its range and its length before use."""

from __future__ import annotations

import math
from typing import Any

LARGEST_WHOLE = 2**53
LONGEST_TEXT = 1000
MOST_ENTRIES = 100_000


def whole(value: Any, name: str, least: int = 0, most: int = LARGEST_WHOLE) -> int:
    """Return a whole number from ``least`` to ``most``.

    Raises
    ------
    ValueError
        It is none; the text calls it ``name``, here and below.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise unfit(value, name, f"a whole number from {least} to {most}")
    return value


def number(value: Any, name: str, least: float = -math.inf, *, finite: bool = True) -> float:
    """Return a number of at least ``least``; where ``finite`` is false, infinity is one."""
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        found = float(value) if fits else math.nan
    except OverflowError:
        found = math.nan
    if math.isnan(found) or found < least or (finite and math.isinf(found)):
        bound = "" if least == -math.inf else f" of at least {least:g}"
        raise unfit(value, name, f"a {'finite ' if finite else ''}number{bound}")
    return found


def truth(value: Any, name: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise unfit(value, name, "true or false")
    return value


def text(value: Any, name: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text that UTF-8 can write, of at most ``longest`` letters."""
    fits = isinstance(value, str) and len(value) <= longest
    if not fits or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise unfit(value, name, f"a text of at most {longest} letters")
    return str(value)


def mapping(value: Any, name: str) -> dict[str, Any]:
    """Return a mapping from texts."""
    if not isinstance(value, dict) or len(value) > MOST_ENTRIES:
        raise unfit(value, name, "a mapping")
    return {text(key, f"a name in {name}"): item for key, item in value.items()}


def listing(value: Any, name: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list) or len(value) > MOST_ENTRIES:
        raise unfit(value, name, f"a list of at most {MOST_ENTRIES} entries")
    return value


def unfit(value: Any, name: str, wanted: str) -> ValueError:
    """Return the error for a value that is not what was wanted."""
    shown = ascii(value) if not isinstance(value, int) or abs(value) < 2**63 else "a huge number"
    return ValueError(f"{name} is {shown[:60]} in place of {wanted}")
