"""The linear probe: an honest choice of its L2 penalty, an untouched test set, clear errors."""

from __future__ import annotations

import json
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from hebbovr.errors import DataError, SettingsError
from hebbovr.evaluation.probe import ALPHAS, ProbeResult, compare_representations, linear_probe

Array = NDArray[Any]
Split = tuple[Array, Array, Array, Array]


@pytest.fixture(scope="module")
def digits() -> Split:
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order].astype(np.float32), y[order]
    return X[:1347], y[:1347], X[1347:], y[1347:]


@pytest.fixture
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def probed(digits: Split) -> ProbeResult:
    return linear_probe(*digits, random_state=0)


def _needs_a_strong_probe() -> Split:
    """Return flipped labels of a direction that 20 of 300 noisy features share."""
    random = np.random.default_rng(0)
    H = random.normal(size=(2500, 300))
    H[:, :20] += random.normal(size=(2500, 1))
    y = (H[:, :20].sum(axis=1) > 0) ^ (random.uniform(size=2500) < 0.25)
    return H[:1500], y[:1500], H[1500:], y[1500:]


def _needs_a_weak_probe() -> Split:
    """Return labels that only a small difference between two large features tells apart."""
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 3000)
    shared = random.normal(size=3000)
    H = np.stack([shared, shared + 0.05 * (y + 0.3 * random.normal(size=3000))], axis=1)
    return H[:2000], y[:2000], H[2000:], y[2000:]


@pytest.mark.usefixtures("_one_thread")
def test_digits_reach_what_logistic_regression_can(digits: Split, probed: ProbeResult) -> None:
    H_train, y_train, H_test, y_test = digits
    scaler = StandardScaler().fit(H_train)
    best = max(
        LogisticRegression(C=1 / (1347 * alpha), max_iter=1000)
        .fit(scaler.transform(H_train), y_train)
        .score(scaler.transform(H_test), y_test)
        for alpha in (1e-3, 1e-2, 1e-1)
    )
    assert probed.accuracy > best - 0.01
    assert probed.train_accuracy > 0.99
    assert probed.converged
    assert probed.note == ""


@pytest.mark.usefixtures("_one_thread")
def test_accuracy_is_that_of_logistic_regression_at_the_chosen_alpha(digits: Split) -> None:
    H_train, y_train, H_test, y_test = digits
    result = linear_probe(*digits, alphas=[0.02], tol=1e-9, max_iter=1000, random_state=0)
    scaler = StandardScaler().fit(H_train)
    reference = LogisticRegression(C=1 / (1347 * 0.02), max_iter=1000, tol=1e-6)
    reference.fit(scaler.transform(H_train), y_train)
    expected = reference.predict(scaler.transform(H_test))
    predicted = (H_test @ result.coef.T + result.intercept).argmax(axis=1)
    assert (predicted != expected).mean() <= 1 / len(y_test)
    assert result.accuracy == pytest.approx((predicted == y_test).mean())
    np.testing.assert_array_equal(result.confusion, confusion_matrix(y_test, predicted))


def test_the_chosen_alpha_is_the_best_on_held_out_rows(probed: ProbeResult) -> None:
    path = dict(probed.validation_path)
    assert list(path) == sorted(path)
    assert probed.validation_accuracy == path[probed.alpha] == max(path.values())


def test_a_strong_probe_is_found() -> None:
    data = _needs_a_strong_probe()
    result = linear_probe(*data, random_state=0)
    assert result.alpha >= 0.5
    assert result.accuracy > linear_probe(*data, alphas=[1e-3], random_state=0).accuracy + 0.05


def test_a_weak_probe_is_found() -> None:
    data = _needs_a_weak_probe()
    result = linear_probe(*data, random_state=0)
    assert result.alpha <= 0.001
    assert result.accuracy > linear_probe(*data, alphas=[0.05], random_state=0).accuracy + 0.3
    assert result.note == ""


def test_the_walk_goes_two_falls_beyond_the_best(probed: ProbeResult) -> None:
    tried = [alpha for alpha, _ in probed.validation_path]
    first, last = ALPHAS.index(tried[0]), ALPHAS.index(tried[-1])
    assert tuple(tried) == ALPHAS[first : last + 1]
    assert first <= ALPHAS.index(probed.alpha) - 2
    assert last >= ALPHAS.index(probed.alpha) + 2


