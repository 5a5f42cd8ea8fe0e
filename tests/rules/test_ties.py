"""Of equal responses that of the lowest unit wins, in NumPy and compiled, however units are cut."""

import itertools
import threading
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from hebbovr import Trainer
from hebbovr.errors import SettingsError
from hebbovr.kernels.layout import Layer, block_units
from hebbovr.kernels.threads import kernel_threads, threading_layer
from hebbovr.rules import KMeans, KrotovHopfield, Oja
from hebbovr.rules.signals import LARGEST, MOST_RANKED_UNITS
from hebbovr.training.config import TrainingConfig
from hebbovr.training.engine import Engine
from hebbovr.training.layers import layer_around

UNITS, INPUTS, BATCH = 40, 3, 12
RULES = [KMeans(), *(KrotovHopfield(rank=rank) for rank in (2, 3, 7, UNITS))]
# Which of the different weights each unit has: equal units within a block, across blocks, all.
COPIES = {
    "in a block": np.arange(UNITS) // 2,
    "across blocks": np.arange(UNITS) % 7,
    "all": np.zeros(UNITS, int),
}


def equal_units(copies, dtype, rule):
    """Whole numbers, so that every order of summing gives the same responses."""
    W = np.random.default_rng(2).integers(-3, 4, (UNITS, INPUTS))[copies].astype(dtype)
    return layer_around(rule, W)


def samples(dtype, seed=1):
    return np.random.default_rng(seed).integers(-3, 4, (BATCH, INPUTS)).astype(dtype)


def learn(layer, rule, threads=1, exchange=None, seed=1):
    """Take a step; return the coefficients (B, K) that it made."""
    X = samples(layer.W.dtype, seed)
    config = TrainingConfig(UNITS, rule=rule)
    with kernel_threads(threads) as allowed:
        engine = Engine(config, layer, allowed, exchange)
        engine.run(X, 0.1, 1)
        return engine.workspace(len(X)).H.T.copy()


@pytest.mark.parametrize("copies", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_unit_wins_and_one_loses_by_their_order(rule, copies, dtype):
    assert block_units(UNITS) == 16
    layer = equal_units(copies, dtype, rule)
    H = samples(dtype) @ layer.W.T + layer.b
    order, rows = np.argsort(-H, axis=1, kind="stable"), np.arange(BATCH)
    expected = rule.parts(H, state=layer.state.copy()).total
    actual = learn(layer, rule)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)
    for C in (actual, expected):
        assert ((C > 0).sum(axis=1) == 1).all()
        assert (C[rows, order[:, 0]] > 0).all()
        if isinstance(rule, KrotovHopfield):
            assert ((C < 0).sum(axis=1) == 1).all()
            assert (C[rows, order[:, rule.rank - 1]] < 0).all()


def test_kmeans_counts_each_sample_once():
    X = np.repeat(samples(np.float32), 30, axis=0)
    trainer = Trainer(UNITS, rule="kmeans", epochs=5, batch_size=50, random_state=0).fit(X)
    placed = UNITS
    assert trainer.layer.state.sum() == 5 * len(X) + placed
    for _ in range(2):
        trainer.partial_fit(X[:7])
    assert trainer.layer.state.sum() == 5 * len(X) + placed + 14


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_same_bits_for_any_number_of_threads(rule):
    layers = [equal_units(COPIES["across blocks"], np.float32, rule) for _ in range(3)]
    for threads, layer in enumerate(layers, start=1):
        learn(layer, rule, threads)
    for layer in layers[1:]:
        assert layer.W.tobytes() == layers[0].W.tobytes()
        assert layer.state.tobytes() == layers[0].state.tobytes()


class Partner:
    """Holds a part of the units; threads of one process share rows through ``board``."""

    all_units = UNITS

    def __init__(self, first_unit, board, meeting):
        self.first_unit, self.board, self.meeting = first_unit, board, meeting

    def gather(self, rows, own):
        self.board[self.first_unit] = own, rows[own].copy()
        self.meeting.wait()
        for where, part in self.board.values():
            rows[where] = part
        self.meeting.wait()


@pytest.mark.skipif(threading_layer() == "workqueue", reason="its threads take turns")
@pytest.mark.parametrize("copies", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_same_bits_where_others_hold_some_of_the_units(rule, copies):
    whole = equal_units(copies, np.float32, rule)
    edges, board, meeting = [0, 16, 32, UNITS], {}, threading.Barrier(3, timeout=60)
    parts = []
    for low, high in itertools.pairwise(edges):
        cut = [a[low:high].copy() if len(a) == UNITS else a.copy() for a in whole[:7]]
        parts.append(Layer(*cut, whole.state[:, low:high].copy()))
    threads = [
        threading.Thread(target=learn, args=(part, rule, 1, Partner(low, board, meeting)))
        for part, low in zip(parts, edges, strict=False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    learn(whole, rule)
    assert np.concatenate([part.W for part in parts]).tobytes() == whole.W.tobytes()
    assert np.hstack([part.state for part in parts]).tobytes() == whole.state.tobytes()


def every_largest(H, first, active, sums, S, shared, decay, state, batch, parameters):
    """Write 1 wherever a response is the largest: a rule that knows of no units."""
    largest = shared[LARGEST]
    for k in range(H.shape[0]):
        for i in range(H.shape[1]):
            H[k, i] = H.dtype.type(1) if H[k, i] == largest[i] else H.dtype.type(0)
        decay[k] = 0.0
    return H.size


@dataclass(frozen=True)
class EveryLargest(Oja):
    """A user's rule that compares responses with the largest."""

    shared_signals: ClassVar = ("largest",)
    coefficients: ClassVar = staticmethod(every_largest)


def test_a_rule_may_still_ask_for_the_largest_response_alone():
    layer = equal_units(COPIES["across blocks"], np.float64, EveryLargest())
    H = samples(np.float64) @ layer.W.T
    expected = np.equal(H, H.max(axis=1, keepdims=True))
    np.testing.assert_array_equal(learn(layer, EveryLargest()), expected)
    assert expected.sum() > BATCH


def test_units_are_told_apart_up_to_what_float32_holds():
    assert np.float32(MOST_RANKED_UNITS - 1) != np.float32(MOST_RANKED_UNITS)
    assert np.float32(MOST_RANKED_UNITS) == np.float32(MOST_RANKED_UNITS + 1)
    for rule in ("kmeans", "krotov-hopfield", "softhebb"):
        TrainingConfig(MOST_RANKED_UNITS, rule=rule)
        with pytest.raises(SettingsError, match=r"^n_components=16777217 must be at most 16777216"):
            TrainingConfig(MOST_RANKED_UNITS + 1, rule=rule)
    TrainingConfig(MOST_RANKED_UNITS + 1, rule="oja")
