"""One training step against the floor of its two matrix products, and against PyTorch.

python -m benchmarks.step --units 8192 --inputs 512 --batch 128
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Callable
from typing import Any

import click
import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks import torch_steps
from benchmarks.machine import describe_machine
from benchmarks.rounds import Summary, Times, ratio, summary, time_rounds
from hebbovr.kernels.threads import kernel_threads
from hebbovr.training.engine import Engine
from hebbovr.training.rows import ArrayRows
from hebbovr.training.trainer import Trainer

Array = NDArray[np.float32]
OVERLAP_PENALTY, LEARNING_RATE = 5e-5, 1e-4
N_ROWS = 4096
TOLERANCE = 1e-4


@click.command()
@click.option("--units", default=8192, show_default=True, help="K.")
@click.option("--inputs", default=512, show_default=True, help="D.")
@click.option("--batch", default=128, show_default=True, help="B.")
@click.option("--active", default=0.5, show_default=True, help="Share of active responses.")
@click.option("--rounds", default=15, show_default=True, help="Alternating rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(units: int, inputs: int, batch: int, active: float, rounds: int, as_json: bool) -> None:
    """Time one step of the trainer, batch gathering included, beside its floor and its peers."""
    problem = Problem(units, inputs, batch, active)
    problem.check()
    times = time_rounds(problem.steps(), rounds, around={"step": kernel_threads})
    result = report(problem, times)
    if as_json:
        click.echo(json.dumps(result))
    else:
        print_report(result)


class Problem:
    """Weights, rows and the competitors that step on them.

    The share of active responses is set by the biases. Adam's rate is so small that it stays.
    """

    def __init__(self, units: int, inputs: int, batch: int, active: float) -> None:
        random = np.random.default_rng(0)
        self.batch = batch
        self.X: Array = random.standard_normal((N_ROWS, inputs)).astype(np.float32)
        self.W: Array = (random.standard_normal((units, inputs)) / inputs**0.5).astype(np.float32)
        Z = self.X[:512] @ self.W.T
        self.b: Array = np.full(units, -np.quantile(Z, 1 - active), np.float32)
        self.share_active = float(((Z + self.b) > 0).mean())
        self.orders = [np.sort(random.permutation(N_ROWS)[:batch]) for _ in range(16)]

    def trainer(self) -> Trainer:
        """Return our trainer with the problem's weights."""
        trainer = Trainer(len(self.W), overlap_penalty=OVERLAP_PENALTY, learning_rate=LEARNING_RATE)
        return trainer.restore(self.W, self.b, [])

    def check(self) -> None:
        """Stop unless all competitors give the same objective and the same new weights."""
        trainer = self.trainer()
        X = self.X[self.orders[0]]
        with kernel_threads() as threads:
            engine = Engine(trainer.config, trainer.layer, threads)
            objective = engine.step(X, LEARNING_RATE, 1)["objective"]
        for name, layer in self.torch_layers().items():
            theirs = layer.step(layer.torch.from_numpy(X))
            moved = np.abs(layer.W.detach().numpy() - trainer.weights_).mean() / LEARNING_RATE
            if abs(theirs - objective) > TOLERANCE * objective or moved > 100 * TOLERANCE:
                sys.exit(
                    f"{name} disagrees: objective {theirs} against {objective}, new weights "
                    f"{moved:.1e} learning rates apart on average"
                )

    def torch_layers(self) -> dict[str, torch_steps.TorchLayer]:
        """Return the PyTorch competitors, none where PyTorch is missing."""
        if not torch_steps.available():
            return {}

        def layer(**options: bool) -> torch_steps.TorchLayer:
            return torch_steps.TorchLayer(self.W, self.b, OVERLAP_PENALTY, LEARNING_RATE, **options)

        return {
            "torch_eager": layer(),
            "torch_compiled": layer().compile(),
            "torch_naive": layer(naive=True),
        }

    def steps(self) -> dict[str, Callable[[], object]]:
        """Return what is timed."""
        steps: dict[str, Callable[[], object]] = {
            "step": self._our_step(),
            "products": self._products(),
            "adam": self._adam(),
        }
        for name, layer in self.torch_layers().items():
            steps[name] = self._torch_step(layer)
        return steps

    def _our_step(self) -> Callable[[], object]:
        trainer, rows = self.trainer(), ArrayRows(self.X)
        engine = Engine(trainer.config, trainer.layer, numba.get_num_threads())
        orders, numbers = itertools.cycle(self.orders), itertools.count(1)

        return lambda: engine.step(rows.take(next(orders)), LEARNING_RATE, next(numbers))

    def _products(self) -> Callable[[], object]:
        X = self.X[self.orders[0]]
        Z = np.empty((self.batch, len(self.W)), np.float32)
        gradient = np.empty_like(self.W)

        def step() -> None:
            np.matmul(X, self.W.T, out=Z)
            np.matmul(Z.T, X, out=gradient)

        return step

    def _adam(self) -> Callable[[], object]:
        w, g, m, v = (np.full(self.W.size, 1e-3, np.float32) for _ in range(4))
        return lambda: bare_adam(w, g, m, v, np.float32(LEARNING_RATE))

    def _torch_step(self, layer: torch_steps.TorchLayer) -> Callable[[], object]:
        X = layer.torch.from_numpy(self.X)
        orders = itertools.cycle([layer.torch.from_numpy(order) for order in self.orders])
        return lambda: layer.step(X[next(orders)])


