"""Odd values in files and options: used, or refused in a sentence; none gives NaN or infinity.

The slow version tries 10,000: ``pytest -m slow -s tests/reliability/test_odd_values.py``.
"""

import json
import random
import shutil
import warnings
from importlib import import_module

import click
import numpy as np
import pytest

import hebbovr.datasets
from hebbovr import load_model
from hebbovr.cli import main
from hebbovr.cli.learning import build, learn
from hebbovr.errors import HebbovrError
from hebbovr.experiments.features import MEASURES
from hebbovr.experiments.runner import run_trials
from hebbovr.files.archive import read_arrays, write_arrays
from hebbovr.storage.checkpoints import digest_of
from hebbovr.training.callbacks import Callback
from hebbovr.training.trainer import Trainer
from tests.reliability.odd_values import LITERALS, TEXTS, mutated_text
from tests.runner import make_runner

LONGEST_RUN, WIDEST_LAYER = 40, 300
CASES = {"model": 230, "checkpoint": 230, "config": 280, "option": 190, "trial": 70}


class WorkStoppedError(HebbovrError):
    """What stands for the work that a test does not do."""


class StopAfter(Callback):
    """End the command as a kill would, with the checkpoints left as they are."""

    def __init__(self, step):
        self.step = step

    def on_batch_end(self, trainer, batch, stats):
        if trainer.step_ == self.step:
            raise WorkStoppedError("stopped")


class NeverFitted(Trainer):
    def fit(self, *arguments, **options):
        stop()


def stop(*arguments, **options):
    raise WorkStoppedError("stopped")


def in_short(dataset, settings, *, threads, saved=None, **options):
    """Stand for the training of `hebbovr train`: what would take long is made and not run."""
    _, trainer = (None, saved.trainer) if saved else build(settings)
    trainer.n_threads = threads
    left = (
        trainer.epochs if saved is None else saved.trainer.run_ and saved.trainer.run_.epochs_left
    )
    if (left or 0) > LONGEST_RUN or trainer.n_components > WIDEST_LAYER:
        stop()
    return learn(dataset, settings, threads=threads, saved=saved, **options)


def only_configured(settings, options, X, epochs):
    Trainer(settings["hidden"], rule=settings["rule"], rule_options=options, epochs=max(1, epochs))
    stop()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with tiny data, a model, and a run that was stopped; long work is cut off."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    y = np.arange(60) % 2
    X = draw.normal(size=(60, 6)) + y[:, None]
    np.savez("d.npz", X=X.astype(np.float32), y=y, X_test=X[:20], y_test=y[:20])
    made = "--hidden", 4, "--epochs", 4, "--batch-size", 20, "--quiet", "--validation", 0.3
    assert call("train", "d.npz", *made, "--no-probe", "--pca", 3, "--out", "m.npz").exit_code == 0
    train = import_module("hebbovr.cli.train")
    monkeypatch.setattr(train, "learn", stopped_early)
    call("train", "d.npz", *made, "--out", "run", "--checkpoint-every", 1, "--schedule", "plateau")
    assert len(list((tmp_path / "run").glob("checkpoint-*.npz"))) == 2
    monkeypatch.setattr(train, "learn", in_short)
    monkeypatch.setattr(import_module("hebbovr.cli.rule_show"), "prepared", only_configured)
    for module in ("experiments.sweep", "experiments.compare", "paper.reproduce"):
        monkeypatch.setattr(import_module(f"hebbovr.{module}"), "run_trials", stop)
    monkeypatch.setattr(import_module("hebbovr.lab.plane"), "Trainer", NeverFitted)
    monkeypatch.setattr(hebbovr.datasets, "fetch_cifar10", stop)
    for module, name in (("cli.rule_compare", "draw"), ("experiments.cost", "measured_rate")):
        whole = import_module(f"hebbovr.{module}")
        monkeypatch.setattr(whole, name, getattr(whole, name))  # given back after the test
    monkeypatch.setenv("HEBBOVR_DATA", str(tmp_path / "none"))
    return tmp_path


def stopped_early(dataset, settings, *, folder, every, **options):
    """Train up to the middle of an epoch, with checkpoints."""
    from hebbovr.preprocessing import Preprocessor
    from hebbovr.storage.checkpointer import Checkpointer

    _, trainer = build(settings)
    preprocessor = Preprocessor().fit(dataset.X_train)
    about = {**settings, "data": dataset.name, "checkpoint_every": every}
    keeper = Checkpointer(folder, preprocessor, about, dataset.fingerprint(), every)
    trainer.callbacks = (keeper, StopAfter(6))
    try:
        trainer.fit(preprocessor.transform(dataset.X_train))
    finally:
        keeper.close()


