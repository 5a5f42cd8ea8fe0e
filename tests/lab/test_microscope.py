"""What the microscope shows adds up to the update, for every rule."""

import numpy as np
import pytest

from hebbovr import Trainer
from hebbovr.errors import SettingsError
from hebbovr.lab import microscope
from hebbovr.lab.microscope import decompose_update
from hebbovr.rules import RULES, Eq4

X = np.random.default_rng(0).normal(size=(40, 6))


def layer(rule, **settings):
    return Trainer(5, rule=rule, random_state=0, **settings).fit(X)


@pytest.mark.parametrize("rule", RULES)
def test_the_parts_add_up_to_the_step_that_the_layer_takes(rule):
    trainer = layer(rule)
    before = {name: array.copy() for name, array in trainer.state().items()}
    found = decompose_update(trainer, X[:20], 2)
    for name, array in trainer.state().items():
        np.testing.assert_array_equal(array, before[name])
    np.testing.assert_allclose(sum(found.parts.values()), found.update, rtol=1e-12)
    C = sum(found.coefficients.values())
    driven = C @ X[:20]
    np.testing.assert_allclose(found.shares.sum(), 1)
    np.testing.assert_allclose(
        found.shares, [c * (x @ driven) / (driven @ driven) for c, x in zip(C, X[:20], strict=True)]
    )
    assert set(found.signals) == set(RULES[rule].shared_signals)
    assert found.kernel_error < 1e-10
    if RULES[rule].optimiser == "rate":
        moved = Trainer.from_state(before)
        W = moved.weights_.copy()
        moved.schedule = "constant"
        moved.batch_size = 20
        moved.partial_fit(X[:20])
        scale = moved.learning_rate / (X[:20] ** 2).sum(axis=1).mean()
        np.testing.assert_allclose(moved.weights_[2] - W[2], scale * found.update, rtol=1e-7)


def test_the_exact_update_stands_against_finite_differences():
    for options in ({}, {"activation": "sigmoid"}, {"normalize": False, "mean": "unit"}):
        assert decompose_update(layer("ovr", **options), X[:20], 1).finite_differences < 1e-6
    assert decompose_update(layer("oja"), X[:20], 1).finite_differences is None


def test_the_cosine_is_that_of_eq_4():
    trainer = layer("ovr", normalize=False)
    found = decompose_update(trainer, X[:20], 0)
    H = np.maximum(X[:20] @ trainer.weights_.T + trainer.biases_, 0)
    eq4 = Eq4().parts(H).total[:, 0] @ X[:20]
    cosine = found.update @ eq4 / np.linalg.norm(found.update) / np.linalg.norm(eq4)
    assert found.cosine_to_eq4 == pytest.approx(cosine)
    assert decompose_update(layer("eq4"), X[:20], 0).cosine_to_eq4 == pytest.approx(1)


def test_overlap_is_that_with_the_rest_of_the_batch():
    trainer = layer("ovr")
    H = np.maximum(X[:20] @ trainer.weights_.T + trainer.biases_, 0)
    U = H / np.maximum(np.linalg.norm(H, axis=1, keepdims=True), 1e-300)
    expected = [sum(U[i] @ U[j] for j in range(20) if j != i) for i in range(20)]
    np.testing.assert_allclose(decompose_update(trainer, X[:20], 0).overlap, expected, atol=1e-12)


def test_what_is_not_there_is_named():
    trainer = layer("ovr")
    with pytest.raises(SettingsError, match="unit=5 is not there; the layer has units 0 to 4"):
        decompose_update(trainer, X[:20], 5)
    with pytest.raises(SettingsError, match="A batch of 1 rows is too small"):
        decompose_update(trainer, X[:1], 0)


def test_names_of_before_lead_to_those_of_today():
    with pytest.warns(FutureWarning, match="examine is now called decompose_update"):
        assert microscope.examine is decompose_update
    with pytest.raises(AttributeError, match="nothing"):
        _ = microscope.nothing
