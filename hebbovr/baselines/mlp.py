"""Classifiers with one hidden layer: dropout, or a penalty on the hidden responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from hebbovr.baselines.optimisation import best_epoch, in_batches, minimise
from hebbovr.baselines.penalties import penalty
from hebbovr.baselines.settings import as_generator, check_settings
from hebbovr.rules import ACTIVATIONS, responses

Array = NDArray[Any]


class Parameters(NamedTuple):
    """Hidden weights W (K, D) and biases b (K,), output weights V (C, K) and biases c (C,)."""

    W: Array
    b: Array
    V: Array
    c: Array


def objective_and_gradients(
    parameters: Parameters,
    X: Array,
    codes: NDArray[np.intp],
    activation: str,
    kind: str,
    strength: float,
    mask: Array | None = None,
) -> tuple[float, Parameters]:
    """Return the objective of a batch and its gradients.

    With ``H = φ(X Wᵀ + b)``, the objective is the mean cross-entropy of
    ``softmax((H ⊙ mask) Vᵀ + c)`` plus the penalty on H.

    Parameters
    ----------
    parameters : Parameters
    X : ndarray of shape (B, D)
        Inputs, dropout already applied.
    codes : ndarray of int, shape (B,)
        Classes from 0.
    activation : {"relu", "sigmoid"}
    kind, strength
        Of `hebbovr.baselines.penalties.penalty`.
    mask : ndarray of shape (B, K), optional
        What hidden dropout multiplies H by.
    """
    W, b, V, c = parameters
    H = responses(X, W, b, activation)
    masked = H if mask is None else H * mask
    scores = masked @ V.T + c
    log_shares = log_softmax(scores, axis=1)
    rows = np.arange(len(X))
    objective = -float(log_shares[rows, codes].mean())
    error = np.exp(log_shares)
    error[rows, codes] -= 1
    error /= len(X)
    C = error @ V
    if mask is not None:
        C *= mask
    value, gradient = penalty(H, kind, strength)
    if gradient is not None:
        C += gradient
    C *= ACTIVATIONS[activation].slope(H)
    found = Parameters(C.T @ X, C.sum(axis=0), error.T @ masked, error.sum(axis=0))
    return objective + value, found


class MLP(ClassifierMixin, BaseEstimator):
    """One hidden layer and a softmax, trained by Adam.

    Parameters
    ----------
    n_components : int
        Number of hidden units K.
    activation : {"relu", "sigmoid"}
        φ.
    input_dropout, hidden_dropout : float
        Shares of inputs and hidden responses set to 0 in training; the others are scaled up.
    penalty : {"none", "ovr", "l1", "l2"}
        On the hidden responses, see `hebbovr.baselines.penalties.penalty`.
    strength : float
        Of the penalty: λ for "ovr".
    epochs, batch_size, learning_rate, schedule
        Of Adam, as in `hebbovr.Trainer`.
    validation_fraction : float
        Share of the rows held out; the epoch with the lowest objective on them is kept.
    random_state : int, RandomState, Generator or None
        Source of all random draws.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    weights_, biases_ : ndarray, shapes (n_components, n_features) and (n_components,)
        Of the hidden layer.
    output_weights_, output_biases_ : ndarray, shapes (n_classes, n_components) and (n_classes,)
    history_ : list of dict
        One entry an epoch, see `hebbovr.baselines.optimisation.minimise`.
    best_epoch_ : int
        The epoch kept.
    """

    def __init__(
        self,
        n_components: int = 512,
        *,
        activation: str = "relu",
        input_dropout: float = 0.0,
        hidden_dropout: float = 0.0,
        penalty: str = "none",
        strength: float = 0.0,
        epochs: int = 75,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        schedule: str = "plateau",
        validation_fraction: float = 0.0,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        self.n_components = n_components
        self.activation = activation
        self.input_dropout = input_dropout
        self.hidden_dropout = hidden_dropout
        self.penalty = penalty
        self.strength = strength
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        validation: tuple[Array, Array] | None = None,
        progress: Callable[[dict[str, Any]], None] | None = None,
    ) -> Self:
        """Learn from ``X`` (n_samples, n_features) and labels ``y`` (n_samples,).

        Parameters
        ----------
        X, y : array-like
        validation : tuple of ndarray, optional
            Rows and labels to choose the epoch on, in place of a held-out share.
        progress : callable, optional
            Takes the record of each epoch.
        """
        check_settings(self, shares=("input_dropout", "hidden_dropout", "validation_fraction"))
        data, labels = validate_data(
            self, X, y, dtype=[np.float64, np.float32], order="C", ensure_min_samples=2
        )
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        random = as_generator(self.random_state)
        self._draw(random, data.shape[1], data.dtype)
        order = random.permutation(len(data))
        held_out = round(self.validation_fraction * len(data)) if validation is None else 0
        training = np.sort(order[held_out:])
        checked: tuple[Array, Array] | None = None
        if held_out:
            checked = data[order[:held_out]], codes[order[:held_out]]
        elif validation is not None:
            checked = validation[0], np.searchsorted(self.classes_, validation[1])

        def gradients(indices: NDArray[np.intp]) -> tuple[float, Parameters]:
            rows = training[indices]
            inputs = _dropped(data[rows], self.input_dropout, random)
            mask = None
            if self.hidden_dropout:
                ones = np.ones((len(rows), self.n_components), data.dtype)
                mask = _dropped(ones, self.hidden_dropout, random)
            return objective_and_gradients(
                self._parameters,
                inputs,
                codes[rows],
                self.activation,
                self.penalty,
                self.strength,
                mask,
            )

        self.history_ = minimise(
            self._parameters,
            gradients,
            len(training),
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            random=random,
            validation=None if checked is None else lambda: self._validate(*checked),
            progress=progress,
        )
        self.best_epoch_ = best_epoch(self.history_)
        return self

    def hidden_responses(self, X: ArrayLike) -> Array:
        """Return the hidden responses (n_samples, n_components)."""
        check_is_fitted(self)
        data = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return responses(data, self.weights_, self.biases_, self.activation)

    def decision_function(self, X: ArrayLike) -> Array:
        """Return the scores of the classes; of the second against the first if there are two."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probabilities of the classes (n_samples, n_classes)."""
        return np.asarray(softmax(self._scores(X), axis=1))

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable labels (n_samples,)."""
        winners = self._scores(X).argmax(axis=1)
        return np.asarray(self.classes_[winners])

    def _scores(self, X: ArrayLike) -> Array:
        return np.asarray(self.hidden_responses(X) @ self.output_weights_.T + self.output_biases_)

    def _draw(self, random: np.random.Generator, n_features: int, dtype: Any) -> None:
        K, n_classes = self.n_components, len(self.classes_)
        hidden = (2 / (K + n_features)) ** 0.5 * random.standard_normal((K, n_features))
        output = (2 / (K + n_classes)) ** 0.5 * random.standard_normal((n_classes, K))
        self.weights_, self.output_weights_ = hidden.astype(dtype), output.astype(dtype)
        self.biases_, self.output_biases_ = np.zeros(K, dtype), np.zeros(n_classes, dtype)

    @property
    def _parameters(self) -> Parameters:
        return Parameters(self.weights_, self.biases_, self.output_weights_, self.output_biases_)

    def _validate(self, X: Array, codes: Array) -> float:
        def objective(rows: slice) -> float:
            H = responses(X[rows], self.weights_, self.biases_, self.activation)
            scores = log_softmax(H @ self.output_weights_.T + self.output_biases_, axis=1)
            value, _ = penalty(H, self.penalty, self.strength)
            return value - float(scores[np.arange(len(H)), codes[rows]].mean())

        return in_batches(objective, len(X), self.batch_size)


def _dropped(X: Array, share: float, random: np.random.Generator) -> Array:
    """Return ``X`` with ``share`` of its entries set to 0 and the others scaled to make up."""
    if share == 0:
        return X
    kept = random.random(X.shape, dtype=np.float32) >= share
    return np.asarray(X * kept * X.dtype.type(1 / (1 - share)))
