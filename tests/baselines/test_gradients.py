"""Every gradient of the baselines against central finite differences, in float64."""

import numpy as np
import pytest

from hebbovr.baselines import autoencoder, mlp
from hebbovr.baselines.penalties import PENALTIES, penalty

B, K, D, C = 6, 5, 4, 3


def finite_differences(function, x, delta=1e-6):
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + delta
        above = function()
        x[index] = kept - delta
        below = function()
        x[index] = kept
        gradient[index] = (above - below) / (2 * delta)
    return gradient


def assert_gradients(function, parameters):
    _, analytic = function()
    for found, parameter in zip(analytic, parameters, strict=True):
        found = found.copy()
        numeric = finite_differences(lambda: function()[0], parameter)
        assert np.linalg.norm(found - numeric) < 1e-6 * np.linalg.norm(numeric)


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
@pytest.mark.parametrize("overlap_penalty", [0.0, 1e-2])
@pytest.mark.parametrize("corruption", [0.0, 0.4])
def test_autoencoder(activation, overlap_penalty, corruption):
    random = np.random.default_rng(0)
    shapes = [(K, D), (K,), (D,)]
    parameters = autoencoder.Parameters(*(random.standard_normal(s) for s in shapes))
    X = random.standard_normal((B, D))
    corrupted = autoencoder.corrupt(X, corruption, random)
    assert_gradients(
        lambda: autoencoder.objective_and_gradients(
            parameters, X, corrupted, activation, overlap_penalty
        ),
        parameters,
    )


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
@pytest.mark.parametrize("kind", PENALTIES)
@pytest.mark.parametrize("hidden_dropout", [False, True])
def test_mlp(activation, kind, hidden_dropout):
    random = np.random.default_rng(1)
    shapes = [(K, D), (K,), (C, K), (C,)]
    parameters = mlp.Parameters(*(random.standard_normal(s) for s in shapes))
    X, codes = random.standard_normal((B, D)), random.integers(0, C, B)
    mask = 2.0 * random.integers(0, 2, (B, K)) if hidden_dropout else None
    assert_gradients(
        lambda: mlp.objective_and_gradients(parameters, X, codes, activation, kind, 1e-2, mask),
        parameters,
    )


@pytest.mark.parametrize("kind", PENALTIES)
def test_penalties_alone(kind):
    H = np.abs(np.random.default_rng(0).standard_normal((B, K))) + 0.1
    _, gradient = penalty(H, kind, 0.3)
    if kind == "none":
        assert gradient is None
        return
    numeric = finite_differences(lambda: penalty(H, kind, 0.3)[0], H)
    assert np.linalg.norm(gradient - numeric) < 1e-6 * np.linalg.norm(numeric)
