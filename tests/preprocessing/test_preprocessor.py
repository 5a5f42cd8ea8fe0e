"""Scaling, PCA and whitening, against scikit-learn's own parts and block by block."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from hebbovr.errors import DataError, SettingsError
from hebbovr.preprocessing import Preprocessor, row_blocks

DTYPES = [np.uint8, np.int64, np.bool_, np.float16, np.float32, np.float64]


@pytest.fixture(scope="module")
def digits():
    return load_digits().data


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(row_blocks, "BLOCK_NUMBERS", 1000)


@parametrize_with_checks(
    [
        Preprocessor(),
        Preprocessor(1),
        Preprocessor(0.9, whiten=0.002),
        Preprocessor(1, scale="none", whiten=0.0, max_fit_rows=20, random_state=0),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_scaling_equals_standard_scaler(digits):
    found = Preprocessor().fit_transform(digits)
    np.testing.assert_allclose(found, StandardScaler().fit_transform(digits), atol=1e-12)


def test_no_scaling_only_centres(digits):
    found = Preprocessor(scale="none").fit_transform(digits)
    np.testing.assert_allclose(found, digits - digits.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize("n_components", [1, 20, 64, 0.5, 0.95])
def test_components_equal_scikit_learn(digits, n_components):
    wanted = make_pipeline(StandardScaler(), PCA(n_components, svd_solver="covariance_eigh"))
    preprocessor = Preprocessor(n_components)
    found = preprocessor.fit_transform(digits)
    np.testing.assert_allclose(found, wanted.fit_transform(digits), atol=1e-9)
    pca = wanted[-1]
    assert preprocessor.n_components_ == pca.n_components_
    np.testing.assert_allclose(
        preprocessor.explained_variance_ratio_, pca.explained_variance_ratio_, atol=1e-12
    )
    np.testing.assert_array_equal(preprocessor.whitening_, 1)


def test_fewer_rows_than_features(digits):
    X = digits[:10]
    found = Preprocessor(9, scale="none").fit_transform(X)
    wanted = PCA(9, svd_solver="full").fit_transform(X)
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), atol=1e-9)


def test_variances_are_those_of_the_output(digits):
    for preprocessor in (Preprocessor(30), Preprocessor(), Preprocessor(scale="none")):
        Z = preprocessor.fit_transform(digits)
        ddof = 1 if preprocessor.n_components else 0
        np.testing.assert_allclose(preprocessor.variances_, Z.var(axis=0, ddof=ddof), atol=1e-9)
    assert preprocessor.explained_variance_ratio_.sum() == pytest.approx(1)


@pytest.mark.parametrize("floor", [0.0, 0.002, 1.0])
def test_whitening_follows_its_formula(digits, floor):
    plain = Preprocessor(40).fit(digits)
    white = Preprocessor(40, whiten=floor).fit(digits)
    v = plain.variances_
    np.testing.assert_allclose(white.whitening_, 1 / np.sqrt(v + floor * v[0]))
    np.testing.assert_allclose(
        white.transform(digits), plain.transform(digits) * white.whitening_, atol=1e-10
    )
    if floor == 0:
        np.testing.assert_allclose(white.transform(digits).var(axis=0, ddof=1), 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_full_whitening_leaves_out_components_without_variance(digits, dtype):
    white = Preprocessor(64, whiten=0.0).fit(digits.astype(dtype))
    Z = white.transform(digits.astype(dtype))
    np.testing.assert_array_equal(white.whitening_[-3:], 0)  # three pixels are never inked
    np.testing.assert_array_equal(Z[:, -3:], 0)
    np.testing.assert_allclose(Z[:, :-3].var(axis=0, ddof=1), 1, rtol=1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_components", [None, 5])
def test_dtypes(digits, dtype, n_components):
    X = (digits > 7 if dtype is np.bool_ else digits).astype(dtype)
    found = Preprocessor(n_components).fit(X).transform(X)
    wanted = Preprocessor(n_components).fit_transform(X.astype(np.float64))
    assert found.dtype == (np.float64 if dtype is np.float64 else np.float32)
    assert found.flags.c_contiguous
    np.testing.assert_allclose(found, wanted, atol=2e-4)


@pytest.mark.parametrize("n_components", [None, 10])
def test_float32_keeps_small_deviations_from_a_large_mean(n_components):
    X = np.random.default_rng(0).normal(1000, 0.01, (500, 10)).astype(np.float32)
    preprocessor = Preprocessor(n_components).fit(X.astype(np.float64))
    wanted = preprocessor.transform(X.astype(np.float64))
    np.testing.assert_allclose(preprocessor.transform(X), wanted, atol=0.02)


def test_constant_features_are_zero_for_every_row(digits):
    X = digits.copy()
    X[:, 5] = 3.7
    new = X[:4] + 100
    for n_components in (None, 64):
        preprocessor = Preprocessor(n_components).fit(X)
        assert set(np.flatnonzero(preprocessor.constant_)) == {0, 5, 32, 39}
        assert preprocessor.scale_[5] == 1
        moved = new.copy()
        moved[:, 5] += 50
        np.testing.assert_array_equal(preprocessor.transform(moved), preprocessor.transform(new))
    np.testing.assert_array_equal(Preprocessor().fit(X).transform(new)[:, 5], 0)


@pytest.mark.parametrize("n_components", [None, 5])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_blocks_do_not_matter(digits, dtype, n_components, monkeypatch):
    X = digits.astype(dtype)
    whole = Preprocessor(n_components).fit(X)
    Z = whole.transform(X)
    monkeypatch.setattr(row_blocks, "BLOCK_NUMBERS", 1)
    by_row = Preprocessor(n_components).fit(X[:300])
    monkeypatch.setattr(row_blocks, "BLOCK_NUMBERS", 64 * 7)
    by_seven = Preprocessor(n_components).fit(X[:300])
    np.testing.assert_allclose(by_seven.mean_, by_row.mean_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(by_seven.scale_, by_row.scale_, rtol=1e-9)
    np.testing.assert_allclose(whole.transform(X), Z, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n_components", [None, 8])
def test_memory_map_is_never_copied_as_a_whole(tmp_path, monkeypatch, n_components):
    monkeypatch.setattr(row_blocks, "BLOCK_NUMBERS", 2**14)
    path = tmp_path / "X.npy"
    rng = np.random.default_rng(0)
    np.save(path, rng.integers(0, 255, (200_000, 32), dtype=np.uint8))
    X = np.load(path, mmap_mode="r")
    preprocessor = Preprocessor(n_components, max_fit_rows=1000, random_state=0)

    def peak(run):
        tracemalloc.start()
        try:
            result = run()
            return result, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    _, fit_peak = peak(lambda: preprocessor.fit(X))
    Z, transform_peak = peak(lambda: preprocessor.transform(X))
    assert fit_peak < X.nbytes / 3
    assert transform_peak - Z.nbytes < X.nbytes / 6
    np.testing.assert_allclose(preprocessor.mean_, X.mean(axis=0))


def test_sample_of_rows_is_random_and_reproducible(digits, small_blocks):
    def fitted(seed):
        return Preprocessor(10, max_fit_rows=200, random_state=seed).fit(digits)

    first, again, other = fitted(0), fitted(0), fitted(1)
    np.testing.assert_array_equal(first.components_, again.components_)
    assert not np.allclose(first.components_, other.components_)
    np.testing.assert_array_equal(first.mean_, other.mean_)
    np.testing.assert_allclose(first.mean_, digits.mean(axis=0))
    shares = first.variances_[:3] / Preprocessor(3).fit(digits).variances_
    np.testing.assert_allclose(shares, 1, atol=0.3)


@pytest.mark.parametrize("seed", [np.random.RandomState(3), np.random.default_rng(3), None])
def test_random_states_of_every_kind(digits, seed):
    found = Preprocessor(4, max_fit_rows=100, random_state=seed).fit_transform(digits)
    assert found.shape == (1797, 4)


@pytest.mark.parametrize("scale", ["feature", "global", "none"])
@pytest.mark.parametrize("floor", [None, 0.0, 0.01])
def test_to_inputs_undoes_the_transform(digits, scale, floor):
    preprocessor = Preprocessor(64, scale=scale, whiten=floor).fit(digits)
    found = preprocessor.to_inputs(preprocessor.transform(digits))
    np.testing.assert_allclose(found + preprocessor.mean_, digits, atol=1e-6)


def test_to_inputs_may_leave_the_whitening(digits):
    preprocessor = Preprocessor(64, whiten=0.01).fit(digits)
    W = np.random.default_rng(0).normal(size=(3, 61))
    W = np.pad(W, ((0, 0), (0, preprocessor.n_components_ - 61)))
    np.testing.assert_allclose(
        preprocessor.to_inputs(W, unwhiten=False),
        preprocessor.to_inputs(W * preprocessor.whitening_),
        atol=1e-9,
    )


def test_to_inputs_without_components(digits):
    preprocessor = Preprocessor().fit(digits)
    found = preprocessor.to_inputs(preprocessor.transform(digits))
    np.testing.assert_allclose(found + preprocessor.mean_, digits, atol=1e-9)


@pytest.mark.parametrize(
    "preprocessor", [Preprocessor(), Preprocessor(12, whiten=0.01), Preprocessor(5, scale="none")]
)
def test_filters_act_on_raw_inputs(digits, preprocessor):
    Z = preprocessor.fit_transform(digits)
    W = np.random.default_rng(0).normal(size=(3, preprocessor.n_components_))
    filters = preprocessor.to_filters(W)
    np.testing.assert_allclose((digits - preprocessor.mean_) @ filters.T, Z @ W.T, atol=1e-9)


@pytest.mark.parametrize("method", ["to_inputs", "to_filters"])
@pytest.mark.parametrize("shape", [(5,), (2, 9)])
def test_weights_of_another_width(digits, method, shape):
    preprocessor = Preprocessor(5).fit(digits)
    with pytest.raises(DataError, match="gives 5 outputs"):
        getattr(preprocessor, method)(np.ones(shape))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_names_the_row_and_feature_that_is_not_finite(digits, bad, small_blocks):
    X = digits.copy()
    X[777, 7] = bad
    message = r"Row 777 of X holds NaN or infinity \(feature 7\)"
    with pytest.raises(DataError, match=message):
        Preprocessor(3).fit(X)
    with pytest.raises(DataError, match=message):
        Preprocessor(3).fit(digits).transform(X)


def test_numbers_too_large_for_a_variance():
    X = np.array([[1.0, 1e200], [2.0, -1e200]])
    with pytest.raises(DataError, match="Feature 1 of X holds numbers too large"):
        Preprocessor().fit(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 65}, "n_components=65 is more than n_features = 64 of X.*at most 64"),
        ({"n_components": 0}, "n_components=0 is neither"),
        ({"n_components": 1.5}, "fraction of the variance"),
        ({"n_components": "mle"}, "fraction of the variance"),
        ({"n_components": True}, "fraction of the variance"),
        ({"n_components": 11, "max_fit_rows": 10}, "more than max_fit_rows = 10"),
        ({"max_fit_rows": 1}, "max_fit_rows=1"),
        ({"n_components": 3, "whiten": -0.1}, "whiten=-0.1"),
        ({"n_components": 3, "whiten": np.nan}, "whiten=nan"),
        ({"n_components": 3, "whiten": "soft"}, "whiten='soft'"),
        ({"whiten": 0.1}, "choose a number of components too"),
    ],
)
def test_settings_out_of_range(digits, parameters, message):
    with pytest.raises(SettingsError, match=message):
        Preprocessor(**parameters).fit(digits)


def test_more_components_than_samples(digits):
    with pytest.raises(SettingsError, match="n_components=20 is more than n_samples = 12 of X"):
        Preprocessor(20).fit(digits[:12])


def test_a_single_sample_is_too_few(digits):
    with pytest.raises(ValueError, match="minimum of 2"):
        Preprocessor().fit(digits[:1])


def test_all_constant_features():
    X = np.full((10, 3), 0.1)
    with pytest.raises(DataError, match="Every feature of X is constant"):
        Preprocessor(2).fit(X)
    preprocessor = Preprocessor()
    np.testing.assert_array_equal(preprocessor.fit_transform(X), 0)
    np.testing.assert_array_equal(preprocessor.explained_variance_ratio_, 0)


def test_not_fitted():
    for use in (
        lambda p: p.transform([[1.0]]),
        lambda p: p.to_inputs([[1.0]]),
        Preprocessor.to_arrays,
    ):
        with pytest.raises(NotFittedError):
            use(Preprocessor())


def test_pandas_in_and_out(digits):
    frame = pd.DataFrame(digits, columns=[f"p{i}" for i in range(64)])
    preprocessor = Preprocessor(2).set_output(transform="pandas").fit(frame)
    found = preprocessor.transform(frame)
    assert list(found.columns) == ["preprocessor0", "preprocessor1"]
    assert list(preprocessor.get_feature_names_out()) == ["preprocessor0", "preprocessor1"]
    np.testing.assert_array_equal(preprocessor.feature_names_in_, frame.columns)


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9),
        elements=st.integers(-50, 50).map(float),
    ),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_any_data_gives_finite_uncorrelated_components(X, data):
    assume(np.ptp(X, axis=0).any())
    count = data.draw(st.integers(1, min(X.shape)))
    floor = data.draw(st.sampled_from([None, 0.0, 0.01]))
    Z = Preprocessor(count, whiten=floor).fit_transform(X)
    assert np.isfinite(Z).all()
    covariance = np.atleast_2d(np.cov(Z, rowvar=False))
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-6)


def test_global_scaling_keeps_the_proportions_and_gives_unit_mean_variance(digits):
    centred = Preprocessor(scale="none").fit_transform(digits)
    found = Preprocessor(scale="global").fit_transform(digits)
    assert found.var(axis=0).mean() == pytest.approx(1.0, rel=1e-5)
    ratio = centred[:, 20] / found[:, 20]
    np.testing.assert_allclose(centred, found * ratio[0], rtol=1e-4, atol=1e-4)


def test_an_unknown_scaling_is_named(digits):
    with pytest.raises(
        SettingsError, match="scale='robust' is unknown; use one of feature, global"
    ):
        Preprocessor(scale="robust").fit(digits)


@pytest.mark.parametrize("dtype", ["<f8", ">f8", np.longdouble, ">f4", "<f4", np.float16])
@pytest.mark.parametrize("n_components", [None, 2])
def test_foreign_floats_keep_their_precision(dtype, n_components):
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(dtype)
    wide = X.dtype.itemsize >= 8
    native = X.astype(np.float64 if wide else np.float32)
    found = Preprocessor(n_components).fit(X).transform(X)
    assert found.dtype == (np.float64 if wide else np.float32)
    np.testing.assert_array_equal(found, Preprocessor(n_components).fit(native).transform(native))


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int32, ">i8", ">u4"])
@pytest.mark.parametrize("n_components", [None, 1])
def test_large_whole_numbers_do_not_blur(dtype, n_components):
    X = (2_000_000_000 + np.arange(40)[:, None] * [[1, 3]]).astype(dtype)
    wanted = Preprocessor(n_components).fit(X.astype(float)).transform(X.astype(float))
    found = Preprocessor(n_components).fit(X).transform(X)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("factor", [1e25, 1e-25, 1e19, 3e37])
@pytest.mark.parametrize("n_components", [None, 2])
def test_float32_out_of_range_of_its_squares_is_refused(factor, n_components):
    X = (np.random.default_rng(0).normal(size=(60, 3)) * factor).astype(np.float32)
    with pytest.raises(SettingsError, match="^scale='none' leaves X at a scale of .*unit scale"):
        Preprocessor(n_components, scale="none").fit(X)
    for scale in ("global", "feature"):
        assert np.isfinite(Preprocessor(n_components, scale=scale).fit_transform(X)).all()
    assert Preprocessor(n_components, scale="none").fit(X.astype(float)).n_components_


@pytest.mark.parametrize("factor", [1e15, 1e-15, 1])
def test_float32_within_range_is_left_alone(factor):
    X = (np.random.default_rng(0).normal(size=(60, 3)) * factor).astype(np.float32)
    assert Preprocessor(scale="none").fit(X).n_components_ == 3
    assert Preprocessor(scale="none").fit(np.ones((5, 2), np.float32)).constant_.all()
