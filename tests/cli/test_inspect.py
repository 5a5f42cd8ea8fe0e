from tests.cli.conftest import only_json


def test_it_shows_layer_settings_and_provenance(succeed, model):
    found = only_json(succeed("inspect", model, "--json"))
    assert set(found) == {"layer", "preprocessing", "settings", "last_epoch", "provenance"}
    assert (found["layer"]["units"], found["layer"]["inputs"]) == (8, 6)
    assert found["provenance"]["data"] == "blobs.npz"
    assert len(found["provenance"]["fingerprint"]) == 64
    assert {"python", "hebbovr", "numba"} <= set(found["provenance"]["versions"])
    text = succeed("inspect", model)
    assert "layer: units: 8" in text
    assert found["provenance"]["fingerprint"] in text
