"""How time and memory of training grow with batch, units, inputs, rows and threads.

Run ``python -m benchmarks.scaling --out scaling`` for tables, exponents and a picture, and
``python -m benchmarks.scaling --mapped 20`` to train on a memory-mapped file of 20 GB. Every point
runs in a process of its own.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.alone import alone, peak_bytes
from benchmarks.machine import describe_machine

BASE = {"batch": 128, "units": 4096, "inputs": 512, "rows": 8192, "threads": 2}
AXES = {
    "batch": (64, 128, 256, 512, 1024),
    "units": (1024, 2048, 4096, 8192, 16384),
    "inputs": (128, 256, 512, 1024, 2048),
    "rows": (4096, 8192, 16384, 32768),
    "threads": (1, 2),
}
# What an axis is timed by: one step, or one epoch.
TIMED = {"batch": "step", "units": "step", "inputs": "step", "rows": "epoch", "threads": "step"}
STEPS = 60


@click.command()
@click.option("--axis", "axes", multiple=True, type=click.Choice(tuple(AXES)), help="Only this.")
@click.option("--mapped", type=float, metavar="GB", help="Train on a mapped file of this size.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for scaling.json and .png.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(axes: tuple[str, ...], mapped: float | None, out: Path | None, as_json: bool) -> None:
    """Measure how training scales."""
    report: dict[str, Any] = {"base": BASE, "machine": describe_machine()}
    if mapped is not None:
        report["mapped"] = alone(train_on_mapped_file, mapped)
    else:
        report["axes"] = {axis: measure_axis(axis, show=not as_json) for axis in axes or AXES}
    if as_json:
        click.echo(json.dumps(report))
    elif mapped is not None:
        click.echo(json.dumps(report["mapped"], indent=1))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "scaling.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        if "axes" in report:
            draw(report["axes"], out / "scaling.png")


def measure_axis(axis: str, show: bool) -> dict[str, Any]:
    """Return the points of one axis and the exponent of time along it."""
    points = []
    for value in AXES[axis]:
        point = {axis: value} | alone(measure_point, BASE | {axis: value}, TIMED[axis])
        points.append(point)
        if show:
            click.echo(
                f"{axis:8}{value:7}  {1e3 * point['seconds']:9.2f} ms a {TIMED[axis]:6}"
                f"{point['extra_bytes'] / 1e6:8.1f} MB beyond X, "
                f"{point['share_of_bound']:.2f} of the bound"
            )
    x = np.log([point[axis] for point in points])
    y = np.log([point["seconds"] for point in points])
    exponent = float(np.polyfit(x, y, 1)[0])
    if show:
        click.echo(f"{axis:8} time grows with the power {exponent:.3f}")
    return {"timed": TIMED[axis], "points": points, "exponent": exponent}


def measure_point(sizes: dict[str, int], timed: str) -> dict[str, float]:
    """Train on random rows; return median seconds of a step or epoch, and memory beyond the rows.

    The bound is 4 times the bytes of W and 3 times those of the responses to a batch.
    """
    from hebbovr.training.callbacks import Callback
    from hebbovr.training.trainer import Trainer

    class Clock(Callback):
        def __init__(self) -> None:
            self.steps: list[float] = []
            self.epochs: list[float] = []

        def on_fit_begin(self, trainer: Any, n_batches: int, n_epochs: int) -> None:
            self.last = time.perf_counter()

        def on_batch_end(self, trainer: Any, batch: int, stats: Any) -> None:
            now = time.perf_counter()
            self.steps.append(now - self.last)
            self.last = now

        def on_epoch_end(self, trainer: Any, record: Any) -> None:
            self.epochs.append(record["seconds"])

    def trainer(units: int, epochs: int, *callbacks: Callback) -> Trainer:
        return Trainer(
            units,
            batch_size=sizes["batch"],
            overlap_penalty=0.8 / sizes["batch"] ** 2,
            epochs=epochs,
            n_threads=sizes["threads"],
            random_state=0,
            callbacks=callbacks,
        )

    random = np.random.default_rng(0)
    X = random.standard_normal((sizes["rows"], sizes["inputs"]), dtype=np.float32)
    trainer(16, 1).fit(X[: 2 * sizes["batch"]])  # what is compiled or imported is not counted
    clock = Clock()
    epochs = max(3, -(-STEPS * sizes["batch"] // sizes["rows"]))
    before = peak_bytes()
    trainer(sizes["units"], epochs, clock).fit(X)
    extra = peak_bytes() - before
    weights = 4 * sizes["units"] * sizes["inputs"]
    bound = 4 * weights + 3 * 4 * sizes["batch"] * sizes["units"]
    seconds = clock.epochs if timed == "epoch" else clock.steps
    return {
        "seconds": statistics.median(seconds[1:]),
        "extra_bytes": extra,
        "bound_bytes": bound,
        "share_of_bound": extra / bound,
    }


def train_on_mapped_file(gigabytes: float, batches: int = 300) -> dict[str, float]:
    """Train on a sparse file of this size for some hundred batches; return time and peak memory."""
    from hebbovr import OVREncoder
    from hebbovr.training.callbacks import Callback

    class Stop(Callback):
        def on_batch_end(self, trainer: Any, batch: int, stats: Any) -> None:
            if batch + 1 == batches:
                raise StopIteration

    n_features = 781
    n_rows = int(gigabytes * 1e9 / (4 * n_features))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "X.npy"
        X = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(n_rows, n_features))
        X[:: n_rows // 1000] = np.random.default_rng(0).standard_normal(n_features)
        del X
        X = np.load(path, mmap_mode="r")
        encoder = OVREncoder(2048, epochs=1, random_state=0, callbacks=[Stop()])
        started = time.perf_counter()
        with contextlib.suppress(StopIteration):
            encoder.fit(X)
        return {
            "rows": n_rows,
            "file_bytes": path.stat().st_size,
            "batches": batches,
            "seconds": time.perf_counter() - started,
            "peak_bytes": peak_bytes(),
        }


def draw(axes: dict[str, Any], path: Path) -> None:
    """Draw time against each size, with the line that grows in proportion."""
    from hebbovr.plots.style import COLOURS, new_figure, save_figure, settled, style_axes

    fig = new_figure(7.2, 4.4, layout="constrained")
    shown = [axis for axis in axes if axis != "threads"]
    for place, axis in zip(fig.subplots(2, 2).flat, shown, strict=False):
        found = axes[axis]
        x = np.array([point[axis] for point in found["points"]], float)
        y = np.array([1e3 * point["seconds"] for point in found["points"]])
        power = f"power {found['exponent']:.2f}"
        place.loglog(x, y, "o-", lw=1.4, ms=4, color=COLOURS["blue"], label=power)
        place.loglog(x, y[-1] * x / x[-1], ":", color="0.5", lw=1, label="in proportion")
        place.legend(frameon=False, fontsize=7)
        style_axes(place, title="", x=axis, y=f"ms per {found['timed']}")
        place.set_xticks(x, [f"{size:.0f}" for size in x])
        place.set_yticks(y, [f"{time:.4g}" for time in y])
        place.minorticks_off()
    save_figure(settled(fig), path)


if __name__ == "__main__":
    main()
