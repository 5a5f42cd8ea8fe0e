"""checks: what samples and labels must be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hebbovr.datasets import dataset
from hebbovr.datasets.checks import as_labels, as_samples, class_names, first_not_finite
from hebbovr.errors import DataError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.uint8, np.uint8),
        (np.int64, np.int64),
        (np.bool_, np.uint8),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.longdouble, np.float64),
        (">f4", np.float32),
        (">i2", np.int16),
    ],
)
def test_dtypes(given: Any, kept: Any) -> None:
    X, shape = as_samples(np.array([[0, 1], [1, 0]]).astype(given), "X")
    assert X.dtype == kept
    assert X.dtype.isnative
    assert X.tolist() == [[0, 1], [1, 0]]
    assert shape is None


@pytest.mark.parametrize(
    ("shape", "flat", "image"),
    [
        ((4, 6, 5), (4, 30), (6, 5)),
        ((4, 6, 5, 1), (4, 30), (6, 5)),
        ((4, 6, 5, 3), (4, 90), (6, 5, 3)),
        ((4, 6, 5, 4), (4, 120), (6, 5, 4)),
    ],
)
def test_images_become_rows(
    shape: tuple[int, ...], flat: tuple[int, ...], image: tuple[int, ...]
) -> None:
    given = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    X, image_shape = as_samples(given, "X")
    assert X.shape == flat
    assert image_shape == image
    assert np.shares_memory(X, given)
    assert (X[1].reshape(image) == given[1].reshape(image)).all()


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros(5), r"shape \(5,\).*reshape\(-1, 1\)"),
        (np.array(3.0), r"shape \(\)"),
        (np.zeros((2, 3, 4, 5)), r"images must be .*moveaxis"),
        (np.zeros((2, 2, 2, 2, 2)), "reshape it"),
        (np.zeros((0, 3)), "is empty"),
        (np.zeros((3, 0)), "is empty"),
        (np.array([["a"], ["b"]]), "holds text"),
        (np.zeros((2, 2), complex), "complex"),
        (np.zeros(2, [("a", int)]), "records"),
        (np.zeros((2, 2), "M8[s]"), "datetime64"),
        (np.array([[0.0], [1.0], [np.nan]]), r"NaN in row 2 \(rows count from 0\)"),
        (np.array([[0.0], [np.inf], [np.nan]]), "infinity in row 1"),
    ],
)
def test_what_is_refused(X: np.ndarray[Any, Any], words: str) -> None:
    with pytest.raises(DataError, match=f"^some.npy .*{words}") as caught:
        as_samples(X, "some.npy")
    assert "\n" not in str(caught.value)


def test_the_first_bad_row_is_found_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset.rows_per_chunk, "__defaults__", (7 * 16,))
    X = np.zeros((100, 2))
    assert first_not_finite(X) is None
    for row in (99, 41, 7):
        X[row, 1] = np.nan
        assert first_not_finite(X) == row
    assert first_not_finite(np.zeros((3, 1), np.int8)) is None


@pytest.mark.parametrize(
    ("y", "wanted"),
    [
        (np.array([2, 1], np.uint8), [2, 1]),
        (np.array([2.0, 1.0]), [2, 1]),
        (np.array([True, False]), [1, 0]),
        (np.array([[2], [1]]), [2, 1]),
        (np.array(["b ", "a"]), ["b", "a"]),
        (np.array([b"b", "é".encode()]), ["b", "é"]),
    ],
)
def test_labels(y: np.ndarray[Any, Any], wanted: list[Any]) -> None:
    got = as_labels(y, 2, "y")
    assert got.tolist() == wanted
    assert got.dtype == np.int64 or got.dtype.kind == "U"


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.zeros(3), r"3 labels for 2 samples"),
        (np.eye(2), r"shape \(2, 2\).*argmax"),
        (np.array(1), r"shape \(\)"),
        (np.array([0.0, np.nan]), "no label in row 1"),
        (np.array(["", "a"]), "no label in row 0"),
        (np.array([1, 0.5]), "holds 0.5 in row 1"),
        (np.zeros(2, complex), "complex128"),
        (np.array([1, 2**63], np.uint64), "above 2"),
    ],
)
def test_labels_that_are_refused(y: np.ndarray[Any, Any], words: str) -> None:
    with pytest.raises(DataError, match=f"^y of f.npz .*{words}"):
        as_labels(y, 2, "y of f.npz")


def test_class_names_are_the_sorted_labels() -> None:
    assert class_names(np.array([10, 9, 9])) == ("9", "10")
    assert class_names(np.array(["b", "a"])) == ("a", "b")
