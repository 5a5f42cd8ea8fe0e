"""A stream does not end because of a chunk of one row."""

import warnings

import numpy as np
import pytest

from hebbovr import HebbianEncoder, OVREncoder, Trainer
from hebbovr.errors import DataError
from hebbovr.rules import RULES
from hebbovr.training.callbacks import Callback

COMPARING = ("ovr", "eq4")
LEARNING = [name for name in RULES if name not in COMPARING]
PASSED_OVER = r"^n_samples = 1 is passed over: this rule compares the rows"


def rows(n=30):
    return np.random.default_rng(0).standard_normal((n, 4)) + 1


def makers(rule):
    return [Trainer(5, rule=rule, random_state=0), HebbianEncoder(5, rule=rule, random_state=0)]


def test_the_rules_say_how_many_rows_they_need():
    assert {name: rule.least_rows for name, rule in RULES.items()} == {
        name: 2 if name in COMPARING else 1 for name in RULES
    }


@pytest.mark.parametrize("rule", LEARNING)
def test_one_row_is_learned_from(rule):
    X = rows()
    for made in makers(rule):
        made.partial_fit(X)
        before = made.weights_.copy()
        made.partial_fit(X[3:4] + 2)
        assert not np.array_equal(made.weights_, before)
        assert len(made.history_) == 2
        assert np.isfinite(list(made.history_[-1].values())).all()
        assert made.history_[-1]["overlap"] == 0


@pytest.mark.parametrize("rule", LEARNING)
def test_a_stream_may_begin_with_one_row(rule):
    for made in makers(rule):
        made.partial_fit(rows(1)).partial_fit(rows())
        assert np.isfinite(made.weights_).all()
        assert [record["epoch"] for record in made.history_] == [1, 2]


@pytest.mark.parametrize("rule", COMPARING)
def test_one_row_is_passed_over_where_rows_are_compared(rule):
    X = rows()
    for made, whole in zip(makers(rule), makers(rule), strict=True):
        made.partial_fit(X)
        with pytest.warns(UserWarning, match=PASSED_OVER):
            made.partial_fit(X[:1])
        assert len(made.history_) == 1
        made.partial_fit(X)
        whole.partial_fit(X).partial_fit(X)
        np.testing.assert_array_equal(made.weights_, whole.weights_)
        with pytest.raises(ValueError, match="features"):
            made.partial_fit(X[:1, :3])


@pytest.mark.parametrize("make", [OVREncoder, Trainer])
def test_a_first_row_that_is_passed_over_draws_the_weights(make):
    made = make(5, random_state=0)
    with pytest.warns(UserWarning, match=PASSED_OVER):
        made.partial_fit(rows(1))
    assert np.isfinite(made.transform(rows())).all()
    assert (made.n_features_in_, made.history_) == (4, [])
    made.partial_fit(rows())
    assert len(made.history_) == 1


@pytest.mark.parametrize("rule", RULES)
def test_the_last_chunk_may_be_a_single_row(rule):
    X = rows(21)
    encoder = HebbianEncoder(5, rule=rule, random_state=0)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for low in range(0, len(X), 10):
            encoder.partial_fit(X[low : low + 10])
    assert len(said) == (rule in COMPARING)
    assert len(encoder.history_) == 3 - (rule in COMPARING)


class Keeps(Callback):
    """Takes the state after each batch."""

    def on_batch_end(self, trainer, batch, stats):
        arrays = trainer.state().items()
        self.state = {name: np.array(array) for name, array in arrays}


def test_a_state_within_a_row_is_taken_up():
    keeps = Keeps()
    made = Trainer(5, rule="kmeans", random_state=0, callbacks=[keeps]).partial_fit(rows())
    made.partial_fit(rows(1))
    again = Trainer.from_state(keeps.state).resume(rows(1))
    np.testing.assert_array_equal(again.weights_, made.weights_)
    assert len(again.history_) == len(made.history_)


@pytest.mark.parametrize("rule", RULES)
def test_a_fit_still_needs_two_rows(rule):
    with pytest.raises(DataError, match="at least 2"):
        Trainer(5, rule=rule).fit(rows(1))
    with pytest.raises(ValueError, match="minimum of 2"):
        HebbianEncoder(5, rule=rule).fit(rows(1))
