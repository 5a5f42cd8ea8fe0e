"""Every script of the gallery runs, draws its picture, and shows what it says."""

import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
GALLERY = Path(__file__).parent.parent / "docs" / "gallery"


@pytest.fixture
def run(tmp_path):
    def run(name, **settings):
        picture = tmp_path / f"{name}.png"
        found = runpy.run_path(str(GALLERY / f"{name}.py"))["main"](picture, **settings)
        assert picture.read_bytes().startswith(b"\x89PNG")
        return found

    return run


def test_every_script_has_its_picture_and_its_place_on_the_page():
    page = (GALLERY / "README.md").read_text(encoding="utf-8")
    scripts = sorted(path.stem for path in GALLERY.glob("*.py"))
    assert len(scripts) == 6
    for name in scripts:
        assert (GALLERY / f"{name}.png").exists()
        assert f"({name}.png)" in page
        assert f"({name}.py)" in page


def test_grid_search_finds_a_lambda(run):
    search = run("grid_search", units=32, epochs=10, strengths=(0.5, 1.5), folds=2)
    assert search.best_score_ > 0.85


def test_a_stream_lowers_the_overlap_of_unseen_digits(run):
    overlap = run("streaming", units=32, pieces=60)
    assert overlap[-1] < overlap[0] - 0.03


def test_more_filters_of_natural_images_are_gabors_than_by_chance(run):
    pytest.importorskip("PIL")
    shares = run("natural_images", units=32, patches=8000, epochs=20)
    assert shares["random weights"] < 0.1
    assert shares["OVR"] > 0.2


def test_a_rule_of_ones_own_follows_its_fixed_point(run):
    watched = run("own_rule", epochs=30)[0]
    # Weights come to rest at the mean of the inputs, each weighed by the response to it.
    moved = np.linalg.norm(watched.W[-1] - watched.W[-5], axis=1)
    assert moved.max() < 0.05


def test_units_share_out_a_ring(run):
    (watched,) = run("tiling_a_plane", widths=(4,), epochs=60)
    angles = np.sort(np.arctan2(watched.W[-1, :, 1], watched.W[-1, :, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    assert gaps.max() < np.pi  # no half of the plane is left to nobody


def test_sparsity_rises_with_lambda(run):
    strengths = (0.25, 1, 4, 32)
    found = run("sparsity_against_lambda", units=32, epochs=20, strengths=strengths)
    np.testing.assert_array_equal(found[0], strengths)
    assert (np.diff(found[1]) < 0).all()
    assert (np.diff(found[2]) < 0).all()
