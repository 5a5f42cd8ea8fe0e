import numpy as np
import pytest

from hebbovr.datasets import Dataset
from hebbovr.experiments.trials import TrialStore


def tiny_images(n_train=160, n_test=60, seed=0):
    """Small colour images of four classes, each a noisy pattern."""
    random = np.random.default_rng(seed)
    y = np.arange(n_train + n_test) % 4
    patterns = random.integers(60, 200, (4, 48))
    X = np.clip(patterns[y] + 30 * random.standard_normal((len(y), 48)), 0, 255).astype(np.uint8)
    return Dataset(
        name="tiny",
        X_train=X[:n_train],
        y_train=y[:n_train],
        X_test=X[n_train:],
        y_test=y[n_train:],
        image_shape=(4, 4, 3),
        title="tiny images",
    )


@pytest.fixture
def images():
    return tiny_images()


@pytest.fixture
def store(tmp_path):
    return TrialStore(tmp_path / "cells")


INPUTS = {"pca": 10, "scale": "feature", "whiten": None}
TRAIN = {"overlap_penalty": 5e-4, "epochs": 3, "batch_size": 32, "weight_scale": 0.1}


def feature_settings(dataset, model="layer", *, train=TRAIN, **more):
    """Settings of a trial that learns a representation of ``dataset``."""
    return {
        "task": "features",
        "model": model,
        "protocol": "honest",
        "split": "test",
        "data": dataset.fingerprint(),
        "inputs": INPUTS,
        "units": 8,
        "train": train,
        "seed": 0,
    } | more
