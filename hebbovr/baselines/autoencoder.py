"""Autoencoders with one hidden layer: denoising, with the OVR penalty, or plain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from hebbovr.baselines.optimisation import best_epoch, in_batches, minimise
from hebbovr.baselines.penalties import penalty
from hebbovr.baselines.settings import as_generator, check_settings
from hebbovr.rules import ACTIVATIONS, responses

Array = NDArray[Any]
ENCODE_ROWS = 4096


class Parameters(NamedTuple):
    """Weights W (K, D), shared by encoder and decoder, and the biases of both."""

    W: Array
    b: Array
    c: Array


def objective_and_gradients(
    parameters: Parameters,
    X: Array,
    corrupted: Array,
    activation: str,
    overlap_penalty: float,
    buffers: Parameters | None = None,
) -> tuple[float, Parameters]:
    """Return the objective of a batch and its gradients.

    With ``H = φ(X̃ Wᵀ + b)`` from the corrupted inputs X̃ and ``R = H W + c``, the objective is the
    mean of ``(R - X)²`` over the batch's entries plus ``λ Σ_{i≠j} U_i·U_j``.

    Parameters
    ----------
    parameters : Parameters
    X, corrupted : ndarray of shape (B, D)
    activation : {"relu", "sigmoid"}
    overlap_penalty : float
        λ.
    buffers : Parameters, optional
        Arrays to write the gradients to.
    """
    W, b, c = parameters
    out = buffers or Parameters(*(np.empty_like(p) for p in parameters))
    H = responses(corrupted, W, b, activation)
    error = H @ W
    error += c
    error -= X
    objective = float(np.mean(np.square(error)))
    error *= 2 / error.size
    C = error @ W.T
    value, gradient = penalty(H, "ovr", overlap_penalty)
    if gradient is not None:
        C += gradient
    C *= ACTIVATIONS[activation].slope(H)
    # Decoder and encoder share W: Hᵀ E + Cᵀ X̃ is one product of what is stacked.
    np.matmul(np.concatenate([H, C]).T, np.concatenate([error, corrupted]), out=out.W)
    C.sum(axis=0, out=out.b)
    error.sum(axis=0, out=out.c)
    return objective + value, out


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Learn to reconstruct inputs from one hidden layer with tied weights and a linear decoder.

    Parameters
    ----------
    n_components : int
        Number of hidden units K.
    activation : {"relu", "sigmoid"}
        φ.
    corruption : float
        Share of the inputs set to 0, at random for each sample and batch: a denoising autoencoder
        (Vincent et al., 2008).
    overlap_penalty : float
        λ of the OVR penalty on the hidden responses.
    epochs, batch_size, learning_rate, schedule
        Of Adam, as in `hebbovr.Trainer`.
    weight_scale : float, optional
        Standard deviation of the random weights at the start, by default Glorot and Bengio's.
    validation_fraction : float
        Share of the rows held out; the epoch with the lowest objective on them is kept, and
        "plateau" follows it. It is measured without corruption.
    random_state : int, RandomState, Generator or None
        Source of all random draws.

    Attributes
    ----------
    weights_, biases_ : ndarray, shapes (n_components, n_features) and (n_components,)
        Of the encoder.
    decoder_biases_ : ndarray of shape (n_features,)
    history_ : list of dict
        One entry an epoch, see `hebbovr.baselines.optimisation.minimise`.
    best_epoch_ : int
        The epoch kept.
    """

    def __init__(
        self,
        n_components: int = 256,
        *,
        activation: str = "sigmoid",
        corruption: float = 0.0,
        overlap_penalty: float = 0.0,
        epochs: int = 35,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        schedule: str = "plateau",
        weight_scale: float | None = None,
        validation_fraction: float = 0.0,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        self.n_components = n_components
        self.activation = activation
        self.corruption = corruption
        self.overlap_penalty = overlap_penalty
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_scale = weight_scale
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,
        *,
        X_validation: Array | None = None,
        progress: Callable[[dict[str, Any]], None] | None = None,
    ) -> Self:
        """Learn from ``X`` (n_samples, n_features).

        Parameters
        ----------
        X : array-like
        y : object
            Ignored.
        X_validation : ndarray, optional
            Rows to choose the epoch on, in place of a held-out share.
        progress : callable, optional
            Takes the record of each epoch.
        """
        check_settings(self, shares=("corruption", "validation_fraction"))
        data: Array = validate_data(
            self, X, dtype=[np.float64, np.float32], order="C", ensure_min_samples=2
        )
        random = as_generator(self.random_state)
        self._draw(random, data.shape[1], data.dtype)
        order = random.permutation(len(data))
        held_out = round(self.validation_fraction * len(data)) if X_validation is None else 0
        training = np.sort(order[held_out:])
        checked = data[np.sort(order[:held_out])] if held_out else X_validation
        buffers = Parameters(*(np.empty_like(p) for p in self._parameters))

        def gradients(indices: NDArray[np.intp]) -> tuple[float, Parameters]:
            batch = data[training[indices]]
            return objective_and_gradients(
                self._parameters,
                batch,
                corrupt(batch, self.corruption, random),
                self.activation,
                self.overlap_penalty,
                buffers,
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
            validation=None if checked is None else lambda: self._validate(checked),
            progress=progress,
        )
        self.best_epoch_ = best_epoch(self.history_)
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Return the hidden responses (n_samples, n_components) to uncorrupted ``X``."""
        check_is_fitted(self)
        data = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        out = np.empty((len(data), self.n_components), self.weights_.dtype)
        for top in range(0, len(data), ENCODE_ROWS):
            rows = slice(top, top + ENCODE_ROWS)
            out[rows] = responses(
                data[rows].astype(out.dtype, copy=False),
                self.weights_,
                self.biases_,
                self.activation,
            )
        return out

    def _draw(self, random: np.random.Generator, n_features: int, dtype: Any) -> None:
        deviation = self.weight_scale or (2 / (self.n_components + n_features)) ** 0.5
        W = deviation * random.standard_normal((self.n_components, n_features))
        self.weights_ = W.astype(dtype)
        self.biases_ = np.zeros(self.n_components, dtype)
        self.decoder_biases_ = np.zeros(n_features, dtype)

    @property
    def _parameters(self) -> Parameters:
        return Parameters(self.weights_, self.biases_, self.decoder_biases_)

    def _validate(self, X: Array) -> float:
        def objective(rows: slice) -> float:
            H = responses(X[rows], self.weights_, self.biases_, self.activation)
            error = H @ self.weights_ + self.decoder_biases_ - X[rows]
            value, _ = penalty(H, "ovr", self.overlap_penalty)
            return float(np.mean(error * error)) + value

        return in_batches(objective, len(X), self.batch_size)

    @property
    def _n_features_out(self) -> int:
        return len(self.weights_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def corrupt(X: Array, share: float, random: np.random.Generator) -> Array:
    """Return ``X`` with about ``share`` of its entries set to 0."""
    if share == 0:
        return X
    return np.asarray(X * (random.random(X.shape, dtype=np.float32) >= share))
