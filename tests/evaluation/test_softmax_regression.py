"""The solver of the probe against scikit-learn's logistic regression, and what it may not touch."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import check_grad
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from hebbovr.evaluation import softmax_regression
from hebbovr.evaluation.softmax_regression import SoftmaxRegression

Array = NDArray[Any]


def _problem(
    n_samples: int = 120, n_features: int = 9, n_classes: int = 4, seed: int = 0
) -> tuple[Array, Array]:
    """Return correlated features of unlike scales and means, and noisy linear labels."""
    random = np.random.default_rng(seed)
    H = random.normal(size=(n_samples, n_features)) @ random.normal(size=(n_features, n_features))
    scores = H @ random.normal(size=(n_features, n_classes)) / np.sqrt(n_features)
    codes = (scores + random.gumbel(size=scores.shape)).argmax(axis=1)
    return H * random.uniform(0.1, 10, n_features) + random.normal(size=n_features), codes


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture(params=["rounded", "plain"])
def _both_coordinates(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.setattr(softmax_regression, "ALWAYS_ROUNDED", 0)


@pytest.mark.usefixtures("_both_coordinates")
@pytest.mark.parametrize("alpha", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("n_samples", [15, 120])
def test_agrees_with_logistic_regression(alpha: float, n_samples: int) -> None:
    H, codes = _problem(n_samples)
    row_weights = np.random.default_rng(1).integers(0, 3, len(H)).astype(float)
    row_weights[np.unique(codes, return_index=True)[1]] = 1
    ours = SoftmaxRegression(H, codes, 4).fit(row_weights, alpha, tol=1e-15, max_iter=2000)
    reference = LogisticRegression(
        C=1 / (alpha * row_weights.sum()), tol=1e-10, max_iter=10_000
    ).fit(StandardScaler().fit_transform(H), codes, sample_weight=row_weights)
    np.testing.assert_allclose(ours.weights.T, reference.coef_, rtol=1e-4, atol=1e-6)
    contrast = ours.intercept - ours.intercept.mean()
    expected = reference.intercept_ - reference.intercept_.mean()
    np.testing.assert_allclose(contrast, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("_both_coordinates")
def test_gradient_is_the_slope_of_the_objective() -> None:
    H, codes = _problem(40, 30)
    regression = SoftmaxRegression(H, codes, 4)
    shares = np.random.default_rng(1).dirichlet(np.ones(len(H)))
    arguments = (shares, 0.3, regression._root(0.3))
    at = np.random.default_rng(2).normal(size=31 * 4)
    error = check_grad(
        lambda flat: regression._objective(flat, *arguments)[0],
        lambda flat: regression._objective(flat, *arguments)[1],
        at,
    )
    assert error < 1e-5


def test_rounded_coordinates_need_few_iterations() -> None:
    random = np.random.default_rng(0)
    shared = random.normal(size=(600, 1)) @ random.normal(size=(1, 200))
    H = np.maximum(random.normal(size=(600, 200)) + 10 * shared, 0)
    codes = random.integers(0, 3, len(H))
    fit = SoftmaxRegression(H, codes, 3).fit(np.ones(600), 0.05, tol=1e-6, max_iter=200)
    assert fit.converged
    assert fit.n_iter <= 15


def test_the_start_does_not_change_where_it_ends() -> None:
    H, codes = _problem()
    regression = SoftmaxRegression(H, codes, 4)
    ones = np.ones(len(H))
    strong = regression.fit(ones, 1.0, tol=1e-15, max_iter=500)
    cold = regression.fit(ones, 0.01, tol=1e-15, max_iter=500)
    warm = regression.fit(ones, 0.01, strong, tol=1e-15, max_iter=500)
    np.testing.assert_allclose(warm.weights, cold.weights, rtol=1e-4, atol=1e-6)
    again = regression.fit(ones, 0.01, cold, tol=1e-9, max_iter=500)
    assert again.n_iter <= 1


def test_rows_of_weight_zero_have_no_say() -> None:
    H, codes = _problem()
    used = np.arange(len(H)) % 3 > 0
    other = np.where(used, codes, (codes + 1) % 4)
    fits = [
        SoftmaxRegression(H, labels, 4).fit(used, 0.1, tol=1e-9, max_iter=100)
        for labels in (codes, other)
    ]
    np.testing.assert_array_equal(fits[0].weights, fits[1].weights)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_and_repeated_features(dtype: type) -> None:
    H, codes = _problem()
    H = np.hstack([H, H, np.full((len(H), 1), 1e6 / 3), np.zeros((len(H), 1))]).astype(dtype)
    regression = SoftmaxRegression(H, codes, 4)
    weakest = regression.fit(np.ones(len(H)), 1e-7, tol=1e-5, max_iter=300)
    assert weakest.converged
    assert np.isfinite(weakest.weights).all()
    fit = regression.fit(np.ones(len(H)), 0.05, tol=1e-7, max_iter=300)
    assert fit.weights.dtype == dtype
    np.testing.assert_array_equal(fit.weights[-2:], 0)
    np.testing.assert_allclose(fit.weights[:9], fit.weights[9:18], rtol=0.01, atol=0.01)


def test_only_constant_features_leave_the_class_shares() -> None:
    codes = np.array([0, 0, 0, 1])
    regression = SoftmaxRegression(np.ones((4, 3)), codes, 2)
    fit = regression.fit(np.ones(4), 0.1, tol=1e-12, max_iter=100)
    scores = regression.scores(fit)[0]
    assert np.exp(scores[0] - scores[1]) == pytest.approx(3, rel=1e-3)


@pytest.mark.parametrize("layout", ["F", "strided", "readonly", "memmap"])
def test_layouts_of_the_features(layout: str, tmp_path: Path) -> None:
    H, codes = _problem()
    expected = SoftmaxRegression(H, codes, 4).fit(np.ones(len(H)), 0.1, tol=1e-9, max_iter=100)
    if layout == "F":
        given = np.asfortranarray(H)
    elif layout == "strided":
        given = np.repeat(np.repeat(H, 2, axis=0), 3, axis=1)[::2, ::3]
    elif layout == "readonly":
        given = H.copy()
        given.flags.writeable = False
    else:
        np.save(tmp_path / "H.npy", H)
        given = np.load(tmp_path / "H.npy", mmap_mode="r", allow_pickle=False)
    fit = SoftmaxRegression(given, codes, 4).fit(np.ones(len(H)), 0.1, tol=1e-9, max_iter=100)
    np.testing.assert_allclose(fit.weights, expected.weights, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(given, H)


def test_an_unfinished_fit_says_so() -> None:
    H, codes = _problem()
    fit = SoftmaxRegression(H, codes, 4).fit(np.ones(len(H)), 1e-3, tol=1e-12, max_iter=3)
    assert not fit.converged
    assert fit.n_iter == 3


def test_scores_are_those_of_the_coefficients() -> None:
    H, codes = _problem()
    regression = SoftmaxRegression(H, codes, 4)
    fit = regression.fit(np.ones(len(H)), 0.1, tol=1e-9, max_iter=100)
    coef, intercept = regression.coefficients(fit)
    np.testing.assert_allclose(regression.scores(fit), H @ coef.T + intercept, rtol=1e-12)
    scaled = StandardScaler().fit_transform(H)
    expected = scaled @ fit.weights + fit.intercept
    np.testing.assert_allclose(regression.scores(fit), expected, rtol=1e-8, atol=1e-8)


def test_memory_stays_far_below_a_copy_of_the_features() -> None:
    H = np.random.default_rng(0).normal(size=(20_000, 256)).astype(np.float32)
    codes = np.arange(len(H)) % 3
    tracemalloc.start()
    try:
        regression = SoftmaxRegression(H, codes, 3)
        regression.fit(np.ones(len(H)), 0.1, tol=1e-5, max_iter=20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.25 * H.nbytes
