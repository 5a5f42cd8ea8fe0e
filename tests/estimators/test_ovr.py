import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from hebbovr.estimators.ovr import OVREncoder
from hebbovr.training.callbacks import Callback


@parametrize_with_checks([OVREncoder(n_components=8, epochs=2)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")  # by the checks
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_n_features_in_after_fitting,
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_transformer_get_feature_names_out,
        estimator_checks.check_transformer_get_feature_names_out_pandas,
        estimator_checks.check_set_output_transform,
        estimator_checks.check_set_output_transform_pandas,
        estimator_checks.check_global_output_transform_pandas,
        estimator_checks.check_get_feature_names_out_error,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_that_the_list_leaves_out(check):
    check("OVREncoder", OVREncoder(n_components=8, epochs=2))


def test_partial_fit_goes_on_where_it_was():
    X = np.random.default_rng(0).standard_normal((300, 6))
    encoder = OVREncoder(5, schedule="plateau", random_state=0).partial_fit(X)
    steps, moments = encoder.trainer_.step_, encoder.trainer_.layer.W_m.copy()
    weights = encoder.weights_.copy()
    encoder.partial_fit(X)
    assert encoder.trainer_.step_ == 2 * steps > 0
    assert [record["epoch"] for record in encoder.history_] == [1, 2]
    assert not np.array_equal(weights, encoder.weights_)
    assert moments.any()


def test_fit_is_a_loop_of_partial_fits_after_the_same_draw():
    X = np.random.default_rng(0).standard_normal((300, 6)).astype(np.float32)
    whole = OVREncoder(5, epochs=3, schedule="cosine", random_state=4).fit(X)
    parts = OVREncoder(5, epochs=3, schedule="cosine", random_state=4)
    for _ in range(3):
        parts.partial_fit(X)
    np.testing.assert_array_equal(whole.weights_, parts.weights_)


def test_partial_fit_refuses_another_width():
    encoder = OVREncoder(4).partial_fit(np.random.default_rng(0).standard_normal((20, 6)))
    with pytest.raises(ValueError, match=r"X has 5 features, but OVREncoder is expecting 6"):
        encoder.partial_fit(np.zeros((20, 5)))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32])
def test_all_but_float64_trains_in_float32(dtype):
    X = np.random.default_rng(0).integers(0, 9, (50, 6)).astype(dtype)
    encoder = OVREncoder(4, epochs=1).fit(X)
    assert encoder.weights_.dtype == np.float32
    assert encoder.transform(X).dtype == np.float32


def test_a_memory_map_gives_the_same_bits_as_the_array(tmp_path):
    X = np.random.default_rng(0).standard_normal((300, 6)).astype(np.float32)
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    a = OVREncoder(5, epochs=2, random_state=0).fit(X)
    b = OVREncoder(5, epochs=2, random_state=0).fit(mapped)
    np.testing.assert_array_equal(a.weights_, b.weights_)
    np.testing.assert_array_equal(a.transform(X), b.transform(mapped))


def test_a_memory_map_larger_than_memory_is_never_read_or_copied_as_a_whole(tmp_path):
    path = tmp_path / "huge.bin"
    with path.open("wb") as file:
        file.truncate(2**36)
    X = np.memmap(path, np.float32, "r", shape=(2**22, 2**12))

    class StopAfterThree(Callback):
        def on_batch_end(self, trainer, batch, stats):
            if batch == 2:
                raise StopIteration

    OVREncoder(4, epochs=1).fit(np.ones((4, 4)))  # what is compiled or imported now is not counted
    tracemalloc.start()
    with pytest.raises(StopIteration):
        OVREncoder(4, epochs=1, callbacks=[StopAfterThree()]).fit(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**28  # among it the order of the rows, 8 bytes each, and its permutation


def test_nan_in_a_memory_map_is_found_before_it_reaches_the_weights(tmp_path):
    X = np.random.default_rng(0).standard_normal((2000, 6)).astype(np.float32)
    X[1234, 4] = np.nan
    np.save(tmp_path / "x.npy", X)
    encoder = OVREncoder(5, epochs=2, random_state=0)
    with pytest.raises(ValueError, match="Row 1234 of X holds NaN"):
        encoder.fit(np.load(tmp_path / "x.npy", mmap_mode="r"))
    with pytest.raises(NotFittedError):
        encoder.transform(X[:2])
    weights = encoder.fit(X[:1000]).weights_
    with pytest.raises(ValueError, match="Row 1234 of X holds NaN"):
        encoder.partial_fit(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert np.isfinite(encoder.weights_).all()
    assert encoder.weights_ is weights


def test_works_in_a_pipeline_and_beats_random_weights_on_digits():
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std()
    train, test = slice(0, 1200), slice(1200, None)
    trained = OVREncoder(32, epochs=40, learning_rate=3e-3, random_state=0)

    def accuracy(encoder):
        pipeline = make_pipeline(encoder, StandardScaler(), LogisticRegression(max_iter=500, C=0.3))
        return pipeline.fit(X[train], y[train]).score(X[test], y[test])

    untrained = clone(trained).set_params(epochs=1, learning_rate=1e-12)
    assert accuracy(trained) > accuracy(untrained) + 0.02
