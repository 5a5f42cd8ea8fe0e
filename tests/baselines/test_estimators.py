import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import pairwise_distances
from sklearn.utils.estimator_checks import parametrize_with_checks

from hebbovr.baselines import MLP, Autoencoder, KMeansFeatures, RandomFeatures
from hebbovr.errors import SettingsError
from hebbovr.evaluation.sparsity import measure_sparsity


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    X = ((X - X.mean(axis=0)) / X.std()).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(X))  # the writers of the last rows are others
    X, y = X[order], y[order]
    return X[:1300], y[:1300], X[1300:], y[1300:]


@parametrize_with_checks(
    [
        Autoencoder(n_components=8, epochs=2),
        MLP(n_components=16, epochs=60, learning_rate=0.01),
        RandomFeatures(8),
        KMeansFeatures(2, epochs=3),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_a_denoising_autoencoder_learns_to_reconstruct(digits):
    X, _, X_test, _ = digits
    encoder = Autoencoder(64, corruption=0.3, epochs=30, random_state=0).fit(X)
    H = encoder.transform(X_test)
    error = np.mean((H @ encoder.weights_ + encoder.decoder_biases_ - X_test) ** 2)
    assert error < 0.3 * X_test.var()
    assert H.dtype == np.float32
    assert encoder.history_[-1]["objective"] < encoder.history_[0]["objective"]


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_the_overlap_of_an_autoencoder_falls_with_lambda(digits, activation):
    overlaps = [
        measure_sparsity(
            Autoencoder(
                64, activation=activation, overlap_penalty=strength, epochs=20, random_state=0
            ).fit_transform(digits[0])
        ).overlap
        for strength in (0.0, 1e-4, 1e-3)
    ]
    assert overlaps == sorted(overlaps, reverse=True)


def test_an_mlp_classifies_digits(digits):
    X, y, X_test, y_test = digits
    model = MLP(128, input_dropout=0.2, epochs=40, random_state=0).fit(X, y)
    assert model.score(X_test, y_test) > 0.95
    np.testing.assert_allclose(model.predict_proba(X_test).sum(axis=1), 1, rtol=1e-5)


def test_the_sparsity_of_an_mlp_rises_with_lambda(digits):
    X, y, _, _ = digits
    shares = [
        measure_sparsity(
            MLP(64, penalty="ovr", strength=strength, epochs=20, random_state=0)
            .fit(X, y)
            .hidden_responses(X)
        ).share_below_tenth
        for strength in (0.0, 1e-4, 1e-2)
    ]
    assert shares == sorted(shares)


@pytest.mark.parametrize("estimator", [Autoencoder, MLP])
def test_held_out_rows_choose_the_epoch(digits, estimator):
    X, y, _, _ = digits
    model = estimator(64, epochs=25, learning_rate=0.02, validation_fraction=0.3, random_state=0)
    model.fit(X, y)
    objectives = [record["validation_objective"] for record in model.history_]
    assert model.best_epoch_ == 1 + int(np.argmin(objectives))


@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(8, corruption=0.5, epochs=2, random_state=3),
        MLP(8, hidden_dropout=0.5, epochs=2, random_state=3),
        KMeansFeatures(8, epochs=2, random_state=3),
        RandomFeatures(8, random_state=3),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_the_same_seed_gives_the_same_weights(digits, estimator):
    X, y, _, _ = digits
    first, again = (estimator.fit(X, y).weights_.copy() for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_kmeans_codes_are_those_of_their_definitions(digits):
    X, _, X_test, _ = digits
    triangle = KMeansFeatures(12, code="triangle", random_state=0).fit(X)
    distances = pairwise_distances(X_test, triangle.weights_)
    wanted = np.maximum(0, distances.mean(axis=1, keepdims=True) - distances)
    np.testing.assert_allclose(triangle.transform(X_test), wanted, atol=1e-4)
    hard = triangle.set_params(code="hard").transform(X_test)
    np.testing.assert_array_equal(hard.argmax(axis=1), distances.argmin(axis=1))
    np.testing.assert_array_equal(hard.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (Autoencoder(corruption=1.0), "corruption=1.0 must be a share"),
        (Autoencoder(activation="tanh"), "activation='tanh' is unknown"),
        (MLP(penalty="l3"), "penalty='l3' is unknown; use one of none, ovr, l1, l2"),
        (MLP(epochs=0), "epochs=0 must be a whole number from 1 on"),
        (MLP(strength=-1.0), "strength=-1.0 must be a finite number of at least 0"),
        (RandomFeatures(weight_scale=0.0), "weight_scale=0.0 must be a finite number above 0"),
        (KMeansFeatures(2000), "n_components=2000 is more than n_samples = 1300"),
    ],
)
def test_settings_out_of_range_are_named(digits, estimator, message):
    with pytest.raises(SettingsError, match=message):
        estimator.fit(digits[0], digits[1])
