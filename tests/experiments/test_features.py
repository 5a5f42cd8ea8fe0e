import json

import numpy as np
import pytest

from hebbovr.errors import SettingsError
from hebbovr.experiments.features import compute_features, pack_patterns, unpack_patterns
from hebbovr.experiments.inputs import prepare_inputs
from hebbovr.experiments.models import FITS, FittedModel
from tests.experiments.conftest import INPUTS, TRAIN, feature_settings

TRAINS = {"raw": {}, "random": {"weight_scale": 0.05}, "layer": TRAIN}


def compute(images, model, **more):
    return compute_features(feature_settings(images, model, train=TRAINS[model], **more), images, 1)


@pytest.mark.parametrize("model", FITS)
@pytest.mark.parametrize(("protocol", "split"), [("honest", "held-out"), ("authors", "test")])
def test_every_model_is_measured(images, model, protocol, split):
    result = compute(images, model, protocol=protocol, split=split)
    assert result["accuracy"] > 0.8
    assert 0 <= result["sparsity"]["share_below_tenth"] <= 1
    assert set(result["timing"]) == {"preprocessing", "training", "encoding", "probe"}
    assert result["seconds"] == pytest.approx(sum(result["timing"].values()))
    json.dumps(result, allow_nan=False)


def test_more_models_are_handed_down_and_unknown_ones_named(images):
    def blind(settings, inputs, threads):
        return FittedModel(lambda X: np.zeros((len(X), 1), np.float32), {"about": threads})

    settings = feature_settings(images, "blind")
    result = compute_features(settings, images, 3, {**FITS, "blind": blind})
    assert result["about"] == 3
    assert result["accuracy"] == 0.25
    with pytest.raises(SettingsError, match="model='blind' is unknown; use one of raw, random"):
        compute_features(settings, images, 1)


def test_without_labels_there_is_no_accuracy(images):
    bare = type(images)(name="bare", X_train=images.X_train)
    result = compute(bare, "layer", split="held-out")
    assert "accuracy" not in result
    assert result["sparsity"]["overlap"] > 0


def test_patterns_are_packed_to_a_byte_and_unpacked_in_order(images):
    result = compute(images, "layer", patterns=True)
    patterns = unpack_patterns(json.loads(json.dumps(result["patterns"])))
    assert patterns.shape == (8, 48)
    np.testing.assert_allclose(np.abs(patterns).max(axis=1), 1)
    assert "patterns" not in compute(images, "layer")
    assert "patterns" not in compute(images, "raw", patterns=True)


def test_packed_patterns_are_those_of_the_weights(images):
    inputs = prepare_inputs(
        {"data": images.fingerprint(), "split": "test", "inputs": INPUTS}, images
    )
    W = np.random.default_rng(0).standard_normal((1, 10))
    expected = inputs.preprocessor.to_inputs(W, unwhiten=False)
    found = unpack_patterns(pack_patterns(inputs, W))
    np.testing.assert_allclose(found, expected / np.abs(expected).max(), atol=0.005)
