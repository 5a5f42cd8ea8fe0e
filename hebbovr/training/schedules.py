"""Learning-rate schedules, counted in epochs; each keeps its own small state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

from hebbovr.training.config import TrainingConfig


class Schedule(Protocol):
    """What the trainer asks of a schedule."""

    def rate(self, epoch: int) -> float:
        """Return the learning rate of epoch number ``epoch``, counted from 0."""
        ...

    def observe(self, objective: float) -> None:
        """Take in the objective that the epoch just done has reached."""
        ...


@dataclass
class Constant:
    """The same rate in every epoch."""

    learning_rate: float

    def rate(self, epoch: int) -> float:
        """Return the learning rate."""
        return self.learning_rate

    def observe(self, objective: float) -> None:
        """Nothing depends on the objective."""


@dataclass
class Cosine:
    """Half a cosine from the full rate towards zero over ``epochs``, then its last value."""

    learning_rate: float
    epochs: int

    def rate(self, epoch: int) -> float:
        """Return the learning rate of ``epoch``."""
        share = min(epoch, self.epochs - 1) / self.epochs
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * share))

    def observe(self, objective: float) -> None:
        """Nothing depends on the objective."""


@dataclass
class Plateau:
    """The authors' schedule: times 0.1 after 5 epochs without a better objective, down to 1e-6."""

    learning_rate: float
    factor: float = 0.1
    patience: int = 5
    floor: float = 1e-6
    best: float = math.inf
    waited: int = 0
    current: float = field(default=math.nan)

    def __post_init__(self) -> None:
        if math.isnan(self.current):
            self.current = self.learning_rate

    def rate(self, epoch: int) -> float:
        """Return the learning rate that the objectives seen so far have led to."""
        return self.current

    def observe(self, objective: float) -> None:
        """Count an epoch without a better objective, and lower the rate when there were enough."""
        if objective < self.best:
            self.best, self.waited = objective, 0
            return
        self.waited += 1
        if self.waited >= self.patience:
            self.current = max(self.current * self.factor, min(self.floor, self.learning_rate))
            self.waited = 0


SCHEDULES = ("constant", "plateau", "cosine")


def schedule_of(config: TrainingConfig) -> Schedule:
    """Return the schedule that a training with these settings starts with."""
    return make_schedule(config.schedule, config.learning_rate, config.epochs)


def make_schedule(name: str, learning_rate: float, epochs: int) -> Schedule:
    """Return the schedule called ``name``; raise ValueError for an unknown name."""
    if name == "constant":
        return Constant(learning_rate)
    if name == "plateau":
        return Plateau(learning_rate)
    if name == "cosine":
        return Cosine(learning_rate, epochs)
    raise ValueError(f"schedule={name!r} is unknown; use one of {', '.join(SCHEDULES)}")
