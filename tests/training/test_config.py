"""Settings: each in one place, and what of them a rule is given."""

import inspect
import json
import math
from dataclasses import dataclass, make_dataclass

import numpy as np
import pytest
from sklearn.base import clone

from hebbovr import HebbianEncoder, OVREncoder, Trainer
from hebbovr.cli.train import train
from hebbovr.errors import SettingsError
from hebbovr.rules import RULES, Oja
from hebbovr.training.config import SETTINGS

SHARED = {"overlap_penalty": 3e-4, "mean": "unit", "target": 0.25, "normalize": False}
OWN = sorted({n for n in dir(Trainer(2)) if not n.startswith("_")} | set(SETTINGS) - set(SHARED))


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


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_an_option_documented_checked_and_kept_by_a_checkpoint(name):
    known = SETTINGS[name]
    options = {opt for parameter in train.params for opt in parameter.opts}
    assert known.option in options
    for made in (Trainer, OVREncoder, HebbianEncoder):
        if name in inspect.signature(made).parameters:
            assert f"    {name} : {known.shown}" in made.__doc__
            assert known.doc.split()[0] in made.__doc__
    assert name in inspect.signature(Trainer).parameters
    if known.kind or known.choices:
        with pytest.raises(SettingsError) as caught:
            Trainer(**{name: object()})
        assert (caught.value.name, type(caught.value.value)) == (name, object)
        assert str(caught.value).startswith(f"{name}=<object")
    assert name in json.loads(str(Trainer(2).initialize(3).state()["about"]))["settings"]


@pytest.mark.parametrize("name", [n for n, known in SETTINGS.items() if known.least is not None])
@pytest.mark.parametrize(
    "value", [-1, math.nan, math.inf, 10**400, True, "1", [1], 0.5j], ids=lambda v: repr(v)[:5]
)
def test_numbers_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=f"^{name}="):
        Trainer(**{name: value})


@pytest.mark.parametrize("value", [-1, 0.5, "3", True, np.random])
def test_what_is_no_source_of_random_draws_is_refused(value):
    with pytest.raises(SettingsError, match=r"^random_state=.*must be a whole number"):
        Trainer(random_state=value)


def test_a_rule_may_be_given_as_an_instance():
    rule = RULES["krotov-hopfield"](p=3, delta=0.2)
    assert Trainer(4, rule=rule).rule is rule
    X = np.random.default_rng(0).standard_normal((60, 5))
    named = Trainer(
        4, rule="krotov-hopfield", rule_options={"p": 3, "delta": 0.2}, epochs=2, random_state=0
    )
    given = Trainer(4, rule=rule, epochs=2, random_state=0)
    np.testing.assert_array_equal(given.fit(X).weights_, named.fit(X).weights_)
    assert Trainer.from_state(given.state()).rule == rule
    with pytest.raises(SettingsError, match="give its parameters to it"):
        Trainer(4, rule=rule, rule_options={"p": 3})


def test_a_rule_and_a_setting_may_not_contradict_each_other():
    rule = RULES["ovr"](overlap_penalty=3e-4, mean="unit")
    made = Trainer(4, rule=rule, mean="unit")
    assert (made.overlap_penalty, made.mean) == (3e-4, "unit")
    with pytest.raises(SettingsError, match="overlap_penalty=0.1 contradicts"):
        Trainer(4, rule=rule, overlap_penalty=0.1)
    made.overlap_penalty = 0.2
    assert (made.rule.overlap_penalty, made.rule.mean) == (0.2, "unit")


def test_a_rule_of_ones_own_needs_no_registry():
    @dataclass(frozen=True)
    class Mine(Oja):
        pull: float = 1.0

    X = np.random.default_rng(0).standard_normal((60, 5))
    encoder = OVREncoder(4, rule=Mine(2.0), epochs=1, random_state=0).fit(X)
    assert clone(encoder).rule == Mine(2.0)
    trainer = Trainer.from_state(encoder.trainer_.state())
    assert trainer.rule == Mine(2.0)
    with pytest.raises(SettingsError, match="of a module that is not imported"):
        Trainer(rule="nowhere.Mine")


def test_a_setting_under_its_name_of_before_is_the_setting_of_today():
    with pytest.warns(FutureWarning, match="threshold is now called encoding_threshold"):
        trainer = Trainer(2, threshold=-0.5)
    assert trainer.encoding_threshold == -0.5
    with pytest.warns(FutureWarning, match="threshold is now called encoding_threshold"):
        assert trainer.threshold == -0.5
    with pytest.warns(FutureWarning, match="threshold is now called encoding_threshold"):
        trainer.threshold = 0.25
    assert trainer.encoding_threshold == 0.25
    for made in (OVREncoder, HebbianEncoder):
        with pytest.warns(FutureWarning, match="threshold is now called encoding_threshold"):
            encoder = made(2, threshold=-0.5)
        with pytest.warns(FutureWarning, match="threshold is now called encoding_threshold"):
            encoder.set_params(threshold=0.25)
        assert clone(encoder).get_params()["encoding_threshold"] == 0.25


def test_settings_stored_before_are_read_without_a_warning():
    state = dict(Trainer(2, encoding_threshold=-0.5, random_state=0).initialize(3).state())
    about = json.loads(str(state["about"]))
    about["settings"]["threshold"] = about["settings"].pop("encoding_threshold")
    state["about"] = np.array(json.dumps(about))
    assert Trainer.from_state(state).encoding_threshold == -0.5
