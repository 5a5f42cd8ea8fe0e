"""The same seed gives the same bits: over runs, threads, files, and both ways in."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from hebbovr import OVREncoder, Preprocessor, Trainer, load_model, pipeline, save_model
from hebbovr.cli import main
from hebbovr.datasets import load
from hebbovr.kernels.layout import block_units
from tests.runner import make_runner

SCRIPT = """
import hashlib, sys
import numpy as np
from hebbovr import OVREncoder
X = np.random.default_rng(0).standard_normal((300, 11)).astype(np.float32)
encoder = OVREncoder(150, epochs=3, random_state=7, n_threads=int(sys.argv[1])).fit(X)
encoder.partial_fit(X[:130])
digest = hashlib.sha256(encoder.weights_.tobytes() + encoder.biases_.tobytes())
digest.update(encoder.transform(X).tobytes())
print(digest.hexdigest())
"""


def digest(*arrays):
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def in_a_new_process(threads):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(threads)],
        env={**os.environ, "NUMBA_NUM_THREADS": "4"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_ten_runs_give_the_same_bits():
    X = np.random.default_rng(0).standard_normal((300, 11)).astype(np.float32)
    found = {digest(OVREncoder(40, epochs=3, random_state=7).fit_transform(X)) for _ in range(10)}
    assert len(found) == 1


def test_a_response_is_the_same_alone_and_among_others():
    X = np.random.default_rng(0).standard_normal((300, 11)).astype(np.float32)
    encoder = OVREncoder(150, epochs=1, random_state=7).fit(X)
    together = encoder.transform(X)
    alone = np.vstack([encoder.transform(X[i : i + 1]) for i in range(0, 300, 7)])
    np.testing.assert_array_equal(alone, together[::7])


def test_new_processes_on_1_2_and_4_threads_give_the_same_bits():
    assert block_units(150) < 150  # more than one block, so that there is something to share out
    assert len({in_a_new_process(threads) for threads in (1, 2, 4)}) == 1


@pytest.mark.slow
def test_ten_processes_give_the_same_bits():
    assert len({in_a_new_process(1 + n % 4) for n in range(10)}) == 1


def test_other_seeds_give_other_bits():
    X = np.random.default_rng(0).standard_normal((300, 11)).astype(np.float32)
    found = {digest(OVREncoder(40, epochs=1, random_state=n).fit_transform(X)) for n in range(3)}
    assert len(found) == 3


def test_saving_and_loading_changes_no_bit(tmp_path):
    dataset = load("digits")
    model = pipeline.train_model(dataset, Preprocessor(20), Trainer(24, epochs=2, random_state=0))
    save_model(tmp_path / "model.npz", model)
    loaded = load_model(tmp_path / "model.npz")
    before, after = (m.transform(dataset.X_test) for m in (model, loaded))
    assert digest(before) == digest(after)
    save_model(tmp_path / "again.npz", model)
    again = load_model(tmp_path / "again.npz")
    assert digest(again.trainer.weights_) == digest(model.trainer.weights_)


def test_python_and_the_command_line_give_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = (
        "train digits --hidden 24 --pca 20 --scale feature --epochs 2 --batch-size 64 --lr 0.002 "
        "--lam 1e-4 --schedule constant --seed 5 --no-probe --json --out model.npz"
    )
    done = make_runner().invoke(main, line.split())
    assert done.exit_code == 0, done.stderr
    trainer = Trainer(
        24,
        epochs=2,
        batch_size=64,
        learning_rate=0.002,
        overlap_penalty=1e-4,
        random_state=5,
    )
    dataset = load("digits", seed=5)
    preprocessor = Preprocessor(20, scale="feature", random_state=5)
    model = pipeline.train_model(dataset, preprocessor, trainer)
    made = load_model("model.npz")
    assert digest(made.trainer.weights_) == digest(model.trainer.weights_)
    assert json.loads(done.stdout)["objective"] == model.trainer.history_[-1]["objective"]
