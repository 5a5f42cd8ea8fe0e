import math

import numpy as np
import pytest

from hebbovr.evaluation.spread import Difference, Spread


def test_mean_and_deviation_are_those_of_numpy():
    values = [0.91, 0.95, 0.87, 0.9]
    found = Spread.of(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.sd == pytest.approx(np.std(values, ddof=1))


def test_a_difference_is_of_pairs():
    values, others = np.array([3.0, 5.0, 9.0]), np.array([2.0, 4.5, 7.0])
    found = Difference.of(values, others)
    assert found.mean == pytest.approx(np.mean(values - others))
    assert found.se == pytest.approx(np.std(values - others, ddof=1) / np.sqrt(3))
    with pytest.raises(ValueError, match="zip"):
        Difference.of([1.0, 2.0], [1.0])


def test_a_single_run_has_no_spread():
    assert Spread.of([0.5]).as_dict() == {"mean": 0.5, "sd": None}
    assert Difference.of([0.5], [0.25]) == Difference(0.25, None)


def test_a_measure_that_is_not_defined_has_no_mean():
    found = Spread.of([0.5, math.nan])
    assert math.isnan(found.mean)
    assert found.as_dict() == {"mean": None, "sd": None}


@pytest.mark.parametrize(
    ("mean", "se", "clear"),
    [(0.3, 0.1, True), (0.2, 0.1, False), (-0.3, 0.1, False), (0.3, None, False)],
)
def test_two_standard_errors_make_it_clear(mean, se, clear):
    assert Difference(mean, se).clear is clear
