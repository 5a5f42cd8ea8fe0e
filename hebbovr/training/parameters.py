"""The settings as parameters of a class: its signature and its docstring are made from them."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from hebbovr.training.config import DEFAULTS, SETTINGS, current_names

Made = TypeVar("Made", bound=type)
CALLBACKS = """\
callbacks : iterable of Callback, default=()
    Called during training, see :mod:`hebbovr.training.callbacks`."""


def signature(without: Collection[str] = (), **defaults: Any) -> inspect.Signature:
    """Return the settings, the first by place and the others by name, and ``callbacks``.

    Parameters
    ----------
    without : collection of str
        Settings to leave out.
    **defaults
        In place of those of `TrainingConfig`.
    """
    names = [name for name in SETTINGS if name not in without]
    known = {name: defaults.get(name, DEFAULTS[name]) for name in names} | {"callbacks": ()}
    by_place, by_name = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    kinds = [by_place, *[by_name] * len(names)]
    return inspect.Signature(
        [
            inspect.Parameter(name, kind, default=value)
            for (name, value), kind in zip(known.items(), kinds, strict=True)
        ]
    )


def describe(taken: inspect.Signature) -> str:
    """Return numpydoc's description of the parameters of a signature made here."""
    parts = []
    for name, parameter in taken.parameters.items():
        if name not in SETTINGS:
            continue
        known, default = SETTINGS[name], parameter.default
        optional = default is None or "optional" in known.shown
        head = f"{name} : {known.shown}" + ("" if optional else f", default={default!r}")
        body = textwrap.wrap(known.doc, 92, break_on_hyphens=False)
        parts += [head, *(f"    {line}" for line in body)]
    return textwrap.indent("\n".join([*parts, CALLBACKS]), "    ").lstrip()


def documents(taken: inspect.Signature) -> Callable[[Made], Made]:
    """Return a class decorator that puts the parameters where the docstring says {parameters}."""

    def decorate(made: Made) -> Made:
        made.__doc__ = (made.__doc__ or "").replace("{parameters}", describe(taken))
        return made

    return decorate


def takes(taken: inspect.Signature) -> Callable[[Made], Made]:
    """Return a class decorator that makes the constructor: it stores its parameters as they are."""
    of_self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)

    def construct(self: Any, *given: Any, **named: Any) -> None:
        found = taken.bind(*given, **current_names(named, warns=True))
        found.apply_defaults()
        for name, value in found.arguments.items():
            setattr(self, name, value)

    construct.__name__ = "__init__"
    construct.__signature__ = taken.replace(  # type: ignore[attr-defined]
        parameters=[of_self, *taken.parameters.values()]
    )

    def decorate(made: Made) -> Made:
        made.__init__ = construct  # type: ignore[misc]
        return documents(taken)(made)

    return decorate
