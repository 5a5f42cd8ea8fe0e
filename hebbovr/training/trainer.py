"""One layer and its training; it knows no files, no data sets and no screen."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from hebbovr.errors import DataError
from hebbovr.kernels.layout import Layer
from hebbovr.kernels.threads import kernel_threads
from hebbovr.rules import Rule
from hebbovr.training import state as training_run
from hebbovr.training.callbacks import Callback
from hebbovr.training.config import check_settings, collapse_advice, make_rule
from hebbovr.training.initial import draw_layer, place_on_samples
from hebbovr.training.loop import notify, run_to_end
from hebbovr.training.responses import Encoding, room_for
from hebbovr.training.rows import Prepare, Rows
from hebbovr.training.schedules import make_schedule
from hebbovr.training.state import Run

Array = NDArray[np.floating]
RandomState = int | np.random.Generator | np.random.RandomState | None
# A ReLU of a centred normal variable with this standard deviation has mean 0.5.
FIRST_DEVIATION = 0.5 * math.sqrt(2 * math.pi)


class Trainer:
    """Train one layer by a local rule, batch by batch, its weights updated in place.

    Parameters
    ----------
    n_components : int
        Number of units K.
    rule : str
        A name in :data:`hebbovr.rules.RULES`; "ovr" is the exact gradient of the objective.
    rule_options : mapping, optional
        Parameters of the rule that are not among these.
    activation : {"relu", "sigmoid", "identity"}
        φ, the response function.
    overlap_penalty : float
        λ of Eq. 3. It acts through 2λB²: with batches of B samples, 2λB² from 1 to 2 learns well.
    mean : {"global", "unit"}
        Hold the mean of all responses at ``target``, or the mean of each unit.
    target : float
        The mean response asked for; 0.5 in the paper.
    normalize : bool
        Compare unit-length responses in the overlap.
    epochs : int
        Passes over the data made by :meth:`fit`.
    batch_size : int
        B. The rows are cut into batches of nearly this size, differing by one row at most.
    learning_rate : float
        Adam's first rate.
    schedule : {"constant", "plateau", "cosine"}
        How the rate changes from epoch to epoch.
    validation_fraction : float
        Share of the rows held out by :meth:`fit`; the epoch with the lowest objective on them is
        kept. 0 holds out none and keeps the last epoch.
    weight_scale : float, optional
        Standard deviation of the random weights at the start; 0.05 in the authors' setting. By
        default it follows the length of the inputs, so that the first responses have a mean of 0.5.
    threshold : float
        Subtracted where responses are read out, not in training: below 0, more samples respond
        (Coates and Ng, ICML 2011, on encoding apart from training).
    random_state : int, Generator, RandomState or None
        Source of all random draws.
    n_threads : int, optional
        At most so many; the result does not depend on it.
    callbacks : iterable of Callback
        Called during training, see :mod:`hebbovr.training.callbacks`.

    Attributes
    ----------
    weights_ : ndarray of shape (n_components, n_features)
        W.
    biases_ : ndarray of shape (n_components,)
        b.
    n_features_in_ : int
        Number of inputs D.
    history_ : list of dict
        One entry an epoch (of a stream, the last 1000): epoch, learning_rate, objective, overlap
        (mean cosine between samples for a normalised rule), mean_response, share_active, seconds;
        with held-out rows also validation_objective and validation_overlap.
    weight_scale_ : float
        The standard deviation that the weights were drawn with.
    epoch_, step_ : int
        Epochs and batches done since the weights were drawn.
    layer : Layer
        W, b and Adam's moments, as the kernel updates them.
    best_epoch_ : int
        The epoch whose weights these are.
    collapsed_ : bool
        Whether training was stopped because all responses went to zero.
    run_ : Run or None
        Where the fit that is under way stands.
    """

    history_: list[dict[str, Any]]
    run_: Run | None

    def __init__(
        self,
        n_components: int = 256,
        *,
        rule: str = "ovr",
        rule_options: Mapping[str, float] | None = None,
        activation: str = "relu",
        overlap_penalty: float = 5e-5,
        mean: str = "global",
        target: float = 0.5,
        normalize: bool = True,
        epochs: int = 35,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        schedule: str = "constant",
        validation_fraction: float = 0.0,
        weight_scale: float | None = None,
        threshold: float = 0.0,
        random_state: RandomState = None,
        n_threads: int | None = None,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        self.n_components = n_components
        self.rule = rule
        self.rule_options = rule_options
        self.activation = activation
        self.overlap_penalty = overlap_penalty
        self.mean = mean
        self.target = target
        self.normalize = normalize
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.validation_fraction = validation_fraction
        self.weight_scale = weight_scale
        self.threshold = threshold
        self.random_state = random_state
        self.n_threads = n_threads
        self.callbacks = tuple(callbacks)
        check_settings(self)

    def initialize(
        self, n_features: int, dtype: Any = np.float32, input_length: float | None = None
    ) -> Trainer:
        """Draw random weights for ``n_features`` inputs and forget all training.

        The layer can transform at once: it is then the random-weights baseline.

        Parameters
        ----------
        n_features : int
            Number of inputs D.
        dtype : dtype
            float32 or float64, of the weights and of everything computed from them.
        input_length : float, optional
            Root mean square length of the inputs, for ``weight_scale=None``; by default that of
            standardised features.
        """
        return self._draw(_generator(self.random_state), n_features, dtype, input_length)

    def restore(self, W: Array, b: Array, history: list[dict[str, Any]]) -> Trainer:
        """Take over weights (K, D) and biases (K,) that were trained before, and their history.

        Adam starts anew if training goes on.

        Raises
        ------
        DataError
            The shapes contradict each other or ``n_components``.
        """
        K = self.n_components
        floats = W.dtype == b.dtype and W.dtype in (np.float32, np.float64)
        if W.ndim != 2 or not floats or (len(W), b.shape) != (K, (K,)):
            raise DataError(
                f"weights of shape {W.shape} and biases of shape {b.shape} are no layer of {K} "
                "units in float32 or float64"
            )
        self.initialize(W.shape[1], W.dtype)
        self.layer.W[:], self.layer.b[:] = W, b
        self.layer.norms[:] = np.linalg.norm(W, axis=1) if self.layer.norms.size else ()
        self.history_ = [dict(record) for record in history]
        self.epoch_ = self.best_epoch_ = history[-1]["epoch"] if history else 0
        return self

    def settings(self) -> dict[str, Any]:
        """Return the parameters but for callbacks; a ``random_state`` that is no seed is None."""
        names = [n for n in inspect.signature(Trainer).parameters if n != "callbacks"]
        values = {name: getattr(self, name) for name in names}
        if not isinstance(self.random_state, Integral):
            values["random_state"] = None
        return {n: v.item() if isinstance(v, np.generic) else v for n, v in values.items()}

    def make_rule(self) -> Rule:
        """Return the learning rule with its parameters."""
        return make_rule(self)

    @property
    def weights_(self) -> Array:
        """The weights W (n_components, n_features)."""
        return self._fitted().W

    @property
    def biases_(self) -> Array:
        """The biases b (n_components,)."""
        return self._fitted().b

    def fit(
        self,
        X: NDArray[Any],
        prepare: Prepare | None = None,
        *,
        X_validation: NDArray[Any] | None = None,
    ) -> Trainer:
        """Draw new weights and train for ``epochs`` passes over ``X``.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_raw)
            Rows are gathered batch by batch; a memory map is never read as a whole.
        prepare : callable, optional
            Turns a gathered batch (B, n_raw) into inputs (B, D).
        X_validation : ndarray of shape (n_validation, n_raw), optional
            Rows to choose the epoch on, in place of a held-out share.

        Raises
        ------
        DataError
            Fewer than two rows to train on, or a row that is not finite.
        TrainingError
            The responses stopped being finite.
        """
        rows = Rows(X, prepare)
        random = _generator(self.random_state)
        order = np.arange(len(X))
        held_out = round(self.validation_fraction * len(X)) if X_validation is None else 0
        if held_out:
            order = random.spawn(1)[0].permutation(order)
        validation, training = np.sort(order[:held_out]), order[held_out:]
        if len(training) < 2 or held_out == 1:
            raise DataError(
                f"{len(training)} training and {held_out} held-out rows are left of "
                f"n_samples = {len(X)}; an overlap needs at least 2 of each"
            )
        self._start(random, rows, training)
        self.run_ = Run(training, validation if held_out else None, self.epochs)
        return self._go_on(rows, X_validation, prepare)

    def resume(
        self,
        X: NDArray[Any],
        prepare: Prepare | None = None,
        *,
        X_validation: NDArray[Any] | None = None,
    ) -> Trainer:
        """Go on with the fit that was under way when :meth:`state` was called, to its end.

        Given the same data as that fit, the weights become those of a fit that was not stopped,
        bit for bit. Parameters and errors are those of :meth:`fit`; where nothing was under way,
        nothing is done.
        """
        if self.run_ is None:
            return self
        rows = Rows(X, prepare)
        self._check_width(rows.n_features)
        if self.run_.training.max(initial=-1) >= len(X):
            raise DataError(f"X has {len(X)} rows, fewer than the fit that is to go on; give its X")
        return self._go_on(rows, X_validation, prepare)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return all that :meth:`from_state` needs, as arrays of numbers and one JSON text.

        It may be called between any two batches, from a callback: it then holds where in the
        epoch the fit stands. The arrays are the trainer's own; copy or write them before going on.
        """
        self._fitted()
        return training_run.pack(self)

    @classmethod
    def from_state(cls, state: Mapping[str, NDArray[Any]]) -> Trainer:
        """Return a trainer in the state that :meth:`state` returned; callbacks are not part of it.

        Raises
        ------
        CheckpointError
            The state is incomplete or contradicts itself.
        """
        return training_run.unpack(cls, state)

    def partial_fit(self, X: NDArray[Any], prepare: Prepare | None = None) -> Trainer:
        """Go on training with one pass over ``X``, which the schedule counts as one epoch.

        Adam, the schedule and the random generator continue from where they were. Nothing is held
        out. Parameters and errors are those of :meth:`fit`.
        """
        rows = Rows(X, prepare)
        if not hasattr(self, "layer"):
            self._start(_generator(self.random_state), rows, np.arange(len(X)))
        self._check_width(rows.n_features)
        if len(X) < 2:
            raise DataError(f"n_samples = {len(X)} is too few: an overlap needs at least 2 rows")
        self.run_ = Run(np.arange(len(X)), None, 1)
        return self._go_on(rows)

    def transform(self, X: NDArray[Any], out: Array | None = None) -> Array:
        """Return the responses ``φ(X Wᵀ + b - threshold)``.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Inputs; a memory map is read in blocks of rows.
        out : ndarray of shape (n_samples, n_components), optional
            Where to write, C-contiguous, of the weights' dtype.

        Raises
        ------
        DataError
            ``X`` or ``out`` does not fit the layer.
        """
        layer = self._fitted()
        self._check_width(X.shape[1])
        out = room_for(len(X), layer, out)
        with kernel_threads(self.n_threads) as threads:
            Encoding(layer, self.threshold, self.activation, threads).write(X, out)
        return out

    def _start(self, random: np.random.Generator, rows: Rows, training: NDArray[np.intp]) -> None:
        length = rows.length(training) if self.weight_scale is None else None
        self._draw(random, rows.n_features, rows.dtype, length)
        place_on_samples(self.make_rule(), self.layer, rows, random)

    def _draw(
        self, random: np.random.Generator, n_features: int, dtype: Any, input_length: float | None
    ) -> Trainer:
        self._random = random
        shape = (self.n_components, n_features)
        self.weight_scale_ = self.weight_scale or FIRST_DEVIATION / (
            input_length or n_features**0.5
        )
        self.layer = draw_layer(self.make_rule(), random, shape, self.weight_scale_, dtype)
        self._schedule = make_schedule(self.schedule, self.learning_rate, self.epochs)
        self.n_features_in_ = n_features
        self.history_ = []
        self._first_response: float | None = None
        self.run_ = None
        self.epoch_ = self.step_ = self.best_epoch_ = 0
        self.collapsed_ = False
        return self

    def _chosen_on(
        self, rows: Rows, X: NDArray[Any] | None, prepare: Prepare | None
    ) -> tuple[Rows, NDArray[np.intp]] | None:
        """Return the rows that the epoch is chosen on, if any."""
        assert self.run_ is not None
        if X is None:
            return None if self.run_.held_out is None else (rows, self.run_.held_out)
        given = Rows(X, prepare)
        self._check_width(given.n_features)
        if len(X) < 2:
            raise DataError(f"X_validation has {len(X)} rows; an overlap needs at least 2")
        return given, np.arange(len(X))

    def _go_on(
        self, rows: Rows, X_validation: NDArray[Any] | None = None, prepare: Prepare | None = None
    ) -> Trainer:
        """Train from where ``run_`` stands to its end."""
        assert self.run_ is not None
        run_to_end(self, self.run_, rows, self._chosen_on(rows, X_validation, prepare))
        self.run_ = None
        if self.collapsed_:
            warnings.warn(collapse_advice(self), ConvergenceWarning, stacklevel=3)
        notify(self, "on_fit_end")
        return self

    def _fitted(self) -> Layer:
        if not hasattr(self, "layer"):
            raise NotFittedError("This Trainer has no weights yet; call fit or initialize first")
        return self.layer

    def _check_width(self, n_features: int) -> None:
        if n_features != self.n_features_in_:
            raise DataError(
                f"X has {n_features} features, but this layer was trained on "
                f"{self.n_features_in_}; prepare X in the same way"
            )


def _generator(random_state: RandomState) -> np.random.Generator:
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(random_state)
