"""Whatever goes wrong ends in one sentence and an exit code."""

import json
import os
import subprocess
import sys

import pytest

from hebbovr.errors import HebbovrError

TRAIN = ("train", "blobs.npz", "--hidden", 4, "--epochs", 1, "--no-probe", "--quiet")


def recurse():
    recurse()


UNFORESEEN = [
    ValueError("a value"),
    RuntimeError(""),
    OSError(5, "Input/output error", "x.bin"),
    BrokenPipeError(32, "Broken pipe"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    AssertionError(),
    KeyError("k"),
    ValueError("two\nlines"),
    ImportError("no module"),
    StopIteration(),
]


def break_down(monkeypatch, error):
    def broken(*arguments, **options):
        raise error

    monkeypatch.setattr("hebbovr.pipeline.train_model", broken)


@pytest.mark.parametrize("error", UNFORESEEN, ids=repr)
def test_an_unforeseen_error_asks_for_a_report(fail, blobs, monkeypatch, error):
    break_down(monkeypatch, error)
    code, said = fail(*TRAIN)
    assert code == 1
    assert said.startswith(f"This is a fault of hebbovr ({type(error).__name__}: ")
    assert "please report it" in said
    assert "lines" not in said


def test_endless_recursion_and_no_memory(fail, blobs, monkeypatch):
    monkeypatch.setattr("hebbovr.pipeline.train_model", lambda *_: recurse())
    assert "RecursionError" in fail(*TRAIN)[1]
    break_down(monkeypatch, MemoryError())
    assert fail(*TRAIN)[1].startswith("Memory ran out; use fewer units")


def test_the_traceback_is_shown_where_it_is_asked_for(run, blobs, monkeypatch):
    break_down(monkeypatch, ValueError("a value"))
    monkeypatch.setenv("HEBBOVR_DEBUG", "1")
    result = run(*TRAIN)
    assert result.exit_code == 1
    assert "Traceback (most recent call last)" in result.stderr
    assert "in broken" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: This is a fault of hebbovr")
    monkeypatch.setenv("HEBBOVR_DEBUG", "0")
    assert "Traceback" not in run(*TRAIN).stderr


@pytest.mark.parametrize("error", [SystemExit(7), SystemExit(0)])
def test_an_exit_keeps_its_way(run, blobs, monkeypatch, error):
    break_down(monkeypatch, error)
    assert run(*TRAIN).exit_code == error.code


def test_a_failed_probe_does_not_hide_the_model(run, blobs, tmp_path, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("the probe")

    monkeypatch.setattr("hebbovr.pipeline.evaluate", broken)
    result = run(*TRAIN, "--out", "m.npz")
    assert result.exit_code == 1
    assert "The model is saved as m.npz, but its probe failed." in result.stderr
    assert (tmp_path / "m.npz").exists()


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_labels_of_one_class_give_a_model_and_no_probe(run, blobs, tmp_path, quiet):
    rows = ["a,b,label", *(f"{n % 7},{n % 5},7" for n in range(40))]
    (tmp_path / "one.csv").write_text("\n".join(rows) + "\n")
    options = ("--hidden", 4, "--epochs", 1, *quiet)
    result = run("train", "one.csv", *options, "--json")
    assert result.exit_code == 0, result.stderr
    assert set(json.loads(result.stdout)["probe"].values()) == {None}
    assert (
        "There will be no probe: Every training row of one.csv has the label '7'" in result.stderr
    )
    assert run("train", "one.csv", *options).exit_code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_THREADING_LAYER", "nope"),
        ("NUMBA_NUM_THREADS", "0"),
        ("NUMBA_THREADING_LAYER_PRIORITY", "x"),
    ],
)
@pytest.mark.parametrize("command", ["info", "train"])
def test_what_numba_does_not_take_is_named(tmp_path, command, name, value):
    done = subprocess.run(
        [sys.executable, "-m", "hebbovr", command],
        env={**os.environ, name: value},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()[-1:]
    assert said.startswith("Error: Numba does not take the environment's ")
    assert f"{name}={value}" in said
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("seed", [-1, 2**32])
@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "sphere"),
        ("rule", "watch", "-o", "w.png"),
        ("rule", "show", "--epochs", "0"),
    ],
    ids=" ".join,
)
def test_a_seed_out_of_range_is_named_as_it_was_given(fail, seed, arguments):
    code, said = fail(*arguments, "--seed", seed)
    assert code == 2
    assert said == f"--seed {seed} must be a whole number from 0 to 4294967295"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hidden = true", "sets 'hidden' to true; give a single value"),
        ("lr = false", "sets 'lr' to false; give a single value"),
        ("pca = true", "sets 'pca' to true"),
        ("out = true", "sets 'out' to true"),
        ("epochs = 2.5", "sets 'epochs' to 2.5; give a whole number"),
        ("quiet = 3", "sets 'quiet' to 3; give true or false"),
        ('no_probe = "yes"', "sets 'no_probe' to 'yes'; give true or false"),
        ("lr = 1979-05-27", "sets 'lr' to datetime.date(1979, 5, 27); give a single value"),
        ('data_option = "a=1"', "sets 'data_option' to 'a=1'; give a list of texts"),
        ("rule_option = [1]", "sets 'rule_option' to [1]; give a list of texts"),
    ],
)
def test_a_config_value_of_the_wrong_type_is_named(fail, tmp_path, text, said):
    (tmp_path / "t.toml").write_text(text + "\n")
    code, sentence = fail("train", "--config", "t.toml")
    assert code == 2
    assert said in sentence


def test_an_error_of_the_package_is_its_sentence(fail, blobs, monkeypatch):
    break_down(monkeypatch, HebbovrError("it is so"))
    assert fail(*TRAIN) == (1, "it is so")
