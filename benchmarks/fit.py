"""Whole fits at equal width: `OVREncoder` beside scikit-learn's feature learners.

Run ``python -m benchmarks.fit --units 256`` (the digits) or with ``--data-dir`` (CIFAR-10). Every
learner sees the same inputs and is probed alike; each has its defaults but for the width and the
seed, and runs in a process of its own. Raw inputs and random weights stand beside them.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
from numpy.typing import NDArray

from benchmarks.alone import alone, forget_peak, peak_bytes
from benchmarks.machine import describe_machine

Array = NDArray[Any]


class Task(NamedTuple):
    """Which data, how prepared, and how many units."""

    data_dir: Path | None
    rows: int
    components: int
    units: int
    seed: int


@click.command()
@click.option("--units", type=click.IntRange(1), default=256, show_default=True)
@click.option("--rows", type=click.IntRange(50), default=10_000, show_default=True)
@click.option("--components", type=click.IntRange(1), default=40, show_default=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of CIFAR-10.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--only", multiple=True, metavar="NAME", help="Run only this learner.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    units: int,
    rows: int,
    components: int,
    data_dir: Path | None,
    seed: int,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Time OVREncoder.fit beside scikit-learn's learners of as many features."""
    task = Task(data_dir, rows, components, units, seed)
    results = {}
    for name in only or LEARNERS:
        results[name] = alone(run, name, task)
        if not as_json:
            click.echo(line(name, results[name]))
    if as_json:
        about = {"data": "digits" if data_dir is None else "cifar10", "units": units, "rows": rows}
        click.echo(json.dumps(about | {"learners": results, "machine": describe_machine()}))


def run(name: str, task: Task) -> dict[str, Any]:
    """Fit one learner and probe its representation."""
    from hebbovr.evaluation.probe import linear_probe

    X_train, y_train, X_test, y_test = inputs(task)
    learner = LEARNERS[name](task)
    if name == "OVREncoder":  # compiled before, as in every process but the first
        LEARNERS[name](task).set_params(epochs=1).fit(X_train[:256])
    forget_peak()
    before, started = peak_bytes(), time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learner.fit(X_train)
        fitted = time.perf_counter()
        H_train = learner.transform(X_train)
        encoded = time.perf_counter()
        extra = peak_bytes() - before
        H_test = learner.transform(X_test)
    found = linear_probe(H_train, y_train, H_test, y_test, random_state=task.seed)
    return {
        "fit_seconds": fitted - started,
        "transform_seconds": encoded - fitted,
        "extra_bytes": extra,
        "width": H_train.shape[1],
        "share_nonzero": float((H_test != 0).mean()),
        "accuracy": found.accuracy,
    }


def inputs(task: Task) -> tuple[Array, Array, Array, Array]:
    """Return training and test inputs and labels."""
    from hebbovr.datasets import load
    from hebbovr.preprocessing import Preprocessor

    dataset = load("digits") if task.data_dir is None else load("cifar10", data_dir=task.data_dir)
    X, y, X_test, y_test = dataset.X_train, dataset.y_train, dataset.X_test, dataset.y_test
    assert y is not None
    assert X_test is not None
    assert y_test is not None
    X, y = X[: task.rows], y[: task.rows]
    preprocessor = Preprocessor(task.components, scale="global", random_state=0).fit(X)
    return preprocessor.transform(X), y, preprocessor.transform(X_test), y_test


def ovr(task: Task) -> Any:
    """Return our encoder; three of its rates suit any data, as in the README."""
    from hebbovr import OVREncoder

    return OVREncoder(
        task.units, epochs=60, learning_rate=3e-3, schedule="cosine", random_state=task.seed
    )


def kmeans(task: Task) -> Any:
    """Return MiniBatchKMeans, which represents by distances."""
    from sklearn.cluster import MiniBatchKMeans

    return MiniBatchKMeans(task.units, random_state=task.seed)


def dictionary(task: Task) -> Any:
    """Return MiniBatchDictionaryLearning."""
    from sklearn.decomposition import MiniBatchDictionaryLearning

    return MiniBatchDictionaryLearning(task.units, random_state=task.seed)


def rbm(task: Task) -> Any:
    """Return BernoulliRBM, behind a scaler since it wants inputs from 0 to 1."""
    from sklearn.neural_network import BernoulliRBM
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    return make_pipeline(MinMaxScaler(clip=True), BernoulliRBM(task.units, random_state=task.seed))


def random_weights(task: Task) -> Any:
    """Return untrained ReLU units."""
    from hebbovr.baselines import RandomFeatures

    return RandomFeatures(task.units, random_state=task.seed)


def raw(task: Task) -> Any:
    """Return what leaves the inputs as they are."""
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer()


LEARNERS: dict[str, Callable[[Task], Any]] = {
    "OVREncoder": ovr,
    "MiniBatchKMeans": kmeans,
    "MiniBatchDictionaryLearning": dictionary,
    "BernoulliRBM": rbm,
    "random weights": random_weights,
    "raw inputs": raw,
}


def line(name: str, result: dict[str, Any]) -> str:
    """Return a learner's result as a line of text."""
    return (
        f"{name:28} fit {result['fit_seconds']:8.2f} s  transform "
        f"{result['transform_seconds']:7.2f} s  {result['extra_bytes'] / 1e6:7.0f} MB  "
        f"nonzero {100 * result['share_nonzero']:5.1f}%  accuracy {100 * result['accuracy']:.2f}%"
    )


if __name__ == "__main__":
    main()
