"""HebbianEncoder: OVREncoder's sibling for every local rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hebbovr.estimators.base import LayerTransformer
from hebbovr.rules import RULES
from hebbovr.training.callbacks import Callback
from hebbovr.training.trainer import Trainer


class HebbianEncoder(LayerTransformer):
    """Learn features by any of the local rules, without a decoder.

    One layer is trained by ``ΔW = Cᵀ X - d ⊙ W``, the coefficients C and the decay d made by the
    rule from each unit's own responses. What a rule needs beyond them, and its source, is in its
    class in :mod:`hebbovr.rules`. Whatever a rule trains with, the representation is
    ``φ(X Wᵀ + b - threshold)``.

    Parameters
    ----------
    n_components : int, default=64
        Number of units K.
    rule : str, default="oja"
        A name in :data:`hebbovr.rules.RULES`.
    rule_options : mapping, optional
        Parameters of the rule, such as ``{"p": 3, "delta": 0.3}`` for "krotov-hopfield".
    activation : {"relu", "sigmoid", "identity"}, default="relu"
        φ of the representation.
    epochs : int, default=20
        Passes over the data.
    batch_size : int, default=128
        B; rows are cut into batches of nearly this size.
    learning_rate : float, optional
        By default the one that the rule suggests.
    schedule : {"constant", "plateau", "cosine"}, default="cosine"
        How the rate changes from epoch to epoch.
    validation_fraction : float, default=0.0
        Share of the rows held out; the epoch with the lowest objective on them is kept.
    weight_scale : float, optional
        Standard deviation of the random weights at the start.
    threshold : float, default=0.0
        Subtracted before φ where the representation is read out.
    random_state : int, RandomState instance, Generator or None, default=None
        Source of all random draws.
    n_threads : int, optional
        At most this many threads; the result does not depend on it.
    callbacks : iterable of hebbovr.training.callbacks.Callback, default=()
        Called during training.

    Attributes
    ----------
    weights_, biases_, history_, n_features_in_, feature_names_in_, trainer_
        As of :class:`hebbovr.OVREncoder`.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from hebbovr import HebbianEncoder
    >>> X, _ = load_digits(return_X_y=True)
    >>> HebbianEncoder(32, rule="kmeans", epochs=3, random_state=0).fit_transform(X / 16).shape
    (1797, 32)
    """

    def __init__(
        self,
        n_components: int = 64,
        *,
        rule: str = "oja",
        rule_options: Mapping[str, float] | None = None,
        activation: str = "relu",
        epochs: int = 20,
        batch_size: int = 128,
        learning_rate: float | None = None,
        schedule: str = "cosine",
        validation_fraction: float = 0.0,
        weight_scale: float | None = None,
        threshold: float = 0.0,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        n_threads: int | None = None,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        self.n_components = n_components
        self.rule = rule
        self.rule_options = rule_options
        self.activation = activation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.validation_fraction = validation_fraction
        self.weight_scale = weight_scale
        self.threshold = threshold
        self.random_state = random_state
        self.n_threads = n_threads
        self.callbacks = callbacks

    def _make_trainer(self) -> Trainer:
        settings = self.get_params(deep=False)
        if self.learning_rate is None and self.rule in RULES:
            settings["learning_rate"] = RULES[self.rule].learning_rate
        return Trainer(**{n: v for n, v in settings.items() if v is not None})
