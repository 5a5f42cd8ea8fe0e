import numpy as np
import pytest

from hebbovr.datasets import Dataset
from hebbovr.paper import autoencoders, classifiers, figure1, table1
from hebbovr.paper.cells import CellStore
from hebbovr.paper.plan import make_plan


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
    return CellStore(tmp_path / "cells")


@pytest.fixture
def small(monkeypatch):
    """Shrink every grid to a few cells that take an instant."""
    monkeypatch.setitem(table1.UNITS, "quick", 12)
    monkeypatch.setitem(table1.SELECTION_UNITS, "quick", 6)
    for settings in (table1.DAE, table1.OVR, table1.OVR_SOFT, table1.KMEANS):
        monkeypatch.setitem(settings, "epochs", 2)
    for settings in (table1.DAE, table1.OVR, table1.OVR_SOFT):
        monkeypatch.setitem(settings, "batch_size", 32)
    for family in (autoencoders, classifiers):
        monkeypatch.setitem(family.UNITS, "quick", (6, 12))
        monkeypatch.setitem(family.EPOCHS, "quick", 2)
    monkeypatch.setitem(autoencoders.PENALTIES, "quick", (1e-5, 1e-3, 1e-2))
    monkeypatch.setitem(autoencoders.CORRUPTIONS, "quick", (0.2, 0.5))
    monkeypatch.setitem(classifiers.STRENGTHS, "quick", (1e-5, 1e-2))
    monkeypatch.setitem(figure1.SPHERES, "quick", ((1, 5), (4, 8)))
    monkeypatch.setitem(figure1.UNITS, "quick", (8, 16))
    monkeypatch.setitem(figure1.EPOCHS, "quick", 2)


@pytest.fixture
def plan(images, small):
    return make_plan(images, seeds=2)
