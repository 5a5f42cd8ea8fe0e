import json

import pytest

from hebbovr.errors import HebbovrError
from hebbovr.experiments.trials import Cell, CellStore

SETTINGS = {"task": "features", "model": "ovr", "seed": 0, "train": {"lam": 5e-5, "epochs": 35}}


def test_the_key_of_settings_stays_the_same_from_release_to_release():
    assert Cell.of(SETTINGS).key == "features-ovr-0-953374c71321"


def test_the_order_of_settings_does_not_matter_and_every_value_does():
    turned = dict(reversed(SETTINGS.items()))
    assert Cell.of(turned) == Cell.of(SETTINGS)
    for other in ({"seed": 1}, {"train": {"lam": 5e-5, "epochs": 36}}, {"more": None}):
        assert Cell.of(SETTINGS | other).key != Cell.of(SETTINGS).key


def test_settings_cannot_be_changed_through_a_cell():
    cell = Cell.of(SETTINGS)
    cell.settings["train"]["epochs"] = 1
    assert cell["train"]["epochs"] == 35


def test_a_result_is_stored_and_found_again_with_nothing_beside_it(store):
    cell = Cell.of(SETTINGS)
    assert store.load(cell) is None
    store.save(cell, {"accuracy": 0.5, "path": [[0.1, float("nan")]], "note": "λ"})
    assert store.load(cell) == {"accuracy": 0.5, "path": [[0.1, None]], "note": "λ"}
    assert [path.name for path in store.folder.iterdir()] == [f"{cell.key}.json"]


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"format": 1', "[]", "null", "\x00\xff", '{"format": "hebbovr cell 1"}', "[" * 5000],
)
def test_a_broken_file_is_no_result_and_is_told(store, text):
    cell = Cell.of(SETTINGS)
    store.path(cell).write_text(text, encoding="latin-1")
    with pytest.warns(UserWarning, match="is no usable cell"):
        assert store.load(cell) is None


@pytest.mark.parametrize("change", [{"settings": {"seed": 1}}, {"result": 3}, {"format": "other"}])
def test_a_file_of_other_settings_is_no_result(store, change):
    cell = Cell.of(SETTINGS)
    store.save(cell, {"accuracy": 0.5})
    stored = json.loads(store.path(cell).read_text())
    store.path(cell).write_text(json.dumps(stored | change))
    with pytest.warns(UserWarning, match="computed again"):
        assert store.load(cell) is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HebbovrError, match="file"):
        CellStore(tmp_path / "file" / "cells")
