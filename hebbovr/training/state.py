"""All that moves in a training and nothing else, and the same as plain arrays for a checkpoint."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import CheckpointError, HebbovrError
from hebbovr.kernels.layout import Layer
from hebbovr.training.schedules import Schedule

Array = NDArray[Any]
Indices = NDArray[np.intp]
Stats = dict[str, float]
STATS = ("objective", "overlap", "mean_response", "share_active")
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


@dataclasses.dataclass(eq=False)
class BestEpoch:
    """The weights of the epoch with the lowest validation objective so far."""

    objective: float = math.inf
    epoch: int = 0
    W: Array = dataclasses.field(default_factory=lambda: np.empty((0, 0)))
    b: Array = dataclasses.field(default_factory=lambda: np.empty(0))


@dataclasses.dataclass(eq=False)
class Run:
    """The call of fit or partial_fit that is under way.

    Attributes
    ----------
    training : ndarray of int
        The rows trained on.
    held_out : ndarray of int, optional
        Rows of the same data that the epoch is chosen on.
    epochs_left : int
        Passes still to be finished, the present one among them.
    best : BestEpoch, optional
        The best epoch so far, where one is chosen.
    before_order : dict
        State of the generator from which the present pass draws its order.
    done : list of dict
        Measures of the batches done in the present pass.
    vanishing : int
        Batches in a row, up to the last, in which all but no sample had a response.
    """

    training: Indices
    held_out: Indices | None
    epochs_left: int
    best: BestEpoch | None = None
    before_order: dict[str, Any] = dataclasses.field(default_factory=dict)
    done: list[Stats] = dataclasses.field(default_factory=list)
    vanishing: int = 0


@dataclasses.dataclass(eq=False)
class TrainingState:
    """Where a training stands, between any two batches.

    Attributes
    ----------
    layer : Layer
        W, b, the optimiser's moments and what the rule keeps, as the kernel updates them.
    random : Generator
        Source of the draws to come.
    schedule : Schedule
    weight_scale : float
        Standard deviation that the weights were drawn with.
    epoch, step : int
        Epochs and batches done since the weights were drawn.
    best_epoch : int
        The epoch whose weights these are.
    collapsed : bool
        Whether training was stopped because all responses vanished.
    first_response : float, optional
        The mean response to the first batch.
    history : list of dict
        One entry an epoch.
    run : Run, optional
        What is under way.
    """

    layer: Layer
    random: np.random.Generator
    schedule: Schedule
    weight_scale: float
    epoch: int = 0
    step: int = 0
    best_epoch: int = 0
    collapsed: bool = False
    first_response: float | None = None
    history: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    run: Run | None = None

    @property
    def n_features(self) -> int:
        """Number of inputs D."""
        return int(self.layer.W.shape[1])

    def copy(self) -> TrainingState:
        """Return a state that shares nothing with this one."""
        return copy.deepcopy(self)

    def own_arrays(self) -> None:
        """Replace arrays that cannot be written, such as those of a memory map, by copies."""
        locked = {n: a.copy() for n, a in self.layer._asdict().items() if not a.flags.writeable}
        self.layer = self.layer._replace(**locked)

    def draw_order(self) -> Indices:
        """Draw the order of the rows in the present pass; a pass that goes on draws it again."""
        run = self.under_way
        if run.done:
            self.random.bit_generator.state = run.before_order
        run.before_order = dict(self.random.bit_generator.state)
        return self.random.permutation(run.training)

    def offer_best(self, objective: float) -> None:
        """Keep the weights if no epoch before has reached this objective."""
        best = self.under_way.best
        if best is not None and objective < best.objective:
            W, b = self.layer.W.copy(), self.layer.b.copy()
            self.under_way.best = BestEpoch(objective, self.epoch, W, b)

    def end_epoch(self) -> None:
        """Count a pass as finished."""
        run = self.under_way
        self.best_epoch = self.epoch
        self.collapsed = run.vanishing > 0
        run.epochs_left -= 1
        run.done = []

    def restore_best(self) -> None:
        """Put the weights of the best epoch back, where one was chosen."""
        best = self.under_way.best
        if best is not None:
            self.layer.W[:], self.layer.b[:] = best.W, best.b
            self.best_epoch = best.epoch

    @property
    def under_way(self) -> Run:
        """The run, where there must be one."""
        if self.run is None:
            raise HebbovrError("No fit is under way; call fit first")
        return self.run

    def to_arrays(self, settings: Mapping[str, Any]) -> dict[str, Array]:
        """Return arrays of numbers and one JSON text, ``about``, which holds ``settings``, too.

        The arrays are the state's own.
        """
        run = self.run
        about: dict[str, Any] = {
            "settings": dict(settings),
            "counters": {
                "n_features_in_": self.n_features,
                "epoch_": self.epoch,
                "step_": self.step,
                "best_epoch_": self.best_epoch,
                "collapsed_": self.collapsed,
                "weight_scale_": self.weight_scale,
            },
            "first_response": self.first_response,
            "generator": _plain(self.random.bit_generator.state),
            "schedule": dataclasses.asdict(self.schedule),  # type: ignore[call-overload]
            "history": self.history,
            "run": run
            and {
                "epochs_left": run.epochs_left,
                "before_order": _plain(run.before_order),
                "faint": run.vanishing,
            },
        }
        arrays = {f"layer.{name}": array for name, array in self.layer._asdict().items()}
        if run is not None:
            arrays["run.training"] = run.training
            arrays["run.done"] = np.array([[stats[s] for s in STATS] for stats in run.done])
            if run.held_out is not None:
                arrays["run.held_out"] = run.held_out
            if run.best is not None:
                about["best"] = {"objective": run.best.objective, "epoch": run.best.epoch}
                arrays |= {"best.W": run.best.W, "best.b": run.best.b}
        return {"about": np.array(json.dumps(about)), **arrays}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], empty: TrainingState) -> TrainingState:
        """Return the state that :meth:`to_arrays` gave.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        empty : TrainingState
            One of the same settings: its arrays have the shapes and types that are asked for.

        Raises
        ------
        CheckpointError
            Something is missing, or contradicts the rest.
        """
        try:
            about = read_about(arrays)
            counters = about["counters"]
            return cls(
                layer=_layer(arrays, empty.layer),
                random=_generator(about["generator"]),
                schedule=dataclasses.replace(empty.schedule, **about["schedule"]),  # type: ignore[type-var]
                weight_scale=float(counters["weight_scale_"]),
                epoch=int(counters["epoch_"]),
                step=int(counters["step_"]),
                best_epoch=int(counters["best_epoch_"]),
                collapsed=bool(counters["collapsed_"]),
                first_response=about["first_response"],
                history=[dict(record) for record in about["history"]],
                run=None if about["run"] is None else _run(about, arrays),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise broken(error) from error


def read_about(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Return what the JSON text among the arrays says.

    Raises
    ------
    CheckpointError
        There is none, or it is none.
    """
    try:
        return dict(json.loads(str(arrays["about"])))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise broken(error) from error


