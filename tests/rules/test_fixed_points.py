"""Each rule against what its own theory says it learns."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from hebbovr import HebbianEncoder

SETTINGS = {"random_state": 0, "batch_size": 100}


def gaussian(n=4000, D=8, seed=0):
    """Centred samples whose principal directions have clearly unlike variances."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.normal(size=(D, D)))[0]
    deviations = 2.0 * 0.7 ** np.arange(D)
    X = random.normal(size=(n, D)) * deviations @ axes.T
    X -= X.mean(axis=0)
    directions = np.linalg.svd(X, full_matrices=False)[2]
    return X, directions


def degrees(a, b):
    cosine = abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b)
    return np.degrees(np.arccos(min(1.0, cosine)))


def test_oja_ends_at_the_first_principal_direction_with_unit_length():
    X, directions = gaussian()
    encoder = HebbianEncoder(3, rule="oja", epochs=60, **SETTINGS).fit(X)
    for w in encoder.weights_:
        assert degrees(w, directions[0]) < 1
        assert np.linalg.norm(w) == pytest.approx(1, abs=0.01)


def test_sanger_finds_the_principal_directions_in_their_order():
    X, directions = gaussian()
    encoder = HebbianEncoder(4, rule="sanger", epochs=150, **SETTINGS).fit(X)
    for w, direction in zip(encoder.weights_, directions, strict=False):
        assert degrees(w, direction) < 1
    # The subspace as a whole: its largest principal angle to PCA's.
    Q = np.linalg.qr(encoder.weights_.T)[0]
    smallest = np.linalg.svd(Q.T @ directions[:4].T)[1].min()
    assert np.degrees(np.arccos(min(1.0, smallest))) < 1
    np.testing.assert_allclose(np.linalg.norm(encoder.weights_, axis=1), 1, atol=0.01)


def blobs(n_clusters=4, n=2000, D=5, seed=0):
    random = np.random.default_rng(seed)
    centres = 4 * np.linalg.qr(random.normal(size=(D, D)))[0][:n_clusters]
    labels = random.integers(0, n_clusters, n)
    return centres[labels] + 0.3 * random.normal(size=(n, D)), labels, centres


def test_kmeans_ends_at_the_means_of_what_its_units_win():
    X = blobs()[0]
    encoder = HebbianEncoder(4, rule="kmeans", epochs=10, batch_size=100, random_state=1).fit(X)
    winners = (X @ encoder.weights_.T + encoder.biases_).argmax(axis=1)
    for k, w in enumerate(encoder.weights_):
        won = X[winners == k]
        assert len(won)
        np.testing.assert_allclose(w, won.mean(axis=0), atol=0.2)
    reference = KMeans(4, n_init=1, random_state=0).fit(X).inertia_
    ours = ((X - encoder.weights_[winners]) ** 2).sum()
    assert ours < 1.1 * reference


def test_kmeans_is_macqueens_mean_of_all_that_a_unit_has_won():
    X = blobs(1)[0]
    encoder = HebbianEncoder(1, rule="kmeans", epochs=1, **SETTINGS).fit(X)
    won = len(X) + 1  # the sample that it started on, and all
    assert encoder.trainer_.layer.state[0, 0] == won
    start = won * encoder.weights_[0] - X.sum(axis=0)
    assert np.abs(X - start).max(axis=1).min() < 1e-9


def test_kmeans_counts_no_start_for_units_that_no_sample_is_left_for():
    X = blobs(1)[0][:3]
    trainer = HebbianEncoder(5, rule="kmeans", epochs=1, **SETTINGS).fit(X).trainer_
    assert trainer.layer.state.sum() == 3 + 3
    assert (trainer.layer.state[0, :3] > 1).all()  # each wins its own start
    np.testing.assert_array_equal(trainer.layer.state[0, 3:], 0)


@pytest.mark.parametrize("p", [2.0, 3.0])
def test_krotov_hopfield_ends_with_the_p_norm_1(p):
    X = blobs()[0]
    encoder = HebbianEncoder(
        6, rule="krotov-hopfield", rule_options={"p": p}, epochs=100, **SETTINGS
    ).fit(X / 4)
    W = encoder.weights_
    H = (X / 4) @ (np.sign(W) * np.abs(W) ** (p - 1)).T
    wins = np.bincount(H.argmax(axis=1), minlength=6)
    winners = wins > 0.1 * len(X)
    assert winners.sum() >= 3
    lengths = (np.abs(W) ** p).sum(axis=1) ** (1 / p)
    np.testing.assert_allclose(lengths[winners], 1, atol=0.03)


def test_softhebb_ends_at_unit_length_along_the_mean_of_what_a_unit_takes():
    X = blobs()[0]
    encoder = HebbianEncoder(
        4, rule="softhebb", rule_options={"inverse_temperature": 4}, epochs=300, **SETTINGS
    ).fit(X / 4)
    Z = 4 * (X / 4) @ encoder.weights_.T
    y = np.exp(Z - Z.max(axis=1, keepdims=True))
    y /= y.sum(axis=1, keepdims=True)
    for k, w in enumerate(encoder.weights_):
        assert degrees(w, y[:, k] @ X) < 2
        assert np.linalg.norm(w) == pytest.approx(1, abs=0.02)


def test_bcm_becomes_selective_and_answers_its_input_by_their_number():
    random = np.random.default_rng(0)
    inputs = np.eye(4) + 0.1
    X = inputs[random.integers(0, 4, 4000)]
    encoder = HebbianEncoder(
        12, rule="bcm", learning_rate=0.02, schedule="constant", epochs=150, **SETTINGS
    ).fit(X)
    responses = encoder.transform(inputs)
    alive = responses.any(axis=0)  # a rectified unit that no input drives at first never learns
    assert alive.sum() >= 8
    for answers in np.sort(responses[:, alive], axis=0).T:
        assert answers[-1] == pytest.approx(4, rel=0.15)
        assert answers[-2] < 0.3
