"""Rules that were written for the names before, and what is asked for by these names."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from hebbovr import Trainer, rules
from hebbovr.rules import OVR, RULES, Parts, Rule, SoftHebb, reference
from hebbovr.rules import rule as rule_module
from hebbovr.rules.kmeans import kmeans_coefficients
from hebbovr.rules.krotov_hopfield import krotov_hopfield_coefficients
from hebbovr.rules.softhebb import softhebb_coefficients

X = np.random.default_rng(0).standard_normal((200, 6)).astype(np.float32)


def fitted(name, **options):
    return Trainer(9, rule=name, epochs=3, batch_size=40, random_state=1, **options).fit(X)


def old_kmeans():
    @dataclass(frozen=True)
    class OldKMeans(RULES["kmeans"]):
        biases: ClassVar = "half_norms"
        starts_on_samples: ClassVar = True
        fill: ClassVar = staticmethod(kmeans_coefficients)

    return OldKMeans


def old_krotov_hopfield():
    @dataclass(frozen=True)
    class OldKrotovHopfield(Rule):
        p: float = 2.0
        rank: int = 2
        delta: float = 0.4
        source: ClassVar = "none"
        shared_signals: ClassVar = ("largest", "rival")
        fill: ClassVar = staticmethod(krotov_hopfield_coefficients)

        def objective_of(self, sums, batch):
            return -sums.largest / batch

    return OldKrotovHopfield


def old_softhebb():
    @dataclass(frozen=True)
    class OldSoftHebb(Rule):
        sharpness: float = 1.0
        source: ClassVar = "none"
        shared_signals: ClassVar = ("largest", "partition")
        fill: ClassVar = staticmethod(softhebb_coefficients)

        def objective_of(self, sums, batch):
            return -sums.partition / batch / self.sharpness

    return OldSoftHebb


def old_sanger():
    @dataclass(frozen=True)
    class OldSanger(RULES["oja"]):
        laterally: ClassVar = True
        holds_norms: ClassVar = False

        def numbers(self, activation):
            return super().numbers(activation)

    return OldSanger


@pytest.mark.filterwarnings("ignore:.*is now called:FutureWarning")
@pytest.mark.parametrize(
    ("make", "today"),
    [
        (old_kmeans, "kmeans"),
        (old_krotov_hopfield, "krotov-hopfield"),
        (old_softhebb, "softhebb"),
        (old_sanger, "sanger"),
    ],
)
def test_a_rule_of_before_trains_to_the_same_bits(make, today, monkeypatch):
    monkeypatch.setitem(RULES, "old", make())
    old, new = fitted("old"), fitted(today)
    np.testing.assert_array_equal(old.weights_, new.weights_)
    np.testing.assert_array_equal(old.biases_, new.biases_)
    assert [r["objective"] for r in old.history_] == [r["objective"] for r in new.history_]


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("fill", "coefficients", staticmethod(kmeans_coefficients)),
        ("numbers", "parameters", lambda self, activation: (1.0,)),
        ("holds_norms", "keeps_norms", True),
        ("laterally", "lateral_inhibition", True),
    ],
)
def test_a_class_may_define_what_has_another_name_now(old, new, value):
    with pytest.warns(FutureWarning, match=f"Own.{old} is now called {new}, and its old name"):
        own = type("Own", (Rule,), {old: value})
    assert getattr(own, new) is getattr(own, old)


def test_every_rule_can_be_asked_by_the_names_of_before():
    for rule in RULES.values():
        made = rule()
        for old, new in [
            ("fill", made.coefficients),
            ("holds_norms", made.keeps_norms),
            ("laterally", made.lateral_inhibition),
            ("starts_on_samples", made.init == "samples"),
        ]:
            with pytest.warns(FutureWarning, match=f"{old} is now called"):
                assert getattr(made, old) == new
        with pytest.warns(FutureWarning, match="numbers is now called parameters"):
            assert made.numbers("relu") == made.parameters("relu")


def test_softhebb_is_still_given_a_sharpness():
    with pytest.warns(FutureWarning, match="sharpness is now called inverse_temperature"):
        made = SoftHebb(sharpness=3.0)
    assert made == SoftHebb(3.0) == SoftHebb(inverse_temperature=3.0)
    with pytest.warns(FutureWarning, match="sharpness is now called"):
        assert made.sharpness == 3.0


def test_a_sharpness_among_the_options_of_a_rule_trains_to_the_same_bits():
    with pytest.warns(FutureWarning, match="sharpness is now called inverse_temperature"):
        old = fitted("softhebb", rule_options={"sharpness": 2})
    new = fitted("softhebb", rule_options={"inverse_temperature": 2})
    np.testing.assert_array_equal(old.weights_, new.weights_)
    again = Trainer.from_state(old.state())
    np.testing.assert_array_equal(again.weights_, new.weights_)
    assert again.settings()["rule_options"] == {"inverse_temperature": 2.0}


def test_parts_and_statistics_have_their_old_names():
    H = reference.responses(X, X[:4], np.zeros(4, np.float32))
    parts = OVR().parts(H)
    with pytest.warns(FutureWarning, match="push is now called anti_hebbian"):
        assert parts.push is parts.anti_hebbian
    with pytest.warns(FutureWarning, match="push is now called anti_hebbian"):
        same = Parts(hebbian=parts[0], push=parts[1], mean=parts[2], decay=parts[3])
    assert all(a is b for a, b in zip(parts, same, strict=True))
    with pytest.warns(FutureWarning, match="Sums is now called BatchStatistics"):
        assert rules.Sums is rules.BatchStatistics
    statistics = rules.BatchStatistics(1, 2, 3, 4, 5, 6, 7)
    with pytest.warns(FutureWarning, match="partition is now called log_normaliser"):
        assert statistics.partition == 7


@pytest.mark.parametrize(
    ("old", "new"), [("RIVAL", "RUNNER_UP"), ("PARTITION", "SOFTMAX_NORMALISER"), ("STEP", "STEP")]
)
def test_constants_are_found_where_they_were(old, new):
    with pytest.warns(FutureWarning, match=f"{old} is now called hebbovr.rules.signals.{new}"):
        assert getattr(rule_module, old) == getattr(rules.signals, new)
    for module in (rule_module, rules):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = module.nothing