def broken(error: Exception) -> CheckpointError:
    """Return the error for a state that is not whole."""
    return CheckpointError(f"The state is incomplete or broken ({error!r})")


def _layer(arrays: Mapping[str, Array], empty: Layer) -> Layer:
    for name, wanted in empty._asdict().items():
        found = arrays[f"layer.{name}"]
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            raise ValueError(
                f"{name} is {found.dtype} of shape {found.shape} in place of {wanted.dtype} of "
                f"shape {wanted.shape}"
            )
        wanted[...] = found
    return empty


def _run(about: dict[str, Any], arrays: Mapping[str, Array]) -> Run:
    done = np.asarray(arrays["run.done"]).reshape(-1, len(STATS)).tolist()
    best = None
    if "best" in about:
        known = about["best"]
        best = BestEpoch(
            float(known["objective"]), int(known["epoch"]), arrays["best.W"], arrays["best.b"]
        )
    return Run(
        np.asarray(arrays["run.training"], np.intp),
        np.asarray(arrays["run.held_out"], np.intp) if "run.held_out" in arrays else None,
        int(about["run"]["epochs_left"]),
        best,
        about["run"]["before_order"],
        [dict(zip(STATS, values, strict=True)) for values in done],
        int(about["run"]["faint"]),
    )


def _generator(state: dict[str, Any]) -> np.random.Generator:
    if state["bit_generator"] not in GENERATORS:
        raise ValueError(f"{state['bit_generator']!r} is no known generator")
    bits = getattr(np.random, state["bit_generator"])()
    bits.state = state
    return np.random.Generator(bits)


def _plain(value: Any) -> Any:
    """Return a generator's state in JSON's types."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
