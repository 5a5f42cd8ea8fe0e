"""What a stored result may hold: each value is checked before a table is made of it."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from hebbovr.files.values import (
    LONGEST_NAME,
    anything,
    listing,
    mapping,
    number,
    text,
    truth,
    whole,
)

FAILED = "failed"
MAY_BE_UNDEFINED = ("sparsity.overlap",)  # of a single sample


def check_result(result: Any, needed: Iterable[str] = ()) -> dict[str, Any]:
    """Return a result as a file holds it.

    Parameters
    ----------
    result : object
        What JSON gave.
    needed : iterable of str
        What it must hold unless the trial failed, such as ``sparsity.overlap``.

    Raises
    ------
    ValueError
        A value is not what its name says, or is missing.
    """
    found = mapping(result, "the result")
    for name, value in found.items():
        KNOWN.get(name, anything)(value, name)
    if FAILED not in found:
        for path in needed:
            held: Any = found
            for part in path.split("."):
                if not isinstance(held, dict) or part not in held:
                    raise ValueError(f"{path} is missing")
                held = held[part]
            if held is None and path not in MAY_BE_UNDEFINED:
                raise ValueError(f"{path} is missing")
    elif "seconds" not in found:
        raise ValueError("seconds is missing")
    return found


def _fraction(value: Any, name: str) -> None:
    if value is not None:
        number(value, name, 0.0, 1.0)


def _measures(value: Any, name: str) -> None:
    for part, item in mapping(value, name).items():
        if item is not None:
            number(item, f"{name}.{part}")


def _times(value: Any, name: str) -> None:
    for part, item in mapping(value, name).items():
        number(item, f"{name}.{part}", 0.0)


def _notes(value: Any, name: str) -> None:
    for item in listing(value, name):
        text(item, name, LONGEST_NAME)


def _patterns(value: Any, name: str) -> None:
    packed = mapping(value, name)
    shape = [whole(n, f"{name}.shape", 1) for n in listing(packed.get("shape"), f"{name}.shape", 2)]
    letters = text(packed.get("int8"), f"{name}.int8", 2**30)
    try:
        held = base64.b64decode(letters, validate=True)
    except ValueError as error:
        raise ValueError(f"{name}.int8 is no base64") from error
    if len(shape) != 2 or len(held) != math.prod(shape):
        raise ValueError(f"{name} are {len(held)} numbers in place of an array of shape {shape}")


KNOWN: dict[str, Callable[[Any, str], Any]] = {
    "accuracy": _fraction,
    "train_accuracy": _fraction,
    "seconds": partial(number, least=0.0),
    "wall_seconds": partial(number, least=0.0),
    "sparsity": _measures,
    "timing": _times,
    "last": _measures,
    "epochs": partial(whole, least=1),
    "epoch": partial(whole, least=1),
    "collapsed": truth,
    FAILED: partial(text, longest=LONGEST_NAME),
    "notes": _notes,
    "patterns": _patterns,
}
