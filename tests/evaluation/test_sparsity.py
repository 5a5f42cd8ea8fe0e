"""Sparsity measures against definitions written out sample by sample."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from hebbovr.errors import DataError
from hebbovr.evaluation import sparsity
from hebbovr.evaluation.sparsity import (
    class_overlap,
    lifetime_sparseness,
    measure_sparsity,
    population_sparseness,
)

RESPONSES = arrays(
    st.sampled_from([np.float32, np.float64]),
    array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.one_of(st.just(0.0), st.floats(0.0078125, 1024, width=32)),
)


def mean_of(values):
    values = list(values)
    return sum(values) / len(values) if values else math.nan


def treves_rolls(h):
    h = [abs(float(x)) for x in h]
    return (sum(h) / len(h)) ** 2 / (sum(x * x for x in h) / len(h))


def hoyer(h):
    one, two, root = sum(abs(h)), math.sqrt(sum(h * h)), math.sqrt(len(h))
    return (root - one / two) / (root - 1)


def cosine(a, b):
    if not a.any() or not b.any():
        return 0.0
    return float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))


def oracle(H, threshold=0.1):
    n, K = H.shape
    flat = [float(h) for h in H.ravel()]
    wide = H.astype(np.float64)
    loud = [h for h in wide if h.any()]
    return {
        "share_active": mean_of(h > 0 for h in flat),
        "share_below_tenth": mean_of(h < threshold for h in flat),
        "treves_rolls_lifetime": mean_of(treves_rolls(h) for h in wide.T if h.any()),
        "treves_rolls_population": mean_of(treves_rolls(h) for h in loud),
        "hoyer": mean_of(hoyer(h) for h in loud) if K > 1 else math.nan,
        "overlap": mean_of(cosine(wide[i], wide[j]) for i in range(n) for j in range(n) if i != j),
        "dead_units": sum(not h.any() for h in H.T),
        "mean_response": mean_of(flat),
    }


def assert_measures(found, wanted):
    assert list(vars(found)) == list(wanted)
    for name, value in wanted.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name


@given(RESPONSES, st.sampled_from([0.0, 0.1, 2.0]))
@settings(max_examples=300, deadline=None)
def test_equals_the_definitions(H, threshold):
    assert_measures(measure_sparsity(H, threshold=threshold), oracle(H, threshold))


@given(RESPONSES, st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_block_size_does_not_matter(H, numbers):
    whole = measure_sparsity(H)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparsity, "BLOCK_NUMBERS", numbers)
        assert_measures(measure_sparsity(H), vars(whole))


@given(RESPONSES)
@settings(max_examples=100, deadline=None)
def test_memory_layout_does_not_matter_and_input_stays(H):
    before = H.copy()
    H.flags.writeable = False
    wide = np.full((2 * len(H), H.shape[1]), 7, H.dtype)
    wide[::2] = H
    whole = vars(measure_sparsity(H))
    assert_measures(measure_sparsity(np.asfortranarray(H)), whole)
    assert_measures(measure_sparsity(wide[::2]), whole)
    np.testing.assert_array_equal(H, before)


@given(RESPONSES)
@settings(max_examples=100, deadline=None)
def test_scale_changes_no_measure_of_shape(H):
    small, large = measure_sparsity(H), measure_sparsity(1024 * H.astype(np.float64))
    for name in ("treves_rolls_lifetime", "treves_rolls_population", "hoyer", "overlap"):
        assert getattr(large, name) == pytest.approx(getattr(small, name), abs=1e-9, nan_ok=True)


def test_known_extremes():
    local = measure_sparsity(np.eye(8))
    assert local.treves_rolls_lifetime == local.treves_rolls_population == 1 / 8
    assert local.hoyer == 1
    assert local.overlap == 0
    dense = measure_sparsity(np.ones((5, 9)))
    assert dense.treves_rolls_lifetime == pytest.approx(1)
    assert dense.treves_rolls_population == pytest.approx(1)
    assert dense.hoyer == pytest.approx(0)
    assert dense.overlap == pytest.approx(1)


def test_magnitudes_of_signed_responses():
    H = np.array([[1.0, -1.0], [-1.0, 1.0]])
    found = measure_sparsity(H)
    assert found.treves_rolls_lifetime == pytest.approx(1)
    assert found.overlap == pytest.approx(-1)
    assert found.mean_response == 0
    assert found.dead_units == 0


def test_one_sample_has_no_overlap():
    found = measure_sparsity([[0.0, 2.0, 2.0]])
    assert math.isnan(found.overlap)
    assert found.treves_rolls_population == pytest.approx(2 / 3)
    assert found.as_dict()["overlap"] is None


def test_all_dead_is_measured_and_can_be_written():
    found = measure_sparsity(np.zeros((3, 4), np.float32))
    assert found.dead_units == 4
    assert found.overlap == 0
    assert found.share_below_tenth == 1
    written = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert written["treves_rolls_lifetime"] is None
    assert written["hoyer"] is None
    assert written["mean_response"] == 0


def test_float32_is_summed_in_float64():
    H = np.full((4000, 64), 0.1, np.float32)
    found = measure_sparsity(H)
    assert found.mean_response == pytest.approx(float(np.float32(0.1)), rel=1e-12)
    assert found.treves_rolls_lifetime == pytest.approx(1, rel=1e-12)
    assert found.share_below_tenth == 0


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (4,), (2, 2, 2)])
def test_shapes_without_responses(shape):
    with pytest.raises(DataError, match="at least one sample"):
        measure_sparsity(np.zeros(shape))


def test_text_is_no_response():
    with pytest.raises(DataError, match="real numbers"):
        measure_sparsity(np.array([["a"]]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200])
def test_names_the_row_that_is_not_finite(bad, monkeypatch):
    monkeypatch.setattr(sparsity, "BLOCK_NUMBERS", 8)
    H = np.ones((9, 4))
    H[5, 2] = bad
    with pytest.raises(DataError, match="Row 5 of H"):
        measure_sparsity(H)


@given(RESPONSES)
@settings(max_examples=100, deadline=None)
def test_units_and_samples_one_by_one(H):
    wide = H.astype(np.float64)
    for found, rows in ((lifetime_sparseness(H), wide.T), (population_sparseness(H), wide)):
        wanted = [treves_rolls(h) if h.any() else np.nan for h in rows]
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


@given(RESPONSES, st.data())
@settings(max_examples=100, deadline=None)
def test_class_overlap_equals_the_definition(H, data):
    labels = np.array(data.draw(st.lists(st.sampled_from("xyz"), min_size=len(H), max_size=len(H))))
    wide = H.astype(np.float64)
    classes, found = class_overlap(H, labels)
    assert list(classes) == sorted(set(labels))
    for a, row in zip(classes, found, strict=True):
        for b, value in zip(classes, row, strict=True):
            pairs = [
                cosine(wide[i], wide[j])
                for i in np.flatnonzero(labels == a)
                for j in np.flatnonzero(labels == b)
                if i != j
            ]
            assert value == pytest.approx(mean_of(pairs), abs=1e-9, nan_ok=True)


def test_class_overlap_wants_one_label_a_sample():
    with pytest.raises(DataError, match="one label a sample"):
        class_overlap(np.ones((3, 2)), [0, 1])
