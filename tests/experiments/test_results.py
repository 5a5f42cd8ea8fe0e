"""What a stored result must be before a table is made of it."""

import pytest

from hebbovr.experiments.features import needed_of_features
from hebbovr.experiments.results import check_result
from hebbovr.experiments.trials import Trial, TrialStore

RESULT = {
    "accuracy": 0.5, "seconds": 1.0, "collapsed": False, "timing": {"training": 0.5},
    "sparsity": {"share_active": 0.5, "share_below_tenth": 0.5, "overlap": None, "dead_units": 0},
    "patterns": {"shape": [1, 3], "int8": "AAAA"}, "notes": ["a"], "strength": [1, None],
}  # fmt: skip
NEEDED = needed_of_features({"model": "layer", "patterns": True})


def test_a_whole_result_is_taken_as_it_is():
    assert check_result(RESULT, NEEDED) == RESULT
    assert check_result({"failed": "why", "seconds": 1.0}, NEEDED)["failed"] == "why"


@pytest.mark.parametrize("name", ["accuracy", "seconds", "collapsed", "timing", "sparsity"])
def test_what_is_missing_is_named(name):
    rest = {key: value for key, value in RESULT.items() if key != name}
    with pytest.raises(ValueError, match=f"^{name}.* is missing"):
        check_result(rest, NEEDED)
    with pytest.raises(ValueError, match=name):
        check_result(RESULT | {name: None}, NEEDED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy", "0.5"), ("accuracy", 2), ("accuracy", float("nan")), ("seconds", -1),
        ("seconds", True), ("sparsity", []), ("sparsity", {"overlap": "x"}), ("collapsed", 1),
        ("failed", 3), ("notes", "a"), ("notes", [1]), ("epoch", 0), ("epochs", 1.5),
        ("patterns", {"shape": [1, 3], "int8": "AA"}), ("patterns", {"shape": [3], "int8": "AAAA"}),
        ("strength", float("inf")), ("more", "\ud800"),
    ],
)  # fmt: skip
def test_what_is_out_of_its_range_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        check_result(RESULT | {name: value}, NEEDED)


def test_a_store_tells_what_it_cannot_use(tmp_path):
    trial = Trial.of({"model": "layer", "seed": 0})
    store = TrialStore(tmp_path, needed_of_features)
    store.save(trial, RESULT)
    assert store.load(trial) == RESULT
    store.save(trial, {"accuracy": 0.5})
    with pytest.warns(UserWarning, match="seconds is missing.*computed again"):
        assert store.load(trial) is None
