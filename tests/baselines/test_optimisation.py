import numpy as np
import pytest

from hebbovr import rules
from hebbovr.baselines.optimisation import BLOCK_NUMBERS, Adam, best_epoch, minimise


def test_adam_equals_the_reference_across_blocks():
    random = np.random.default_rng(0)
    size = BLOCK_NUMBERS + 17
    ours = [random.standard_normal(size), random.standard_normal((3, 5))]
    theirs = [p.copy() for p in ours]
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in theirs]
    adam = Adam(ours)
    for number in range(1, 4):
        gradients = [random.standard_normal(p.shape) for p in ours]
        adam.step(gradients, 0.01)
        for p, g, (m, v) in zip(theirs, gradients, moments, strict=True):
            rules.adam_step(p, -g, m, v, number, rules.Adam(learning_rate=0.01))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def quadratic(x, target):
    return lambda indices: (float(((x - target) ** 2).sum()), [2 * (x - target)])


def run(x, target, **options):
    defaults = {
        "epochs": 30, "batch_size": 5, "learning_rate": 0.05, "schedule": "constant",
        "random": np.random.default_rng(0),
    }  # fmt: skip
    return minimise([x], quadratic(x, target), 20, **(defaults | options))


def test_the_objective_falls_and_every_epoch_is_recorded():
    x, seen = np.zeros(3), []
    history = run(x, np.ones(3), progress=seen.append)
    np.testing.assert_allclose(x, 1, atol=0.1)
    assert [record["epoch"] for record in history] == list(range(1, 31))
    assert history[-1]["objective"] < 0.01 * history[0]["objective"]
    assert seen == history
    assert best_epoch(history) == 30


def test_the_best_epoch_is_kept():
    x, kept = np.zeros(1), []

    def validation():
        kept.append(x.copy())
        return float(abs(x[0] - 0.5))  # the way to 1 leads past the best

    history = run(x, np.ones(1), validation=validation)
    best = best_epoch(history)
    assert 1 < best < 30
    np.testing.assert_array_equal(x, kept[best - 1])


def test_the_plateau_schedule_follows_the_validation():
    history = run(np.zeros(1), np.ones(1), schedule="plateau", validation=lambda: 1.0)
    rates = [record["learning_rate"] for record in history]
    assert rates[:6] == [0.05] * 6
    assert rates[6] == pytest.approx(0.005)
    assert rates[-1] >= 1e-6
