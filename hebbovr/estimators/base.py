"""A layer as a scikit-learn transformer: what is the same for every rule."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from hebbovr.training.trainer import Trainer


class LayerTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Base of the encoders. A subclass has parameters and turns them into a trainer."""

    def _make_trainer(self) -> Trainer:
        """Return an untrained layer with the parameters of this estimator."""
        return Trainer(**self.get_params(deep=False))

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn from ``X`` (n_samples, n_features); labels are ignored.

        A memory-mapped ``X`` is read batch by batch and never copied as a whole.

        Raises
        ------
        ValueError
            ``X`` is not a finite, dense, 2-D array of at least two rows, or a parameter is out of
            its range.
        """
        self.trainer_ = self._make_trainer()
        self.trainer_.fit(self._rows(X, reset=True, training=True))
        return self

    def partial_fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Go on learning with one pass over ``X``; Adam and the schedule are not restarted.

        The first call draws the weights. The schedule counts each call as one epoch.
        """
        first = not hasattr(self, "trainer_")
        rows = self._rows(X, reset=first, training=True)
        if first:
            self.trainer_ = self._make_trainer()
        self.trainer_.partial_fit(rows)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return the responses (n_samples, n_components) to ``X`` (n_samples, n_features)."""
        check_is_fitted(self)
        return self.trainer_.transform(self._rows(X, reset=False, training=False))

    def _rows(self, X: ArrayLike, *, reset: bool, training: bool) -> NDArray[Any]:
        """Validate ``X`` without a copy where it is an array of numbers already."""
        least = 2 if training else 1
        plain = isinstance(X, np.ndarray) and X.dtype.kind in "fiub"
        if isinstance(X, np.memmap) and plain:
            # Whether it is finite is checked batch by batch: a whole read may take hours.
            options: dict[str, Any] = {"dtype": None, "ensure_all_finite": False}
        elif plain:
            options = {"dtype": None}
        else:
            options = {"dtype": [np.float64, np.float32]}
        rows: NDArray[Any] = validate_data(
            self, X, reset=reset, ensure_min_samples=least, **options
        )
        return rows

    @property
    def weights_(self) -> NDArray[np.floating]:
        """The weights W (n_components, n_features)."""
        return self._trained().weights_

    @property
    def biases_(self) -> NDArray[np.floating]:
        """The biases b (n_components,)."""
        return self._trained().biases_

    @property
    def history_(self) -> list[dict[str, Any]]:
        """Measures of each epoch."""
        return self._trained().history_

    @property
    def _n_features_out(self) -> int:
        return self._trained().n_components

    def _trained(self) -> Trainer:
        if not hasattr(self, "trainer_"):
            raise AttributeError(f"this {type(self).__name__} is not fitted yet; call fit first")
        return self.trainer_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
