"""Disk full, I/O errors and vanished folders at every step of writing: what was there stays."""

import errno
import os
import shutil

import numpy as np
import pytest

from hebbovr import Preprocessor, Trainer, load_model, save_model
from hebbovr.errors import HebbovrError
from hebbovr.files import atomic as files_io
from hebbovr.model import Model
from hebbovr.storage.checkpoints import Checkpoints

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)
STAGES = ("open", "write", "flush", "fsync", "replace")
X = np.random.default_rng(0).normal(size=(120, 6))


class Fault:
    """Count the calls of one stage of writing, and fail at one of them."""

    def __init__(self, monkeypatch, stage):
        self.calls = 0
        self.at = self.number = None
        if stage == "open":
            self._wrap(monkeypatch, files_io, "open", open)
        elif stage in ("write", "flush"):
            create = files_io._create

            def opened(*arguments):
                file = create(*arguments)
                setattr(file, stage, self._counted(getattr(file, stage)))
                return file

            monkeypatch.setattr(files_io, "_create", opened)
        else:
            self._wrap(monkeypatch, os, stage, getattr(os, stage))

    def _wrap(self, monkeypatch, place, name, function):
        monkeypatch.setattr(place, name, self._counted(function), raising=False)

    def _counted(self, function):
        def counted(*arguments):
            self.calls += 1
            if self.calls == self.at:
                raise OSError(self.number, os.strerror(self.number))
            return function(*arguments)

        return counted

    def fail_at(self, call, number):
        self.calls, self.at, self.number = 0, call, number


def train(**settings):
    preprocessor = Preprocessor().fit(X)
    trainer = Trainer(5, epochs=2, random_state=0, **settings)
    return preprocessor, trainer.fit(preprocessor.transform(X))


def injections(fault, write):
    """Yield after arranging each fault: the first calls of its stage, the last, some between."""
    fault.fail_at(None, None)
    write()
    total = fault.calls
    assert total
    for call in sorted({*range(1, min(total, 12) + 1), total // 2, total - 1, total} - {0}):
        for number in ERRORS:
            fault.fail_at(call, number)
            yield call


def sentence(error):
    said = str(error.value)
    assert said.startswith("Cannot write ")
    assert "\n" not in said
    assert "; " in said
    return said


@pytest.mark.parametrize("stage", STAGES)
def test_a_former_model_stays_as_it_was(tmp_path, monkeypatch, stage):
    path = tmp_path / "model.npz"
    save_model(path, Model(*train()))
    former, changed = path.read_bytes(), Model(*train(learning_rate=0.02))
    fault = Fault(monkeypatch, stage)

    def write():
        save_model(tmp_path / "other.npz", changed)
        (tmp_path / "other.npz").unlink()

    for call in injections(fault, write):
        with pytest.raises(HebbovrError) as error:
            save_model(path, changed)
        sentence(error)
        # The last flush, of the folder, comes when the new file has its place.
        if not (stage == "fsync" and call == 2):
            assert path.read_bytes() == former
        else:
            np.testing.assert_array_equal(
                load_model(path).trainer.weights_, changed.trainer.weights_
            )
            path.write_bytes(former)
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("stage", [*STAGES, "unlink"])
def test_the_last_checkpoint_stays_readable(tmp_path, monkeypatch, stage):
    preprocessor, trainer = train()
    folder = Checkpoints(tmp_path / "run")
    for _ in range(2):
        trainer.step_ += 1
        folder.save(trainer, preprocessor, {}, "")
    fault = Fault(monkeypatch, stage)

    def write():
        trainer.step_ += 1
        folder.save(trainer, preprocessor, {}, "")

    for _ in injections(fault, write):
        trainer.step_ += 1
        with pytest.raises(HebbovrError) as error:
            folder.save(trainer, preprocessor, {}, "")
        sentence(error)
        fault.fail_at(None, None)
        assert len(folder.paths()) >= 2
        assert folder.newest().trainer.step_ in (trainer.step_, trainer.step_ - 1)
        assert not list(folder.folder.glob(".*"))
        trainer.step_ = folder.newest().trainer.step_


@pytest.mark.parametrize("number", ERRORS)
@pytest.mark.parametrize("stage", STAGES)
def test_the_command_says_one_sentence_and_ends_with_1(fail, blobs, monkeypatch, stage, number):
    fault = Fault(monkeypatch, stage)
    fault.fail_at(1, number)
    options = ("--hidden", 4, "--epochs", 3, "--no-probe", "--quiet", "--checkpoint-every", 2)
    code, said = fail("train", "blobs.npz", *options, "--out", "run")
    assert code == 1
    assert said.startswith("Cannot write ")
    assert not [name for name in os.listdir("run") if name.endswith(".tmp")]
    fault.fail_at(None, None)


def test_a_folder_removed_in_between(tmp_path):
    preprocessor, trainer = train()
    folder = Checkpoints(tmp_path / "run")
    folder.save(trainer, preprocessor, {}, "")
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(HebbovrError, match=r"Cannot write .*: the folder .* does not exist"):
        folder.save(trainer, preprocessor, {}, "")
    with pytest.raises(HebbovrError, match=r"Cannot write .*: the folder .* does not exist"):
        save_model(tmp_path / "run" / "model.npz", Model(preprocessor, trainer))
