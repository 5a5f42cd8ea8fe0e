"""From what a user gives as a rule to the rule: by name with options, or an instance as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

from hebbovr.errors import SettingsError, shown
from hebbovr.rules import (
    RULES,
    ParameterError,
    Range,
    Rule,
    current_options,
    in_range,
    options_of,
    ranges_of,
)
from hebbovr.rules.signals import MOST_RANKED_UNITS


def choose_rule(
    rule: Any,
    options: Mapping[str, float] | None,
    shared: Mapping[str, Any],
    given: Collection[str],
) -> Rule:
    """Return the rule.

    Parameters
    ----------
    rule : str or Rule
        A name gets ``options``, and of ``shared`` what it has; an instance stays as it is.
    options : mapping, optional
        Parameters of the rule that are not shared.
    shared : mapping
        The settings that are the rule's, where it has them.
    given : collection of str
        Those of them that an instance must not contradict.

    Raises
    ------
    SettingsError
        There is no such rule, or it has no such parameter, or one has two values or is out of its
        range.
    """
    if not isinstance(options, Mapping | None):
        reason = "must be a mapping from names to numbers"
        raise SettingsError(name="rule_options", value=options, reason=reason)
    if isinstance(rule, Rule):
        return _as_given(rule, options, {name: shared[name] for name in given})
    known = known_rules()
    if not isinstance(rule, str) or rule not in known:
        reason = f"is unknown; use one of {', '.join(RULES)}"
        if "." in str(rule):
            reason = "is of a module that is not imported here; import it first"
        raise SettingsError(name="rule", value=rule, reason=reason)
    made = known[rule]
    has, own, ranges = options_of(made), current_options(made, options or {}), ranges_of(made)
    for name, value in own.items():
        free = [option for option in has if option not in shared]
        if name not in free:
            offer = f"it has {', '.join(free)}" if free else "it has none of its own"
            raise SettingsError(f"rule_options: {rule} has no {name!r}; {offer}")
        with _of_the_settings("rule_options: "):
            own[name] = in_range(name, value, ranges.get(name, Range(type(has[name]))))
    with _of_the_settings():
        return made(**({name: shared[name] for name in has if name in shared} | own))


def check_units(rule: Rule, n_components: int) -> None:
    """Raise SettingsError if a rule cannot work with so many units."""
    if rule.ranked and n_components > MOST_RANKED_UNITS:
        reason = f"must be at most {MOST_RANKED_UNITS} for a rule that ranks units"
        raise SettingsError(name="n_components", value=n_components, reason=reason)
    for name, known in ranges_of(rule).items():
        value = getattr(rule, name)
        if known.at_most_units and value > n_components:
            reason = f"must be at most n_components={n_components}, the number of units"
            raise SettingsError(name=name, value=value, reason=reason)


def known_rules() -> dict[str, type[Rule]]:
    """Return the rules by name: those of the package, and by their full names all others."""
    found, waiting = dict(RULES), list(Rule.__subclasses__())
    for made in waiting:
        found[_full_name(made)] = made
        waiting += made.__subclasses__()
    return found


def name_of(rule: Rule) -> str:
    """Return the name under which `choose_rule` finds the rule's class."""
    names = (name for name, made in RULES.items() if made is type(rule))
    return next(names, _full_name(type(rule)))


def options_beside_defaults(rule: Rule, shared: Collection[str]) -> dict[str, float] | None:
    """Return the rule's own parameters that differ from their defaults, None if all are these."""
    own = {
        name: getattr(rule, name)
        for name, default in options_of(type(rule)).items()
        if name not in shared and getattr(rule, name) != default
    }
    return own or None


def with_parameters(rule: Rule, values: Mapping[str, Any]) -> Rule:
    """Return the rule with other values for those of the parameters that it has."""
    own = {f.name: values[f.name] for f in fields(rule) if f.name in values}
    with _of_the_settings():
        return replace(rule, **own)


def _as_given(rule: Rule, options: Mapping[str, float] | None, given: Mapping[str, Any]) -> Rule:
    if options:
        raise SettingsError("rule_options: rule is an instance; give its parameters to it")
    for name, value in given.items():
        own = getattr(rule, name, value)
        if value != own:
            reason = f"contradicts {name}={own!r} of the rule; give it to the rule alone"
            raise SettingsError(name=name, value=value, reason=reason)
    return rule


@contextmanager
def _of_the_settings(where: str = "") -> Iterator[None]:
    """Raise what is out of range within as an error of the settings."""
    try:
        yield
    except ParameterError as error:
        text = f"{where}{error.name}={shown(error.value)} {error.reason}"
        raise SettingsError(
            text, name=error.name, value=error.value, reason=error.reason
        ) from error


def _full_name(made: type[Rule]) -> str:
    return f"{made.__module__}.{made.__qualname__}"
