"""A layer as a scikit-learn transformer: what is the same for every rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from hebbovr.errors import SettingsError
from hebbovr.training.config import current_names
from hebbovr.training.trainer import Trainer

# What a layer cannot take over once its weights are drawn.
SETTLED = ("n_components", "weight_scale", "random_state")
# What matters where responses are read out.
READ_OUT = ("activation", "encoding_threshold", "n_threads")


class LayerTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Base of the encoders; a subclass has the settings of a training as its parameters."""

    trainer_: Trainer

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn from ``X`` (n_samples, n_features); labels are ignored.

        A memory-mapped ``X`` is read batch by batch and never copied as a whole. After an error
        the estimator is as it was.

        Raises
        ------
        ValueError
            ``X`` is not a finite, dense, 2-D array of at least two rows and of a scale whose
            squares its dtype holds, or a parameter is out of its range.
        """
        with self._whole_or_not_at_all():
            trainer = Trainer(**self.get_params(deep=False))
            trainer.fit(self._rows(X, reset=True, least=2))
            self.trainer_ = trainer
        return self

    def partial_fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Go on learning with one pass over ``X``; Adam and the schedule are not restarted.

        The first call draws the weights. The schedule counts each call as one epoch. Parameters
        set since then take effect. A single row is learned from where the rule can, and passed over
        with a warning where it compares samples (OVR and Eq. 4).

        Raises
        ------
        SettingsError
            A parameter was set since the first call that drawn weights cannot take over.
        ValueError
            As of :meth:`fit`, but for the number of rows.
        """
        with self._whole_or_not_at_all():
            first = not hasattr(self, "trainer_")
            trainer = Trainer(**self.get_params(deep=False)) if first else self._up_to_date()
            trainer.partial_fit(self._rows(X, reset=first, least=1))
            self.trainer_ = trainer
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return the responses (n_samples, n_components) to ``X`` (n_samples, n_features)."""
        check_is_fitted(self)
        rows = self._rows(X, reset=False, least=1)
        wanted = {name: getattr(self, name) for name in READ_OUT}
        if any(value != getattr(self.trainer_, name) for name, value in wanted.items()):
            self.trainer_.configure(**wanted)
        return self.trainer_.transform(rows)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, also by their names of the release before."""
        return super().set_params(**current_names(params, warns=True))  # type: ignore[no-any-return]

    def _up_to_date(self) -> Trainer:
        """Return the trainer with the parameters as they are now.

        Raises
        ------
        SettingsError
            One has changed that drawn weights cannot take over.
        """
        wanted, drawn = Trainer(**self.get_params(deep=False)), self.trainer_
        changes = drawn.config.differences(wanted.config)
        settled = [name for name in SETTLED if name in changes]
        if type(wanted.rule) is not type(drawn.rule):
            settled.append("rule")
        if settled:
            reason = "was set after the weights were drawn; call fit to draw them anew"
            raise SettingsError(name=settled[0], value=getattr(self, settled[0]), reason=reason)
        drawn.configure(**changes)
        drawn.callbacks = wanted.callbacks
        return drawn

    @contextmanager
    def _whole_or_not_at_all(self) -> Iterator[None]:
        """Put all attributes back if the block fails."""
        before = dict(self.__dict__)
        try:
            yield
        except BaseException:
            self.__dict__ = before
            raise

    def _rows(self, X: ArrayLike, *, reset: bool, least: int) -> NDArray[Any]:
        """Validate ``X`` without a copy where it is an array of numbers already."""
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
        history: list[dict[str, Any]] = self._trained().history_
        return history

    @property
    def _n_features_out(self) -> int:
        return len(self._trained().weights_)

    def _trained(self) -> Trainer:
        if not hasattr(self, "trainer_"):
            raise AttributeError(f"this {type(self).__name__} is not fitted yet; call fit first")
        return self.trainer_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
