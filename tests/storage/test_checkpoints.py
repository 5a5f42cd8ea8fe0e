"""Checkpoints: what they hold, which are kept, and what a damaged one leads to."""

import json

import numpy as np
import pytest

from hebbovr import Preprocessor, Trainer
from hebbovr.errors import CheckpointError, DataError
from hebbovr.files.archive import read_arrays, write_arrays
from hebbovr.storage.checkpointer import Checkpointer
from hebbovr.storage.checkpoints import Checkpoints, read_checkpoint
from hebbovr.training.callbacks import Callback

X = np.random.default_rng(0).normal(size=(150, 8))
SETTINGS = {"hidden": 7}


class StopAt(Callback):
    """End the fit after so many batches, as a crash would."""

    def __init__(self, batches):
        self.batches = batches

    def on_batch_end(self, trainer, batch, stats):
        if trainer.step_ == self.batches:
            raise RuntimeError("stopped")


def make(**settings):
    settings = {"epochs": 5, "batch_size": 16, "random_state": 0} | settings
    return Trainer(7, **settings)


def stop_at(batches, **settings):
    trainer = make(callbacks=[StopAt(batches)], **settings)
    with pytest.raises(RuntimeError, match="stopped"):
        trainer.fit(X)
    return {name: array.copy() for name, array in trainer.state().items()}


def assert_equal(trainer, other):
    for name, array in trainer.layer._asdict().items():
        np.testing.assert_array_equal(array, getattr(other.layer, name), err_msg=name)
    strip = [[{**r, "seconds": 0} for r in t.history_] for t in (trainer, other)]
    assert strip[0] == strip[1]
    assert (trainer.best_epoch_, trainer.step_) == (other.best_epoch_, other.step_)


@pytest.fixture
def folder(tmp_path):
    return Checkpoints(tmp_path / "run")


@pytest.fixture
def saved(folder):
    """Return a folder with the checkpoints of 15, 18 batches of a fit that was stopped."""
    preprocessor = Preprocessor().fit(X)
    saver = Checkpointer(folder, preprocessor, SETTINGS, "abc", every=3)
    with pytest.raises(RuntimeError, match="stopped"):
        make(callbacks=[saver, StopAt(20)]).fit(X)
    saver.close()
    return folder


@pytest.mark.parametrize("batches", [1, 8, 9, 10, 17, 30, 45])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"schedule": "plateau", "validation_fraction": 0.2},
        {"schedule": "cosine", "rule": "eq4", "activation": "identity"},
        {"mean": "unit", "activation": "sigmoid", "random_state": np.random.RandomState(3)},
    ],
    ids=["plain", "validation", "eq4", "random state"],
)
def test_a_fit_that_goes_on_ends_where_one_does_that_was_not_stopped(settings, batches):
    if "validation_fraction" in settings and batches == 45:
        batches = 40
    if isinstance(settings.get("random_state"), np.random.RandomState):
        settings = settings | {"random_state": np.random.default_rng(3)}
        whole = make(**settings | {"random_state": np.random.default_rng(3)}).fit(X)
    else:
        whole = make(**settings).fit(X)
    gone_on = Trainer.from_state(stop_at(batches, **settings)).resume(X)
    assert_equal(gone_on, whole)


def test_it_goes_on_with_rows_that_were_given_for_validation():
    whole = make().fit(X[:100], X_validation=X[100:])
    trainer = make(callbacks=[StopAt(10)])
    with pytest.raises(RuntimeError, match="stopped"):
        trainer.fit(X[:100], X_validation=X[100:])
    gone_on = Trainer.from_state(trainer.state()).resume(X[:100], X_validation=X[100:])
    assert_equal(gone_on, whole)


def test_a_finished_trainer_has_nothing_to_go_on_with():
    trainer = make().fit(X)
    same = Trainer.from_state(trainer.state())
    assert_equal(same.resume(X), trainer)
    assert_equal(same.partial_fit(X), trainer.partial_fit(X))


