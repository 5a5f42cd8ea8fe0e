"""The second product of one block in one thread: by BLAS, by panels, and by panels of few.

Run ``python -m benchmarks.products --inputs 512``. Below `learning.ACTIVE_FRACTION` the product of
few coefficients wins.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from benchmarks.rounds import summary, time_rounds
from hebbovr.kernels.layout import BLOCK_UNITS, ROWS_AT_A_TIME, make_panels
from hebbovr.kernels.products import compile_products
from hebbovr.kernels.threads import single_threaded_blas

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8)
REPEATS = 20
LEAST = np.float32(-np.inf)


@click.command()
@click.option("--units", default=BLOCK_UNITS, show_default=True, help="Units of a block.")
@click.option("--inputs", default=512, show_default=True, help="D.")
@click.option("--batch", default=128, show_default=True, help="B.")
@click.option("--rounds", default=15, show_default=True, help="Alternating rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(units: int, inputs: int, batch: int, rounds: int, as_json: bool) -> None:
    """Time ``C X`` by NumPy and by the products of panels, for fractions of active coefficients."""
    random = np.random.default_rng(0)
    C, X = (
        random.standard_normal((n, m), np.float32) for n, m in [(units, batch), (batch, inputs)]
    )
    steps = {"BLAS": blas(C, X), "whole": whole(C, X)}
    for share in SHARES:
        steps[f"{share:.0%} active"] = active(np.where(random.random(C.shape) < share, C, 0), X)
    with single_threaded_blas():
        times = time_rounds(steps, rounds, repeats=1)
    operations = 2 * units * inputs * batch * REPEATS
    result: dict[str, Any] = {
        "units": units,
        "inputs": inputs,
        "batch": batch,
        "us": {name: summary(values, 1e6 / REPEATS) for name, values in times.items()},
        "gflops": {
            name: summary([operations / t for t in times[name]], 1e-9) for name in ("BLAS", "whole")
        },
        "machine": describe_machine(),
    }
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, figure in result["us"].items():
        speed = result["gflops"].get(name)
        shown = f"{speed['median']:8.1f} GFLOP/s, at most {speed['max']:.1f}" if speed else ""
        click.echo(f"{name:12}{figure['median']:8.0f} µs{shown}")


def blas(C: NDArray[np.float32], X: NDArray[np.float32]) -> Callable[[], object]:
    """Return NumPy's product."""
    out = empty(C, X)

    def product() -> None:
        for _ in range(REPEATS):
            np.matmul(C, X, out=out)

    return product


def whole(C: NDArray[np.float32], X: NDArray[np.float32]) -> Callable[[], object]:
    """Return the product of panels that takes every coefficient."""
    run, lines, out = compile_products(C.dtype).gemm_bias_clip, packed(X), empty(C, X)
    zeros = np.zeros(max(len(C), lines[:, 0].size), np.float32)
    arguments = (C, lines, zeros, zeros, LEAST, ROWS_AT_A_TIME, out)
    return lambda: repeat(run, arguments, REPEATS)


def active(C: NDArray[np.float32], X: NDArray[np.float32]) -> Callable[[], object]:
    """Return the product of panels that skips coefficients that are 0."""
    run, lines, out = compile_products(C.dtype).sparse_gemm, packed(X), empty(C, X)
    arguments = (C, lines, np.empty(C.shape, np.int32), out)
    return lambda: repeat(run, arguments, REPEATS)


def packed(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``X`` in panels of inputs."""
    lines = make_panels(X.shape[1], len(X), X.dtype)
    repeat(compile_products(X.dtype).pack_columns, (X, lines, 0, 1), 1)
    return lines


def empty(C: NDArray[np.float32], X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an array for the product."""
    return np.empty((len(C), X.shape[1]), np.float32)


@numba.njit
def repeat(product: Any, arguments: Any, times: int) -> None:
    """Call a product as compiled code does."""
    for _ in range(times):
        product(*arguments)


if __name__ == "__main__":
    main()
