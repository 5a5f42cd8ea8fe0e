"""Random features: a layer that never learns."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from hebbovr.baselines.settings import as_generator, check_settings
from hebbovr.rules import responses

Array = NDArray[Any]


class RandomFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Respond by ``φ(X Wᵀ)`` with normal random weights.

    Parameters
    ----------
    n_components : int
        Number of units K.
    activation : {"relu", "sigmoid"}
        φ.
    weight_scale : float
        Standard deviation of the weights; 0.05 as the authors' untrained encoder.
    random_state : int, RandomState, Generator or None
        Draws the weights.

    Attributes
    ----------
    weights_ : ndarray of shape (n_components, n_features)
    """

    def __init__(
        self,
        n_components: int = 256,
        *,
        activation: str = "relu",
        weight_scale: float = 0.05,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        self.n_components = n_components
        self.activation = activation
        self.weight_scale = weight_scale
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Draw the weights for inputs like ``X`` (n_samples, n_features)."""
        check_settings(self)
        data = validate_data(self, X, dtype=[np.float64, np.float32])
        shape = (self.n_components, data.shape[1])
        W = self.weight_scale * as_generator(self.random_state).standard_normal(shape)
        self.weights_ = W.astype(data.dtype)
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Return the responses (n_samples, n_components)."""
        check_is_fitted(self)
        data = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        biases = np.zeros(len(self.weights_), self.weights_.dtype)
        return responses(data, self.weights_, biases, self.activation)

    @property
    def _n_features_out(self) -> int:
        return len(self.weights_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