def test_fewer_rows_are_refused():
    with pytest.raises(ValueError, match="X has 50 rows, fewer than the fit"):
        Trainer.from_state(stop_at(3)).resume(X[:50])


def test_the_last_two_are_kept_with_their_digests(saved):
    assert [path.name for path in saved.paths()] == [
        "checkpoint-000000015.npz", "checkpoint-000000018.npz",
    ]  # fmt: skip
    newest = saved.newest()
    assert newest.settings == SETTINGS
    assert newest.fingerprint == "abc"
    assert set(newest.versions) >= {"numpy", "hebbovr"}
    np.testing.assert_array_equal(newest.preprocessor.transform(X), Preprocessor().fit_transform(X))
    assert_equal(newest.trainer.resume(X), make().fit(X))
    saved.clear()
    assert saved.paths() == []
    assert saved.newest() is None


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "other"])
def test_a_damaged_newest_falls_back_to_the_one_before(saved, damage):
    path = saved.paths()[-1]
    content = bytearray(path.read_bytes())
    if damage == "bit":
        # Beyond what the archive's own checksums see: a digest of other arrays.
        arrays = read_arrays(path)
        arrays["trainer.layer.W"] = arrays["trainer.layer.W"] + 1e-9
        write_arrays(path, arrays)
    else:
        path.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "other": b"x"}[damage])
    with pytest.warns(UserWarning, match=r"000000018.npz is no checkpoint.*the one before it"):
        newest = saved.newest()
    assert newest.path.name == "checkpoint-000000015.npz"
    assert_equal(newest.trainer.resume(X), make().fit(X))


def test_nothing_is_taken_up_where_all_are_damaged(saved):
    for path in saved.paths():
        path.write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="is no checkpoint"),
        pytest.raises(CheckpointError, match="No checkpoint in .* can be read"),
    ):
        saved.newest()


def test_what_a_killed_process_left_is_removed(saved):
    left = saved.folder / ".hebbovr-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    assert [path.name for path in Checkpoints(saved.folder).paths()] == [
        path.name for path in saved.paths()
    ]
    assert not left.exists()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("about", np.array("[]")),
        ("about", np.array('{"format": "hebbovr checkpoint 9"}')),
        ("trainer.about", np.array("{}")),
        ("trainer.layer.W", np.zeros((2, 2))),
        ("trainer.layer.W", np.zeros((7, 8), np.float16)),
        ("trainer.run.training", np.array("text")),
        ("preprocessor.mean", np.zeros(3)),
        ("trainer.layer.b", None),
    ],
)
def test_contents_that_contradict_each_other_are_refused(saved, monkeypatch, member, value):
    monkeypatch.setattr("hebbovr.storage.checkpoints.digest_of", lambda arrays: "same")
    path = saved.paths()[-1]
    arrays = {**read_arrays(path), "digest": np.array("same"), member: value}
    write_arrays(path, {name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(CheckpointError, match="is no checkpoint, or a damaged one"):
        read_checkpoint(path)


def test_a_state_is_numbers_and_one_text():
    state = stop_at(10)
    json.loads(str(state["about"]))
    assert all(array.dtype.kind in "fiU" for array in state.values())
    with pytest.raises(CheckpointError, match="incomplete"):
        Trainer.from_state({name: array for name, array in state.items() if name != "about"})


def test_a_run_is_gone_on_with_before_any_epoch_was_chosen():
    trainer = make(callbacks=[StopAt(1)])
    with pytest.raises(RuntimeError, match="stopped"):
        trainer.fit(X[:100], X_validation=X[100:])
    assert Trainer.from_state(trainer.state()).resume(X[:100]).best_epoch_ == trainer.epochs


def test_held_out_rows_that_the_data_do_not_have_are_an_error():
    state = stop_at(3, validation_fraction=0.3)
    state["run.held_out"] = state["run.held_out"] + 1000
    with pytest.raises(DataError, match="fewer than the fit"):
        Trainer.from_state(state).resume(X)
