"""What a local learning rule is: responses in, coefficients out.

A rule learns by ``ΔW = Cᵀ X - d ⊙ W``: from a unit's own responses to a batch, and at most a few
signals that all units share, it makes the unit's column of coefficients ``C`` (B, K) and its decay
``d`` (K,). Responses, products and the optimiser are the same for every rule.

Each rule says the same thing twice: :meth:`Rule.parts` in NumPy, to be read and tested against, and
``coefficients`` in the subset of Python that Numba compiles, which runs on one block of units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbovr.rules import signals
from hebbovr.rules.ranges import in_range, ranges_of
from hebbovr.rules.renamed import take_old_names, warn_of, with_old_parameters

Array = NDArray[np.floating]


@with_old_parameters(push="anti_hebbian")
class Parts(NamedTuple):
    """Coefficients of one batch, each (B, K), cut by what they do, and the decay.

    Attributes
    ----------
    hebbian : ndarray of shape (B, K)
        Leads towards samples that drive the unit.
    anti_hebbian : ndarray of shape (B, K)
        Leads away from what drives others too.
    mean : ndarray of shape (B, K)
        Holds the mean response at its target.
    decay : ndarray of shape (K,)
        ``d``, the fraction of the weights that is lost.
    """

    hebbian: Array
    anti_hebbian: Array
    mean: Array
    decay: Array

    @property
    def total(self) -> Array:
        """Sum of the three parts: ``C`` (B, K)."""
        return self.hebbian + self.anti_hebbian + self.mean


@with_old_parameters(partition="log_normaliser")
class BatchStatistics(NamedTuple):
    """Sums over a batch of B samples and K units, from which a rule makes its objective."""

    responses: float  # Σ H
    mean_distance: float  # |mean - target|, over all responses or averaged over units
    active: int  # count of H > 0
    overlap: float  # Σ_{i≠j} U_i·U_j, of H where the rule does not normalise
    squares: float  # Σ H²
    largest: float  # Σ_i max_k H_ik
    log_normaliser: float  # Σ_i log Σ_k exp(β H_ik)


Coefficients = Callable[..., int]
Bias = Literal["learned", "fixed", "centroid"]


@dataclass(frozen=True)
class Rule:
    """Base of the rules. Parameters are the fields of the subclass.

    A field made by :func:`hebbovr.rules.ranges.parameter` says its range, too: an instance out of
    it raises ParameterError, a ValueError.

    Attributes
    ----------
    source : str
        The paper.
    shared_signals : tuple of str
        Of :data:`SHARED_SIGNALS`: what a unit needs beyond its own.
    optimiser : {"adam", "rate", "none"}
        Adam follows the update, or it is added times the learning rate over the mean squared
        length of the batch's inputs, so that a rate suits inputs of any scale, or as it is.
    biases : {"learned", "fixed", "centroid"}
        Learned with the weights, held at 0, or ``b_k = -‖w_k‖² / 2``: the closest centroid then has
        the largest linear response.
    keeps_norms : bool
        A norm constraint: every unit's weight norm is put back to its first value.
    trains_with : str, optional
        The activation in training, whatever representation is read out with.
    normalises : bool
        ``S`` and the overlap are of unit-length responses.
    decays : bool
        ``coefficients`` writes a decay.
    lateral_inhibition : bool
        Unit k also loses ``Σ_{j<k} mean_i(h_ik h_ij) w_j``.
    init : {"random", "samples"}
        What the initial weights are.
    n_state : int
        How many values a unit keeps from batch to batch; they start at 0,
    placed_state : float
        or at this where ``init`` put the unit on a sample.
    least_rows : int
        The fewest samples in a batch that it can learn from.
    learning_rate : float
        A rate that suits it.
    may_collapse : bool
        Too strong a penalty drives all responses to zero.
    """

    source: ClassVar[str]
    shared_signals: ClassVar[tuple[str, ...]] = ()
    optimiser: ClassVar[Literal["adam", "rate", "none"]] = "rate"
    biases: ClassVar[Bias] = "fixed"
    keeps_norms: ClassVar[bool] = False
    trains_with: ClassVar[str | None] = "identity"
    decays: ClassVar[bool] = True
    lateral_inhibition: ClassVar[bool] = False
    init: ClassVar[Literal["random", "samples"]] = "random"
    n_state: ClassVar[int] = 0
    placed_state: ClassVar[float] = 0.0
    least_rows: ClassVar[int] = 1
    learning_rate: ClassVar[float] = 0.2
    may_collapse: ClassVar[bool] = False
    coefficients: ClassVar[Coefficients]
    renamed_parameters: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        """Take a subclass that was written for the names before."""
        super().__init_subclass__()
        take_old_names(cls)

    def __post_init__(self) -> None:
        """Check the parameters that say their range, and take them in their type."""
        for name, known in ranges_of(self).items():
            object.__setattr__(self, name, in_range(name, getattr(self, name), known))

    @property
    def normalises(self) -> bool:
        """Whether the overlap is that of unit-length responses."""
        return True

    @property
    def ranked(self) -> int:
        """How many of the largest responses to a sample are looked for."""
        return 1 if {"largest", "partition"} & set(self.shared_signals) else 0

    @property
    def inverse_temperature(self) -> float:
        """β of the softmax that units compete by; 0: there is none."""
        return 0.0

    @property
    def unit_mean(self) -> bool:
        """Whether each unit's own mean response has a target, and not the mean of all."""
        return False

    @property
    def mean_target(self) -> float:
        """The mean response that distances are measured from."""
        return 0.5

    @property
    def power(self) -> float:
        """Responses are those of ``sign(w) |w|^power``."""
        return 1.0

    def parameters(self, activation: str) -> tuple[float, ...]:
        """Return the scalars that ``coefficients`` is given; by default the fields in order."""
        return tuple(float(getattr(self, field.name)) for field in fields(self))

    def objective_of(self, statistics: BatchStatistics, batch: int) -> float:
        """Return what the rule lowers, from the sums of a batch of ``batch`` samples."""
        raise NotImplementedError

    def parts(self, H: Array, activation: str = "identity", state: Array | None = None) -> Parts:
        """Return coefficients and decay for the responses ``H`` (B, K), in NumPy.

        ``state`` (n_state, K) is moved on in place.
        """
        raise NotImplementedError


take_old_names(Rule)


def __getattr__(name: str) -> Any:
    """Return what has gone to `hebbovr.rules.signals`, or has another name."""
    moved = {"RIVAL": "RUNNER_UP", "PARTITION": "SOFTMAX_NORMALISER"}
    moved |= {name: name for name in vars(signals) if name.isupper()}
    if name == "Sums":
        warn_of(name, "BatchStatistics")
        return BatchStatistics
    if name in moved:
        warn_of(f"hebbovr.rules.rule.{name}", f"hebbovr.rules.signals.{moved[name]}")
        return getattr(signals, moved[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def signed_parts(C: Array, decay: Array) -> Parts:
    """Return coefficients cut by their sign."""
    return Parts(np.maximum(C, 0), np.minimum(C, 0), np.zeros_like(C), decay)


def options_of(rule: type[Rule]) -> dict[str, Any]:
    """Return the names of a rule's parameters and their defaults."""
    return {field.name: field.default for field in fields(rule)}
