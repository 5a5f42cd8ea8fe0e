"""The public face of a training: one config, one state, and what may be asked of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from hebbovr.errors import DataError
from hebbovr.kernels.threads import kernel_threads
from hebbovr.training.callbacks import Callback
from hebbovr.training.collapse import collapse_advice
from hebbovr.training.config import TrainingConfig, current_names
from hebbovr.training.face import Face
from hebbovr.training.initial import draw_state, generator, hold_out, start_state
from hebbovr.training.layers import layer_around
from hebbovr.training.loop import train
from hebbovr.training.parameters import documents, signature
from hebbovr.training.responses import Encoding, room_for
from hebbovr.training.rows import ArrayRows, Prepare, RowSource, checked_norm, read_at_random
from hebbovr.training.state import Run, TrainingState, read_training

Array = NDArray[np.floating]


@documents(signature())
class Trainer(Face):
    """Train one layer by a local rule, batch by batch, its weights updated in place.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    config : TrainingConfig
        The parameters, each checked; they can be read and set on the trainer, too.
    state_ : TrainingState
        Where the training stands.
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

    def __init__(
        self, n_components: int = 256, *, callbacks: Iterable[Callback] = (), **settings: Any
    ) -> None:
        self.config = TrainingConfig(n_components, **current_names(settings, warns=True))
        self.callbacks = tuple(callbacks)

    __signature__ = signature()

    @property
    def weights_(self) -> Array:
        """The weights W (n_components, n_features)."""
        return self._fitted().layer.W

    @property
    def biases_(self) -> Array:
        """The biases b (n_components,)."""
        return self._fitted().layer.b

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
        random = generator(self.config.random_state)
        self.state_ = draw_state(self.config, random, n_features, dtype, input_length)
        return self

    def restore(self, W: Array, b: Array, history: list[dict[str, Any]]) -> Trainer:
        """Take over weights (K, D) and biases (K,) that were trained before, and their history.

        Adam starts anew if training goes on.

        Raises
        ------
        DataError
            The shapes contradict each other or ``n_components``.
        """
        K = self.config.n_components
        floats = W.dtype == b.dtype and W.dtype in (np.float32, np.float64)
        if W.ndim != 2 or not floats or (len(W), b.shape) != (K, (K,)):
            raise DataError(
                f"weights of shape {W.shape} and biases of shape {b.shape} are no layer of {K} "
                "units in float32 or float64"
            )
        self.initialize(W.shape[1], W.dtype)
        state = self.state_
        state.layer = layer_around(self.config.rule, W.copy())._replace(b=b.copy())
        state.history = [dict(record) for record in history]
        state.epoch = state.best_epoch = history[-1]["epoch"] if history else 0
        return self

    def fit(
        self,
        X: NDArray[Any] | RowSource,
        prepare: Prepare | None = None,
        *,
        X_validation: NDArray[Any] | RowSource | None = None,
    ) -> Trainer:
        """Draw new weights and train for ``epochs`` passes over ``X``.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_raw), or RowSource
            Rows are gathered batch by batch; a memory map is never read as a whole.
        prepare : callable, optional
            Turns a gathered batch (B, n_raw) of an array into inputs (B, D).
        X_validation : ndarray of shape (n_validation, n_raw), or RowSource, optional
            Rows to choose the epoch on, in place of a held-out share.

        Raises
        ------
        DataError
            Fewer than two rows to train on, a row that is not finite, or inputs so large or small
            that their squares leave the range of their dtype.
        TrainingError
            The responses stopped being finite.
        """
        rows, config = _as_rows(X, prepare), self.config
        random = generator(config.random_state)
        fraction = config.validation_fraction if X_validation is None else 0.0
        training, held_out = hold_out(random, rows.n_rows, fraction)
        self.state_ = start_state(config, random, rows, training)
        self.state_.run = Run(training, held_out, config.epochs)
        return self._train(X, rows, X_validation, prepare)

    def resume(
        self,
        X: NDArray[Any] | RowSource,
        prepare: Prepare | None = None,
        *,
        X_validation: NDArray[Any] | RowSource | None = None,
    ) -> Trainer:
        """Go on with the fit that was under way when :meth:`state` was called, to its end.

        Given the same data as that fit, the weights become those of a fit that was not stopped,
        bit for bit. Parameters and errors are those of :meth:`fit`; where nothing was under way,
        nothing is done.
        """
        run = self._fitted().run
        if run is None:
            return self
        rows = self._rows_that_fit(X, prepare)
        indices = run.training if run.held_out is None else np.append(run.training, run.held_out)
        if indices.max() >= rows.n_rows:
            raise DataError(
                f"X has {rows.n_rows} rows, fewer than the fit that is to go on; give its X"
            )
        return self._train(X, rows, X_validation, prepare)

    def partial_fit(self, X: NDArray[Any] | RowSource, prepare: Prepare | None = None) -> Trainer:
        """Go on training with one pass over ``X``, which the schedule counts as one epoch.

        Adam, the schedule and the random generator continue from where they were. Nothing is held
        out. The first call draws the weights. Fewer rows than the rule can learn from, a single one
        where it compares samples, are passed over with a warning. Parameters and errors are those
        of :meth:`fit`.
        """
        rows = _as_rows(X, prepare)
        everything = np.arange(rows.n_rows)
        if hasattr(self, "state_"):
            checked_norm(rows, everything, self.state_.layer.W.dtype)
        else:
            random = generator(self.config.random_state)
            self.state_ = start_state(self.config, random, rows, everything)
        self._check_width(rows.n_features)
        least = self.config.rule.least_rows
        if rows.n_rows < least:
            warnings.warn(
                f"n_samples = {rows.n_rows} is passed over: this rule compares the rows of a "
                f"batch, at least {least}; put more rows together to learn from all",
                UserWarning,
                stacklevel=2,
            )
            return self
        self.state_.run = Run(everything, None, 1)
        return self._train(X, rows)

    def transform(self, X: NDArray[Any], out: Array | None = None) -> Array:
        """Return the responses ``φ(X Wᵀ + b - T)``, T the encoding threshold.

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
        layer, config = self._fitted().layer, self.config
        self._check_width(X.shape[1])
        out = room_for(len(X), layer, out)
        with kernel_threads(config.n_threads) as threads:
            Encoding(layer, config.encoding_threshold, config.activation, threads).write(X, out)
        return out

    def state(self) -> dict[str, NDArray[Any]]:
        """Return all that :meth:`from_state` needs, as arrays of numbers and one JSON text.

        It may be called between any two batches, from a callback: it then holds where in the
        epoch the fit stands. The arrays are the trainer's own; copy or write them before going on.
        """
        return self._fitted().to_arrays(self.settings())

    @classmethod
    def from_state(cls, state: Mapping[str, NDArray[Any]]) -> Trainer:
        """Return a trainer in the state that :meth:`state` returned; callbacks are not part of it.

        Raises
        ------
        CheckpointError
            The state is incomplete or contradicts itself.
        """
        trainer = cls()
        trainer.config, trainer.state_ = read_training(state)
        return trainer

    def _train(
        self,
        X: NDArray[Any] | RowSource,
        rows: RowSource,
        X_validation: NDArray[Any] | RowSource | None = None,
        prepare: Prepare | None = None,
    ) -> Trainer:
        """Train from where the run stands to its end."""
        state = self.state_
        validation = None
        if X_validation is not None:
            given = self._rows_that_fit(X_validation, prepare)
            if given.n_rows < 2:
                raise DataError(
                    f"X_validation has {given.n_rows} rows; an overlap needs at least 2"
                )
            validation = given, np.arange(given.n_rows)
        elif state.under_way.held_out is not None:
            validation = rows, state.under_way.held_out
        with read_at_random(X):
            train(self.config, state, rows, validation, self._call)
        state.run = None
        if state.collapsed:
            advice = collapse_advice(self.config, state)
            warnings.warn(advice, ConvergenceWarning, stacklevel=3)
        self._call("on_fit_end")
        return self

    def _call(self, hook: str, *told: Any) -> list[Any]:
        return [getattr(callback, hook)(self, *told) for callback in self.callbacks]

    def _fitted(self) -> TrainingState:
        if not hasattr(self, "state_"):
            raise NotFittedError("This Trainer has no weights yet; call fit or initialize first")
        return self.state_

    def _rows_that_fit(self, X: NDArray[Any] | RowSource, prepare: Prepare | None) -> RowSource:
        rows = _as_rows(X, prepare)
        self._check_width(rows.n_features)
        return rows

    def _check_width(self, n_features: int) -> None:
        if n_features != self.state_.n_features:
            raise DataError(
                f"X has {n_features} features, but this layer was trained on "
                f"{self.state_.n_features}; prepare X in the same way"
            )


def _as_rows(X: NDArray[Any] | RowSource, prepare: Prepare | None) -> RowSource:
    return ArrayRows(X, prepare) if isinstance(X, np.ndarray) else X
