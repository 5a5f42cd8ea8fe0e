"""Runs killed at any moment go on to the weights of a run that was not, bit for bit.

The slow version kills 200 times: ``pytest -m slow tests/reliability/test_killed_runs.py``.
"""

import random
import signal
import subprocess
import sys

import numpy as np
import pytest

from hebbovr import load_model
from hebbovr.storage.checkpoints import Checkpoints
from tests.signals import hear_interrupts

MOMENTS = ("time", "time", "write", "fsync", "replace", "replaced", "prune")
SETTINGS = "--hidden 24 --epochs 12 --batch-size 16 --schedule plateau --validation 0.2 --seed 3"
EVERY = 3


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "rows.npy"
    np.save(path, np.random.default_rng(0).normal(size=(400, 20)).astype(np.float32))
    return path


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """Return the model of a run that nobody stopped."""
    out = tmp_path_factory.mktemp("whole") / "model.npz"
    finished = run(["-m", "hebbovr", *command(data, out)])
    assert finished.returncode == 0, finished.stderr
    return load_model(out)


def command(data, out):
    return ["train", str(data), *SETTINGS.split(), "--no-probe", "--quiet", "--out", str(out)]


def run(arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        preexec_fn=hear_interrupts,
    )


def killed(data, folder, moment, number):
    script = ["-m", "tests.reliability.killed_run", moment, str(number)]
    saving = ["--checkpoint-every", str(EVERY), "--resume"]
    return run([*script, *command(data, folder), *saving])


def assert_same(model, whole):
    np.testing.assert_array_equal(model.trainer.weights_, whole.trainer.weights_)
    np.testing.assert_array_equal(model.trainer.biases_, whole.trainer.biases_)
    unlike = {"seconds"}
    strip = [
        [{n: v for n, v in record.items() if n not in unlike} for record in m.trainer.history_]
        for m in (model, whole)
    ]
    assert strip[0] == strip[1]


def kill_and_go_on(data, folder, whole, kills, seed):
    """Kill a run again and again, then let it end; return how often, and how often in a save."""
    draw = random.Random(seed)
    done = within = 0
    for kill in range(kills):
        moment = MOMENTS[kill % len(MOMENTS)]
        number = draw.randrange(300) if moment == "time" else draw.randrange(6)
        before = [path.name for path in Checkpoints(folder).paths()]
        finished = killed(data, folder, moment, number)
        if finished.returncode == 0:
            break
        assert finished.returncode == -signal.SIGKILL, finished.stderr
        done += 1
        within += any(folder.glob(".hebbovr-*.tmp"))
        checkpoints = Checkpoints(folder)
        if before and not (folder / "rows-model.npz").exists():  # killed after the end, it may
            assert checkpoints.newest() is not None
    else:
        finished = run(
            ["-m", "hebbovr", *command(data, folder), "--resume", "--checkpoint-every", "3"]
        )
    assert finished.returncode == 0, finished.stderr
    assert [path.name for path in folder.iterdir()] == ["rows-model.npz"]
    assert_same(load_model(folder / "rows-model.npz"), whole)
    return done, within


def test_twenty_kills(data, whole, tmp_path):
    chains = [kill_and_go_on(data, tmp_path / str(n), whole, 7, seed=n) for n in range(3)]
    kills, within = map(sum, zip(*chains, strict=True))
    assert kills >= 20
    assert within >= 3


@pytest.mark.slow
def test_two_hundred_kills(data, whole, tmp_path):
    chains = [kill_and_go_on(data, tmp_path / str(n), whole, 7, seed=n) for n in range(5, 45)]
    kills, within = map(sum, zip(*chains, strict=True))
    print(f"{kills} kills, {within} of them within a save")
    assert kills >= 200
    assert within >= 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_says_where_and_ends_with_130(data, whole, tmp_path, number):
    folder = tmp_path / "run"
    script = ["-m", "tests.reliability.killed_run", "saved", str(int(number))]
    ended = run([*script, *command(data, folder), "--checkpoint-every", "1"])
    assert ended.returncode == 130, ended.stderr
    newest = Checkpoints(folder).paths()[-1]
    assert ended.stderr == f"Interrupted; the run is saved in {newest}.\n"
    finished = run(["-m", "hebbovr", *command(data, folder), "--resume"])
    assert finished.returncode == 0, finished.stderr
    assert_same(load_model(folder / "rows-model.npz"), whole)
