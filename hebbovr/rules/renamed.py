"""Old spellings of what a user's own rule may define or ask for; they go with the next release."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)

# What a rule's class may define, by its old name.
ATTRIBUTES = {
    "fill": "coefficients",
    "numbers": "parameters",
    "holds_norms": "keeps_norms",
    "laterally": "lateral_inhibition",
}


def warn_of(old: str, new: str, stacklevel: int = 3) -> None:
    """Say that a name is the old one."""
    warnings.warn(
        f"{old} is now called {new}, and its old name goes with the next release",
        FutureWarning,
        stacklevel=stacklevel,
    )


class Renamed:
    """An attribute of a class under its old name."""

    def __init__(self, old: str, new: str, value: Any) -> None:
        self.old, self.new, self.value = old, new, value

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Warn, and return what the class has under the new name."""
        warn_of(self.old, self.new)
        bind = getattr(self.value, "__get__", None)
        return self.value if bind is None else bind(instance, owner)


def take_old_names(cls: Any) -> None:
    """Let a new class of rules be defined, and read, by the old names of its attributes."""
    own = vars(cls)
    for old, new in ATTRIBUTES.items():
        if old in own:
            warn_of(f"{cls.__name__}.{old}", new, 4)
            setattr(cls, new, own[old])
        elif new in own:
            setattr(cls, old, Renamed(old, new, own[new]))
    if "starts_on_samples" in own:
        warn_of(f"{cls.__name__}.starts_on_samples", 'init = "samples"', 4)
        cls.init = "samples" if own["starts_on_samples"] else "random"
    elif "init" in own:
        cls.starts_on_samples = Renamed("starts_on_samples", "init", cls.init == "samples")
    if own.get("biases") == "half_norms":
        warn_of(f'{cls.__name__}.biases = "half_norms"', '"centroid"', 4)
        cls.biases = "centroid"
    for needed, old, new in (("rival", "rank", "ranked"), ("partition", "sharpness", BETA)):
        if needed in cls.shared_signals and old in own and new not in own and not _is_own(cls, new):
            warn_of(f"{cls.__name__}.{old}, by itself,", f"{new}, a property", 4)
            setattr(cls, new, property(functools.partial(_read, old)))


BETA = "inverse_temperature"


def _is_own(cls: type, name: str) -> bool:
    """Whether a class below the base of all rules says what ``name`` is."""
    below = [base for base in cls.__mro__[1:] if "__init_subclass__" not in vars(base)]
    return any(name in vars(base) for base in below)


def _read(name: str, rule: Any) -> Any:
    return getattr(rule, name)


def with_old_parameters(**names: str) -> Callable[[Class], Class]:
    """Return a decorator: a class takes, and has, parameters under old names, ``old="new"``."""

    def decorate(cls: Any) -> Any:
        maker = "__new__" if issubclass(cls, tuple) else "__init__"
        make = getattr(cls, maker)

        @functools.wraps(make)
        def wrapped(made: Any, *given: Any, **options: Any) -> Any:
            return make(made, *given, **_renamed(names, options, 4))

        setattr(cls, maker, wrapped)
        cls.renamed_parameters = names
        for old, new in names.items():
            setattr(cls, old, Renamed(old, new, property(functools.partial(_read, new))))
        return cls

    return decorate


def current_options(rule: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a class of rules by their names of today."""
    return _renamed(rule.renamed_parameters, options, 4)


def _renamed(names: Mapping[str, str], options: Mapping[str, Any], depth: int) -> dict[str, Any]:
    for old in names.keys() & options.keys():
        warn_of(old, names[old], depth)
    return {names.get(name, name): value for name, value in options.items()}
