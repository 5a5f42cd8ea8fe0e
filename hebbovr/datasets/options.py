"""What can be set when a data set is loaded, described so that a command line can offer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hebbovr.errors import SettingsError


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
    """

    name: str
    kind: type
    default: Any
    help: str

    def convert(self, value: Any) -> Any:
        """Return ``value`` as the option's kind where it is a string.

        Raises
        ------
        SettingsError
            The string is no value of that kind.
        """
        if not isinstance(value, str) or self.kind is str:
            return value
        if self.kind is bool:
            known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
            if value.lower() in known:
                return known[value.lower()]
        else:
            try:
                return self.kind(value)
            except ValueError:
                pass
        words = {bool: "yes or no", int: "a whole number", float: "a number"}[self.kind]
        raise SettingsError(f"{self.name}={value!r} must be {words}")


def convert_options(
    given: dict[str, Any], known: tuple[Option, ...], source: str
) -> dict[str, Any]:
    """Return ``given`` converted; raise SettingsError for a name that is not ``known``."""
    by_name = {option.name: option for option in known}
    for name in given:
        if name not in by_name:
            offer = f"its options are {', '.join(by_name)}" if by_name else "it has no options"
            raise SettingsError(f"{source} has no option {name!r}; {offer}")
    return {name: by_name[name].convert(value) for name, value in given.items()}


def check_counts(**least: tuple[int, int]) -> None:
    """Raise SettingsError for the first name=(value, minimum) that is no such whole number."""
    for name, (value, minimum) in least.items():
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or value < minimum:
            raise SettingsError(f"{name}={value!r} must be a whole number of at least {minimum}")
