"""split: which rows are for testing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hebbovr.datasets.split import check_split_settings, split_rows, split_tail
from hebbovr.errors import DataError, SettingsError


def test_every_class_keeps_its_share() -> None:
    y = np.repeat([0, 1, 2], [100, 200, 300])
    train, test = split_rows(y, 0.25, 0)
    assert np.bincount(y[test]).tolist() == [25, 50, 75]
    assert np.bincount(y[train]).tolist() == [75, 150, 225]


def test_the_seed_decides() -> None:
    y = np.arange(100) % 4
    assert split_rows(y, 0.2, 1)[1].tolist() == split_rows(y, 0.2, 1)[1].tolist()
    assert split_rows(y, 0.2, 1)[1].tolist() != split_rows(y, 0.2, 2)[1].tolist()


def test_a_class_with_one_member_stays_in_training() -> None:
    y = np.array(["a"] * 10 + ["b"] * 10 + ["once"])
    train, test = split_rows(y, 0.3, 0)
    assert 20 in train
    assert test.size == 7
    assert set(y[test]) == {"a", "b"}


def test_rows_are_in_random_order_also_with_single_members() -> None:
    train, _ = split_rows(np.array([0] * 50 + [1]), 0.2, 0)
    assert train[-1] != 50
    assert train.tolist() != sorted(train)


def test_labels_that_are_all_different_are_split_without_classes() -> None:
    train, test = split_rows(np.arange(10), 0.3, 0)
    assert (train.size, test.size) == (7, 3)


def test_no_test_part_where_none_is_asked_for_or_possible() -> None:
    assert split_rows(np.zeros(10), 0, 0)[1].size == 0
    assert split_rows(np.zeros(2), 0.5, 0)[1].size == 0
    train, test = split_rows(np.zeros(3), 0.9, 0)
    assert (train.size, test.size) == (2, 1)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=60),
    st.floats(0, 0.99),
    st.integers(0, 2**32 - 1),
)
def test_the_parts_are_the_rows(labels: list[int], test_size: float, seed: int) -> None:
    train, test = split_rows(np.array(labels), test_size, seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert train.size >= 2
    assert (test.size > 0) == (test_size > 0 and len(labels) > 2)


@pytest.mark.parametrize("test_size", [-0.1, 1, 5, float("nan")])
def test_test_size_must_be_a_share(test_size: float) -> None:
    with pytest.raises(SettingsError, match=r"^test_size=.*must be a share from 0 to below 1$"):
        check_split_settings(test_size, 0)


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5])
def test_seed_must_be_whole(seed: int) -> None:
    with pytest.raises(SettingsError, match=r"^seed="):
        check_split_settings(0.2, seed)


def test_the_tail_is_cut_where_classes_are_mixed() -> None:
    assert split_tail(np.arange(100) % 3, 0.25, "X.npy") == 75
    assert split_tail(np.zeros(100), 0, "X.npy") == 100
    assert split_tail(np.zeros(2), 0.5, "X.npy") == 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_classes", [1, 2, 10, 500])
def test_shuffled_rows_are_never_refused(n_classes: int, seed: int) -> None:
    y = np.random.default_rng(seed).integers(n_classes, size=1000)
    assert split_tail(y, 0.25, "X.npy") == 750


def test_labels_that_are_all_different_are_cut() -> None:
    assert split_tail(np.arange(1000), 0.25, "X.npy") == 750


@pytest.mark.parametrize("n_classes", [2, 3, 10, 100])
@pytest.mark.parametrize("test_size", [0.1, 0.25, 0.5])
def test_rows_sorted_by_class_are_refused(n_classes: int, test_size: float) -> None:
    y = np.array([f"c{n}" for n in range(n_classes)]).repeat(600 // n_classes)
    with pytest.raises(DataError, match=r"^The rows of X\.npy seem sorted by label: c.*shuffle"):
        split_tail(y, test_size, "X.npy")


def test_the_refusal_names_the_class() -> None:
    y = np.repeat(["cat", "dog", "owl"], 10)
    with pytest.raises(DataError, match="owl makes up 100% of the last 8 rows, .* and 9% of the"):
        split_tail(y, 0.25, "X.npy")
