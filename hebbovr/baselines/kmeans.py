"""K-means features: one unit a centroid."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances
from sklearn.utils.validation import check_is_fitted, validate_data

from hebbovr.baselines.settings import check_settings
from hebbovr.errors import SettingsError

Array = NDArray[Any]
ENCODE_ROWS = 2048


class KMeansFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Represent samples by the centroids of scikit-learn's MiniBatchKMeans.

    Parameters
    ----------
    n_components : int
        Number of centroids K.
    code : {"hard", "triangle"}
        1 for the nearest centroid and 0 for all others; or ``max(0, mean distance - distance)``
        (Coates, Lee and Ng, 2011).
    epochs : int
        Most passes over the data.
    batch_size : int
        Samples in a batch of the clustering.
    random_state : int, RandomState or None
        Draws the first centroids and the batches.

    Attributes
    ----------
    weights_ : ndarray of shape (n_components, n_features)
        The centroids.
    """

    def __init__(
        self,
        n_components: int = 256,
        *,
        code: str = "triangle",
        epochs: int = 20,
        batch_size: int = 4096,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_components = n_components
        self.code = code
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Find the centroids of ``X`` (n_samples, n_features)."""
        check_settings(self)
        data = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=1)
        if self.n_components > len(data):
            raise SettingsError(
                f"n_components={self.n_components} is more than n_samples = {len(data)}; "
                "each centroid needs a sample"
            )
        kmeans = MiniBatchKMeans(
            self.n_components,
            init="random",
            n_init=1,
            max_iter=self.epochs,
            batch_size=self.batch_size,
            reassignment_ratio=0.01,
            random_state=self.random_state,
        )
        self.weights_ = np.asarray(kmeans.fit(data).cluster_centers_)
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Return the codes (n_samples, n_components)."""
        check_is_fitted(self)
        data = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        out = np.zeros((len(data), len(self.weights_)), self.weights_.dtype)
        for top in range(0, len(data), ENCODE_ROWS):
            rows = slice(top, top + ENCODE_ROWS)
            distances = pairwise_distances(data[rows], self.weights_)
            if self.code == "hard":
                out[rows][np.arange(len(distances)), distances.argmin(axis=1)] = 1
            else:
                np.maximum(0, distances.mean(axis=1, keepdims=True) - distances, out=out[rows])
        return out

    @property
    def _n_features_out(self) -> int:
        return len(self.weights_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
