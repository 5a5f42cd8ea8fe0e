import numpy as np
import pytest

from hebbovr.experiments.inputs import prepare_inputs, take_rows


def settings(images, split, **inputs):
    how = {"pca": 10, "scale": "feature", "whiten": None} | inputs
    return {"data": images.fingerprint(), "split": split, "inputs": how}


def test_held_out_rows_are_training_rows_of_every_class(images):
    inputs = prepare_inputs(settings(images, "held-out", pca=None), images)
    assert len(inputs.X_train) == 128
    assert len(inputs.X_test) == 32
    assert np.bincount(inputs.y_test).tolist() == [8, 8, 8, 8]
    back = inputs.X_test * inputs.preprocessor.scale_ + inputs.preprocessor.mean_
    known = {row.tobytes() for row in images.X_train}
    assert {row.tobytes() for row in np.rint(back).astype(np.uint8)} <= known


def test_the_test_split_trains_on_all_training_rows(images):
    inputs = prepare_inputs(settings(images, "test"), images)
    assert inputs.X_train.shape == (160, 10)
    assert inputs.X_test.shape == (60, 10)
    assert inputs.X_train.dtype == np.float32
    np.testing.assert_array_equal(inputs.y_test, images.y_test)
    expected = inputs.preprocessor.transform(images.X_test)
    np.testing.assert_array_equal(inputs.X_test, expected)


def test_inputs_are_prepared_once_for_the_same_settings(images):
    first = prepare_inputs(settings(images, "test"), images)
    assert prepare_inputs(settings(images, "test"), images) is first
    assert prepare_inputs(settings(images, "test", whiten=0.01), images) is not first
    assert prepare_inputs(settings(images, "held-out"), images) is not first


@pytest.mark.parametrize("split", ["test", "held-out"])
def test_data_without_labels_have_inputs_too(images, split):
    bare = type(images)(name="bare", X_train=images.X_train)
    inputs = prepare_inputs(settings(bare, split), bare)
    assert not inputs.labelled
    assert (inputs.X_test is None) == (split == "test")


def test_rows_are_taken_evenly_and_data_that_are_small_enough_are_left_alone(images):
    taken = take_rows(images, 40, 1000)
    assert (taken.n_train, taken.n_test) == (40, 60)
    np.testing.assert_array_equal(taken.X_train[[0, -1]], images.X_train[[0, -1]])
    assert taken.title == "tiny images"
    assert take_rows(images, 160, 60) is images
