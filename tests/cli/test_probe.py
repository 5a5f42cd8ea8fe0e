import re

import numpy as np

from tests.cli.conftest import only_json


def test_the_keys_of_json_are_a_contract(succeed, model):
    found = only_json(succeed("probe", model, "blobs.npz", "--json"))
    assert set(found) == {
        "accuracy", "random", "raw", "probe", "strength", "sparsity", "confusion",
    }  # fmt: skip
    assert found["probe"] == {
        "layer": found["accuracy"],
        "random": found["random"],
        "raw": found["raw"],
        "ovr": found["accuracy"],
        "features": found["probe"]["features"],
    }
    assert 0 < found["probe"]["features"] <= 1
    assert found["accuracy"] > 0.9
    assert sum(map(sum, found["confusion"])) == 75


def test_the_table_shows_baselines(succeed, model):
    lines = succeed("probe", model, "blobs.npz").splitlines()
    assert lines[0].startswith("representation")
    assert lines[1].startswith("features")
    assert lines[2].startswith("scaled features")
    assert lines[4].startswith("trained layer")
    assert {"training %", "L2 penalty", "overlap"} <= set(re.split("  +", lines[0]))


def test_data_of_another_width(fail, model, tmp_path):
    np.savez(tmp_path / "wide.npz", X=np.random.default_rng(0).random((20, 9)), y=[0, 1] * 10)
    code, sentence = fail("probe", model, "wide.npz")
    assert code == 1
    assert "has 9 features, but the model was trained on 6" in sentence


def test_data_without_labels(fail, model, blobs, tmp_path):
    np.save(tmp_path / "x.npy", blobs[0])
    code, sentence = fail("probe", model, "x.npy")
    assert code == 1
    assert "no labels, and a probe needs them" in sentence


def test_a_file_that_is_no_model(fail, blobs, tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    for name in ("text.npz", "blobs.npz", "missing.npz"):
        code, sentence = fail("probe", name, "blobs.npz")
        assert code == 1
        assert name in sentence
