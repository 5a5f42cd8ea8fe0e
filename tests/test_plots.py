"""Figures: what is drawn where, and files that are whole and the same every time."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.image import imread

from hebbovr.errors import DataError, HebbovrError, SettingsError
from hebbovr.plots import (
    plot_activity,
    plot_filters,
    plot_history,
    save_figure,
    selectivity_order,
)

HISTORY = [
    {
        "epoch": epoch,
        "learning_rate": 1e-3,
        "objective": 1 / epoch,
        "validation_objective": 2 / epoch,
        "overlap": 0.5 / epoch,
        "mean_response": 0.5,
        "share_active": 0.3,
        "seconds": 1.0,
    }
    for epoch in range(1, 6)
]
GAP, TILE = 4, 64


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.fixture
def history_figure():
    return plot_history(HISTORY)


@pytest.fixture(params=["filters", "rows", "history", "activity"])
def figure(request, random):
    return {
        "filters": lambda: plot_filters(random.normal(size=(5, 16)), (4, 4), title="Weights"),
        "rows": lambda: plot_filters(random.normal(size=(5, 7)), title="Weights"),
        "history": lambda: plot_history(HISTORY),
        "activity": lambda: plot_activity(random.random((20, 6)), np.arange(20) % 3),
    }[request.param]()


def drawn(fig):
    """Return the image on the first axes as an array."""
    return np.asarray(fig.axes[0].images[0].get_array())


def middles(image, height, width):
    """Return the colour in the middle of every pixel of the first tile."""
    zoom = TILE // max(height, width)
    return image[: height * zoom, : width * zoom][zoom // 2 :: zoom, zoom // 2 :: zoom]


def titles(fig):
    return [axes.get_title(loc="left") for axes in fig.axes if axes.get_title(loc="left")]


def test_grey_tile_is_scaled_around_zero(random):
    pattern = np.array([[-2.0, -1.0, 0.0, 1.0]])
    found = middles(drawn(plot_filters(pattern, (2, 2))), 2, 2)
    np.testing.assert_allclose(found[..., 0], [[0, 0.25], [0.5, 0.75]])
    np.testing.assert_array_equal(found[..., 0], found[..., 2])


def test_every_tile_has_its_own_scale(random):
    pattern = random.normal(size=64)
    one = drawn(plot_filters([pattern], (8, 8)))
    both = drawn(plot_filters([pattern, 1000 * pattern], (8, 8)))
    np.testing.assert_allclose(both[:, :TILE], one)
    np.testing.assert_allclose(both[:, TILE + GAP :], one)
    np.testing.assert_array_equal(both[:, TILE : TILE + GAP], 1)


@pytest.mark.parametrize("colour_first", [False, True])
def test_colour_tiles(random, colour_first):
    image = random.normal(size=(4, 5, 3))
    stored = np.moveaxis(image, -1, 0) if colour_first else image
    fig = plot_filters([stored.ravel()], stored.shape)
    found = middles(drawn(fig), 4, 5)
    np.testing.assert_allclose(found, 0.5 + 0.5 * image / np.abs(image).max())


def test_zero_pattern_is_mid_grey():
    np.testing.assert_array_equal(drawn(plot_filters(np.zeros((1, 64)))), 0.5)


def test_order_and_number_of_tiles(random):
    P = random.normal(size=(9, 64))
    found = drawn(plot_filters(P, (8, 8), order=[4, 0, 7], n=2))
    np.testing.assert_allclose(found, drawn(plot_filters(P[[4, 0]], (8, 8))))
    assert drawn(plot_filters(P, n=100)).shape[:2] == (3 * (TILE + GAP) - GAP,) * 2


def test_without_shape_squares_are_images_and_others_rows(random):
    square = plot_filters(random.normal(size=(2, 64)))
    assert drawn(square).shape == (TILE, 2 * TILE + GAP, 3)
    P = random.normal(size=(3, 4))
    rows = plot_filters(P, order=[2, 0])
    np.testing.assert_allclose(drawn(rows), (P / np.abs(P).max(axis=1, keepdims=True))[[2, 0]])
    assert [label.get_text() for label in rows.axes[0].get_yticklabels()] == ["2", "0"]
    assert rows.axes[0].get_xlabel() == "input feature"


def test_title_and_note_fit_into_the_figure(random):
    fig = plot_filters(
        random.normal(size=(1, 64)), title="A heading that is wider than the tile is"
    )
    fig.canvas.draw()
    for text in fig.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= fig.bbox.width
        assert box.y0 >= 0
        assert box.y1 <= fig.bbox.height


@pytest.mark.parametrize("shape", [(4,), (2, 8, 4), (2, 2, 2, 2), ()])
def test_shapes_that_are_no_image(shape):
    with pytest.raises(SettingsError, match="is no image"):
        plot_filters(np.ones((2, 64)), shape)


def test_shape_of_another_size():
    with pytest.raises(DataError, match="64 features, but image_shape=.* holds 48"):
        plot_filters(np.ones((2, 64)), (4, 4, 3))


@pytest.mark.parametrize("patterns", [np.ones(4), np.ones((0, 4)), np.ones((4, 0))])
def test_no_patterns(patterns):
    with pytest.raises(DataError, match="patterns have shape"):
        plot_filters(patterns)


def test_patterns_that_are_not_finite():
    P = np.ones((3, 4))
    P[1, 2] = np.nan
    with pytest.raises(DataError, match="Pattern 1 holds NaN"):
        plot_filters(P)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n=0"),
        ({"order": [0, 3]}, "from 0 to 3, but they are counted from 0 to 2"),
        ({"order": [-1]}, "from -1"),
        ({"order": []}, "list of unit numbers"),
        ({"order": [0.5]}, "list of unit numbers"),
        ({"order": [[0]]}, "list of unit numbers"),
    ],
)
def test_orders_out_of_range(options, message):
    with pytest.raises(SettingsError, match=message):
        plot_filters(np.ones((3, 4)), **options)


def test_most_localised_pattern_comes_first(random):
    wide = random.choice([-1.0, 1.0], 100)
    narrow = np.where(np.arange(100) == 7, 1.0, 0.0)
    middle = np.where(np.arange(100) < 20, wide, 0.0)
    P = np.array([wide, np.zeros(100), 1e-200 * narrow, 1e6 * middle])
    assert list(selectivity_order(P)) == [2, 3, 0, 1]


def test_most_selective_responses_come_first():
    H = np.array([[1, 0, 5, 1], [1, 0, 0, 1], [1, 0, 0, 0]])
    assert list(selectivity_order(responses=H)) == [2, 3, 0, 1]


def test_order_of_nothing():
    with pytest.raises(SettingsError, match="patterns or responses"):
        selectivity_order()


def test_history_panels_and_curves():
    fig = plot_history(HISTORY)
    assert titles(fig) == [
        "Objective J",
        "Mean overlap",
        "Mean response",
        "Share active (h > 0)",
        "Learning rate",
    ]
    training, held_out = fig.axes[0].lines
    np.testing.assert_array_equal(training.get_xdata(), range(1, 6))
    np.testing.assert_allclose(held_out.get_ydata(), 2 * training.get_ydata())
    assert fig.axes[0].get_legend() is not None
    assert fig.axes[1].get_legend() is None
    assert {axes.get_xlabel() for axes in fig.axes} == {"epoch"}


def test_history_with_some_measures_only():
    assert titles(plot_history([{"epoch": 1, "objective": 0.1}])) == ["Objective J"]


@pytest.mark.parametrize("history", [[], [{"epoch": 1}]])
def test_history_of_nothing(history):
    with pytest.raises(DataError, match="history is empty"):
        plot_history(history)


def test_activity_panels(random):
    H = np.maximum(random.normal(size=(30, 8)), 0)
    H[:, 3] = 0
    fig = plot_activity(H, np.repeat(["a", "b", "c"], 10))
    assert titles(fig) == [
        "Responses other than 0",
        "Lifetime sparseness",
        "Population sparseness",
        "Overlap of classes",
    ]
    shares = fig.axes[0].patches[0].get_data().values
    assert sum(shares) == pytest.approx(np.mean(H > 0))
    assert f"{np.mean(H == 0):.0%} are 0" in fig.axes[0].get_xlabel()
    assert sum(bar.get_height() for bar in fig.axes[1].patches) == 7
    assert "1 dead" in fig.axes[1].get_xlabel()
    assert fig.axes[3].images[0].get_array().shape == (3, 3)
    assert [label.get_text() for label in fig.axes[3].get_xticklabels()] == ["a", "b", "c"]
    assert len(titles(plot_activity(H))) == 3


def test_activity_of_dead_units_can_be_drawn(tmp_path):
    save_figure(plot_activity(np.zeros((4, 3)), [0, 0, 1, 1]), tmp_path / "dead.png")
    assert (tmp_path / "dead.png").stat().st_size > 0


def test_activity_with_too_few_labels(random):
    with pytest.raises(DataError, match="one label a sample"):
        plot_activity(random.random((4, 3)), [1, 2])


def test_png_holds_the_mosaic_pixel_by_pixel(tmp_path, random):
    fig = plot_filters(random.normal(size=(4, 64)))
    save_figure(fig, tmp_path / "f.png")
    image = imread(tmp_path / "f.png")[..., :3]
    tile = drawn(fig)[:TILE, :TILE]
    corners = image[24 : 24 + TILE, 24 : 24 + TILE]
    np.testing.assert_allclose(corners, tile, atol=1 / 255)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_saved_twice_gives_the_same_bytes(figure, tmp_path, suffix):
    first, second = tmp_path / f"1.{suffix}", tmp_path / f"2.{suffix}"
    save_figure(figure, first)
    save_figure(figure, second)
    assert first.read_bytes() == second.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {first.name, second.name}


def test_files_are_of_their_kind_without_date_and_version(figure, tmp_path):
    for suffix in ("png", "svg", "PDF"):
        save_figure(figure, str(tmp_path / f"f.{suffix}"))
        data = (tmp_path / f"f.{suffix}").read_bytes()
        assert b"CreationDate" not in data
        assert b"dc:date" not in data
        assert matplotlib.__version__.encode() not in data
    assert imread(tmp_path / "f.png").ndim == 3
    assert ElementTree.parse(tmp_path / "f.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "f.PDF").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", ["f.jpg", "png"])
def test_other_suffixes(history_figure, tmp_path, name):
    with pytest.raises(SettingsError, match=r"does not end in \.png, \.svg or \.pdf"):
        save_figure(history_figure, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_named(history_figure, tmp_path):
    with pytest.raises(HebbovrError, match="nowhere"):
        save_figure(history_figure, tmp_path / "nowhere" / "f.png")


def test_global_state_stays(history_figure, tmp_path):
    before = dict(matplotlib.rcParams)
    save_figure(history_figure, tmp_path / "f.svg")
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []


def test_without_matplotlib(monkeypatch, random):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    for draw in (
        lambda: plot_filters(random.normal(size=(2, 64))),
        lambda: plot_filters(random.normal(size=(2, 3))),
        lambda: plot_history(HISTORY),
        lambda: plot_activity(random.random((4, 3))),
    ):
        with pytest.raises(HebbovrError, match=r"pip install 'hebbovr\[plot\]'"):
            draw()
