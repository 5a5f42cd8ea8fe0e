"""A layer cut by units learns what it learns whole, bit for bit."""

import itertools
import threading
from dataclasses import replace

import numpy as np
import pytest

from hebbovr.errors import SettingsError
from hebbovr.kernels.layout import Layer
from hebbovr.kernels.threads import kernel_threads, threading_layer
from hebbovr.rules import OVR, RULES
from hebbovr.training.config import TrainingConfig
from hebbovr.training.engine import Engine
from hebbovr.training.initial import draw_state

UNITS, INPUTS, BATCH = 40, 7, 12  # blocks of 16, 16 and 8 units
CUTS = [(0, 32, 40), (0, 16, 40), (0, 16, 32, 40)]
RULE_LIST = [
    *(made() for made in RULES.values() if not made.lateral_inhibition),
    OVR(mean="unit"),
    OVR(normalize=False),
    RULES["krotov-hopfield"](rank=3),
]

pytestmark = pytest.mark.skipif(
    threading_layer() == "workqueue", reason="its threads take turns, and partners would wait"
)


class Shared:
    """Threads of one process as partners: rows go through an array that all can see."""

    def __init__(self, n_partners):
        self.meeting = threading.Barrier(n_partners, timeout=600)
        self.rows = {}

    def partner(self, first_unit):
        return Partner(self, first_unit)


class Partner:
    all_units = UNITS

    def __init__(self, shared, first_unit):
        self.shared, self.first_unit = shared, first_unit

    def gather(self, rows, own):
        shared = self.shared
        shared.rows[self.first_unit] = (own, rows[own].copy())
        shared.meeting.wait()
        for where, part in shared.rows.values():
            rows[where] = part
        shared.meeting.wait()


def parts_of(layer, low, high):
    """Some units of a layer; what the rule does not use stays empty."""

    def cut(name, array):
        axis_is_units = name == "state" or len(array)
        if not axis_is_units:
            return array.copy()
        return (array[:, low:high] if name == "state" else array[low:high]).copy()

    return Layer(**{name: cut(name, array) for name, array in layer._asdict().items()})


def batches(dtype):
    random = np.random.default_rng(1)
    return [random.standard_normal((BATCH, INPUTS)).astype(dtype) for _ in range(3)]


def learn(config, layer, exchange, dtype):
    with kernel_threads(1) as threads:
        engine = Engine(config, layer, threads, exchange)
        return [engine.step(X, 0.05, n) for n, X in enumerate(batches(dtype), start=1)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cut", CUTS, ids=str)
@pytest.mark.parametrize("rule", RULE_LIST, ids=repr)
def test_parts_learn_what_the_whole_layer_learns(rule, cut, dtype):
    config = TrainingConfig(UNITS, rule=rule, random_state=0)
    whole = draw_state(config, np.random.default_rng(0), INPUTS, dtype).layer
    pieces = [parts_of(whole, *edges) for edges in itertools.pairwise(cut)]
    shared, found = Shared(len(pieces)), {}

    def work(n):
        found[n] = learn(config, pieces[n], shared.partner(cut[n]), dtype)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(pieces))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = learn(config, whole, None, dtype)
    for n, piece in enumerate(pieces):
        assert found[n] == expected
        wanted = parts_of(whole, cut[n], cut[n + 1])
        for name, array in piece._asdict().items():
            np.testing.assert_array_equal(array, getattr(wanted, name), err_msg=name)


def test_an_error_of_the_exchange_ends_the_step_before_it_learns():
    class Broken(Partner):
        def gather(self, rows, own):
            raise ConnectionError("a partner is gone")

    config = TrainingConfig(UNITS)
    layer = draw_state(config, np.random.default_rng(0), INPUTS, np.float32).layer
    before = layer.W.copy()
    with pytest.raises(ConnectionError, match="a partner is gone"):
        learn(config, parts_of(layer, 0, 32), Broken(None, 0), np.float32)
    np.testing.assert_array_equal(layer.W, before)


def test_a_rule_that_reads_earlier_units_cannot_be_cut():
    config = replace(TrainingConfig(UNITS), rule="sanger")
    layer = draw_state(config, np.random.default_rng(0), INPUTS, np.float32).layer
    with pytest.raises(SettingsError, match="cannot be cut by units"):
        Engine(config, layer, 1, Partner(None, 0))