def test_given_alphas_are_all_tried_and_an_edge_is_noted(digits: Split) -> None:
    result = linear_probe(*digits, alphas=[0.5, 10.0, 1.0], random_state=0)
    assert [alpha for alpha, _ in result.validation_path] == [0.5, 1.0, 10.0]
    assert result.alpha == 0.5
    assert "0.5, is the smallest tried" in result.note


def test_an_unfinished_fit_is_noted(digits: Split) -> None:
    result = linear_probe(*digits, alphas=[1e-4], max_iter=2, random_state=0)
    assert not result.converged
    assert result.n_iter == 2
    assert "not converged after 2 iterations" in result.note


def test_test_rows_have_no_say(digits: Split, probed: ProbeResult) -> None:
    H_train, y_train, H_test, y_test = digits
    random = np.random.default_rng(1)
    other = linear_probe(
        H_train, y_train, random.permutation(H_test), random.permutation(y_test), random_state=0
    )
    assert other.alpha == probed.alpha
    assert other.validation_path == probed.validation_path
    np.testing.assert_array_equal(other.coef, probed.coef)
    np.testing.assert_array_equal(other.intercept, probed.intercept)
    assert other.accuracy < 0.2


def test_the_same_seed_gives_the_same_bits(digits: Split, probed: ProbeResult) -> None:
    again = linear_probe(*digits, random_state=0)
    assert again.as_dict() == probed.as_dict()
    np.testing.assert_array_equal(again.coef, probed.coef)
    assert linear_probe(*digits, random_state=1).validation_path != probed.validation_path


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [(np.float32, np.float32), (np.float64, np.float64), (np.uint8, np.float32)],
)
def test_dtypes(digits: Split, dtype: type, expected: type) -> None:
    H_train, y_train, H_test, y_test = digits
    result = linear_probe(
        H_train.astype(dtype), y_train, H_test.astype(dtype), y_test, random_state=0
    )
    assert result.coef.dtype == result.intercept.dtype == expected
    assert result.accuracy > 0.95


