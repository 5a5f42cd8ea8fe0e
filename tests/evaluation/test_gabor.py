"""Gabor functions are found where they are, and not where there are none."""

import numpy as np
import pytest

from hebbovr.errors import DataError, SettingsError
from hebbovr.evaluation.gabor import draw_gabors, fit_gabors

SIZE = 12


def gabors(n, seed=0):
    random = np.random.default_rng(seed)

    def draw(low, high):
        return random.uniform(low, high, (n, 1))

    numbers = {
        "x": draw(3, 8), "y": draw(3, 8), "orientation": draw(0, np.pi),
        "frequency": draw(0.08, 0.3), "phase": draw(-np.pi, np.pi), "amplitude": draw(0.5, 2),
        "width_along": draw(1.2, 2.5), "width_across": draw(1.2, 2.5),
    }  # fmt: skip
    return draw_gabors(SIZE, SIZE, **numbers), numbers


def test_drawn_gabors_are_found_again():
    patterns, numbers = gabors(20)
    found = fit_gabors(patterns, (SIZE, SIZE))
    assert (found.explained > 0.99).mean() >= 0.9
    good = found.explained > 0.99
    turned = np.abs(found.orientation - numbers["orientation"][:, 0])[good]
    assert np.median(np.minimum(turned, np.pi - turned)) < 0.05
    np.testing.assert_allclose(found.patterns(SIZE, SIZE)[good], patterns[good], atol=0.2)


def test_half_of_the_variance_of_a_noisy_gabor_is_the_gabor():
    patterns, _ = gabors(10)
    noise = np.random.default_rng(1).normal(size=patterns.shape)
    noise *= np.linalg.norm(patterns, axis=1, keepdims=True) / np.linalg.norm(
        noise, axis=1, keepdims=True
    )
    shares = fit_gabors(patterns + noise, (SIZE, SIZE)).explained
    assert 0.4 < np.median(shares) < 0.7


def test_noise_is_no_gabor():
    noise = np.random.default_rng(0).normal(size=(30, SIZE * SIZE))
    found = fit_gabors(noise, (SIZE, SIZE))
    assert found.explained.max() < 0.35
    assert found.share_explained() == 0


def test_constant_filters_have_nothing_to_explain():
    assert fit_gabors(np.ones((1, 16)), (4, 4)).explained[0] == 0


def test_a_gabor_of_one_colour_is_explained_in_colour():
    patterns, _ = gabors(4)
    colour = np.array([1.0, -0.5, 0.25])
    tinted = (patterns[:, :, None] * colour).reshape(4, -1)
    assert fit_gabors(tinted, (SIZE, SIZE, 3)).explained.min() > 0.95


@pytest.mark.parametrize(
    ("patterns", "shape", "said"),
    [
        (np.zeros((2, 10)), (3, 3), "holds 9 numbers"),
        (np.full((2, 9), np.nan), (3, 3), "NaN or infinity"),
        (np.zeros(9), (3, 3), "one image a row"),
    ],
)
def test_what_is_no_filter_is_refused(patterns, shape, said):
    with pytest.raises(DataError, match=said):
        fit_gabors(patterns, shape)
    with pytest.raises(SettingsError, match="n_starts=0"):
        fit_gabors(np.zeros((1, 9)), (3, 3), n_starts=0)
