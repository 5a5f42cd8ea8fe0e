"""Patches of the two photographs: where they come from, and what is refused."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from hebbovr.datasets import load, load_patches
from hebbovr.errors import DataError, SettingsError

LUMA = np.array([0.299, 0.587, 0.114])


def photographs(halve=True):
    for image in load_sample_images().images:
        grey = image.astype(np.float64) @ LUMA
        if halve:
            rows, columns = (n // 2 for n in grey.shape)
            grey = grey[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).mean(axis=(1, 3))
        yield grey


def is_in(patch, images):
    """Whether the patch is cut from one of the images: its first pixels lead to the place."""
    for image in images:
        height, width = (n - patch.shape[0] + 1 for n in image.shape)
        near = np.abs(image[:height, :width] - patch[0, 0]) < 1e-3
        for y, x in zip(*np.nonzero(near), strict=True):
            cut = image[y : y + patch.shape[0], x : x + patch.shape[1]]
            if np.allclose(cut, patch, atol=1e-3):
                return True
    return False


def test_rows_are_patches_of_the_photographs():
    data = load_patches(n_patches=500, seed=3)
    assert data.X_train.shape == (500, 144)
    assert data.X_train.dtype == np.float32
    assert data.image_shape == (12, 12)
    assert data.y_train is None
    assert data.X_test is None
    images = list(photographs())
    assert all(is_in(row.reshape(12, 12), images) for row in data.X_train[::50])
    assert len(np.unique(data.X_train, axis=0)) == 500


def test_options_size_colour_and_whole_photographs():
    small = load_patches(size=5, n_patches=40, halve=False)
    assert small.image_shape == (5, 5)
    assert is_in(small.X_train[7].reshape(5, 5), list(photographs(halve=False)))
    colour = load_patches(size=6, n_patches=40, colour=True)
    assert colour.image_shape == (6, 6, 3)
    assert colour.X_train.shape == (40, 108)
    grey = load_patches(size=6, n_patches=40)
    np.testing.assert_allclose(
        colour.X_train.reshape(40, 36, 3) @ LUMA, grey.X_train, rtol=1e-4, atol=1e-3
    )


def test_the_seed_decides_which():
    first, same, other = (load_patches(n_patches=30, seed=seed).X_train for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_it_is_known_by_name_with_its_options():
    data = load("patches", size="8", n_patches="50", colour="yes")
    assert data.X_train.shape == (50, 192)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 1}, "size=1 must be a whole number of at least 2"),
        ({"size": 400}, "size=400 is more than a photograph of 213 x 320 pixels holds"),
        ({"n_patches": 10**7}, "is more than the .* places for patches of 12 x 12 pixels"),
        ({"n_patches": 1}, "n_patches=1 must be a whole number of at least 2"),
    ],
)
def test_what_does_not_fit_is_named(options, said):
    with pytest.raises(SettingsError, match=said):
        load_patches(**options)


def test_without_pillow_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(DataError, match=r"needs Pillow.*pip install 'hebbovr\[plot\]'"):
        load_patches(n_patches=10)
