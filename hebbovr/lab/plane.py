"""Data in the plane, and rules watched on it: where each unit's weights go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.split import check_split_settings
from hebbovr.errors import SettingsError
from hebbovr.rules import Rule
from hebbovr.training.callbacks import Callback
from hebbovr.training.collapse import balanced_penalty
from hebbovr.training.config import TrainingConfig
from hebbovr.training.rule_choice import name_of
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]
KINDS = ("clusters", "rings", "sphere", "patches")
N_SAMPLES = 1200


@dataclass(frozen=True, eq=False)
class Watched:
    """A rule's training in the plane.

    Attributes
    ----------
    rule : str
    W : ndarray of shape (n_frames, K, 2)
        Weights before training and after each stretch of it.
    b : ndarray of shape (n_frames, K)
        Biases.
    batches : ndarray of shape (n_frames,)
        Batches done by then.
    """

    rule: str
    W: Array
    b: Array
    batches: Array


def plane_data(kind: str, seed: int = 0, n: int = N_SAMPLES) -> Array:
    """Return ``n`` points (n, 2), centred and of mean variance 1.

    ``clusters`` are seven round groups, ``rings`` two circles of one centre, ``sphere`` the
    latitude and longitude of the sphere's points in the first of its ten classes, ``patches`` two
    neighbouring pixels of natural images.

    Raises
    ------
    SettingsError
        There is no such kind, or no such seed.
    """
    check_split_settings(0, seed)
    random = np.random.default_rng(seed)
    if kind == "clusters":
        angles = 2 * np.pi * random.integers(0, 7, n) / 7
        X = np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.12 * random.normal(size=(n, 2))
    elif kind == "rings":
        angles, radius = random.uniform(0, 2 * np.pi, n), random.choice([0.5, 1.3], n)
        X = (radius + 0.05 * random.normal(size=n))[:, None] * np.stack(
            [np.cos(angles), np.sin(angles)], axis=1
        )
    elif kind == "sphere":
        from hebbovr.datasets import sample_sphere

        sample = sample_sphere(20 * n, n_latitudes=3, n_longitudes=6, seed=seed)
        points = sample.X[sample.y == sample.y[0]][:n].astype(np.float64)
        X = np.stack([np.arctan2(points[:, 1], points[:, 0]), np.arcsin(points[:, 2])], axis=1)
    elif kind == "patches":
        from hebbovr.datasets import load_patches

        X = load_patches(size=2, n_patches=n, seed=seed).X_train[:, :2].astype(np.float64)
    else:
        reason = f"is not there; choose one of {', '.join(KINDS)}"
        raise SettingsError(name="data", value=kind, reason=reason)
    X = X - X.mean(axis=0)
    return np.asarray(X / np.sqrt(X.var(axis=0).mean()))


class _Frames(Callback):
    """Keep the weights after every ``every`` batches."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.kept: list[tuple[Array, Array, int]] = []

    def on_fit_begin(self, trainer: Trainer, n_batches: int, n_epochs: int) -> None:
        self.keep(trainer)

    def on_batch_end(self, trainer: Trainer, batch: int, stats: Mapping[str, float]) -> None:
        if trainer.step_ % self.every == 0:
            self.keep(trainer)

    def keep(self, trainer: Trainer) -> None:
        self.kept.append((trainer.weights_.copy(), trainer.biases_.copy(), trainer.step_))


def watch(
    rule: str | Rule, X: Array, *, units: int = 6, epochs: int = 60, frames: int = 40, seed: int = 0
) -> Watched:
    """Train ``units`` units on the points ``X`` (n, 2) by ``rule``, and keep where they were.

    Raises
    ------
    SettingsError
        No such rule, or fewer than one unit, epoch or frame.
    """
    if frames < 1:
        raise SettingsError(name="frames", value=frames, reason="must be at least 1")
    made = TrainingConfig(units, rule=rule, epochs=epochs).rule
    batch = 60
    total = epochs * max(1, round(len(X) / batch))
    keeper = _Frames(max(1, total // frames))
    trainer = Trainer(
        units,
        rule=rule,
        **({} if isinstance(rule, Rule) else {"overlap_penalty": balanced_penalty(batch)}),
        epochs=epochs,
        batch_size=batch,
        learning_rate=0.02 if made.optimiser == "adam" else made.learning_rate,
        schedule="cosine",
        random_state=seed,
        callbacks=[keeper],
    )
    trainer.fit(X)
    W, b, batches = (np.array(part) for part in zip(*keeper.kept, strict=True))
    return Watched(name_of(made), W, b, batches)
