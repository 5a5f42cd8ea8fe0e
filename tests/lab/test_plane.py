"""Rules watched in the plane, as a strip and as a page."""

import json
import re

import numpy as np
import pytest

from hebbovr.errors import SettingsError
from hebbovr.lab.page import make_page
from hebbovr.lab.plane import KINDS, plane_data, watch
from hebbovr.plots import plot_plane
from hebbovr.rules import RULES


@pytest.mark.parametrize("kind", KINDS)
def test_data_in_the_plane_are_centred_and_of_unit_variance(kind):
    X = plane_data(kind, n=300)
    assert X.shape == (300, 2)
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-9)
    assert X.var(axis=0).mean() == pytest.approx(1)
    np.testing.assert_array_equal(X, plane_data(kind, n=300))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_watched(rule):
    X = plane_data("clusters", n=300)
    seen = watch(rule, X, units=4, epochs=8, frames=10)
    assert seen.W.shape == (len(seen.batches), 4, 2)
    assert seen.b.shape == (len(seen.batches), 4)
    assert list(seen.batches) == sorted(seen.batches)
    assert 10 <= len(seen.batches) <= 14
    assert np.isfinite(seen.W).all()
    assert not np.array_equal(seen.W[0], seen.W[-1])


def test_kmeans_ends_in_the_clusters():
    X = plane_data("clusters")
    seen = watch("kmeans", X, units=6)
    nearest = np.linalg.norm(X[:, None] - seen.W[-1], axis=2).min(axis=0)
    assert (nearest < 0.3).all()


def test_the_strip_has_a_row_a_rule_and_a_column_a_stage():
    X = plane_data("rings", n=200)
    seen = [watch(rule, X, units=3, epochs=4, frames=6) for rule in ("ovr", "kmeans")]
    figure = plot_plane(seen, X, stages=3)
    assert len(figure.axes) == 6
    assert [axes.get_ylabel() for axes in figure.axes[::3]] == ["ovr", "kmeans"]


def test_the_page_holds_everything_itself():
    X = plane_data("rings", n=200)
    seen = [watch(rule, X, units=3, epochs=4, frames=6) for rule in ("ovr", "oja")]
    page = make_page(seen, X, "rings & <more>")
    assert "rings &amp; &lt;more&gt;" in page
    assert not re.search(r'(src|href)="', page)
    frames = json.loads(re.search(r"RULES = (\[.*\]);\n", page).group(1))
    assert [len(frame["W"]) for frame in frames] == [len(one.W) for one in seen]
    np.testing.assert_allclose(frames[0]["W"][-1], seen[0].W[-1], atol=1e-3)


def test_what_is_not_there_is_named():
    with pytest.raises(SettingsError, match="data='cubes' is not there; choose one of clusters"):
        plane_data("cubes")
    with pytest.raises(SettingsError, match="rule='hebb' is unknown"):
        watch("hebb", plane_data("rings", n=50))
    with pytest.raises(SettingsError, match="frames=0"):
        watch("ovr", plane_data("rings", n=50), frames=0)
