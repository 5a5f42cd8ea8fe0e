"""What a rule's parameters may be: said with each field, and checked whenever a rule is made."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any, NamedTuple

LARGEST_NUMBER = 3e38  # float32 ends there


class ParameterError(ValueError):
    """A parameter of a rule is out of its range.

    Attributes
    ----------
    name : str
        The parameter.
    value : object
        What was given for it.
    reason : str
        The rest of the sentence.
    """

    def __init__(self, name: str, value: Any, reason: str) -> None:
        super().__init__(f"{name}={value!r:.60} {reason}")
        self.name, self.value, self.reason = name, value, reason


class Range(NamedTuple):
    """The values that a parameter may have."""

    kind: type  # float, int, bool or str
    least: float | None = None  # the smallest value,
    above: bool = False  # or a bound that itself is not allowed
    most: float | None = None
    choices: tuple[str, ...] = ()
    at_most_units: bool = False  # the layer has at least so many units


def parameter(
    default: Any,
    *,
    least: float | None = None,
    above: bool = False,
    most: float | None = None,
    choices: tuple[str, ...] = (),
    at_most_units: bool = False,
) -> Any:
    """Return a field of a rule with its range; its type is that of its default."""
    known = Range(type(default), least, above, most, choices, at_most_units)
    return field(default=default, metadata={"range": known})


def ranges_of(rule: Any) -> dict[str, Range]:
    """Return the ranges of a rule's parameters, of its class or an instance, where it says them."""
    return {f.name: f.metadata["range"] for f in fields(rule) if "range" in f.metadata}


def in_range(name: str, value: Any, known: Range) -> Any:
    """Return ``value`` in the type of the parameter called ``name``.

    Raises
    ------
    ParameterError
        It is out of range.
    """
    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
    if known.kind not in (int, float):
        fits = isinstance(value, known.kind) and (not known.choices or value in known.choices)
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        fits = fits and -LARGEST_NUMBER <= value <= LARGEST_NUMBER
        fits = fits and (known.kind is float or value == int(value))
        if fits and known.least is not None:
            fits = value > known.least if known.above else value >= known.least
        if fits and known.most is not None:
            fits = value <= known.most
    if not fits:
        raise ParameterError(name, value, _wanted(known))
    return known.kind(value)


def _wanted(known: Range) -> str:
    if known.choices:
        return f"is unknown; use one of {', '.join(known.choices)}"
    if known.kind not in (int, float):
        return "must be True or False" if known.kind is bool else "must be a text"
    text = "must be a whole number" if known.kind is int else "must be a finite number"
    bounds = []
    if known.least is not None:
        bounds.append(f"{'above' if known.above else 'of at least'} {known.least}")
    if known.most is not None:
        bounds.append(f"{'' if known.above else 'of '}at most {known.most}")
    return " ".join([text, " and ".join(bounds)]).rstrip()
