"""What can be set when a data set is loaded, described so that a command line can offer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from hebbovr.errors import SettingsError, shown

_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


@dataclass(frozen=True)
class Option:
    """One setting of a loader.

    Attributes
    ----------
    name : str
        Keyword of `hebbovr.datasets.load`.
    kind : type
        int, float, str or bool; values given as strings are turned into it.
    default : object
        Value where none is given; None means that the loader decides.
    help : str
        One line on what it sets.
    least, most, below : float, optional
        Range of a number: from ``least`` to ``most``, or to below ``below``.
    choices : tuple of str
        The words that a string may be; all where there are none.
    also : tuple of type
        Types besides ``kind`` whose values the loader takes as they are.
    """

    name: str
    kind: type
    default: Any
    help: str
    least: float | None = None
    most: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    also: tuple[type, ...] = ()

    def convert(self, value: Any) -> Any:
        """Return ``value`` as the option's kind.

        Raises
        ------
        SettingsError
            It is no value of that kind, out of range, or none of the choices.
        """
        if value is None and self.default is None:
            return None
        found = self._of_kind(value)
        if found is None or not self._allowed(found):
            reason = f"must be {self._words()}"
            raise SettingsError(name=self.name, value=value, reason=reason)
        return found

    def _of_kind(self, value: Any) -> Any:
        if isinstance(value, self.also) and (bool in self.also or not isinstance(value, bool)):
            return value
        if self.kind is bool:
            return _as_bool(value)
        if self.kind is str:
            return value if isinstance(value, str) else None
        wanted = Integral if self.kind is int else Real
        if isinstance(value, bool) or not isinstance(value, str | wanted):
            return None
        try:
            return self.kind(value)
        except (ValueError, OverflowError):
            return None

    def _allowed(self, value: Any) -> bool:
        if self.choices:
            return value in self.choices
        if self.kind not in (int, float):
            return True
        return bool(
            value == value
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def _words(self) -> str:
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        kind = {bool: "yes or no", int: "a whole number", float: "a number", str: "text"}
        words = kind[self.kind]
        if self.below is not None:
            return f"a share from {self.least:g} to below {self.below:g}"
        if self.most is not None:
            return f"{words} from {self.least} to {self.most}"
        return words if self.least is None else f"{words} of at least {self.least}"


TEST_SIZE = Option("test_size", float, 0.25, "share of rows for the test part", 0, below=1)
SEED = Option("seed", int, 0, "seed of the split, and of data that are drawn", 0, 2**32 - 1)


def convert_options(
    given: Mapping[str, Any], known: tuple[Option, ...], source: str
) -> dict[str, Any]:
    """Return ``given`` converted; raise SettingsError for a name that is not ``known``."""
    by_name = {option.name: option for option in known}
    for name in given:
        if name not in by_name:
            offer = f"its options are {', '.join(by_name)}" if by_name else "it has no options"
            raise SettingsError(f"{source} has no option {shown(name)}; {offer}")
    return {name: by_name[name].convert(value) for name, value in given.items()}


def check_counts(**least: tuple[int, int]) -> None:
    """Raise SettingsError for the first name=(value, minimum) that is no such whole number."""
    for name, (value, minimum) in least.items():
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or value < minimum:
            reason = f"must be a whole number of at least {minimum}"
            raise SettingsError(name=name, value=value, reason=reason)


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else None
    return True if word in _YES else False if word in _NO else None