def test_nothing_is_copied_or_changed() -> None:
    random = np.random.default_rng(0)
    H = random.normal(size=(22_000, 256)).astype(np.float32)
    y = (H[:, :3] + random.normal(size=(22_000, 3))).argmax(axis=1)
    before = H.copy()
    H.flags.writeable = False
    tracemalloc.start()
    try:
        result = linear_probe(H[:20_000], y[:20_000], H[20_000:], y[20_000:], random_state=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.accuracy > 0.5
    assert peak < 0.3 * H.nbytes
    np.testing.assert_array_equal(H, before)


def test_threads_are_as_before(digits: Split) -> None:
    before = threadpool_info()
    linear_probe(*digits, alphas=[0.1])
    assert threadpool_info() == before
    with pytest.raises(DataError):
        linear_probe(**_broken(y_train=np.zeros(20)))
    assert threadpool_info() == before


def test_labels_may_be_strings(digits: Split, probed: ProbeResult) -> None:
    H_train, y_train, H_test, y_test = digits
    names = np.array([f"digit {n}" for n in range(10)])
    result = linear_probe(H_train, names[y_train], H_test, names[y_test], random_state=0)
    assert result.accuracy == probed.accuracy
    assert result.classes.tolist() == names.tolist()


def test_test_labels_unseen_in_training_count_as_wrong(digits: Split) -> None:
    H_train, y_train, H_test, y_test = digits
    seen = y_train < 9
    result = linear_probe(H_train[seen], y_train[seen], H_test, y_test, random_state=0)
    assert result.classes.tolist() == list(range(10))
    assert result.confusion[:, 9].sum() == 0
    assert result.confusion[9].sum() == (y_test == 9).sum()
    assert result.accuracy <= (y_test < 9).mean()


def test_a_class_with_a_single_row_stays_in_training(digits: Split) -> None:
    H_train, y_train, H_test, y_test = digits
    kept = (y_train < 3) | (np.arange(len(y_train)) == np.flatnonzero(y_train == 7)[0])
    result = linear_probe(H_train[kept], y_train[kept], H_test, y_test, random_state=0)
    assert len(result.intercept) == 4
    assert result.train_accuracy == 1


def test_two_rows_of_each_class_are_enough() -> None:
    H = np.array([[0.0], [0.1], [1.0], [1.1]])
    result = linear_probe(H, [0, 0, 1, 1], H, [0, 0, 1, 1], random_state=0)
    assert result.accuracy == 1


def test_as_dict_is_json(probed: ProbeResult) -> None:
    shown = json.loads(json.dumps(probed.as_dict()))
    assert shown["strength"] == shown["alpha"]
    assert sorted(shown) == [
        "accuracy",
        "alpha",
        "classes",
        "confusion",
        "converged",
        "n_iter",
        "note",
        "strength",
        "train_accuracy",
        "validation_accuracy",
        "validation_path",
    ]
    assert np.trace(shown["confusion"]) / 450 == pytest.approx(shown["accuracy"])


def _broken(**changes: Any) -> dict[str, Any]:
    random = np.random.default_rng(0)
    data: dict[str, Any] = {
        "H_train": random.normal(size=(20, 3)),
        "y_train": np.arange(20) % 2,
        "H_test": random.normal(size=(6, 3)),
        "y_test": np.arange(6) % 2,
    }
    return data | changes


_HOLED = np.ones((20, 3))
_HOLED[7, 1] = np.nan
_UNLABELLED = np.arange(20.0)
_UNLABELLED[4] = np.nan


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_train": np.zeros(19)}, r"training labels have shape \(19,\) for 20 responses"),
        ({"y_test": np.zeros((6, 1))}, r"test labels have shape \(6, 1\) for 6 responses"),
        ({"y_train": np.full(20, 3)}, "All training labels are 3"),
        ({"y_train": np.arange(20)}, "Every training class has a single row"),
        ({"y_train": _UNLABELLED}, "Row 4 of the training labels is NaN"),
        ({"H_train": _HOLED}, "Row 7 of the training responses holds NaN"),
        ({"H_test": np.full((6, 3), np.inf)}, "Row 0 of the test responses holds NaN or infinity"),
        ({"H_test": np.ones((6, 4))}, "have 3 features and the test responses 4"),
        ({"H_train": np.ones(20)}, r"training responses are an array of float64 of shape \(20,\)"),
        ({"H_train": np.full((20, 3), "a")}, "a table of numbers"),
        ({"H_test": np.ones((0, 3)), "y_test": []}, r"of shape \(0, 3\)"),
    ],
)
def test_bad_data(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        linear_probe(**_broken(**changes))


@pytest.mark.parametrize(
    "setting",
    [
        {"alphas": []},
        {"alphas": [0.1, 0.0]},
        {"alphas": [np.nan]},
        {"validation_fraction": 1.0},
        {"validation_fraction": 0},
        {"max_iter": 0},
        {"tol": 0.0},
    ],
)
def test_bad_settings(setting: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"^{next(iter(setting))}="):
        linear_probe(**_broken(), **setting)


def test_representations_are_made_one_at_a_time(digits: Split) -> None:
    H_train, y_train, H_test, y_test = digits
    alive: list[weakref.ref[Array]] = []

    def wide(seed: int) -> tuple[Array, Array]:
        assert all(reference() is None for reference in alive)
        weights = np.random.default_rng(seed).normal(size=(64, 20)).astype(np.float32)
        made = H_train @ weights, H_test @ weights
        alive.extend(map(weakref.ref, made))
        return made

    results = compare_representations(
        {"raw": (H_train, H_test), "a": lambda: wide(1), "b": lambda: wide(2)},
        y_train,
        y_test,
        alphas=[0.01, 0.1],
        random_state=0,
    )
    assert list(results) == ["raw", "a", "b"]
    assert len(alive) == 4
    expected = linear_probe(*digits, alphas=[0.01, 0.1], random_state=0)
    assert results["raw"].as_dict() == expected.as_dict()
    assert results["a"].accuracy < results["raw"].accuracy


def test_names_of_before_still_work_and_say_what_they_are_now(digits: Split) -> None:
    expected = linear_probe(*digits, alphas=[0.1], random_state=0)
    with pytest.warns(FutureWarning, match="strengths is now alphas") as caught:
        result = linear_probe(*digits, strengths=[0.1], random_state=0)
    assert caught[0].filename == __file__
    assert result.as_dict() == expected.as_dict()
    with pytest.warns(FutureWarning, match=r"ProbeResult.strength is now alpha") as caught:
        assert result.strength == result.alpha == 0.1
    assert caught[0].filename == __file__
    with pytest.raises(SettingsError, match="give alphas alone"):
        linear_probe(*digits, alphas=[0.1], strengths=[0.1])
    H_train, y_train, H_test, y_test = digits
    with pytest.warns(FutureWarning, match="strengths"):
        compare_representations({"raw": (H_train, H_test)}, y_train, y_test, strengths=[0.1])