def call(*arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_runner().invoke(main, [str(a) for a in arguments], prog_name="hebbovr")


def hold(*arguments):
    """Run a command; return whether it was refused, in a sentence."""
    result = call(*arguments)
    told = arguments, result.stdout[-300:], result.stderr[-600:]
    assert result.exit_code in (0, 1, 2), told
    assert result.exception is None or isinstance(result.exception, SystemExit), told
    assert "Traceback" not in result.stderr, told
    assert "fault of hebbovr" not in result.stderr, told
    assert len(result.stderr) < 8000, told
    assert result.stderr.count("\n") < 20, told
    if result.exit_code == 0 and "--json" in arguments:
        hold_finite(json.loads(result.stdout, parse_constant=stop), told)
    return result.exit_code != 0 and not result.stderr.endswith("Error: stopped\n")


def hold_finite(found, told):
    """Numbers of a result are there, but where a measure has none to take it on."""
    for name in ("objective", "overlap", "mean_response", "share_active", "accuracy", "seconds"):
        assert not isinstance(found, dict) or found.get(name, 0) is not None, (name, told)


def finite(array):
    return bool(np.isfinite(np.load(array)).all())


def texts_of(arrays):
    return [name for name, array in arrays.items() if array.dtype.kind == "U" and name != "digest"]


def odd_arrays(arrays, draw):
    """Return the arrays of an archive with a text or an array of numbers made odd."""
    if draw.randrange(5):
        name = draw.choice(texts_of(arrays))
        return arrays | {name: np.array(mutated_text(str(arrays[name]), draw))}
    name = draw.choice([name for name, array in arrays.items() if array.dtype.kind != "U"])
    array = arrays[name]
    ways = [
        array[:0],
        array[:-1],
        array.reshape(-1)[None],
        array.astype(array.dtype.newbyteorder()),
    ]
    ways += [array.astype(t) for t in (np.float16, np.float64, np.int8, bool)] + [np.array("x")]
    if array.dtype.kind == "f":
        odd = draw.choice([np.nan, np.inf, np.finfo(array.dtype).max, np.finfo(array.dtype).tiny])
        one = array.copy()
        one[(draw.randrange(len(array)),) if array.size else ()] = odd
        ways += [np.full_like(array, odd), one, -array, one, np.full_like(array, odd)]
    elif array.dtype.kind == "i":
        ways += [array - 5000, array + 5000, np.zeros_like(array)]
    return arrays | {name: draw.choice(ways)}


def odd_models(place, draw):
    arrays = read_arrays(place / "m.npz")
    while True:
        write_arrays(place / "odd.npz", odd_arrays(arrays, draw))
        refused = hold("inspect", "odd.npz", "--json")
        if not refused:
            load_model(place / "odd.npz").untrained()
            way = draw.randrange(4)
            if way == 0:
                refused = hold("probe", "odd.npz", "d.npz", "--json")
            elif way == 1:
                picture = draw.choice(["filters", "history", "overlap", "activity"])
                data = ["d.npz"] if picture in ("overlap", "activity") else []
                refused = hold("plot", picture, "odd.npz", *data, "-o", "p.svg", "--force")
            else:
                refused = hold("encode", "odd.npz", "d.npz", "-o", "h.npy", "--force")
                assert refused or finite(place / "h.npy")
        yield refused


def odd_checkpoints(place, draw):
    newest = max((place / "run").glob("checkpoint-*.npz"))
    arrays = read_arrays(newest)
    del arrays["digest"]
    while True:
        shutil.rmtree(place / "again", ignore_errors=True)
        (place / "again").mkdir()
        odd = odd_arrays(arrays, draw)
        write_arrays(place / "again" / newest.name, odd | {"digest": np.array(digest_of(odd))})
        given = draw.choice([(), ("--hidden", 4), ("--pca", "none"), ("--lr", 0.1)])
        yield hold("train", "d.npz", "--out", "again", "--resume", "--no-probe", "--json", *given)


def odd_configs(place, draw):
    names = [p.name for p in main.commands["train"].params if isinstance(p, click.Option)]
    names = [*names, "help", "data", "", "a.b", "x" * 500]
    while True:
        lines = [
            f"{draw.choice(ABOVE)}{quoted(draw.choice(names))} = {draw.choice(LITERALS)}"
            for _ in range(draw.choice([1, 1, 1, 2]))
        ]
        (place / "c.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield hold("train", "d.npz", "--config", "c.toml", "--json", "--no-probe")


def quoted(name):
    return json.dumps(name) if not name.isidentifier() else name


BASES = {
    ("train",): ["d.npz", "--json", "--no-probe", "--epochs", "2"],
    ("encode",): ["m.npz", "d.npz", "-o", "h.npy"],
    ("inspect",): ["m.npz"],
    ("probe",): ["m.npz", "d.npz", "--json"],
    ("report",): ["m.npz", "d.npz", "-o", "r.html", "--no-probe"],
    ("plot", "activity"): ["m.npz", "d.npz", "-o", "p.svg"],
    ("plot", "filters"): ["m.npz", "-o", "p.svg"],
    ("plot", "history"): ["m.npz", "-o", "p.svg"],
    ("plot", "overlap"): ["m.npz", "d.npz", "-o", "p.svg"],
    ("sweep",): ["d.npz"],
    ("rule", "compare"): ["--data", "d.npz"],
    ("rule", "show"): ["--data", "d.npz"],
    ("rule", "watch"): ["-o", "w.svg"],
    ("reproduce",): ["figure1"],
    ("data", "fetch"): ["cifar10"],
    ("data", "check"): ["cifar10"],
    ("data", "list"): [],
    ("rule", "list"): [],
    ("info",): [],
}
ABOVE = ("", "", "", "", "[t]\n", "a.")
SLOW = ("report", "plot")


def commands(group, path=()):
    """Yield all commands and their paths."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_all_commands_are_tried():
    assert {path for path, _ in commands(main)} == set(BASES)


def odd_options(place, draw):
    known = [
        (path, option.opts[0])
        for path, command in commands(main)
        for option in command.params
        if isinstance(option, click.Option) and not option.is_flag
        for _ in range(1 if path[0] in SLOW else 6)
    ]
    sources = ["d.npz", "sphere", "d.csv", "digits"]
    (place / "d.csv").write_text(
        "a,b,label\n" + "".join(f"{i},{i * i},{i % 2}\n" for i in range(30))
    )
    while True:
        path, name = draw.choice(known)
        value = draw.choice(TEXTS)
        base = BASES[path]
        if name == "--data-option":
            source = draw.choice(sources)
            base = [source if part == "d.npz" else part for part in base]
            options = [option.name for option in hebbovr.datasets.options_of(source)]
            value = f"{draw.choice([*options, 'nothing', ''])}={value}"
        elif name == "--rule-option":
            rule, option = draw.choice([("krotov-hopfield", "p"), ("bcm", "rate"), ("ovr", "mean")])
            base = [*base, "--rule", rule]
            value = f"{option}={value}"
        yield hold(*path, *base, f"{name}={value}")


def odd_trials(place, draw):
    """Change a stored trial; all other work is made up."""

    def run(compute, trials, *arguments, **options):
        return run_trials(made_up, trials, *arguments, **options)

    for module in ("experiments.sweep", "experiments.compare", "paper.reproduce"):
        import_module(f"hebbovr.{module}").run_trials = run
    import_module("hebbovr.cli.rule_compare").draw = no_picture
    import_module("hebbovr.experiments.cost").measured_rate = lambda: 1e10
    runs = [
        ("sweep", "d.npz", "--lam", "1e-5,1e-3", "--hidden", "4", "--out", "s", "--json"),
        (
            "rule",
            "compare",
            "--data",
            "d.npz",
            "--rules",
            "ovr,oja",
            "--out",
            "c",
            "--json",
            "--quiet",
        ),
        ("reproduce", "figure1", "--seeds", "1", "--out", "r", "--json"),
    ]
    for arguments in runs:
        assert not hold(*arguments)
    while True:
        arguments = draw.choice([*runs[:2] * 20, runs[2]])
        path = draw.choice(
            sorted((place / arguments[arguments.index("--out") + 1]).glob("cells/*"))
        )
        whole = path.read_text()
        odd = mutated_text(whole, draw)
        path.write_text(odd)
        given = draw.choice([arguments, arguments[:-1]])
        assert not hold(*given)
        used = path.read_text() == odd
        path.write_text(whole)
        yield not used


def no_picture(*arguments):
    return None


def made_up(settings, data, threads):
    measures = {name: 0.25 for name in MEASURES}
    return {
        "accuracy": 0.5, "train_accuracy": 0.5, "sparsity": measures, "collapsed": False,
        "timing": {"training": 1.0}, "seconds": 1.0, "epochs": 2, "epoch": 1,
    }  # fmt: skip


WAYS = {
    "model": odd_models,
    "checkpoint": odd_checkpoints,
    "config": odd_configs,
    "option": odd_options,
    "trial": odd_trials,
}


def attempt(kind, place, seed, count):
    """Try so many; return how many were refused."""
    tries = WAYS[kind](place, random.Random(seed))
    refused = sum(next(tries) for _ in range(count))
    print(f"{kind}: {count} tried, {refused} refused, {count - refused} accepted")
    return refused


@pytest.mark.parametrize("kind", WAYS)
def test_odd_values(kind, place):
    assert 0 < attempt(kind, place, 1, CASES[kind]) < CASES[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", WAYS)
def test_ten_thousand_odd_values(kind, place):
    assert 0 < attempt(kind, place, 2, 10 * CASES[kind]) < 10 * CASES[kind]
