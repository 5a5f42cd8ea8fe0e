"""Values that a file holds: each is checked for its type, its range and its length before use."""

from __future__ import annotations

import math
from typing import Any

LARGEST_WHOLE = 2**53
LONGEST_TEXT = 1000
LONGEST_NAME = 2**20
MOST_ENTRIES = 100_000
DEEPEST = 50


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


def number(
    value: Any,
    name: str,
    least: float = -math.inf,
    most: float = math.inf,
    *,
    finite: bool = True,
) -> float:
    """Return a number from ``least`` to ``most``; where ``finite`` is false, infinity is one."""
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        found = float(value) if fits else math.nan
    except OverflowError:
        found = math.nan
    if math.isnan(found) or not least <= found <= most or (finite and math.isinf(found)):
        bound = "" if least == -math.inf else f" of at least {least:g}"
        bound += "" if most == math.inf else f" and at most {most:g}"
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


def name_of(value: Any, name: str) -> str:
    """Return a name as the data gave it: of a file it may hold bytes that are no UTF-8."""
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise unfit(value, name, f"a text of at most {LONGEST_NAME} letters")
    return value


def mapping(value: Any, name: str) -> dict[str, Any]:
    """Return a mapping from texts."""
    if not isinstance(value, dict) or len(value) > MOST_ENTRIES:
        raise unfit(value, name, "a mapping")
    return {text(key, f"a name in {name}"): item for key, item in value.items()}


def texts(value: Any, name: str) -> dict[str, str]:
    """Return a mapping from texts to texts."""
    return {key: text(item, f"{key} in {name}") for key, item in mapping(value, name).items()}


def listing(value: Any, name: str, most: int = MOST_ENTRIES) -> list[Any]:
    """Return a list of at most ``most`` entries."""
    if not isinstance(value, list) or len(value) > most:
        raise unfit(value, name, f"a list of at most {most} entries")
    return value


def anything(value: Any, name: str, depth: int = DEEPEST) -> Any:
    """Return any value of JSON whose numbers are finite and whose texts can be written."""
    if depth == 0:
        raise unfit("deeper", name, f"a value of at most {DEEPEST} levels")
    if isinstance(value, dict):
        return {key: anything(v, name, depth - 1) for key, v in mapping(value, name).items()}
    if isinstance(value, list):
        return [anything(item, name, depth - 1) for item in value]
    if isinstance(value, str):
        return text(value, name, LONGEST_NAME)
    if value is None or isinstance(value, bool):
        return value
    number(value, name)
    return value


def unfit(value: Any, name: str, wanted: str) -> ValueError:
    """Return the error for a value that is not what was wanted."""
    shown = ascii(value) if not isinstance(value, int) or abs(value) < 2**63 else "a huge number"
    return ValueError(f"{name} is {shown[:60]} in place of {wanted}")
