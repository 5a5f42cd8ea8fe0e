"""Where the time of a training step goes, part by part.

Run ``python -m benchmarks.parts --units 8192 --inputs 512``. The parts are run one by one on the
same batch, in alternating rounds with the whole step.
"""

from __future__ import annotations

import json
from typing import Any

import click
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.rounds import summary, time_rounds
from benchmarks.step import LEARNING_RATE, Problem
from hebbovr import kernels
from hebbovr.batches import Rows
from hebbovr.engine import Engine
from hebbovr.threads import kernel_threads, single_threaded_blas


@click.command()
@click.option("--units", default=8192, show_default=True, help="K.")
@click.option("--inputs", default=512, show_default=True, help="D.")
@click.option("--batch", default=128, show_default=True, help="B.")
@click.option("--active", default=0.5, show_default=True, help="Share of active responses.")
@click.option("--rounds", default=15, show_default=True, help="Alternating rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(units: int, inputs: int, batch: int, active: float, rounds: int, as_json: bool) -> None:
    """Time the parts of one training step, and count its operations and bytes."""
    problem = Problem(units, inputs, batch, active)
    trainer, rows = problem.trainer(), Rows(problem.X)
    X = rows.take(problem.orders[0])
    with kernel_threads() as threads:
        engine = Engine(trainer, threads)
    work, settings = engine.workspace(batch), engine.settings(LEARNING_RATE)
    rates = np.empty(7, np.float32)
    kernels.adam_rates(rates, settings, 1000.0)
    responses: Any = np.empty((units, batch), np.float32)

    def respond() -> None:
        kernels.respond(trainer.layer, X, work, settings)

    def learn() -> None:  # turns responses into coefficients, so that they are put back first
        work.H[:] = responses
        kernels.learn(trainer.layer, X, work, settings, engine.fill, engine.numbers, rates)

    with single_threaded_blas():
        kernels.measure(trainer.layer, X, work, settings)
        responses[:] = work.H
        times = time_rounds(
            {
                "gather": lambda: rows.take(problem.orders[0]),
                "respond": respond,
                "project": lambda: kernels.project(work),
                "put back": lambda: np.copyto(work.H, responses),
                "put back, learn": learn,
                "step": lambda: engine.step(X, LEARNING_RATE),
            },
            rounds,
        )
    result: dict[str, Any] = {
        "units": units,
        "inputs": inputs,
        "batch": batch,
        "share_active": problem.share_active,
        "parts_ms": {name: summary(values, 1e3) for name, values in times.items()},
        "floor_flops": 4 * units * inputs * batch,
        "floor_bytes": 4 * (7 * units * inputs + 2 * units * batch),
        "machine": describe_machine(),
    }
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, figure in result["parts_ms"].items():
        click.echo(f"{name:18}{figure['median']:8.2f} ms")
    click.echo(
        f"two products: {result['floor_flops'] / 1e9:.2f} GFLOP; W read once and W, M and V read "
        f"and written by Adam: {result['floor_bytes'] / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
