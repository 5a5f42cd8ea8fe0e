"""files: from a path to a Dataset."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr.datasets import load_file
from hebbovr.datasets.checks import check_trainable
from hebbovr.errors import DataError, SettingsError

X = np.arange(60, dtype=np.uint8).reshape(20, 3)
Y = np.arange(20) % 2


def saved(path: Path, array: np.ndarray[Any, Any]) -> Path:
    np.save(path, array)
    return path


def test_npy_alone_is_all_for_training(tmp_path: Path) -> None:
    data = load_file(saved(tmp_path / "X.npy", X))
    assert isinstance(data.X_train, np.memmap)
    assert data.X_train.dtype == np.uint8
    assert (data.n_train, data.X_test, data.y_train, data.name) == (20, None, None, "X.npy")


def test_npy_with_labels_is_cut_and_not_copied(tmp_path: Path) -> None:
    labels = saved(tmp_path / "y.npy", np.array(["u", "v"])[Y])
    data = load_file(saved(tmp_path / "X.npy", X), labels=str(labels))
    assert isinstance(data.X_train, np.memmap)
    assert isinstance(data.X_test, np.memmap)
    assert np.array_equal(np.concatenate([data.X_train, data.X_test]), X)
    assert (data.n_train, data.n_test, data.class_names) == (15, 5, ("u", "v"))
    assert data.y_test is not None
    assert data.y_test.tolist() == ["v", "u", "v", "u", "v"]
    whole = load_file(tmp_path / "X.npy", labels=labels, test_size=0)
    assert (whole.n_train, whole.X_test, whole.labelled) == (20, None, False)


def test_a_large_map_costs_no_memory(tmp_path: Path) -> None:
    big = np.lib.format.open_memmap(
        tmp_path / "X.npy", mode="w+", dtype=np.float32, shape=(40_000, 16, 16, 3)
    )
    labels = saved(tmp_path / "y.npy", np.zeros(40_000, np.int64))
    tracemalloc.start()
    data = load_file(tmp_path / "X.npy", labels=labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert data.image_shape == (16, 16, 3)
    assert data.n_features == 768
    assert peak < big.nbytes / 10


def test_sorted_labels_of_a_map_are_refused(tmp_path: Path) -> None:
    labels = saved(tmp_path / "y.npy", np.repeat([0, 1], 30))
    path = saved(tmp_path / "X.npy", np.zeros((60, 2)))
    with pytest.raises(DataError, match=r"X\.npy seem sorted by label: 1 makes up 100%"):
        load_file(path, labels=labels)
    assert load_file(path, labels=labels, test_size=0).n_train == 60


def test_fortran_order(tmp_path: Path) -> None:
    data = load_file(saved(tmp_path / "X.npy", np.asfortranarray(X)))
    assert np.array_equal(data.X_train, X)
    images = np.asfortranarray(X.reshape(20, 3, 1))
    path = saved(tmp_path / "images.npy", np.asfortranarray(np.concatenate([images] * 2, axis=2)))
    with pytest.raises(DataError, match="Fortran order.*ascontiguousarray"):
        load_file(path)


def test_npz_with_labels_is_split_by_class(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", X=X, y=Y)
    data = load_file(tmp_path / "d.npz", test_size=0.2, seed=1)
    assert (data.n_train, data.n_test) == (16, 4)
    assert data.y_train is not None
    assert data.y_test is not None
    assert sorted(data.y_test) == [0, 0, 1, 1]
    assert np.array_equal(data.X_train[:, 0] // 3 % 2, data.y_train)
    assert data.X_train.dtype == np.uint8
    assert data.fingerprint() == load_file(tmp_path / "d.npz", test_size=0.2, seed=1).fingerprint()


def test_npz_with_its_own_test_part_keeps_it(tmp_path: Path) -> None:
    images = X.reshape(20, 3, 1)
    np.savez(tmp_path / "d.npz", X=images, y=Y, X_test=images[:1], y_test=np.array([2]))
    data = load_file(tmp_path / "d.npz")
    assert (data.n_train, data.n_test, data.image_shape) == (20, 1, (3, 1))
    assert data.class_names == ("0", "1", "2")
    np.savez(tmp_path / "e.npz", X=X, X_test=X[:3])
    data = load_file(tmp_path / "e.npz")
    assert (data.n_test, data.labelled, data.class_names) == (3, False, None)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"X": X, "y": Y[:5]}, r"y of .*d\.npz has 5 labels for 20 samples"),
        ({"X": X, "y_test": Y}, "y_test without X_test"),
        ({"X": X, "X_test": X[:, :2]}, "3 features in X and 2 in X_test"),
        ({"X": X, "X_test": X, "y_test": Y}, "y_test without y;"),
        ({"X": X, "y": Y, "X_test": X, "y_test": Y.astype(str)}, "strings in the other"),
        ({"X": X, "y": Y, "X_test": X, "y_test": Y[:3]}, "y_test of .* has 3 labels for 20"),
        ({"X": X, "X_test": np.full((2, 3), np.nan)}, "X_test of .* holds NaN in row 0"),
        ({"X": X[0]}, "shape \\(3,\\)"),
    ],
)
def test_npz_that_contradict_themselves(
    tmp_path: Path, members: dict[str, Any], words: str
) -> None:
    np.savez(tmp_path / "d.npz", **members)
    with pytest.raises(DataError, match=words):
        load_file(tmp_path / "d.npz")


def test_a_table_with_and_without_labels(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{n},{n * n},{'even' if n % 2 == 0 else 'odd'}" for n in range(40)]
    path.write_text("\n".join(["a,b,class", *rows]))
    data = load_file(path)
    assert (data.n_train, data.n_test, data.class_names) == (30, 10, ("even", "odd"))
    assert data.y_test is not None
    assert sorted(data.y_test) == ["even"] * 5 + ["odd"] * 5
    path.write_text("\n".join(f"{n / 4},{n}" for n in range(40)))
    assert load_file(path).X_test is None
    data = load_file(path, label_column="1", header="no")
    assert (data.n_features, data.n_test) == (1, 10)


def test_a_single_row_is_loaded_and_cannot_be_trained_on(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("1,2\n")
    data = load_file(tmp_path / "t.csv")
    assert data.X_train.tolist() == [[1, 2]]
    with pytest.raises(DataError, match=r"t\.csv holds a single sample"):
        check_trainable(data)


@pytest.mark.parametrize("given", ["1x3", "3 x 1", "3×1", "1,3", (1, 3), [3, 1], "1x1x3"])
def test_image_shape_can_be_given(tmp_path: Path, given: Any) -> None:
    shape = load_file(saved(tmp_path / "X.npy", X), image_shape=given).image_shape
    assert shape in {(1, 3), (3, 1), (1, 1, 3)}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("3", "must be height x width"),
        ("axb", "must be height x width"),
        ("3x1x1", "with 3 or 4 channels"),
        ((0, 3), "must be"),
        (7, "must be"),
        ("2x2", "has 4 pixels where rows have 3"),
    ],
)
def test_a_wrong_image_shape_is_refused(tmp_path: Path, given: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_file(saved(tmp_path / "X.npy", X), image_shape=given)


def test_options_of_other_endings_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "X.npy", X)
    with pytest.raises(SettingsError, match=r"X\.npy has no option 'header'; its .* labels, im"):
        load_file(path, header=True)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    saved(tmp_path / "train.npy", X)
    with pytest.raises(DataError, match=r"trian\.npy does not exist; did you mean .*train\.npy\?"):
        load_file(tmp_path / "trian.npy")
    with pytest.raises(DataError, match=r"zzz\.csv does not exist; check the path"):
        load_file(tmp_path / "zzz.csv")
    with pytest.raises(DataError, match="there is no folder"):
        load_file(tmp_path / "no" / "a.csv")
    with pytest.raises(DataError, match="is a folder"):
        load_file(tmp_path)
    with pytest.raises(DataError, match=r"labels\.npy does not exist"):
        load_file(tmp_path / "train.npy", labels=tmp_path / "labels.npy")
    (tmp_path / "a.jpg").touch()
    with pytest.raises(DataError, match=r"unknown ending; data files are \.csv, \.tsv"):
        load_file(tmp_path / "a.jpg")
