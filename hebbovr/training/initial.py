"""Where a training starts: random weights, and what its rule keeps beside them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import DataError
from hebbovr.kernels.layout import Layer
from hebbovr.rules import Rule
from hebbovr.training.config import TrainingConfig
from hebbovr.training.layers import layer_around
from hebbovr.training.rows import RowSource, checked_norm, float_dtype
from hebbovr.training.schedules import schedule_of
from hebbovr.training.state import TrainingState

RandomState = int | np.random.Generator | np.random.RandomState | None
# A ReLU of a centred normal variable with this standard deviation has mean 0.5.
FIRST_DEVIATION = 0.5 * math.sqrt(2 * math.pi)


def generator(random_state: RandomState) -> np.random.Generator:
    """Return the generator that ``random_state`` stands for."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(random_state)


def draw_state(
    config: TrainingConfig,
    random: np.random.Generator,
    n_features: int,
    dtype: Any,
    input_length: float | None = None,
) -> TrainingState:
    """Return the state before the first batch, with random weights.

    Parameters
    ----------
    config : TrainingConfig
    random : Generator
        Moves on, and stays with the state.
    n_features : int
        Number of inputs D.
    dtype : dtype
        Of the inputs; weights are of the dtype that `float_dtype` says for it.
    input_length : float, optional
        Root mean square length of the inputs, for ``weight_scale=None``; by default that of
        standardised features.
    """
    length = input_length or n_features**0.5
    scale = config.weight_scale or FIRST_DEVIATION / length
    W = scale * random.standard_normal((config.n_components, n_features))
    return TrainingState(
        layer=layer_around(config.rule, W.astype(float_dtype(dtype))),
        random=random,
        schedule=schedule_of(config),
        weight_scale=scale,
    )


def hold_out(
    random: np.random.Generator, n_rows: int, fraction: float
) -> tuple[NDArray[np.intp], NDArray[np.intp] | None]:
    """Return the rows to train on and those held out, None if these are none.

    Raises
    ------
    DataError
        Fewer than two rows are left for either.
    """
    order, n_held_out = np.arange(n_rows), round(fraction * n_rows)
    if n_held_out:
        order = random.spawn(1)[0].permutation(order)
    held_out, training = np.sort(order[:n_held_out]), order[n_held_out:]
    if len(training) < 2 or n_held_out == 1:
        raise DataError(
            f"{len(training)} training and {n_held_out} held-out rows are left of n_samples = "
            f"{n_rows}; an overlap needs at least 2 of each"
        )
    return training, held_out if n_held_out else None


def start_state(
    config: TrainingConfig,
    random: np.random.Generator,
    rows: RowSource,
    training: NDArray[np.intp],
) -> TrainingState:
    """Return the state in which training on the rows at ``training`` starts.

    Raises
    ------
    DataError
        Squares of the inputs leave the range of their dtype.
    """
    length = checked_norm(rows, training, rows.dtype)
    state = draw_state(config, random, rows.n_features, rows.dtype, length)
    if config.rule.init == "samples":
        _place_on_samples(config.rule, state.layer, rows, random)
    return state


def _place_on_samples(
    rule: Rule, layer: Layer, rows: RowSource, random: np.random.Generator
) -> None:
    """Put each unit on a sample of its own, while there are samples."""
    chosen = random.choice(rows.n_rows, min(rows.n_rows, len(layer.W)), replace=False)
    layer.W[: len(chosen)] = rows.take(chosen)
    layer.state[:, : len(chosen)] = rule.placed_state
    if rule.biases == "centroid":
        layer.b[:] = -np.square(layer.W).sum(axis=1) / 2
