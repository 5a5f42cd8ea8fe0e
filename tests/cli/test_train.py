import re

import numpy as np
import pytest

from hebbovr import load_model
from tests.cli.conftest import only_json

KEYS = {
    "dataset", "n_train", "n_test", "n_features", "n_inputs", "hidden", "epochs", "seconds",
    "objective", "overlap", "mean_response", "share_active", "dead_units", "probe", "sparsity",
    "model",
}  # fmt: skip
PROBED = {"layer", "random", "raw", "ovr", "features"}


def test_the_keys_of_json_are_a_contract(run):
    result = run("train", "--json")
    found = only_json(result.stdout)
    assert set(found) == KEYS
    assert set(found["probe"]) == PROBED
    assert found["probe"]["layer"] > found["probe"]["raw"]
    assert found["probe"]["ovr"] == found["probe"]["layer"]
    assert (found["dataset"], found["n_train"], found["n_test"]) == ("digits", 1347, 450)
    assert (found["n_features"], found["n_inputs"], found["hidden"]) == (64, 40, 128)


def test_the_table_shows_the_data_the_inputs_and_random_weights_beside_the_layer(run, blobs):
    result = run("train", "blobs.npz", "--hidden", 8, "--epochs", 5)
    lines = result.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[1:5]] == [
        "features",
        "scaled features",
        "random weights",
        "trained layer",
    ]
    assert "saved blobs-model.npz" in lines[5]
    assert "Next: hebbovr plot filters blobs-model.npz" in result.stderr


def test_where_a_baseline_wins_it_is_said(run):
    result = run("train", "sphere", "--hidden", 2, "--epochs", 1)
    assert result.exit_code == 0
    rows = {re.split("  +", line)[0]: line for line in result.stdout.splitlines()[1:5]}
    accuracy = {name: float(re.split("  +", line)[1]) for name, line in rows.items()}
    learned = accuracy.pop("trained layer")
    assert len(accuracy) == 3
    assert ("did as well as the learned features or better" in result.stderr) == (
        max(accuracy.values()) >= learned
    )


def test_quiet_says_nothing_on_stderr_but_json_and_table_stay(run, blobs):
    result = run("train", "blobs.npz", "--hidden", 8, "--epochs", 3, "--quiet", "--json")
    assert result.stderr == ""
    only_json(result.stdout)


def test_options_reach_the_model(succeed, blobs):
    succeed(
        "train", "blobs.npz", "--hidden", 7, "--pca", 4, "--whiten", 0.01, "--epochs", 2,
        "--batch-size", 50, "--lr", 0.01, "--lam", 1e-4, "--schedule", "plateau", "--activation",
        "sigmoid", "--mean", "unit", "--target", 0.3, "--no-normalize", "--seed", 5, "--threads", 1,
        "--validation", 0.2, "--scale", "none", "--out", "m.npz", "--no-probe",
    )  # fmt: skip
    model = load_model("m.npz")
    wanted = {
        "n_components": 7, "epochs": 2, "batch_size": 50, "learning_rate": 0.01,
        "overlap_penalty": 1e-4, "schedule": "plateau", "activation": "sigmoid", "mean": "unit",
        "target": 0.3, "normalize": False, "random_state": 5, "validation_fraction": 0.2,
        "rule": "ovr",
    }  # fmt: skip
    settings = model.trainer.settings()
    assert {name: settings[name] for name in wanted} == wanted
    assert model.preprocessor.get_params()["whiten"] == 0.01
    assert model.preprocessor.get_params()["scale"] == "none"
    assert model.trainer.n_features_in_ == 4


def test_the_rule_of_eq_4_trains(succeed, blobs):
    found = only_json(
        succeed("train", "blobs.npz", "--rule", "eq4", "--hidden", 8, "--epochs", 3, "--json")
    )
    assert np.isfinite(found["objective"])


def test_a_config_file_gives_defaults_that_the_command_line_overrides(succeed, blobs, tmp_path):
    (tmp_path / "run.toml").write_text('hidden = 6\nepochs = 2\nbatch-size = 40\npca = "none"\n')
    found = only_json(
        succeed("train", "blobs.npz", "--config", "run.toml", "--epochs", 4, "--json")
    )
    assert (found["hidden"], found["epochs"]) == (6, 4)
    assert load_model("blobs-model.npz").trainer.batch_size == 40


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hidden = [1]", "sets 'hidden' to [1]; give a single value"),
        ("hiden = 3", "sets 'hiden', which is no option of train"),
        ("hidden = ", "is no valid TOML"),
        ('hidden = "many"', "'many' is not a valid integer"),
    ],
)
def test_broken_config_files_are_explained(fail, tmp_path, text, message):
    (tmp_path / "run.toml").write_text(text)
    code, sentence = fail("train", "--config", "run.toml")
    assert code == 2
    assert message in sentence


def test_a_missing_config_file_is_named(fail):
    assert fail("train", "--config", "no.toml") == (
        2, "--config no.toml cannot be read: No such file or directory",
    )  # fmt: skip


def test_the_same_seed_gives_the_same_model_and_another_does_not(succeed, blobs):
    def weights(seed):
        succeed("train", "blobs.npz", "--seed", seed, "--epochs", 2, "--no-probe", "--quiet")
        return load_model("blobs-model.npz").trainer.weights_

    np.testing.assert_array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))


