"""Parameters of rules out of range are refused, by name and as an instance, in one sentence."""

import math
from dataclasses import dataclass, fields

import numpy as np
import pytest

from hebbovr import HebbianEncoder, Trainer
from hebbovr.errors import SettingsError
from hebbovr.rules import BCM, OVR, RULES, Eq4, KrotovHopfield, Oja, SoftHebb, parameter, ranges_of
from hebbovr.training.config import DEFAULTS, SETTINGS, SHARED

AMISS = [
    ("krotov-hopfield", "rank", 1, "must be a whole number of at least 2"),
    ("krotov-hopfield", "rank", 0, "must be a whole number of at least 2"),
    ("krotov-hopfield", "rank", -2, "must be a whole number of at least 2"),
    ("krotov-hopfield", "rank", 2.5, "must be a whole number of at least 2"),
    ("krotov-hopfield", "p", 1.99, "must be a finite number of at least 2"),
    ("krotov-hopfield", "p", -3, "must be a finite number of at least 2"),
    ("krotov-hopfield", "p", math.inf, "must be a finite number of at least 2"),
    ("krotov-hopfield", "delta", -0.1, "must be a finite number of at least 0"),
    ("krotov-hopfield", "delta", math.nan, "must be a finite number of at least 0"),
    ("softhebb", "inverse_temperature", 0, "must be a finite number above 0"),
    ("softhebb", "inverse_temperature", -1.0, "must be a finite number above 0"),
    ("softhebb", "inverse_temperature", 1e39, "must be a finite number above 0"),
    ("bcm", "pace", 0, "must be a finite number above 0 and at most 1"),
    ("bcm", "pace", 1.01, "must be a finite number above 0 and at most 1"),
    ("bcm", "pace", math.nan, "must be a finite number above 0 and at most 1"),
]
OF_NO_NUMBER = ["2", None, True, [2], 2j, 10**400, np.ones(2)]
NUMBERS = [(name, own) for name, rule in RULES.items() for own in ranges_of(rule)]
NUMBERS = [(name, own) for name, own in NUMBERS if own not in SHARED]


@pytest.mark.parametrize(("rule", "name", "value", "reason"), AMISS)
def test_a_parameter_out_of_range_is_refused(rule, name, value, reason):
    with pytest.raises(ValueError, match=f"^{name}=.* {reason}$"):
        RULES[rule](**{name: value})
    for made in (Trainer, lambda *a, **k: HebbianEncoder(*a, **k).fit(np.eye(4))):
        with pytest.raises(SettingsError, match=f"^rule_options: {name}=.* {reason}$") as caught:
            made(4, rule=rule, rule_options={name: value})
        error = caught.value
        assert (error.name, error.reason) == (name, reason)
        assert error.value == value or value != value


@pytest.mark.parametrize("value", OF_NO_NUMBER, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize(("rule", "name"), NUMBERS)
def test_what_is_no_number_is_refused(rule, name, value):
    with pytest.raises(ValueError, match=f"^{name}=.* must be a"):
        RULES[rule](**{name: value})
    with pytest.raises(SettingsError, match=f"^rule_options: {name}=.* must be a"):
        Trainer(4, rule=rule, rule_options={name: value})


@pytest.mark.parametrize(
    "rule",
    [
        KrotovHopfield(2, 2, 0), KrotovHopfield(2.5, np.int32(4), np.float32(0.5)),
        SoftHebb(1e-3), BCM(1), BCM(1e-3), OVR(0, "unit", -1, False), Eq4(0),
    ],
    ids=repr,
)  # fmt: skip
def test_bounds_that_are_allowed_learn(rule):
    for field in fields(rule):
        assert type(getattr(rule, field.name)) is type(field.default)
    X = np.random.default_rng(0).standard_normal((30, 3))
    given = Trainer(4, rule=rule, epochs=2, random_state=0).fit(X)
    assert np.isfinite(given.weights_).all()
    assert Trainer.from_state(given.state()).rule == rule


def test_a_rank_above_the_number_of_units_is_refused():
    X = np.eye(5)
    reason = "rank=4 must be at most n_components=3"
    for settings in (
        {"rule": KrotovHopfield(rank=4)},
        {"rule": "krotov-hopfield", "rule_options": {"rank": 4}},
    ):
        Trainer(4, **settings)
        with pytest.raises(SettingsError, match=reason) as caught:
            Trainer(3, **settings)
        assert (caught.value.name, caught.value.value) == ("rank", 4)
        with pytest.raises(SettingsError, match=reason):
            HebbianEncoder(3, **settings).fit(X)
    trainer = Trainer(4, rule=KrotovHopfield(rank=4))
    with pytest.raises(SettingsError, match=reason):
        trainer.configure(n_components=3)


@pytest.mark.parametrize(
    ("name", "value"), [("overlap_penalty", -1e-3), ("mean", "some"), ("target", math.inf)]
)
def test_what_a_rule_shares_with_the_settings_has_their_range(name, value):
    with pytest.raises(ValueError, match=f"^{name}="):
        OVR(**{name: value})
    with pytest.raises(SettingsError, match=f"^{name}="):
        Trainer(4, **{name: value})
    made = Trainer(4)
    with pytest.raises(SettingsError, match=f"^{name}=") as caught:
        made.configure(**{name: value})
    assert caught.value.name == name


@pytest.mark.parametrize("rule", [OVR, Eq4])
def test_shared_ranges_are_said_alike(rule):
    for name, known in ranges_of(rule).items():
        setting = SETTINGS[name]
        assert known.kind is (str if setting.choices else setting.kind)
        assert (known.choices, known.least, known.above) == (
            setting.choices, setting.least, setting.above,
        )  # fmt: skip
        assert DEFAULTS[name] == next(f.default for f in fields(rule) if f.name == name)


@pytest.mark.parametrize("rule", RULES.values())
def test_every_parameter_says_its_range(rule):
    assert set(ranges_of(rule)) == {field.name for field in fields(rule)}


@dataclass(frozen=True)
class Leaning(Oja):
    """A user's rule: one parameter has a range, the other none."""

    lean: float = parameter(0.5, least=-1, most=1)
    shift: float = 2.0


def test_a_users_rule_says_its_ranges_in_the_same_way(monkeypatch):
    assert Leaning(-1, shift=-3) == Leaning(lean=-1.0, shift=-3)
    with pytest.raises(ValueError, match=r"^lean=1.5 .*of at least -1 and of at most 1$"):
        Leaning(1.5)
    monkeypatch.setitem(RULES, "leaning", Leaning)
    made = Trainer(2, rule="leaning", rule_options={"lean": -0.5, "shift": -3}).rule
    assert made == Leaning(-0.5, -3.0)
    for amiss in ({"lean": -2}, {"shift": math.nan}, {"shift": "x"}):
        with pytest.raises(SettingsError, match="^rule_options: "):
            Trainer(2, rule="leaning", rule_options=amiss)
