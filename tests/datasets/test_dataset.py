"""dataset: counts and the fingerprint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hebbovr.datasets import Dataset, dataset


def test_counts_with_and_without_a_test_part() -> None:
    X = np.zeros((5, 3))
    plain = Dataset("a", X)
    assert (plain.n_train, plain.n_test, plain.n_features, plain.labelled) == (5, 0, 3, False)
    full = Dataset("a", X, np.zeros(5), X[:2], np.zeros(2))
    assert (full.n_test, full.labelled) == (2, True)
    assert not Dataset("a", X, np.zeros(5), X[:2]).labelled


def test_a_dataset_cannot_be_changed() -> None:
    data = Dataset("a", np.zeros((2, 1)))
    with pytest.raises(AttributeError):
        data.name = "b"  # type: ignore[misc]
    with pytest.raises(TypeError):
        data.suggested["epochs"] = 1  # type: ignore[index]


def test_the_fingerprint_is_of_the_values_not_of_their_place() -> None:
    X = np.arange(12.0).reshape(4, 3)
    same = Dataset("a", X).fingerprint()
    assert len(same) == 64
    assert Dataset("b", np.asfortranarray(X), description="other").fingerprint() == same
    assert Dataset("a", np.repeat(X, 2, axis=0)[::2]).fingerprint() == same


@pytest.mark.parametrize(
    "other",
    [
        Dataset("a", np.arange(12.0).reshape(3, 4)),
        Dataset("a", np.arange(12.0, dtype=np.float32).reshape(4, 3)),
        Dataset("a", np.arange(1, 13.0).reshape(4, 3)),
        Dataset("a", np.arange(12.0).reshape(4, 3), np.arange(4)),
        Dataset("a", np.arange(12.0).reshape(4, 3), None, np.arange(12.0).reshape(4, 3)),
    ],
)
def test_other_data_have_another_fingerprint(other: Dataset) -> None:
    assert other.fingerprint() != Dataset("a", np.arange(12.0).reshape(4, 3)).fingerprint()


def test_chunks_do_not_change_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Dataset("a", np.random.default_rng(0).normal(size=(100, 7)))
    whole = data.fingerprint()
    monkeypatch.setattr(dataset.rows_per_chunk, "__defaults__", (64,))
    assert data.fingerprint() == whole


def test_of_large_arrays_rows_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "FINGERPRINT_BYTES", 10 * 8)
    X = np.zeros((100, 1))
    same = Dataset("a", X).fingerprint()
    assert Dataset("a", np.zeros((99, 1))).fingerprint() != same
    for row, changes in ((0, True), (99, True), (1, False)):
        Y = X.copy()
        Y[row] = 1
        assert (Dataset("a", Y).fingerprint() != same) is changes


def test_a_memory_map_has_the_fingerprint_of_its_values(tmp_path: Path) -> None:
    X = np.arange(20, dtype=np.uint8).reshape(5, 4)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert Dataset("m", mapped).fingerprint() == Dataset("a", X).fingerprint()
