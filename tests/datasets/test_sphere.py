"""sphere: the paper's section 2.1."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hebbovr.datasets import load_sphere, sample_sphere
from hebbovr.errors import SettingsError


def test_points_are_uniform_on_the_unit_sphere() -> None:
    X = sample_sphere(20_000, seed=1).X.astype(float)
    assert np.allclose(np.linalg.norm(X, axis=1), 1, atol=1e-6)
    for axis in range(3):  # each coordinate of a uniform point on a sphere is uniform
        assert stats.kstest(X[:, axis], stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_cells_are_bands_and_sectors_of_equal_area() -> None:
    sample = sample_sphere(20_000, n_latitudes=3, n_longitudes=5, seed=0)
    counts = np.bincount(sample.cells, minlength=20)
    assert counts.size == 20
    assert stats.chisquare(counts).pvalue > 1e-3
    height = sample.X[:, 2]
    for band in range(4):
        inside = height[sample.cells // 5 == band]
        assert inside.min() >= -1 + band / 2 - 1e-6
        assert inside.max() <= -1 + (band + 1) / 2 + 1e-6
    angle = np.mod(np.arctan2(sample.X[:, 1], sample.X[:, 0]), 2 * np.pi)
    sector = sample.cells % 5
    middle = (sector > 0) & (sector < 4)  # float32 may round over the seam of the outer two
    assert np.all(np.abs(angle[middle] / (2 * np.pi) * 5 - sector[middle] - 0.5) <= 0.5 + 1e-5)


def test_a_cell_has_one_class_drawn_at_random() -> None:
    sample = sample_sphere(5000, n_latitudes=9, n_longitudes=40, n_classes=10, seed=0)
    assert (sample.y == sample.cell_classes[sample.cells]).all()
    assert sample.cell_classes.shape == (400,)
    assert stats.chisquare(np.bincount(sample.cell_classes, minlength=10)).pvalue > 1e-3


def test_one_cell_is_the_whole_sphere() -> None:
    sample = sample_sphere(10, n_latitudes=0, n_longitudes=1)
    assert set(sample.cells) == {0}
    assert np.unique(sample.y).size == 1


def test_the_dataset_is_the_papers_by_default() -> None:
    data = load_sphere()
    assert (data.n_train + data.n_test, data.n_features) == (5000, 3)
    assert "40 cells" in data.description
    assert data.suggested["pca"] is None
    assert data.labelled
    assert data.class_names == tuple("0123456789")


def test_the_seed_draws_everything() -> None:
    assert load_sphere(seed=4).fingerprint() == load_sphere(seed=4).fingerprint()
    assert load_sphere(seed=4).fingerprint() != load_sphere(seed=5).fingerprint()


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_samples", 1), ("n_latitudes", -1), ("n_longitudes", 0), ("n_classes", 0.5)],
)
def test_numbers_out_of_range_are_named(name: str, value: int) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}={value!r} must be a whole number"):
        load_sphere(**{name: value})
