"""Digests of small fits by every rule: whether a change has moved a single bit.

    python -m benchmarks.digest                    the digests, as JSON
    python -m benchmarks.digest --beside PYTHON    against the package that PYTHON has installed

Bits depend on the processor and on BLAS, so both sides are computed on this machine. The other side
also writes a model and a checkpoint, which this side takes up.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

RULES = ("ovr", "eq4", "kmeans", "oja", "sanger", "krotov-hopfield", "softhebb", "bcm")
ACTIVATIONS = ("relu", "sigmoid", "identity")
OPTIONS = {"krotov-hopfield": {"p": 3.0, "delta": 0.3}, "softhebb": {"sharpness": 2.0}}
RENAMED = {"sharpness": "inverse_temperature", "encoding_threshold": "threshold"}
VARIANTS = {
    "unit mean": {"mean": "unit", "target": 0.3},
    "unnormalised": {"normalize": False, "overlap_penalty": 1e-4},
    "plateau, read out below": {"schedule": "plateau", "threshold": -0.4},
    "given scale": {"weight_scale": 0.05, "schedule": "cosine"},
}


def data(dtype: str, n_rows: int = 70) -> np.ndarray:
    """Return rows of mixed scale."""
    random = np.random.default_rng(3)
    return (random.standard_normal((n_rows, 9)) * np.linspace(0.5, 2, 9)).astype(dtype)


def trainer(rule: str = "ovr", units: int = 19, **settings):
    """Return the trainer that all fits here start from."""
    from hebbovr import Trainer

    common = {"epochs": 3, "batch_size": 16, "learning_rate": 0.01, "random_state": 5}
    given = common | {"rule": rule, "rule_options": OPTIONS.get(rule)} | settings
    return Trainer(units, **given)


class Amid:
    """A callback that does something once, after the seventh batch."""

    def __init__(self, do) -> None:
        self.do = do

    def on_fit_begin(self, trainer, n_batches, n_epochs) -> None:
        """Do nothing."""

    def on_batch_end(self, trainer, batch, stats) -> None:
        """Do it."""
        if trainer.step_ == 7:
            self.do(trainer)

    def on_epoch_end(self, trainer, record) -> None:
        """Do nothing."""

    def on_fit_end(self, trainer) -> None:
        """Do nothing."""


def fit_digest(made, X: np.ndarray) -> str:
    """Return the digest of a fit: the state amid it, the state after it, and its responses."""
    found = hashlib.sha256()
    made.callbacks = (Amid(lambda trainer: add_state(found, trainer)),)
    add_state(found, made.fit(X))
    add_array(found, "responses", made.transform(X))
    add_state(found, made.partial_fit(X[:31]))
    return found.hexdigest()[:24]


def add_state(found, made) -> None:
    """Add all that a checkpoint holds, and what is known of the training."""
    state = dict(made.state())
    about = json.loads(str(state.pop("about")))
    for record in about["history"]:
        record.pop("seconds")
    options = about["settings"]["rule_options"] or {}
    about["settings"]["rule_options"] = {RENAMED.get(n, n): v for n, v in options.items()}
    about["settings"] = {RENAMED.get(n, n): v for n, v in about["settings"].items()}
    found.update(json.dumps(about, sort_keys=True).encode())
    for name in sorted(state):
        add_array(found, name, state[name])
    add_array(found, "weights", made.weights_)
    add_array(found, "biases", made.biases_)


def add_array(found, name: str, array: np.ndarray) -> None:
    """Add an array with its name, type and shape."""
    found.update(f"{name} {array.dtype.str} {array.shape}".encode())
    found.update(np.ascontiguousarray(array).tobytes())


def all_digests() -> dict[str, str]:
    """Return the digest of every fit, by what is fitted."""
    import warnings

    warnings.simplefilter("ignore")
    found = {}
    for rule, activation, dtype, held_out in itertools.product(
        RULES, ACTIVATIONS, ("float32", "float64"), (0.0, 0.3)
    ):
        made = trainer(rule, activation=activation, validation_fraction=held_out)
        name = f"{rule} {activation} {dtype} {'held out' if held_out else 'all rows'}"
        found[name] = fit_digest(made, data(dtype))
    for name, settings in VARIANTS.items():
        found[f"ovr {name}"] = fit_digest(trainer(**settings), data("float32"))
    if os.environ.get("NUMBA_DISABLE_JIT") != "1":
        wide = np.random.default_rng(0).standard_normal((900, 130)).astype(np.float32)
        for threads in (1, 2):
            made = trainer(units=1100, n_threads=threads, batch_size=128)
            found[f"ovr wide, {threads} threads"] = fit_digest(made, wide)
    return found


def write_files(folder: Path) -> None:
    """Write a model, a checkpoint amid its training, and what the training ends with."""
    from hebbovr import Model, Preprocessor, save_model

    X = data("float32")
    prepared = Preprocessor(5).fit(X)
    made = trainer(validation_fraction=0.3)
    made.callbacks = (Amid(lambda trainer: np.savez(folder / "state.npz", **trainer.state())),)
    made.fit(prepared.transform(X))
    save_model(folder / "model.npz", Model(prepared, made))
    np.savez(folder / "end.npz", W=made.weights_, H=made.transform(prepared.transform(X)))


def take_up_files(folder: Path) -> list[str]:
    """Return what of the files is not taken up to the same bits."""
    from hebbovr import Trainer, load_model

    X, end = data("float32"), np.load(folder / "end.npz")
    model = load_model(folder / "model.npz")
    state = np.load(folder / "state.npz")
    resumed = Trainer.from_state({name: state[name] for name in state.files})
    resumed.resume(model.preprocessor.transform(X))
    same = {
        "the model's weights": np.array_equal(model.trainer.weights_, end["W"]),
        "the model's responses": np.array_equal(model.transform(X), end["H"]),
        "a resumed run": np.array_equal(resumed.weights_, end["W"]),
    }
    return [name for name, equal in same.items() if not equal]


def run(python: str, *arguments: str, jit: bool = True) -> str:
    """Run this file by itself, so that it sees the package that ``python`` has installed."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "0" if jit else "1"}
    command = [python, str(Path(__file__).resolve()), *arguments]
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def main(arguments: list[str]) -> int:
    """Print digests, or compare them."""
    if arguments[:1] == ["--print"]:
        print(json.dumps(all_digests(), indent=1))
        return 0
    if arguments[:1] == ["--write"]:
        write_files(Path(arguments[1]))
        return 0
    if arguments[:1] == ["--take-up"]:
        print(json.dumps(take_up_files(Path(arguments[1]))))
        return 0
    if arguments and (arguments[0] != "--beside" or len(arguments) != 2):
        print("usage: python -m benchmarks.digest [--beside PYTHON]", file=sys.stderr)
        return 2
    different = 0
    for jit in (True, False):
        here = json.loads(run(sys.executable, "--print", jit=jit))
        if not arguments:
            print(json.dumps({"jit": jit, "digests": here}, indent=1))
            continue
        there = json.loads(run(arguments[1], "--print", jit=jit))
        differ = sorted(name for name in here.keys() | there if here.get(name) != there.get(name))
        print(f"{'compiled' if jit else 'uncompiled'}: {len(here)} fits, {len(differ)} differ")
        for name in differ:
            print(f"  {name}")
        different += len(differ)
    if arguments:
        with tempfile.TemporaryDirectory() as folder:
            run(arguments[1], "--write", folder)
            lost = json.loads(run(sys.executable, "--take-up", folder))
        print(f"files of the other side: {', '.join(lost) + ' differ' if lost else 'taken up'}")
        different += len(lost)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
