import mmap

import numpy as np
import pytest

from hebbovr.training import rows as batches
from hebbovr.training.rows import ArrayRows, read_at_random


class Advised:
    """Stands in for a memory map that notes what it is told."""

    def __init__(self):
        self.advice = []

    def madvise(self, advice):
        self.advice.append(advice)


@pytest.fixture
def told(monkeypatch):
    mapped = Advised()
    monkeypatch.setattr(batches, "_memory_map", lambda X: mapped)
    return mapped.advice


def test_reading_ahead_is_stopped_for_large_maps_and_comes_back(told, monkeypatch):
    X = np.zeros((100, 3))
    monkeypatch.setattr(batches, "_memory_bytes", lambda: X.nbytes)
    inside = []

    def draw():
        with read_at_random(X):
            inside.extend(told)
            raise KeyError

    with pytest.raises(KeyError):
        draw()
    assert inside == [mmap.MADV_RANDOM]
    assert told == [mmap.MADV_RANDOM, mmap.MADV_NORMAL]


def test_maps_that_fit_into_memory_are_left_alone(told):
    with read_at_random(np.zeros((100, 3))):
        pass
    assert told == []


def test_the_map_is_found_under_views_and_nothing_under_arrays(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((100, 3)))
    X = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert isinstance(batches._memory_map(np.asarray(X[::2, 1:])), mmap.mmap)
    assert batches._memory_map(np.zeros((100, 3))[::2]) is None


def test_a_huge_map_is_drawn_from_without_reading_it(tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "_memory_bytes", lambda: 0)
    path = tmp_path / "x.npy"
    np.save(path, np.arange(3000.0).reshape(1000, 3))
    X = np.load(path, mmap_mode="r")
    rows = ArrayRows(X)
    with read_at_random(X):
        np.testing.assert_array_equal(
            rows.take(np.array([3, 999])), [[9, 10, 11], [2997, 2998, 2999]]
        )