def test_a_csv_file_and_the_sphere_train(succeed, blobs, tmp_path):
    X, y = blobs
    rows = np.column_stack([X, y])
    header = "a,b,c,d,e,f,label"
    np.savetxt(tmp_path / "x.csv", rows, delimiter=",", header=header, comments="")
    assert only_json(succeed("train", "x.csv", "--json"))["probe"]["layer"] > 0.9
    found = only_json(succeed("train", "sphere", "-D", "n_samples=400", "--json"))
    assert found["n_train"] + found["n_test"] == 400


def test_data_without_labels_train_without_a_probe_and_it_is_said(run, blobs, tmp_path):
    np.save(tmp_path / "x.npy", blobs[0])
    result = run("train", "x.npy", "--epochs", 2, "--json")
    assert only_json(result.stdout)["probe"] == dict.fromkeys(PROBED)
    assert "no labels, so there is no probe" in result.stderr


def test_fewer_samples_than_a_batch_train_and_it_is_said(run, blobs, tmp_path):
    np.save(tmp_path / "x.npy", blobs[0][:20])
    result = run("train", "x.npy", "--epochs", 2)
    assert result.exit_code == 0
    assert "fewer training rows than --batch-size 128; each batch is all 20 rows" in result.stderr


def test_some_constant_features_do_no_harm(succeed, blobs, tmp_path):
    X = np.column_stack([blobs[0], np.full(300, 7.0)])
    np.savez(tmp_path / "x.npz", X=X, y=blobs[1])
    assert only_json(succeed("train", "x.npz", "--json"))["probe"]["layer"] > 0.9


def test_a_model_that_is_replaced_is_mentioned(run, model):
    result = run("train", "blobs.npz", "--epochs", 1, "--no-probe")
    assert "blobs-model.npz was there before and has been replaced" in result.stderr


def test_collapse_says_why_and_which_lambda_to_try_and_keeps_the_former_model(run, model, tmp_path):
    before = (tmp_path / model).read_bytes()
    result = run(
        "train", "blobs.npz", "--lam", 1, "--lr", 0.03, "--epochs", 300, "--quiet", "--out", model
    )
    assert result.exit_code == 1
    assert result.stdout == ""
    (sentence,) = result.stderr.splitlines()
    assert "responses collapsed to zero" in sentence
    assert "2λB²" in sentence
    assert "try λ = 4.6e-05" in sentence
    assert (tmp_path / model).read_bytes() == before


def unlabelled(X):
    return {"X": X}


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("x.npy", lambda X: np.where(np.arange(300)[:, None] == 17, np.nan, X), "in row 17"),
        ("x.npy", lambda X: np.where(np.arange(300)[:, None] == 5, np.inf, X), "in row 5"),
        ("x.npy", lambda X: X[:1], "a single sample"),
        ("x.npy", lambda X: np.ones_like(X), "is constant, so there is nothing to learn"),
    ],
)
def test_arrays_that_cannot_be_trained_on(fail, blobs, tmp_path, name, make, message):
    np.save(tmp_path / name, make(blobs[0]))
    code, sentence = fail("train", name, "--epochs", 1)
    assert code == 1
    assert name in sentence
    assert message in sentence
    assert [p.name for p in tmp_path.iterdir()] == sorted(["blobs.npz", name])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.npy", None, "does not exist"),
        ("x.npy", b"\x93NUMPY\x01\x00", "truncated or broken"),
        ("x.npz", b"PK\x03\x04 nothing", "truncated or broken"),
        ("x.csv", b"a,b\n1,2\n3,x\n4,5\n", "line 3, column 2 ('b') holds the text 'x'"),
        ("x.csv", b"", "x.csv"),
        ("nothing", None, "no data set or file called 'nothing'"),
    ],
)
def test_files_that_cannot_be_read(fail, tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, sentence = fail("train", name)
    assert code == 1
    assert message in sentence


def test_labels_of_wrong_length(fail, blobs, tmp_path):
    np.savez(tmp_path / "x.npz", X=blobs[0], y=blobs[1][:50])
    code, sentence = fail("train", "x.npz")
    assert code == 1
    assert "50 labels for 300 samples" in sentence


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pca", 10], "--pca 10 is more than n_features = 6 of X; ask for at most 6"),
        (["--pca", "0.5.3"], "--pca 0.5.3 is neither a count, nor a share"),
        (["--hidden", 0], "--hidden 0 must be a whole number of at least 1"),
        (["--epochs", 0], "--epochs 0 must be"),
        (["--batch-size", 1], "--batch-size 1 must be a whole number of at least 2"),
        (["--lr", 0], "--lr 0.0 must be a finite number above 0"),
        (["--lam", -1], "--lam -1.0 must be"),
        (["--target", "nan"], "--target nan must be a finite number"),
        (["--whiten", -1, "--pca", 3], "--whiten -1.0 must be"),
        (["--whiten", 0.1], "--whiten 0.1 needs PCA; choose a number of components"),
        (["--threads", 0], "'--threads'"),
        (["--validation", 1], "--validation 1.0 must be a fraction"),
        (["--out", "missing/x.npz"], "the folder missing does not exist"),
        (["-D", "nothing"], "is no NAME=VALUE pair"),
        (["-D", "size=3"], "size"),
    ],
)
def test_settings_that_are_wrong(fail, blobs, tmp_path, options, message):
    code, sentence = fail("train", "blobs.npz", "--epochs", 1, *options)
    assert code == 2
    assert message in sentence
    assert [p.name for p in tmp_path.iterdir()] == ["blobs.npz"]


def test_a_full_disk_is_named(fail, blobs):
    code, sentence = fail("train", "blobs.npz", "--epochs", 1, "--out", "/dev/full")
    assert code == 1
    assert "the disk is full" in sentence
