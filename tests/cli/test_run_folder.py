"""Checkpoints from the command line: what is refused, what is kept, what is taken up."""

import json
import shutil

import numpy as np
import pytest

from hebbovr import load_model
from hebbovr.errors import Interrupted
from hebbovr.storage.checkpoints import Checkpoints
from hebbovr.training.trainer import Trainer

OPTIONS = ("--hidden", 8, "--epochs", 4, "--batch-size", 32, "--quiet", "--no-probe")


@pytest.fixture
def stopped(run, blobs, monkeypatch):
    """A folder "run" with the checkpoints of a run that was stopped."""
    step = Trainer.state

    def stop_after_the_third(trainer):
        if trainer.step_ >= 15:
            raise Interrupted("Interrupted; stopped by the test")
        return step(trainer)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "state", stop_after_the_third)
        result = run("train", "blobs.npz", *OPTIONS, "--out", "run", "--checkpoint-every", 5)
    assert result.exit_code == 130
    assert result.stderr == "Interrupted; stopped by the test.\n"
    return "run"


def test_a_finished_run_leaves_the_model_alone(succeed, blobs, tmp_path):
    succeed("train", "blobs.npz", *OPTIONS, "--out", "run", "--checkpoint-every", 5)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["blobs-model.npz"]
    succeed("train", "blobs.npz", *OPTIONS, "--out", "whole.npz")
    found, whole = load_model("run/blobs-model.npz"), load_model("whole.npz")
    np.testing.assert_array_equal(found.trainer.weights_, whole.trainer.weights_)


def test_the_folder_has_a_name_where_none_is_given(succeed, blobs, tmp_path):
    shown = json.loads(succeed("train", "blobs.npz", *OPTIONS, "--checkpoint-every", 5, "--json"))
    assert shown["model"] == "blobs-run/blobs-model.npz"


def test_resume_needs_no_options(succeed, stopped):
    assert len(Checkpoints(stopped).paths()) == 2
    succeed("train", "blobs.npz", "--resume", "--out", stopped, "--no-probe", "--quiet")
    succeed("train", "blobs.npz", *OPTIONS, "--out", "whole.npz")
    found, whole = load_model("run/blobs-model.npz"), load_model("whole.npz")
    np.testing.assert_array_equal(found.trainer.weights_, whole.trainer.weights_)
    assert found.trainer.settings() == whole.trainer.settings()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--hidden", 9), "--hidden is 9 here and 8 in run/checkpoint-000000010.npz; leave it out"),
        (("--lam", 1e-5), "--lam is 1e-05 here and"),
        (("--batch-size", 16), "--batch-size is 16 here and 32 in"),
        (("--no-normalize",), "--no-normalize is True here and False in"),
        (("--pca", "3"), "--pca is 3 here and none in"),
        (("--seed", 1), "--seed is 1 here and 0 in"),
    ],
)
def test_other_settings_are_refused_by_name(fail, stopped, options, sentence):
    code, said = fail("train", "blobs.npz", *options, "--resume", "--out", stopped)
    assert code == 2
    assert sentence in said
    assert len(Checkpoints(stopped).paths()) == 2


def test_other_data_are_refused(fail, stopped, blobs):
    np.savez("blobs.npz", X=blobs[0] + 1, y=blobs[1])
    code, said = fail("train", "blobs.npz", "--resume", "--out", stopped)
    assert code == 2
    assert "was started on blobs.npz with fingerprint" in said
    assert "DATA is digits" in fail("train", "--resume", "--out", stopped)[1]


def test_other_versions_are_said_and_taken_up(run, stopped, monkeypatch):
    monkeypatch.setattr("hebbovr.model.versions", lambda: {"numpy": "9.9"})
    result = run("train", "blobs.npz", "--resume", "--out", stopped, "--no-probe")
    assert result.exit_code == 0
    assert "Versions differ" in result.stderr
    assert "9.9 now" in result.stderr


def test_an_earlier_run_is_not_written_over(fail, stopped):
    code, said = fail("train", "blobs.npz", "--out", stopped, "--checkpoint-every", 5)
    assert code == 2
    assert "holds checkpoints of an earlier run; add --resume" in said


def test_a_finished_run_is_not_taken_up(fail, succeed, stopped):
    succeed("train", "blobs.npz", "--resume", "--out", stopped, "--no-probe", "--quiet")
    code, said = fail("train", "blobs.npz", "--resume", "--out", stopped)
    assert code == 2
    assert said == "--resume: the run is finished, its model is run/blobs-model.npz"


def test_without_a_checkpoint_it_starts_at_the_beginning_if_it_may(run, fail, blobs):
    code, said = fail("train", "blobs.npz", "--resume", "--out", "new")
    assert code == 2
    assert "there is no checkpoint in new; give the run's own folder" in said
    result = run(
        "train", "blobs.npz", *OPTIONS, "--resume", "--out", "new", "--checkpoint-every", 3
    )
    assert result.exit_code == 0
    assert "There is no checkpoint in new; the run starts at its beginning." in result.stderr


def test_a_file_is_no_folder(fail, blobs):
    for out in ("model.npz", "blobs.npz"):
        code, said = fail("train", "blobs.npz", "--out", out, "--checkpoint-every", 3)
        assert code == 2
        assert "names a file; a run with checkpoints needs a folder" in said


def test_a_damaged_newest_is_passed_over_with_a_warning(run, stopped):
    newest = Checkpoints(stopped).paths()[-1]
    newest.write_bytes(newest.read_bytes()[:-400])
    result = run("train", "blobs.npz", "--resume", "--out", stopped, "--no-probe", "--quiet")
    assert result.exit_code == 0
    assert "the one before it is taken" in result.stderr
    assert len(result.stderr.splitlines()) == 2
    whole = run("train", "blobs.npz", *OPTIONS, "--out", "whole.npz")
    assert whole.exit_code == 0
    found, whole = load_model("run/blobs-model.npz"), load_model("whole.npz")
    np.testing.assert_array_equal(found.trainer.weights_, whole.trainer.weights_)


def test_progress_counts_from_where_it_was(run, stopped, monkeypatch):
    monkeypatch.setattr("hebbovr.cli.progress.SECONDS_BETWEEN_LINES", 0.0)
    result = run("train", "blobs.npz", "--resume", "--out", stopped, "--no-probe")
    lines = [line for line in result.stderr.splitlines() if line.startswith("epoch")]
    assert lines[0].startswith("epoch 2/4")
    assert lines[-1].startswith("epoch 4/4")


def test_a_folder_that_is_gone_is_one_sentence(fail, blobs, monkeypatch, tmp_path):
    state = Trainer.state

    def remove_the_folder(trainer):
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        return state(trainer)

    monkeypatch.setattr(Trainer, "state", remove_the_folder)
    code, said = fail("train", "blobs.npz", *OPTIONS, "--out", "run", "--checkpoint-every", 5)
    assert code == 1
    assert said.startswith("Cannot write ")
    assert "run/checkpoint-000000005.npz: the folder" in said
