"""`hebbovr train --seeds N`: the same training by several seeds, and what they say together."""

import numpy as np
import pytest

from hebbovr import load_model, pipeline
from hebbovr.errors import TrainingError
from tests.cli.conftest import only_json

BASELINES = ("features", "raw", "random")
LINE = ("train", "sphere", "--hidden", 6, "--epochs", 2, "-D", "n_samples=300")


@pytest.fixture
def at_second_seed(monkeypatch):
    """Let the second training raise."""

    def install(error):
        train, runs = pipeline.train_model, []

        def stopped(*given, **named):
            runs.append(1)
            if len(runs) == 2:
                raise error
            return train(*given, **named)

        monkeypatch.setattr(pipeline, "train_model", stopped)

    return install


def test_each_seed_is_the_run_of_that_seed_alone(succeed):
    found = only_json(succeed(*LINE, "--seed", 3, "--seeds", 3, "--out", "all.npz", "--json"))
    alone = [
        only_json(succeed(*LINE, "--seed", seed, "--out", f"{seed}.npz", "--json"))
        for seed in (3, 4, 5)
    ]
    assert found["seeds"] == [3, 4, 5]
    for run, one in zip(found["runs"], alone, strict=True):
        for name in ("probe", "sparsity", "objective", "n_train", "epochs"):
            assert run[name] == one[name], name
    assert {n: found[n] for n in ("probe", "objective")} == {
        n: alone[0][n] for n in ("probe", "objective")
    }
    first, kept = load_model("3.npz"), load_model("all.npz")
    np.testing.assert_array_equal(first.trainer.weights_, kept.trainer.weights_)


def test_means_and_paired_differences_are_those_of_the_runs(succeed):
    found = only_json(succeed(*LINE, "--seeds", 4, "--json"))
    accuracies = {
        name: np.array([run["probe"][name] for run in found["runs"]])
        for name in (*BASELINES, "layer")
    }
    together = found["over_seeds"]
    assert set(together["accuracy"]) == set(accuracies)
    for name, values in accuracies.items():
        shown = together["accuracy"][name]
        assert shown == pytest.approx({"mean": values.mean(), "sd": values.std(ddof=1)})
    for name in BASELINES:
        pairs = accuracies["layer"] - accuracies[name]
        shown = together["layer_minus"][name]
        assert shown == pytest.approx({"mean": pairs.mean(), "se": pairs.std(ddof=1) / 2})
    overlaps = [run["sparsity"]["overlap"] for run in found["runs"]]
    assert together["sparsity"]["layer"]["overlap"]["mean"] == pytest.approx(np.mean(overlaps))


def test_the_table_says_which_seeds_and_progress_which_run(run):
    result = run(*LINE, "--seeds", 3)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "layer - it" in lines[0]
    assert all("±" in line for line in lines[1:5])
    assert lines[5].startswith("Seeds 0 to 2:")
    assert lines[6].endswith("saved sphere-model.npz, of seed 0")
    said = [line for line in result.stderr.splitlines() if line.startswith("Run ")]
    assert said == ["Run 2 of 3, seed 1", "Run 3 of 3, seed 2"]


def test_quiet_is_quiet(run):
    assert run(*LINE, "--seeds", 2, "--quiet", "--json").stderr == ""


def test_without_a_probe_the_measures_are_averaged(succeed):
    found = only_json(succeed(*LINE, "--seeds", 2, "--no-probe", "--json"))
    assert found["over_seeds"]["accuracy"] == found["over_seeds"]["layer_minus"] == {}
    assert found["over_seeds"]["sparsity"]["layer"]["overlap"]["sd"] > 0


def test_files_are_split_by_each_seed_unless_the_split_is_given(succeed, blobs):
    line = ("train", "blobs.npz", "--hidden", 4, "--epochs", 1, "--seeds", 3, "--json")

    def features(*more):
        runs = only_json(succeed(*line, *more))["runs"]
        return len({run["sparsity"]["overlap"] for run in runs}), len(
            {run["probe"]["features"] for run in runs}
        )

    assert features("--seed", 2)[0] == 3
    assert features("-D", "seed=1", "--no-probe")[0] == 3
    assert features("-D", "seed=1")[1] == 1


@pytest.mark.parametrize("option", [("--checkpoint-every", 5), ("--resume",)])
def test_checkpoints_are_of_one_run(fail, option):
    code, sentence = fail(*LINE, "--seeds", 2, *option)
    assert code == 2
    assert sentence.startswith("--seeds 2 does not go with --checkpoint-every or --resume")


def test_an_interrupt_keeps_the_first_model_and_says_so(run, at_second_seed, tmp_path):
    at_second_seed(KeyboardInterrupt())
    result = run(*LINE, "--seeds", 3)
    assert result.exit_code == 130
    assert "Interrupted at seed 1; the first model is sphere-model.npz." in result.stderr
    load_model(tmp_path / "sphere-model.npz")


def test_a_collapse_names_its_seed(fail, at_second_seed, tmp_path):
    at_second_seed(TrainingError("All responses collapsed"))
    code, sentence = fail(*LINE, "--seeds", 3)
    assert code == 1
    assert sentence.startswith("Seed 1, after the first model was saved as sphere-model.npz: All")
    load_model(tmp_path / "sphere-model.npz")
