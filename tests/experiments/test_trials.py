import json

import pytest

from hebbovr.errors import HebbovrError
from hebbovr.experiments.trials import Trial, TrialStore

SETTINGS = {"task": "features", "model": "layer", "seed": 0, "train": {"lam": 5e-5, "epochs": 35}}


def test_the_key_of_settings_stays_the_same_from_release_to_release():
    assert Trial.of(SETTINGS).key == "features-ovr-0-953374c71321"


def test_the_layer_is_ovr_in_what_is_stored_and_layer_elsewhere():
    trial, stored = Trial.of(SETTINGS), SETTINGS | {"model": "ovr"}
    assert trial.settings == SETTINGS
    assert trial.stored_settings == stored
    assert trial == Trial.of(stored)
    other = SETTINGS | {"model": "kmeans", "penalty": "ovr", "train": {"rule": "ovr"}}
    assert Trial.of(other).settings == Trial.of(other).stored_settings == other


def test_the_order_of_settings_does_not_matter_and_every_value_does():
    turned = dict(reversed(SETTINGS.items()))
    assert Trial.of(turned) == Trial.of(SETTINGS)
    for other in ({"seed": 1}, {"train": {"lam": 5e-5, "epochs": 36}}, {"more": None}):
        assert Trial.of(SETTINGS | other).key != Trial.of(SETTINGS).key


def test_settings_cannot_be_changed_through_a_cell():
    trial = Trial.of(SETTINGS)
    trial.settings["train"]["epochs"] = 1
    assert trial["train"]["epochs"] == 35


def test_a_result_is_stored_and_found_again_with_nothing_beside_it(store):
    trial = Trial.of(SETTINGS)
    assert store.load(trial) is None
    store.save(trial, {"accuracy": 0.5, "path": [[0.1, float("nan")]], "note": "λ"})
    assert store.load(trial) == {"accuracy": 0.5, "path": [[0.1, None]], "note": "λ"}
    assert [path.name for path in store.folder.iterdir()] == [f"{trial.key}.json"]


def test_what_the_release_before_stored_is_found(store):
    stored = """{
 "format": "hebbovr cell 1",
 "settings": {"model": "ovr", "seed": 0, "task": "features", "train": {"epochs": 35, "lam": 5e-05}},
 "result": {"accuracy": 0.5, "strength": 0.05, "sparsity": {"overlap": 0.2}, "wall_seconds": 1.5},
 "versions": {"hebbovr": "0.1.0", "numpy": "2.1.0"},
 "created": "2026-11-20T10:00:00+00:00"
}
"""
    (store.folder / "features-ovr-0-953374c71321.json").write_text(stored)
    result = {"accuracy": 0.5, "strength": 0.05, "sparsity": {"overlap": 0.2}, "wall_seconds": 1.5}
    assert store.load(Trial.of(SETTINGS)) == result


def test_what_is_stored_now_is_what_the_release_before_reads(store):
    trial = Trial.of(SETTINGS)
    store.save(trial, {"accuracy": 0.5})
    stored = json.loads((store.folder / "features-ovr-0-953374c71321.json").read_text())
    assert stored["format"] == "hebbovr cell 1"
    assert stored["settings"] == {
        "task": "features", "model": "ovr", "seed": 0, "train": {"lam": 5e-5, "epochs": 35},
    }  # fmt: skip
    assert stored["result"] == {"accuracy": 0.5}


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"format": 1', "[]", "null", "\x00\xff", '{"format": "hebbovr cell 1"}', "[" * 5000],
)
def test_a_broken_file_is_no_result_and_is_told(store, text):
    trial = Trial.of(SETTINGS)
    store.path(trial).write_text(text, encoding="latin-1")
    with pytest.warns(UserWarning, match="is no usable trial"):
        assert store.load(trial) is None


@pytest.mark.parametrize("change", [{"settings": {"seed": 1}}, {"result": 3}, {"format": "other"}])
def test_a_file_of_other_settings_is_no_result(store, change):
    trial = Trial.of(SETTINGS)
    store.save(trial, {"accuracy": 0.5})
    stored = json.loads(store.path(trial).read_text())
    store.path(trial).write_text(json.dumps(stored | change))
    with pytest.warns(UserWarning, match="computed again"):
        assert store.load(trial) is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HebbovrError, match="file"):
        TrialStore(tmp_path / "file" / "cells")
