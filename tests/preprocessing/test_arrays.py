"""Preprocessors saved as plain arrays and rebuilt from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from hebbovr.errors import ModelFileError
from hebbovr.preprocessing import Preprocessor


@pytest.fixture(scope="module")
def digits():
    return load_digits().data


@pytest.mark.parametrize(
    "preprocessor",
    [
        Preprocessor(),
        Preprocessor(0.9, whiten=0.002, scale="none", random_state=np.int64(3)),
        Preprocessor(np.int64(6), random_state=np.random.default_rng(0)),
    ],
)
def test_arrays_there_and_back(digits, preprocessor, tmp_path):
    frame = pd.DataFrame(digits, columns=[f"p{i}" for i in range(64)])
    preprocessor.fit(frame)
    np.savez(tmp_path / "model.npz", **preprocessor.to_arrays())
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        again = Preprocessor.from_arrays(arrays)
    np.testing.assert_array_equal(again.transform(frame), preprocessor.transform(frame))
    np.testing.assert_array_equal(
        again.to_inputs(np.eye(again.n_components_)),
        preprocessor.to_inputs(np.eye(again.n_components_)),
    )
    assert again.n_features_in_ == 64
    wanted = preprocessor.get_params()
    if not isinstance(wanted["random_state"], np.int64):
        wanted["random_state"] = None
    assert again.get_params() == wanted


def test_arrays_are_numbers_and_single_texts(digits):
    for name, array in Preprocessor(3).fit(digits).to_arrays().items():
        assert array.dtype.kind in "fb" or (array.dtype.kind == "U" and array.ndim == 0), name


@pytest.mark.parametrize("name", ["about", "mean", "whitening"])
def test_arrays_with_one_missing(digits, name):
    arrays = Preprocessor(3).fit(digits).to_arrays()
    del arrays[name]
    with pytest.raises(ModelFileError, match=name):
        Preprocessor.from_arrays(arrays)


@pytest.mark.parametrize(
    ("n_components", "name", "value"),
    [
        (3, "scale", np.ones(5)),
        (3, "components", np.ones((4, 64))),
        (3, "variances", np.ones(4)),
        (None, "whitening", np.ones(4)),
        (3, "about", np.array("no JSON")),
        (3, "about", np.array('{"parameters": {"colour": 1}, "feature_names": null}')),
    ],
)
def test_arrays_that_contradict_each_other(digits, n_components, name, value):
    arrays = Preprocessor(n_components).fit(digits).to_arrays()
    with pytest.raises(ModelFileError, match="preprocessing"):
        Preprocessor.from_arrays(arrays | {name: value})
