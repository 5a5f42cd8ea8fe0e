import json
import warnings

import pytest

from hebbovr.errors import SettingsError
from hebbovr.experiments import sweep as module
from hebbovr.experiments.compare import compare_rules
from hebbovr.experiments.sweep import Combination, Runs, sweep
from hebbovr.experiments.trials import TRIAL_FOLDER
from tests.experiments.conftest import INPUTS, TRAIN

DATA = "aeb2e2c777cf272b28a60a8d28cc105979596c1be8fdb184e7cff8a8dff1c1df"
LAYER = {
    "rule": "ovr",
    "overlap_penalty": 5e-4,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "epochs": 2,
}


def combination(units=4, **train):
    return Combination({"hidden": units}, INPUTS, units, TRAIN | train)


@pytest.mark.parametrize(
    ("model", "split", "key"),
    [
        ("layer", "held-out", "features-ovr-honest-held-out-8-0-89c7ed6f6d56"),
        ("layer", "test", "features-ovr-honest-test-8-0-ca5247eb7aeb"),
        ("raw", "test", "features-raw-honest-test-0-1ee2e4c9b12c"),
        ("random", "test", "features-random-honest-test-8-0-172135bc8d27"),
    ],
)
def test_trials_keep_the_names_they_are_stored_under(images, model, split, key):
    one = Combination({}, INPUTS, 8, LAYER)
    (trial,) = Runs(images, DATA, (0,)).trials(one, split, model)
    assert trial.key == key


def test_the_best_on_held_out_rows_is_tested_beside_its_baselines(images, tmp_path):
    found = sweep(images, [combination(2, epochs=1), combination(8)], tmp_path, seeds=2)
    assert json.loads((tmp_path / "sweep.json").read_text()) == found
    means = [row["mean"] for row in found["grid"]]
    assert means == sorted(means, reverse=True)
    assert found["best"]["hidden"] == found["grid"][0]["hidden"]


def test_a_sweep_that_was_stopped_goes_on(images, tmp_path, monkeypatch):
    grid = [combination(units) for units in (3, 4, 5)]
    done = []

    def stopped(settings, dataset, threads):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(settings)
        return compute(settings, dataset, threads)

    compute = module.compute_features
    monkeypatch.setattr(module, "compute_features", stopped)
    with pytest.raises(KeyboardInterrupt):
        sweep(images, grid, tmp_path)
    assert len(list((tmp_path / TRIAL_FOLDER).iterdir())) == 2
    monkeypatch.setattr(module, "compute_features", compute)
    told, counted = [], []
    found = sweep(images, grid, tmp_path, announce=told.append, progress=counted.append)
    assert (told[0].trials, told[0].stored) == (6, 2)
    assert len(counted) == 4
    assert len(found["grid"]) == 3


def test_two_jobs_find_what_one_finds(images, tmp_path):
    grid = [combination(units) for units in (3, 4)]
    one, two = (sweep(images, grid, tmp_path / str(jobs), jobs=jobs) for jobs in (1, 2))
    assert [row["mean"] for row in one["grid"]] == [row["mean"] for row in two["grid"]]


def test_settings_out_of_range_and_data_without_labels_are_named(images, tmp_path):
    with pytest.raises(SettingsError, match="overlap_penalty"):
        sweep(images, [combination(overlap_penalty=-1.0)], tmp_path)
    bare = type(images)(name="bare", X_train=images.X_train)
    with pytest.raises(SettingsError, match="bare has no labels"):
        compare_rules([bare], [combination(rule="oja")], tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sweep(bare, [combination()], tmp_path)["best"] is None
