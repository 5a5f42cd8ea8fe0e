"""Data options and data files on the command line: one sentence for whatever is wrong."""

import subprocess
import sys

import numpy as np
import pytest

from tests.cli.conftest import only_json

ROWS = [f"{n / 7:.3f},{n * n % 11},{n % 3}" for n in range(60)]
FAST = ["--hidden", 4, "--epochs", 1, "--no-probe", "--quiet", "--out", "m.npz"]


@pytest.fixture
def csv(tmp_path):
    (tmp_path / "d.csv").write_text("\n".join(["a,b,label", *ROWS]))
    return "d.csv"


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("test_size=nan", "test_size='nan' must be a share"),
        ("test_size=1", "must be a share"),
        ("seed=-1", "must be a whole number from 0"),
        ("seed=1" + "0" * 400, "must be a whole number"),
        ("seed=10^400", "must be a whole number"),
        ("data_dir=.", "has no option 'data_dir'; its options are"),
        ("source=x", "has no option 'source'"),
        ("path=x", "has no option 'path'"),
        ("self=x", "has no option 'self'"),
        ("whole=yes", "has no option 'whole'"),
        ("label_column=\udcff", r"no column '\udcff'"),
        ("\udcff=1", r"has no option '\udcff'"),
        ("header", "is no NAME=VALUE pair"),
        ("=3", "is no NAME=VALUE pair"),
        ("keep_index=2", "must be yes or no"),
        ("delimiter=x", "must be one of comma"),
        ("image_shape=2x2", "has 4 pixels where rows have 2"),
    ],
)
def test_wrong_data_options(fail, csv, pair, words):
    code, sentence = fail("train", csv, "-D", pair)
    assert code == 2
    assert words in sentence
    assert len(sentence) < 400


def test_data_options_that_all_data_have(succeed, csv):
    succeed("train", csv, "-D", "test_size=0", *FAST)
    succeed("train", csv, "-D", "seed=3", "-D", "test-size=0.5", *FAST)
    succeed("train", "digits", "-D", "test_size=0.5", *FAST)


def test_an_option_given_twice_is_not_chosen_from(fail, csv):
    sentence = fail("train", csv, "-D", "seed=3", "-D", "seed=4")[1]
    assert "--data-option seed is given twice" in sentence


def test_one_class_is_told_before_a_sweep(fail, tmp_path):
    lines = [row.rsplit(",", 1)[0] + ",u" for row in ROWS]
    (tmp_path / "d.csv").write_text("\n".join(["a,b,label", *lines]))
    sentence = fail("sweep", "d.csv")[1]
    assert "Every training row of d.csv has the label 'u'" in sentence
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv"]


def test_one_class_is_enough_without_a_probe(succeed, fail, tmp_path):
    np.savez("one.npz", X=np.random.default_rng(0).random((30, 2)), y=np.zeros(30, int))
    succeed("train", "one.npz", *FAST)
    assert "has the label '0'" in fail("probe", "m.npz", "one.npz")[1]


def test_labels_without_test_rows_are_not_called_missing(run, fail, csv):
    result = run("train", csv, "-D", "test_size=0", "--hidden", 4, "--epochs", 1, "--out", "m.npz")
    assert "no test rows" in result.stderr
    sentence = fail("probe", "m.npz", csv, "-D", "test_size=0")[1]
    assert "no test rows" in sentence


def test_what_is_decided_is_a_note(run, tmp_path):
    lines = [f"{n},{row}" for n, row in enumerate(ROWS)]
    (tmp_path / "d.csv").write_text("\n".join([",a,b,label", *lines]))
    result = run("train", "d.csv", *FAST, "--json")
    assert result.stdout.count("\n") == 1
    assert "column 1 (unnamed) numbers or names the rows and is left out" in result.stderr
    assert "DataNote" not in result.stderr


def test_dashed_files_are_suggested_as_paths(run, tmp_path):
    (tmp_path / "-d.csv").write_text("\n".join(["a,b,label", *ROWS]))
    result = run("train", "./-d.csv", "--hidden", 4, "--epochs", 1, "--no-probe")
    assert "hebbovr plot filters ./-d-model.npz" in result.stderr


@pytest.mark.parametrize("source", ["-", "/dev/stdin"])
def test_data_from_a_pipe(tmp_path, source):
    code = "from hebbovr.cli import main; main()"
    rows = "\n".join(["a,b,label", *ROWS])
    command = [sys.executable, "-c", code, "train", source, *map(str, FAST[:-2])]
    done = subprocess.run(command, input=rows, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "saved stdin-model.npz" in done.stdout


def test_files_are_listed_with_their_options(succeed):
    found = only_json(succeed("data", "list", "--json"))
    assert found[".tsv.gz"]["options"]["keep_index"]["default"] is False
    assert "labels" in found[".npz"]["options"]
    assert all(entry["summary"] for entry in found.values())
    text = succeed("data", "list")
    for words in (".parquet, .feather, .arrow", "hebbovr[tables]", "-D header=", "-D test_size="):
        assert words in text