@numba.njit(parallel=True, fastmath=True, error_model="numpy")
def bare_adam(w: Any, g: Any, m: Any, v: Any, rate: Any) -> None:
    """One pass of Adam over flat arrays, with all cores: the second part of the floor."""
    slow, fast = np.float32(0.9), np.float32(0.999)
    one, epsilon = np.float32(1), np.float32(1e-8)
    for i in numba.prange(w.size):
        m[i] = slow * m[i] + (one - slow) * g[i]
        v[i] = fast * v[i] + (one - fast) * g[i] * g[i]
        w[i] -= rate * m[i] / (math.sqrt(v[i]) + epsilon)


def report(problem: Problem, times: Times) -> dict[str, Any]:
    """Return medians, minima and maxima of times (ms) and of ratios within each round."""
    peers = ("torch_eager", "torch_compiled", "torch_naive")
    floor = [a + b for a, b in zip(times["products"], times["adam"], strict=True)]
    ratios: dict[str, Summary | None] = {
        "step_to_floor": ratio(times["step"], floor),
        "step_to_products": ratio(times["step"], times["products"]),
    }
    for name in peers:
        key = f"{name.removeprefix('torch_')}_to_step"
        ratios[key] = ratio(times[name], times["step"]) if name in times else None
    return {
        "units": len(problem.W),
        "inputs": problem.W.shape[1],
        "batch": problem.batch,
        "share_active": problem.share_active,
        **{
            f"{name}_ms": summary(times[name], 1e3) if name in times else None
            for name in ("step", "products", "adam", *peers)
        },
        "ratios": ratios,
        "machine": describe_machine(),
    }


def print_report(result: dict[str, Any]) -> None:
    """Print times and ratios as a table."""
    click.echo(
        f"K {result['units']}, D {result['inputs']}, B {result['batch']}, "
        f"{100 * result['share_active']:.0f}% active"
    )
    figures = {n: v for n, v in result.items() if n.endswith("_ms")} | result["ratios"]
    click.echo(f"{'':20}{'median':>10}{'min':>10}{'max':>10}")
    for name, figure in figures.items():
        if figure is None:
            click.echo(f"{name:20}  PyTorch is not installed: pip install 'hebbovr[bench]'")
        else:
            cells = "".join(f"{figure[k]:10.2f}" for k in ("median", "min", "max"))
            click.echo(f"{name:20}{cells}")


if __name__ == "__main__":
    main()
