"""What a rule is given: its own parameters, and those that the trainer shares with it."""

import math
from dataclasses import make_dataclass

import pytest

from hebbovr import Trainer
from hebbovr.errors import SettingsError
from hebbovr.rules import RULES, Oja

SHARED = {"overlap_penalty": 3e-4, "mean": "unit", "target": 0.25, "normalize": False}
OWN = sorted({n for n in dir(Trainer(2)) if not n.startswith("_")} - set(SHARED))


@pytest.mark.parametrize("name", OWN)
def test_a_parameter_named_like_something_of_the_trainer_is_the_rules_own(name, monkeypatch):
    named = make_dataclass("Named", [(name, float, 7.5)], bases=(Oja,), frozen=True)
    monkeypatch.setitem(RULES, "named", named)
    assert getattr(Trainer(2, rule="named").rule, name) == 7.5
    given = Trainer(2, rule="named", rule_options={name: 2.5}).rule
    assert getattr(given, name) == 2.5


def test_what_the_trainer_shares_is_its_own_word(monkeypatch):
    fields = [(name, type(value), math.nan) for name, value in SHARED.items()]
    taking = make_dataclass("Taking", fields, bases=(Oja,), frozen=True)
    monkeypatch.setitem(RULES, "taking", taking)
    rule = Trainer(2, rule="taking", **SHARED).rule
    assert {name: getattr(rule, name) for name in SHARED} == SHARED
    for name in SHARED:
        with pytest.raises(SettingsError, match=f"has no '{name}'"):
            Trainer(2, rule="taking", rule_options={name: 1.0})
