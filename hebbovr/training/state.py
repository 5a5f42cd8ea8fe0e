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

from hebbovr.errors import CheckpointError, HebbovrError, SettingsError
from hebbovr.files.values import listing, mapping, number, truth, whole
from hebbovr.kernels.layout import Layer
from hebbovr.training.config import TrainingConfig, current_names
from hebbovr.training.layers import layer_around
from hebbovr.training.schedules import Schedule, schedule_of

Array = NDArray[Any]
Indices = NDArray[np.intp]
Stats = dict[str, float]
STATS = ("objective", "overlap", "mean_response", "share_active")
LONGEST_HISTORY = 2**31
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
        if best is not None and best.epoch:
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
    def from_arrays(cls, arrays: Mapping[str, Array], config: TrainingConfig) -> TrainingState:
        """Return the state that :meth:`to_arrays` gave, of a training with these settings.

        Raises
        ------
        CheckpointError
            Something is missing, out of its range, or contradicts the rest.
        """
        try:
            about = read_about(arrays)
            counters = mapping(about["counters"], "counters")
            layer = _layer(arrays, config, whole(counters["n_features_in_"], "n_features_in_", 1))
            epoch = whole(counters["epoch_"], "epoch_")
            first = about["first_response"]
            history = read_history(about["history"])
            if epoch != (history[-1]["epoch"] if history else 0):
                raise ValueError(f"epoch_ is {epoch}, and the history does not end there")
            return cls(
                layer=layer,
                random=_generator(about["generator"]),
                schedule=_schedule(about["schedule"], config),
                weight_scale=number(counters["weight_scale_"], "weight_scale_", 0.0),
                epoch=epoch,
                step=whole(counters["step_"], "step_"),
                best_epoch=whole(counters["best_epoch_"], "best_epoch_", 0, epoch),
                collapsed=truth(counters["collapsed_"], "collapsed_"),
                first_response=None if first is None else number(first, "first_response"),
                history=history,
                run=None if about["run"] is None else _run(about, arrays, layer, epoch),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise broken(error) from error


def read_training(arrays: Mapping[str, Array]) -> tuple[TrainingConfig, TrainingState]:
    """Return the settings and the state that `TrainingState.to_arrays` gave.

    Raises
    ------
    CheckpointError
        Something is missing, out of its range, or contradicts the rest.
    """
    try:
        stored = current_names(mapping(read_about(arrays)["settings"], "settings"))
        config = TrainingConfig(**stored)
    except SettingsError as error:
        raise CheckpointError(f"The state cannot be taken up: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise broken(error) from error
    return config, TrainingState.from_arrays(arrays, config)


def read_about(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Return what the JSON text among the arrays says.

    Raises
    ------
    CheckpointError
        There is none, or it is none.
    """
    try:
        return mapping(json.loads(str(arrays["about"])), "about")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise broken(error) from error


def read_history(records: Any) -> list[dict[str, Any]]:
    """Return a history as a file holds it; raise ValueError where it is none."""
    found: list[dict[str, Any]] = []
    for record in listing(records, "history", LONGEST_HISTORY):
        measures = mapping(record, "an entry of history")
        read = {name: number(value, name) for name, value in measures.items()}
        if any(name not in read for name in STATS):
            raise ValueError(f"an entry of history lacks one of {', '.join(STATS)}")
        before = found[-1]["epoch"] if found else 0
        found.append(read | {"epoch": whole(measures["epoch"], "epoch", before + 1)})
    return found


def broken(error: Exception) -> CheckpointError:
    """Return the error for a state that is not whole."""
    said = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
    return CheckpointError(f"The state is incomplete or broken: {said}")


def _layer(arrays: Mapping[str, Array], config: TrainingConfig, n_features: int) -> Layer:
    W = arrays["layer.W"]
    shape = (config.n_components, n_features)
    if W.shape != shape or W.dtype not in (np.float32, np.float64):
        raise ValueError(f"layer.W is {W.dtype} of shape {W.shape}, not a layer of shape {shape}")
    wanted = layer_around(config.rule, W)._asdict()
    return Layer(**{n: _array(arrays, f"layer.{n}", like) for n, like in wanted.items()})


def _array(arrays: Mapping[str, Array], name: str, like: Array) -> Array:
    """Return an array of the shape and type of another, its numbers all finite."""
    found = arrays[name]
    if found.shape != like.shape or found.dtype != like.dtype or not np.isfinite(found).all():
        raise ValueError(
            f"{name} is {found.dtype} of shape {found.shape} in place of finite {like.dtype} of "
            f"shape {like.shape}"
        )
    return found.copy()


def _schedule(stored: Any, config: TrainingConfig) -> Schedule:
    made = schedule_of(config)
    known = dataclasses.asdict(made)  # type: ignore[call-overload]
    found = mapping(stored, "schedule")
    if found.keys() != known.keys():
        raise ValueError(f"schedule has {', '.join(found)} in place of {', '.join(known)}")
    for name, value in found.items():
        if isinstance(known[name], int):
            whole(value, name)
        else:
            number(value, name, 0.0 if name != "best" else -math.inf, finite=name != "best")
    return dataclasses.replace(made, **found)  # type: ignore[type-var]


def _run(about: dict[str, Any], arrays: Mapping[str, Array], layer: Layer, done: int) -> Run:
    stored = mapping(about["run"], "run")
    measures = arrays["run.done"].reshape(-1, len(STATS))
    if measures.dtype != np.float64 or not np.isfinite(measures).all():
        raise ValueError("run.done holds what is no measure of a batch")
    best = None
    if "best" in about:
        known = mapping(about["best"], "best")
        objective = number(known["objective"], "objective", finite=False)
        epoch = whole(known["epoch"], "epoch", 0, done)
        if (epoch == 0) != (objective == math.inf):
            raise ValueError(f"the best epoch is {epoch}, its objective {objective}")
        kept = epoch > 0  # before the first epoch there are none
        W, b = (layer.W, layer.b) if kept else (np.empty((0, 0)), np.empty(0))
        best = BestEpoch(objective, epoch, _array(arrays, "best.W", W), _array(arrays, "best.b", b))
    before = mapping(stored["before_order"], "before_order")
    if before:
        _generator(before)
    if len(measures) and not before:
        raise ValueError("before_order is missing")
    return Run(
        _rows(arrays["run.training"], "run.training", 1),
        _rows(arrays["run.held_out"], "run.held_out", 2) if "run.held_out" in arrays else None,
        whole(stored["epochs_left"], "epochs_left", 0 if done else 1),
        best,
        before,
        [dict(zip(STATS, values, strict=True)) for values in measures.tolist()],
        whole(stored["faint"], "faint"),
    )


def _rows(indices: Array, name: str, least: int) -> Indices:
    whole_numbers = indices.dtype.kind in "iu" and indices.ndim == 1 and indices.size >= least
    if not whole_numbers or indices.min() < 0:
        raise ValueError(f"{name} is {indices.dtype} of shape {indices.shape}, no list of rows")
    return indices.astype(np.intp)


def _generator(stored: Any) -> np.random.Generator:
    state = mapping(stored, "generator")
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
