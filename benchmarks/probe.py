"""Time, memory and accuracy of the linear probe beside plain logistic regression.

Run ``python -m benchmarks.probe --rows 50000 --features 8192``. The representation is the response
of random ReLU units, either to clusters that are drawn here or, with ``--data-dir``, to CIFAR-10.
`hebbovr.linear_probe` chooses its strength; scikit-learn's ``LogisticRegression()`` is fitted once
with its defaults, on the same rows. Each runs in a process of its own, which holds the
representation and whose peak memory is then its own.
"""

from __future__ import annotations

import json
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.alone import alone, peak_bytes
from benchmarks.machine import describe_machine

Array = NDArray[Any]
Result = dict[str, Any]

PARTS = ("H_train", "y_train", "H_test", "y_test")
LATENT = 64
CLUSTERS_PER_CLASS = 8
BLOCK = 2048


@click.command()
@click.option("--rows", type=click.IntRange(50), default=50_000, show_default=True)
@click.option("--features", type=click.IntRange(1), default=8192, show_default=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of CIFAR-10.")
@click.option("--components", type=click.IntRange(1), default=781, show_default=True)
@click.option("--scale", type=click.Choice(["feature", "global"]), default="feature")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    rows: int,
    features: int,
    data_dir: Path | None,
    components: int,
    scale: str,
    seed: int,
    as_json: bool,
) -> None:
    """Compare the probe with plain LogisticRegression on ROWS x FEATURES float32 responses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if data_dir is None:
            data = alone(draw_clusters, folder, rows, features, seed)
        else:
            settings = (rows, features, components, scale, seed)
            data = alone(read_cifar10, folder, data_dir, *settings)
        results = {"linear_probe": alone(run_probe, folder, seed)}
        results["logistic_regression"] = alone(run_plain, folder)
    probe, plain = results["linear_probe"], results["logistic_regression"]
    report = {
        "rows": data["rows"],
        "features": features,
        "data": data["title"],
        "representation_bytes": data["bytes"],
        **results,
        "ratios": {
            "plain_to_probe_seconds": plain["seconds"] / probe["seconds"],
            "probe_extra_to_representation": probe["extra_bytes"] / data["bytes"],
            "plain_extra_to_representation": plain["extra_bytes"] / data["bytes"],
        },
        "machine": describe_machine(),
    }
    click.echo(json.dumps(report, indent=2) if as_json else table(report))


def draw_clusters(folder: Path, rows: int, features: int, seed: int) -> Result:
    """Write responses to ten classes of several clusters each, which no linear map separates."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(10 * CLUSTERS_PER_CLASS, LATENT))
    weights = random.normal(size=(LATENT, features)).astype(np.float32)
    n_bytes = 0
    for part, n_rows in (("train", rows), ("test", max(rows // 5, 10))):
        cluster = random.integers(0, len(centres), n_rows)
        np.save(folder / f"y_{part}.npy", cluster % 10)
        H = new_array(folder / f"H_{part}.npy", (n_rows, features))
        for top in range(0, n_rows, BLOCK):
            here = centres[cluster[top : top + BLOCK]]
            points = (here + 1.7 * random.normal(size=here.shape)).astype(np.float32)
            np.maximum(points @ weights, 0, out=H[top : top + BLOCK])
        n_bytes = n_bytes or H.nbytes
    return {"title": "clusters", "rows": rows, "bytes": n_bytes}


def read_cifar10(
    folder: Path, data_dir: Path, rows: int, features: int, components: int, scale: str, seed: int
) -> Result:
    """Write responses of an untrained layer to the principal components of CIFAR-10."""
    from hebbovr.datasets import load
    from hebbovr.preprocessing import Preprocessor
    from hebbovr.training.trainer import Trainer

    dataset = load("cifar10", data_dir=data_dir)
    assert dataset.y_train is not None
    assert dataset.X_test is not None
    assert dataset.y_test is not None
    pixels = dataset.X_train[:rows]
    preprocessor = Preprocessor(components, scale=scale, random_state=seed).fit(pixels)
    layer = Trainer(features, random_state=seed).initialize(components)
    pairs = {"train": (pixels, dataset.y_train[:rows]), "test": (dataset.X_test, dataset.y_test)}
    for part, (X, y) in pairs.items():
        np.save(folder / f"y_{part}.npy", y)
        H = new_array(folder / f"H_{part}.npy", (len(X), features))
        layer.transform(preprocessor.transform(X), out=H)
    title = f"{dataset.title}, {components} components, {scale} scale"
    return {"title": title, "rows": len(pixels), "bytes": len(pixels) * features * 4}


def new_array(path: Path, shape: tuple[int, int]) -> np.memmap[Any, Any]:
    """Return a new float32 .npy file, mapped for writing."""
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)


def run_probe(folder: Path, seed: int) -> Result:
    """Time `linear_probe`, search of the strength included."""
    from hebbovr.evaluation.probe import linear_probe

    linear_probe(np.eye(4), [0, 0, 1, 1], np.eye(4), [0, 0, 1, 1])

    def run(H_train: Array, y_train: Array, H_test: Array, y_test: Array) -> Result:
        found = linear_probe(H_train, y_train, H_test, y_test, random_state=seed).as_dict()
        return {key: value for key, value in found.items() if key not in ("confusion", "classes")}

    return measured(folder, run)


def run_plain(folder: Path) -> Result:
    """Time one fit of scikit-learn's LogisticRegression with its defaults."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    LogisticRegression().fit(np.eye(4), [0, 0, 1, 1])

    def run(H_train: Array, y_train: Array, H_test: Array, y_test: Array) -> Result:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            model = LogisticRegression().fit(H_train, y_train)
        return {
            "accuracy": float(model.score(H_test, y_test)),
            "train_accuracy": float(model.score(H_train, y_train)),
            "strength": 1 / (model.C * len(H_train)),
            "n_iter": int(model.n_iter_[0]),
            "converged": not any(issubclass(one.category, ConvergenceWarning) for one in caught),
        }

    return measured(folder, run)


def measured(folder: Path, run: Callable[..., Result]) -> Result:
    """Run on the arrays of ``folder``; add seconds, and peak memory in all and beyond the data."""
    arrays = [np.load(folder / f"{part}.npy", allow_pickle=False) for part in PARTS]
    before, start = peak_bytes(), time.perf_counter()
    result = run(*arrays)
    seconds, peak = time.perf_counter() - start, peak_bytes()
    return {"seconds": seconds, "peak_bytes": peak, "extra_bytes": peak - before, **result}


def table(report: Result) -> str:
    """Return the report as text."""
    lines = [
        f"{report['data']}: {report['rows']} x {report['features']} float32, "
        f"{report['representation_bytes'] / 1e6:.0f} MB",
        f"{'':20} {'seconds':>8} {'extra MB':>9} {'test %':>7} {'train %':>8} "
        f"{'strength':>9} {'iterations':>10}",
    ]
    for name in ("linear_probe", "logistic_regression"):
        row = report[name]
        lines.append(
            f"{name:20} {row['seconds']:8.1f} {row['extra_bytes'] / 1e6:9.0f} "
            f"{100 * row['accuracy']:7.2f} {100 * row['train_accuracy']:8.2f} "
            f"{row['strength']:9.2g} {row['n_iter']:10d}"
            + ("" if row["converged"] else "  not converged")
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
