"""arrays: what the arrays of a .npz may be called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr.datasets import load
from hebbovr.errors import DataNote, HebbovrError

X = np.random.default_rng(0).random((60, 4))
Y = np.arange(60) % 3
IMAGES = (255 * np.random.default_rng(0).random((60, 2, 2))).astype(np.uint8)


@pytest.mark.parametrize(
    ("x", "y"),
    [("X", "y"), ("x", "y"), ("X", "Y"), ("x", "Y"), ("X", "labels"), ("x", "LABEL"),
     ("data", "target"), ("Data", "Targets"), ("features", "classes"), ("images", "labels"),
     ("samples", "class"), ("X_train", "y_train"), ("x_TRAIN", "Y_train"), ("Xtrain", "ytrain"),
     ("train_images", "train_labels"), ("train_x", "train_y"), ("images_train", "labels_train"),
     ("arr_0", "arr_1")],
)  # fmt: skip
def test_samples_and_labels_in_any_spelling(tmp_path: Path, x: str, y: str) -> None:
    np.savez(tmp_path / "a.npz", **{x: X, y: Y})  # type: ignore[arg-type]
    data = load(tmp_path / "a.npz", test_size=0)
    assert np.array_equal(data.X_train, X)
    assert data.y_train is not None
    assert data.y_train.tolist() == Y.tolist()


def test_arrays_without_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X, Y[:, None])
    assert load(tmp_path / "a.npz").labelled
    np.savez(tmp_path / "a.npz", X)
    assert load(tmp_path / "a.npz").y_train is None
    np.savez(tmp_path / "a.npz", Y, X)
    with pytest.raises(HebbovrError, match=r"arr_0 of .* has shape \(60,\).*samples=NAME"):
        load(tmp_path / "a.npz")
    assert load(tmp_path / "a.npz", samples="arr_1", labels="arr_0").labelled


@pytest.mark.parametrize("val", ["val_images", "valid_images", "validation_images", "images_val"])
def test_medmnist(tmp_path: Path, val: str) -> None:
    np.savez(
        tmp_path / "a.npz",
        **{val: IMAGES[:9], "val_labels": Y[:9, None]},
        train_images=IMAGES,
        train_labels=Y[:, None],
        test_images=IMAGES[:12],
        test_labels=Y[:12, None],
    )
    with pytest.warns(DataNote, match=f"{val}.* are for validation"):
        data = load(tmp_path / "a.npz")
    assert (data.n_train, data.n_test, data.image_shape) == (60, 12, (2, 2))
    assert data.y_test is not None
    assert data.y_test.tolist() == Y[:12].tolist()


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": X, "digits": Y}, "holds digits.*-D labels=digits, or.*-D drop=digits"),
        ({"X": X, "weights": X[:, 0]}, "holds weights, of as many entries as samples"),
        ({"X": X, "X_test": X[:7], "classes_of_test": Y[:7]}, "holds classes_of_test"),
        ({"X": X, "x": X}, "several arrays that may be X.*samples=X"),
        ({"X": X, "y": Y, "labels": Y}, "several arrays that may be y.*labels=y.*drop=labels"),
        ({"data": X, "x_train": X}, "several arrays"),
        ({"arr_0": X, "arr_1": Y, "arr_2": X}, "holds arr_2"),
        ({"foo": X}, "no array X.*samples=NAME"),
        ({"X": X, "b" * 5000: Y}, "holds 'b{60}…', of as"),
        ({"X": X, "my labels": Y}, "-D labels='my labels'"),
    ],
)
def test_what_is_not_understood_is_refused(
    tmp_path: Path, arrays: dict[str, Any], words: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(HebbovrError, match=words):
        load(tmp_path / "a.npz")


def test_options_say_what_arrays_are(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", foo=X, bar=Y, weights=X[:, 0], about=np.arange(3))
    data = load(tmp_path / "a.npz", samples="foo", labels="bar", drop="weights")
    assert data.labelled
    assert load(tmp_path / "a.npz", samples="foo", drop="weights,bar").y_train is None
    for option in ("samples", "labels", "drop"):
        with pytest.raises(HebbovrError, match=rf"{option}='zzz' names no array"):
            load(tmp_path / "a.npz", **{"samples": "foo", "drop": "weights"} | {option: "zzz"})


def test_names_of_features(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=X, feature_names=np.array(list("abcd")))
    assert load(tmp_path / "a.npz").feature_names == ("a", "b", "c", "d")
    np.savez(tmp_path / "a.npz", X=X, feature_names=np.array(list("abc")))
    with pytest.warns(DataNote, match="left out"):
        assert load(tmp_path / "a.npz").feature_names is None


def test_rows_are_numbered_as_in_the_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=X, y=Y)
    data = load(tmp_path / "a.npz", seed=4)
    assert data.X_test is not None
    assert np.array_equal(data.X_train, X[data.row_numbers("train")])
    assert np.array_equal(data.X_test, X[data.row_numbers("test")])
    np.savez(tmp_path / "a.npz", X=X, y=Y, X_test=X[:5], y_test=Y[:5])
    data = load(tmp_path / "a.npz")
    assert data.row_numbers("train").tolist() == list(range(60))
    assert data.row_numbers("test").tolist() == list(range(60, 65))


@pytest.mark.parametrize("name", ["digits", "sphere"])
def test_rows_of_known_data_are_numbered(name: str) -> None:
    whole, split = load(name, test_size=0), load(name, seed=0)
    assert split.X_test is not None
    assert np.array_equal(split.X_train, whole.X_train[split.row_numbers("train")])
    assert np.array_equal(split.X_test, whole.X_train[split.row_numbers("test")])
