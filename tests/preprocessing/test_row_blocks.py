"""Rows in blocks: every row once, in order, and the first bad one named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hebbovr.errors import DataError
from hebbovr.preprocessing import row_blocks
from hebbovr.preprocessing.row_blocks import finite_blocks, row_slices


@given(st.integers(0, 50), st.integers(1, 9), st.integers(1, 60))
def test_slices_cover_all_rows_in_order(n_rows, n_features, numbers):
    X = np.zeros((n_rows, n_features))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_blocks, "BLOCK_NUMBERS", numbers)
        slices = list(row_slices(X))
    assert [row for rows in slices for row in range(n_rows)[rows]] == list(range(n_rows))
    for rows in slices:
        assert len(X[rows]) * n_features <= max(numbers, n_features)


def test_blocks_are_views(monkeypatch):
    monkeypatch.setattr(row_blocks, "BLOCK_NUMBERS", 6)
    X = np.arange(14).reshape(7, 2)
    for rows, block in finite_blocks(X):
        assert np.shares_memory(block, X)
        np.testing.assert_array_equal(block, X[rows])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_names_the_first_row_that_is_not_finite(monkeypatch, bad):
    monkeypatch.setattr(row_blocks, "BLOCK_NUMBERS", 6)
    X = np.zeros((7, 2))
    X[4:, 1] = bad
    with pytest.raises(DataError, match=r"Row 4 of X holds NaN or infinity \(feature 1\)"):
        list(finite_blocks(X))
