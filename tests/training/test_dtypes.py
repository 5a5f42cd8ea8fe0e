"""Whatever the numbers of X are, batches are float32 or float64 of this machine's byte order."""

import numpy as np
import pytest

from hebbovr import HebbianEncoder, OVREncoder, Trainer
from hebbovr.errors import DataError
from hebbovr.preprocessing import preprocessor
from hebbovr.training.rows import SCALES, ArrayRows, float_dtype

DTYPES = {
    ">f8": np.float64, "<f8": np.float64, "g": np.float64, ">f4": np.float32, "<f4": np.float32,
    ">f2": np.float32, "f2": np.float32, ">i8": np.float32, "i4": np.float32, "u1": np.float32,
    "?": np.float32,
}  # fmt: skip
SETTINGS = {"epochs": 2, "random_state": 0, "batch_size": 16}


def numbers(dtype, n=40):
    """Numbers that every dtype holds exactly."""
    return np.random.default_rng(0).integers(0, 2, (n, 5)).astype(dtype)


def used(made):
    """Fit, go on, and return weights and responses."""
    return made.weights_, made.transform(numbers("f4", 7))


@pytest.mark.parametrize(("dtype", "wanted"), DTYPES.items(), ids=DTYPES)
@pytest.mark.parametrize(
    "make", [lambda: Trainer(6, **SETTINGS), lambda: OVREncoder(6, **SETTINGS),
             lambda: HebbianEncoder(6, rule="kmeans", **SETTINGS)],
    ids=["trainer", "ovr", "kmeans"],
)  # fmt: skip
def test_fit_and_partial_fit_and_transform_take_any_numbers(make, dtype, wanted):
    X, plain = numbers(dtype), numbers(wanted)
    assert float_dtype(X.dtype) == wanted
    for learn in ("fit", "partial_fit"):
        given, expected = getattr(make(), learn)(X), getattr(make(), learn)(plain)
        given.partial_fit(X)
        expected.partial_fit(plain)
        assert given.weights_.dtype == np.dtype(wanted)
        assert given.weights_.tobytes() == expected.weights_.tobytes()
        responses = given.transform(X)
        assert responses.dtype == np.dtype(wanted)
        assert responses.tobytes() == expected.transform(plain).tobytes()


@pytest.mark.parametrize("first", ["f4", "f8"])
@pytest.mark.parametrize("then", DTYPES)
def test_a_layer_goes_on_with_numbers_of_another_dtype(first, then):
    X = numbers(first)
    made, expected = Trainer(6, **SETTINGS).fit(X), Trainer(6, **SETTINGS).fit(X)
    made.partial_fit(numbers(then))
    expected.partial_fit(X)
    assert made.weights_.dtype == np.dtype(first)
    assert made.weights_.tobytes() == expected.weights_.tobytes()
    Trainer(6, **SETTINGS).fit(X, X_validation=numbers(then))


@pytest.mark.parametrize("dtype", DTYPES)
def test_random_weights_are_of_a_dtype_that_is_computed_with(dtype):
    made = Trainer(6, random_state=0).initialize(5, np.dtype(dtype))
    assert made.weights_.dtype == np.dtype(DTYPES[dtype])
    assert np.isfinite(made.transform(numbers(dtype))).all()


def test_what_long_doubles_alone_can_hold_is_not_finite():
    X = np.ones((4, 2), np.longdouble)
    X[2, 1] = np.longdouble("1e400")
    if np.isinf(X[2, 1]):
        pytest.skip("long doubles are doubles here")
    with pytest.raises(DataError, match="Row 2 of X holds NaN or infinity"):
        ArrayRows(X).take(np.arange(4))


AMISS = [("f4", 1e19), ("f4", 1e-20), (">f4", 1e19), ("f8", 1e160), ("f8", 1e-160), (">f8", 1e160)]


@pytest.mark.parametrize(("dtype", "scale"), AMISS)
def test_a_scale_whose_squares_leave_the_range_is_refused(dtype, scale):
    X = (np.random.default_rng(0).standard_normal((40, 5)) * scale).astype(dtype)
    for made in (Trainer(4, **SETTINGS), Trainer(4, weight_scale=0.1), OVREncoder(4, **SETTINGS)):
        for learn in (made.fit, made.partial_fit):
            with pytest.raises(DataError, match=r"^X has a scale of .*; give inputs of unit scale"):
                learn(X)
            assert not hasattr(made, "state_")
            assert not hasattr(made, "trainer_")
    made = Trainer(4, **SETTINGS).fit(numbers("f4"))
    before = made.weights_.copy()
    with pytest.raises(DataError, match=r"leave the range of float32; give inputs of unit scale"):
        made.partial_fit(X)
    np.testing.assert_array_equal(made.weights_, before)


@pytest.mark.parametrize(("dtype", "scale"), [("f4", 1e17), ("f4", 1e-17), ("f8", 1e30)])
@pytest.mark.parametrize("rule", ["ovr", "kmeans"])
def test_a_scale_within_the_range_learns(rule, dtype, scale):
    X = np.random.default_rng(0).standard_normal((40, 5))
    made = Trainer(4, rule=rule, **SETTINGS).fit((X * scale).astype(dtype))
    assert np.isfinite(made.weights_).all()
    assert np.ptp([record["objective"] for record in made.history_]) > 0


def test_inputs_that_are_all_zero_have_no_scale():
    Trainer(4, **SETTINGS).fit(np.zeros((20, 3), np.float32))


def test_preprocessing_and_training_know_the_same_range():
    assert SCALES[np.dtype(np.float32)] == preprocessor.FLOAT32_SCALES[::-1]
