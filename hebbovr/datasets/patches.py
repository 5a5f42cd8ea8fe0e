"""Square patches cut from the two photographs that come with scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.options import check_counts
from hebbovr.datasets.split import check_split_settings
from hebbovr.errors import DataError, SettingsError

Array = NDArray[Any]
LUMA = (0.299, 0.587, 0.114)  # weights of red, green and blue (ITU-R BT.601)
SUGGESTED = {
    "hidden": 256,
    "pca": 80,
    "scale": "global",
    "whiten": 0.002,
    "epochs": 20,
    "lr": 5e-3,
    "lam": 1.2e-4,
    "weight_scale": 0.02,
}


def load_patches(
    *,
    size: int = 12,
    colour: bool = False,
    n_patches: int = 100_000,
    halve: bool = True,
    seed: int = 0,
) -> Dataset:
    """Cut patches at random places of scikit-learn's two sample photographs.

    The photographs, a temple and a flower of 427 x 640 pixels, are JPEGs: a pattern of 8 x 8
    blocks shows in them, which a learning rule finds too. Halved, each pixel is the mean of four
    and most of that pattern is gone. No two patches are the same place. There are no labels and
    no test rows.

    Parameters
    ----------
    size : int, default=12
        Height and width of a patch in pixels.
    colour : bool, default=False
        Keep red, green and blue, else their brightness alone.
    n_patches : int, default=100_000
        Number of patches.
    halve : bool, default=True
        Halve height and width of the photographs first.
    seed : int, default=0
        Draws the places.

    Returns
    -------
    Dataset
        Rows are float32 from 0 to 255.

    Raises
    ------
    SettingsError
        A patch does not fit a photograph, or there are fewer places than patches.
    DataError
        Pillow, which reads the photographs, is not installed.
    """
    check_split_settings(0, seed)
    check_counts(size=(size, 2), n_patches=(n_patches, 2))
    photographs = [_prepare(image, colour, halve) for image in _photographs()]
    windows = [_windows(image, size) for image in photographs]
    counts = [places.shape[0] * places.shape[1] for places in windows]
    if n_patches > sum(counts):
        raise SettingsError(
            f"n_patches={n_patches!r} is more than the {sum(counts)} places for patches of "
            f"{size} x {size} pixels; ask for fewer" + (", or set halve=no" if halve else "")
        )
    random = np.random.default_rng(seed)
    places = random.choice(sum(counts), n_patches, replace=False)
    X = np.empty((n_patches, size * size * (3 if colour else 1)), np.float32)
    top = 0
    for found, count in zip(windows, counts, strict=True):
        mine = (places >= top) & (places < top + count)
        y, x = np.divmod(places[mine] - top, found.shape[1])
        X[mine] = found[y, x].reshape(len(y), -1)
        top += count
    shape = (size, size, 3) if colour else (size, size)
    return Dataset(
        name="patches",
        X_train=X,
        image_shape=shape,
        description="Patches of the two photographs that come with scikit-learn"
        + (", halved" if halve else ""),
        suggested=SUGGESTED,
        title="natural patches",
    )


def _photographs() -> list[Array]:
    from sklearn.datasets import load_sample_images

    try:
        return list(load_sample_images().images)
    except ImportError:
        raise DataError(
            "The data set patches needs Pillow to read photographs: pip install 'hebbovr[plot]'"
        ) from None


def _prepare(image: Array, colour: bool, halve: bool) -> Array:
    """Return a photograph (h, w, 1 or 3) as float32."""
    pixels = image.astype(np.float32)
    if not colour:
        pixels = (pixels @ np.array(LUMA, np.float32))[..., None]
    if not halve:
        return pixels
    rows, columns = (n // 2 for n in pixels.shape[:2])
    pairs = pixels[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2, -1)
    halved: Array = pairs.mean(axis=(1, 3))
    return halved


def _windows(image: Array, size: int) -> Array:
    """Return a view (h', w', size, size, channels) of all patches of a photograph."""
    if size > min(image.shape[:2]):
        raise SettingsError(
            f"size={size!r} is more than a photograph of {image.shape[0]} x {image.shape[1]} "
            "pixels holds; choose smaller patches"
        )
    view = np.lib.stride_tricks.sliding_window_view(image, (size, size), axis=(0, 1))
    return np.moveaxis(view, 2, -1)
