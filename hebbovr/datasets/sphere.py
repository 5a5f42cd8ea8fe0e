"""Points on a sphere cut into cells of random class: the toy data of the paper's section 2.1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.options import check_counts
from hebbovr.datasets.split import check_split_settings, split_rows

SUGGESTED = {"hidden": 16, "pca": None, "epochs": 60, "lr": 3e-3, "lam": 2e-5}


@dataclass(frozen=True, eq=False)
class SphereSample:
    """Points with their cells and classes.

    Attributes
    ----------
    X : ndarray of shape (n_samples, 3), float32
        Points of length 1.
    y : ndarray of shape (n_samples,), int64
        Class of each point, from 0.
    cells : ndarray of shape (n_samples,), int64
        Cell of each point: band · n_longitudes + sector, bands from south to north.
    cell_classes : ndarray of shape (n_cells,), int64
        Class of each cell.
    """

    X: NDArray[np.float32]
    y: NDArray[np.int64]
    cells: NDArray[np.int64]
    cell_classes: NDArray[np.int64]


def sample_sphere(
    n_samples: int = 5000,
    n_latitudes: int = 4,
    n_longitudes: int = 8,
    n_classes: int = 10,
    seed: int = 0,
) -> SphereSample:
    """Draw points uniformly on the unit sphere and label them by cell.

    N circles of latitude cut the sphere into N + 1 bands, M meridians into M sectors. The
    circles are evenly spaced in height, so that all (N + 1)·M cells have the same area and get
    about the same number of points. Each cell is given one of the classes at random.

    Parameters
    ----------
    n_samples : int, default=5000
        Number of points.
    n_latitudes : int, default=4
        N, the circles of latitude; may be 0.
    n_longitudes : int, default=8
        M, the sectors of longitude. N = 4 and M = 8 make 40 cells, as in the paper's Figure 1a.
    n_classes : int, default=10
        C. With few cells some classes may have none.
    seed : int, default=0
        Seed of points and classes.

    Returns
    -------
    SphereSample

    Raises
    ------
    SettingsError
        A number is out of range.
    """
    check_counts(n_samples=(n_samples, 2), n_latitudes=(n_latitudes, 0))
    check_counts(n_longitudes=(n_longitudes, 1), n_classes=(n_classes, 1))
    rng = np.random.default_rng(seed)
    cell_classes = rng.integers(n_classes, size=(n_latitudes + 1) * n_longitudes)
    # Heights of uniform points on a sphere are uniform (Archimedes).
    height = rng.uniform(-1, 1, n_samples)
    angle = rng.uniform(0, 2 * np.pi, n_samples)
    radius = np.sqrt(1 - height**2)
    X = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
    band = np.minimum((height + 1) / 2 * (n_latitudes + 1), n_latitudes).astype(np.int64)
    sector = np.minimum(angle / (2 * np.pi) * n_longitudes, n_longitudes - 1).astype(np.int64)
    cells = band * n_longitudes + sector
    return SphereSample(X.astype(np.float32), cell_classes[cells], cells, cell_classes)


def load_sphere(
    *,
    n_samples: int = 5000,
    n_latitudes: int = 4,
    n_longitudes: int = 8,
    n_classes: int = 10,
    test_size: float = 0.25,
    seed: int = 0,
) -> Dataset:
    """Draw the sphere data (see `sample_sphere`) and cut off a stratified test part."""
    check_split_settings(test_size, seed)
    sample = sample_sphere(n_samples, n_latitudes, n_longitudes, n_classes, seed)
    train, test = split_rows(sample.y, test_size, seed)
    n_cells = sample.cell_classes.size
    return Dataset(
        name="sphere",
        X_train=sample.X[train],
        y_train=sample.y[train],
        X_test=sample.X[test] if test.size else None,
        y_test=sample.y[test] if test.size else None,
        class_names=tuple(str(label) for label in np.unique(sample.y)),
        description=f"Points on a unit sphere of {n_cells} cells, each of a random class",
        suggested=SUGGESTED,
        rows_train=train,
        rows_test=test if test.size else None,
    )
