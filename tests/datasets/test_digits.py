"""digits: scikit-learn's own."""

from __future__ import annotations

import numpy as np

from hebbovr.datasets import load_digits


def test_what_is_there() -> None:
    data = load_digits()
    assert (data.n_train, data.n_test, data.n_features) == (1347, 450, 64)
    assert data.image_shape == (8, 8)
    assert data.class_names == tuple("0123456789")
    assert data.X_train.dtype == np.float32
    assert data.X_train.min() == 0
    assert data.X_train.max() == 16
    assert data.suggested == {
        "hidden": 128,
        "pca": 40,
        "scale": "global",
        "epochs": 60,
        "lr": 3e-3,
        "lam": 3e-5,
    }


def test_each_class_is_in_both_parts_alike() -> None:
    data = load_digits(seed=3)
    assert data.y_train is not None
    assert data.y_test is not None
    shares = np.bincount(data.y_test) / np.bincount(data.y_train)
    assert np.allclose(shares, 1 / 3, atol=0.02)


def test_the_seed_draws_the_split() -> None:
    assert load_digits(seed=1).fingerprint() == load_digits(seed=1).fingerprint()
    assert load_digits(seed=1).fingerprint() != load_digits(seed=2).fingerprint()


def test_no_split() -> None:
    data = load_digits(test_size=0)
    assert (data.n_train, data.X_test, data.y_test) == (1797, None, None)
