import json

import pytest

from hebbovr.errors import DataError
from hebbovr.experiments.cost import operations
from hebbovr.experiments.models import FITS
from hebbovr.paper import models
from hebbovr.paper.tasks import compute_trial, trial_cost
from tests.experiments.conftest import feature_settings

TRAINS = {
    "kmeans": {"code": "triangle", "epochs": 3},
    "autoencoder": {"corruption": 0.3, "epochs": 3, "batch_size": 32},
}


def compute(images, model, **more):
    return compute_trial(feature_settings(images, model, train=TRAINS[model], **more), images, 1)


@pytest.mark.parametrize("model", TRAINS)
@pytest.mark.parametrize(("protocol", "split"), [("honest", "held-out"), ("authors", "test")])
def test_the_baselines_are_measured_like_the_layer(images, model, protocol, split):
    result = compute(images, model, protocol=protocol, split=split)
    assert result["accuracy"] > 0.8
    assert set(result["timing"]) == {"preprocessing", "training", "encoding", "probe"}
    json.dumps(result, allow_nan=False)


def test_every_model_of_the_experiments_is_one_of_the_tables(images):
    assert set(models.FITS) == {*FITS, *TRAINS}


def test_an_honest_final_autoencoder_keeps_its_last_epoch(images):
    final = compute(images, "autoencoder")
    assert final["epoch"] == 3
    assert "validation_objective" not in final["last"]
    chosen = compute(images, "autoencoder", split="held-out")
    assert "validation_objective" in chosen["last"]


def test_what_needs_images_says_so_without_them(images):
    with pytest.raises(DataError, match="'features' are made from images"):
        compute_trial(feature_settings(images, "kmeans"), None, 1)


def test_an_autoencoder_costs_more_than_a_layer_of_its_size(images):
    sizes = {"n_train": 10_000, "n_features": 200, "units": 500}
    layer, autoencoder = (feature_settings(images, m, **sizes) for m in ("layer", "autoencoder"))
    assert trial_cost(autoencoder) > 2 * trial_cost(layer)
    assert trial_cost(layer) == operations(layer)
