"""Times in alternating rounds, so that a drift of the machine meets every competitor alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

Times = dict[str, list[float]]
Summary = dict[str, float]

# BLAS threads spin for a while after their last call; a pause keeps them out of the next turn.
PAUSE_SECONDS = 0.1


def time_rounds(
    steps: Mapping[str, Callable[[], object]],
    rounds: int,
    repeats: int = 5,
    warm_up: int = 3,
    around: Mapping[str, Callable[[], AbstractContextManager[object]]] | None = None,
) -> Times:
    """Return, for each name, the seconds of one step in every round.

    Parameters
    ----------
    steps : mapping of name to function
        What is timed. In each round every step has its turn.
    rounds : int
        Number of rounds after the warm-up.
    repeats : int
        Steps timed together in one turn.
    warm_up : int
        Steps run before each turn, untimed, so that caches and clocks are as in a long run.
    around : mapping of name to function, optional
        Makes the context that a turn is run in, such as thread settings that a fit makes once.
    """
    around = around or {}
    times: Times = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            time.sleep(PAUSE_SECONDS)
            with around.get(name, nullcontext)():
                for _ in range(warm_up):
                    step()
                started = time.perf_counter()
                for _ in range(repeats):
                    step()
                times[name].append((time.perf_counter() - started) / repeats)
    return times


def summary(values: list[float], factor: float = 1.0) -> Summary:
    """Return median, min and max of ``values`` times ``factor``."""
    scaled = [factor * value for value in values]
    return {"median": statistics.median(scaled), "min": min(scaled), "max": max(scaled)}


def ratio(above: list[float], below: list[float]) -> Summary:
    """Return median, min and max of the ratios within each round."""
    return summary([a / b for a, b in zip(above, below, strict=True)])
