"""Where the time of a training step goes, part by part.

Run ``python -m benchmarks.parts --units 8192 --inputs 512``. The parts are run one by one on the
same batch, in alternating rounds with the whole step.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
import numba
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.rounds import summary, time_rounds
from benchmarks.step import LEARNING_RATE, Problem
from hebbovr.kernels import forward, learning
from hebbovr.kernels import step as kernels
from hebbovr.kernels.compilation import compile_phase
from hebbovr.kernels.layout import ROWS_AT_A_TIME
from hebbovr.kernels.threads import kernel_threads, single_threaded_blas
from hebbovr.training.engine import Engine
from hebbovr.training.rows import ArrayRows


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
    trainer, rows = problem.trainer(), ArrayRows(problem.X)
    X = rows.take(problem.orders[0])
    with kernel_threads() as threads:
        engine, whole = (
            Engine(each.config, each.layer, threads) for each in (trainer, problem.trainer())
        )
    work, settings = engine.workspace(batch), engine.settings(LEARNING_RATE)
    arguments = (trainer.layer, X, work, settings, engine.method)
    respond, project = (
        in_threads(phase, arguments) for phase in (forward.respond, kernels.project)
    )
    product_forward, fill, product_backward, adam = (
        in_threads(phase, arguments)
        for phase in (forward_product, coefficients, product, adam_pass)
    )
    with single_threaded_blas():
        # At rate 0 Adam's part leaves the weights, and with them the responses, as they are.
        engine.run(X, 0.0, 1000)
        engine.run(X, 0.0, 1000, learns=False)
        responses = work.H.copy()

        def put_back() -> None:
            np.copyto(work.H, responses)

        def put_back_and_fill() -> None:
            put_back()
            fill()

        times = time_rounds(
            {
                "gather": lambda: rows.take(problem.orders[0]),
                "forward product": product_forward,
                "respond": respond,
                "project": project,
                "put back": put_back,
                "put back, coefficients": put_back_and_fill,
                "backward product": product_backward,
                "Adam": adam,
                "step": lambda: whole.step(X, LEARNING_RATE, 1000),
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
        click.echo(f"{name:24}{figure['median']:8.2f} ms")
    click.echo(
        f"two products: {result['floor_flops'] / 1e9:.2f} GFLOP; W read once and W, M and V read "
        f"and written by Adam: {result['floor_bytes'] / 1e6:.0f} MB"
    )


def in_threads(phase: Any, arguments: tuple[Any, ...]) -> Callable[[], object]:
    """Return a call of something that threads do in turn, as a step calls it."""
    compiled = compile_phase(phase, *arguments, cached=False)
    run = kernels.in_threads.compile(tuple(map(numba.typeof, (compiled, *arguments))))
    return lambda: run(compiled, *arguments)


def forward_product(thread: int, layer: Any, X: Any, work: Any, settings: Any, method: Any) -> int:
    """``W Xᵀ + b`` over the blocks of a step."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, work.active.size, threads):
        low, high = n * block, min((n + 1) * block, layer.b.size)
        method.gemm_bias_clip(
            layer.W[low:high], work.sample_panels, layer.b[low:high], work.zeros,
            work.zeros[0], ROWS_AT_A_TIME, work.H[low:high],
        )  # fmt: skip
    return thread


def coefficients(thread: int, layer: Any, X: Any, work: Any, settings: Any, method: Any) -> int:
    """Turn responses into coefficients."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, work.active.size, threads):
        low, high = n * block, min((n + 1) * block, layer.b.size)
        method.coefficients(
            work.H[low:high], low, work.active[n], work.row_sums[low:high], work.S[low:high],
            work.shared, work.decay[low:high], layer.state, work.batch, method.parameters,
        )  # fmt: skip
    return thread


def product(thread: int, layer: Any, X: Any, work: Any, settings: Any, method: Any) -> int:
    """``C X`` over the blocks of a step, as `learning.learn` takes it."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, work.active.size, threads):
        C = work.H[n * block : (n + 1) * block]
        out = work.gradient[thread, : C.shape[0]]
        if work.active[n] < learning.ACTIVE_FRACTION * C.size:
            method.sparse_gemm(C, work.input_panels, work.samples[thread], out)
        else:
            method.gemm_bias_clip(
                C, work.input_panels, work.zeros, work.zeros, C.dtype.type(-np.inf),
                ROWS_AT_A_TIME, out,
            )  # fmt: skip
    return thread


def adam_pass(thread: int, layer: Any, X: Any, work: Any, settings: Any, method: Any) -> int:
    """Adam over the weights, block by block."""
    threads, block, _ = work.gradient.shape
    for n in range(thread, work.active.size, threads):
        low, high = n * block, min((n + 1) * block, layer.b.size)
        step = work.gradient[thread, : high - low]
        W, W_m, W_v = layer.W[low:high], layer.W_m[low:high], layer.W_v[low:high]
        learning.adam(W.ravel(), step.ravel(), W_m.ravel(), W_v.ravel(), method.rates)
    return thread


if __name__ == "__main__":
    main()
