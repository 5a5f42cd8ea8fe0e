import json

import numpy as np
import pytest

from hebbovr.paper.features import compute_features, pack_patterns, unpack_patterns
from hebbovr.paper.inputs import prepare_inputs
from hebbovr.paper.plan import make_plan

INPUTS = {"pca": 10, "scale": "feature", "whiten": None}
OVR = {"overlap_penalty": 5e-4, "epochs": 3, "batch_size": 32, "weight_scale": 0.1}
MODELS = {
    "raw": {},
    "random": {"weight_scale": 0.05},
    "ovr": OVR,
    "kmeans": {"code": "triangle", "epochs": 3},
    "autoencoder": {"corruption": 0.3, "epochs": 3, "batch_size": 32},
}


def compute(images, model, protocol="honest", split="test", **more):
    plan = make_plan(images, protocol=protocol)
    cell = plan.final(
        0, task="features", model=model, inputs=INPUTS, units=8, train=MODELS[model], **more
    )
    return compute_features(cell.settings | {"split": split}, images, 1)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("protocol", "split"), [("honest", "held-out"), ("authors", "test")])
def test_every_model_is_measured(images, model, protocol, split):
    result = compute(images, model, protocol, split)
    assert result["accuracy"] > 0.8
    assert 0 <= result["sparsity"]["share_below_tenth"] <= 1
    assert set(result["timing"]) == {"preprocessing", "training", "encoding", "probe"}
    assert result["seconds"] == pytest.approx(sum(result["timing"].values()))
    json.dumps(result, allow_nan=False)


def test_an_honest_final_autoencoder_keeps_its_last_epoch(images):
    assert compute(images, "autoencoder")["epoch"] == 3
    assert "validation_objective" not in compute(images, "autoencoder")["last"]
    chosen = compute(images, "autoencoder", split="held-out")
    assert "validation_objective" in chosen["last"]


def test_without_labels_there_is_no_accuracy(images):
    bare = type(images)(name="bare", X_train=images.X_train)
    settings = {
        "data": bare.fingerprint(),
        "split": "held-out",
        "protocol": "honest",
        "inputs": INPUTS,
        "model": "ovr",
        "units": 8,
        "train": OVR,
        "seed": 0,
    }
    result = compute_features(settings, bare, 1)
    assert "accuracy" not in result
    assert result["sparsity"]["overlap"] > 0


def test_patterns_are_packed_to_a_byte_and_unpacked_in_order(images):
    result = compute(images, "ovr", patterns=True)
    patterns = unpack_patterns(json.loads(json.dumps(result["patterns"])))
    assert patterns.shape == (8, 48)
    np.testing.assert_allclose(np.abs(patterns).max(axis=1), 1)
    assert "patterns" not in compute(images, "ovr")
    assert "patterns" not in compute(images, "raw", patterns=True)


def test_packed_patterns_are_those_of_the_weights(images):
    inputs = prepare_inputs(
        {"data": images.fingerprint(), "split": "test", "inputs": INPUTS}, images
    )
    W = np.random.default_rng(0).standard_normal((1, 10))
    expected = inputs.preprocessor.to_inputs(W, unwhiten=False)
    found = unpack_patterns(pack_patterns(inputs, W))
    np.testing.assert_allclose(found, expected / np.abs(expected).max(), atol=0.005)
