import numpy as np
import pytest

from hebbovr import Preprocessor, Trainer
from hebbovr.datasets import Dataset, load
from hebbovr.errors import DataError, TrainingError
from hebbovr.evaluation.probe import linear_probe
from hebbovr.pipeline import evaluate, train_model


def parts(**settings):
    defaults = {"epochs": 30, "learning_rate": 3e-3, "random_state": 0}
    return Preprocessor(20, scale="global"), Trainer(32, **(defaults | settings))


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.fixture(scope="module")
def model(digits):
    return train_model(digits, *parts())


def test_all_representations_are_probed(digits, model):
    found = evaluate(model, digits)
    assert set(found.probe) == set(found.labels) == {"features", "raw", "random", "layer"}
    assert found.probe["layer"].accuracy > found.probe["random"].accuracy
    assert found.sparsity["layer"].overlap < found.sparsity["random"].overlap
    assert found.rows == digits.n_train


def test_the_data_are_probed_as_they_are(digits, model):
    data = digits.X_train, digits.y_train, digits.X_test, digits.y_test
    alone = linear_probe(*data, random_state=0)
    assert evaluate(model, digits).probe["features"].as_dict() == alone.as_dict()


def test_whole_numbers_that_float32_rounds_are_probed_exactly():
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 300)
    X = 2**40 + 3 * y[:, None] + random.integers(0, 3, (300, 3))
    dataset = Dataset("large", X[:200], y[:200], X[200:], y[200:])
    found = evaluate(train_model(dataset, Preprocessor(), Trainer(4, epochs=1)), dataset)
    assert found.probe["features"].accuracy == found.probe["raw"].accuracy == 1.0


@pytest.mark.parametrize(
    ("preprocessor", "inputs"),
    [
        (Preprocessor(20), "principal components"),
        (Preprocessor(0.9), "principal components"),
        (Preprocessor(20, whiten=0.01), "whitened components"),
        (Preprocessor(), "scaled features"),
        (Preprocessor(scale="global"), "scaled features"),
        (Preprocessor(scale="none"), "centred features"),
    ],
)
@pytest.mark.parametrize(("shape", "data"), [((8, 8), "pixels"), (None, "features")])
def test_representations_are_called_what_they_are(digits, preprocessor, inputs, shape, data):
    dataset = Dataset("digits", digits.X_train, image_shape=shape)
    found = evaluate(train_model(dataset, preprocessor, Trainer(4, epochs=1)), dataset)
    assert list(found.labels.values()) == [data, inputs, "random weights", "trained layer"]


def test_the_baseline_is_the_layer_that_training_started_from(digits, model):
    start = Trainer(32, random_state=0, weight_scale=model.trainer.weight_scale_)
    start.initialize(20)
    np.testing.assert_array_equal(model.untrained().weights_, start.weights_)


def test_test_labels_change_nothing_but_the_accuracy(digits, model):
    shuffled = Dataset(
        "digits", digits.X_train, digits.y_train, digits.X_test, digits.y_test[::-1].copy()
    )
    first, second = evaluate(model, digits).probe["layer"], evaluate(model, shuffled).probe["layer"]
    assert first.alpha == second.alpha
    np.testing.assert_array_equal(first.coef, second.coef)
    assert first.accuracy != second.accuracy


def test_a_memory_map_trains_like_the_array(digits, tmp_path):
    np.save(tmp_path / "x.npy", digits.X_train)
    mapped = Dataset("digits", np.load(tmp_path / "x.npy", mmap_mode="r"))
    plain = Dataset("digits", digits.X_train)
    first, second = (train_model(data, *parts(epochs=3)).trainer for data in (mapped, plain))
    # Preprocessing batches and preprocessing the whole differ by the rounding of their products.
    np.testing.assert_allclose(first.weights_, second.weights_, atol=1e-4)


def test_data_without_labels_or_test_rows_are_measured_without_a_probe(digits, model):
    found = evaluate(model, Dataset("digits", digits.X_train))
    assert found.probe == {}
    assert found.sparsity["layer"].share_active > 0


def test_another_width_is_refused(model):
    with pytest.raises(DataError, match="has 5 features, but the model was trained on 64"):
        evaluate(model, Dataset("small", np.zeros((4, 5))))


def test_constant_data_and_collapse_are_errors(digits):
    with pytest.raises(DataError, match="Every feature of flat is constant"):
        train_model(Dataset("flat", np.ones((30, 4))), Preprocessor(), Trainer(4))
    with pytest.raises(TrainingError, match="collapsed"):
        train_model(digits, *parts(overlap_penalty=1.0, epochs=200))
