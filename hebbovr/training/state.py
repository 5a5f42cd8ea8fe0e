"""Where a fit stands, batch by batch, and all of it as plain arrays: what a checkpoint holds."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import CheckpointError, HebbovrError
from hebbovr.kernels.layout import Layer
from hebbovr.training.best_epoch import BestEpoch
from hebbovr.training.schedules import make_schedule

if TYPE_CHECKING:
    from hebbovr.training.trainer import Trainer

Array = NDArray[Any]
Indices = NDArray[np.intp]
STATS = ("objective", "overlap", "mean_response", "share_active")
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
COUNTERS = ("n_features_in_", "epoch_", "step_", "best_epoch_", "collapsed_", "weight_scale_")


@dataclasses.dataclass(eq=False)
class Run:
    """One call of fit or partial_fit that is under way.

    Attributes
    ----------
    training : ndarray of int
        The rows trained on.
    held_out : ndarray of int, optional
        Rows of the same data that the epoch is chosen on.
    epochs_left : int
        Passes still to be finished, the present one among them.
    before_order : dict
        State of the generator from which the present pass draws its order.
    done : list of dict
        Measures of the batches done in the present pass.
    faint : int
        Batches in a row, up to the last, of which all but no sample had a response.
    best : BestEpoch, optional
        The best epoch so far, where one is chosen.
    """

    training: Indices
    held_out: Indices | None
    epochs_left: int
    best: BestEpoch | None = None
    before_order: dict[str, Any] = dataclasses.field(default_factory=dict)
    done: list[dict[str, float]] = dataclasses.field(default_factory=list)
    faint: int = 0

    def order(self, random: np.random.Generator) -> Indices:
        """Draw the order of the rows in the present pass; a pass that goes on draws it again."""
        if self.done:
            random.bit_generator.state = self.before_order
        self.before_order = dict(random.bit_generator.state)
        return random.permutation(self.training)

    def end_epoch(self) -> None:
        """Count a pass as finished."""
        self.epochs_left -= 1
        self.done = []


def pack(trainer: Trainer) -> dict[str, Array]:
    """Return the whole state of ``trainer``, and of its fit if one is under way."""
    run = trainer.run_
    about: dict[str, Any] = {
        "settings": trainer.settings(),
        "counters": {name: getattr(trainer, name) for name in COUNTERS},
        "first_response": trainer._first_response,
        "generator": _plain(trainer._random.bit_generator.state),
        "schedule": dataclasses.asdict(trainer._schedule),  # type: ignore[call-overload]
        "history": trainer.history_,
        "run": None
        if run is None
        else {
            "epochs_left": run.epochs_left,
            "before_order": _plain(run.before_order),
            "faint": run.faint,
        },
    }
    arrays = {f"layer.{name}": array for name, array in trainer.layer._asdict().items()}
    if run is not None:
        arrays["run.training"] = run.training
        arrays["run.done"] = np.array([[stats[s] for s in STATS] for stats in run.done])
        if run.held_out is not None:
            arrays["run.held_out"] = run.held_out
        if run.best is not None:
            about["best"], best = run.best.pack()
            arrays |= {f"best.{name}": array for name, array in best.items()}
    return {"about": np.array(json.dumps(about)), **arrays}


def unpack(make: type[Trainer], arrays: Mapping[str, Array]) -> Trainer:
    """Return the trainer whose state :func:`pack` returned.

    Raises
    ------
    CheckpointError
        Something is missing, or contradicts the rest.
    """
    try:
        about = json.loads(str(arrays["about"]))
        trainer = make(**about["settings"])
        trainer.initialize(int(about["counters"]["n_features_in_"]), arrays["layer.W"].dtype)
        _fill(trainer.layer, arrays)
        for name in COUNTERS:
            setattr(trainer, name, about["counters"][name])
        trainer._first_response = about["first_response"]
        trainer._random = _generator(about["generator"])
        trainer._schedule = dataclasses.replace(
            make_schedule(trainer.schedule, trainer.learning_rate, trainer.epochs),  # type: ignore[type-var]
            **about["schedule"],
        )
        trainer.history_ = [dict(record) for record in about["history"]]
        trainer.run_ = None if about["run"] is None else _run(about, arrays)
    except HebbovrError as error:
        raise CheckpointError(f"The state cannot be taken up: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"The state is incomplete or broken ({error!r})") from error
    return trainer


def _fill(layer: Layer, arrays: Mapping[str, Array]) -> None:
    for name, empty in layer._asdict().items():
        found = arrays[f"layer.{name}"]
        if found.shape != empty.shape or found.dtype != empty.dtype:
            raise ValueError(
                f"{name} is {found.dtype} of shape {found.shape} in place of {empty.dtype} of "
                f"shape {empty.shape}"
            )
        empty[...] = found


def _run(about: dict[str, Any], arrays: Mapping[str, Array]) -> Run:
    done = np.asarray(arrays["run.done"]).reshape(-1, len(STATS)).tolist()
    return Run(
        np.asarray(arrays["run.training"], np.intp),
        np.asarray(arrays["run.held_out"], np.intp) if "run.held_out" in arrays else None,
        int(about["run"]["epochs_left"]),
        BestEpoch.unpack(about["best"], arrays["best.W"], arrays["best.b"])
        if "best" in about
        else None,
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
