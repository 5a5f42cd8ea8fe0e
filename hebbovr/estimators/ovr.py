"""OVREncoder: the layer as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hebbovr.estimators.base import LayerTransformer
from hebbovr.training.callbacks import Callback


class OVREncoder(LayerTransformer):
    """Learn features that overlap little between samples, by a local rule without a decoder.

    One layer ``H = φ(X Wᵀ + b)`` is trained to lower
    ``J = |mean(H) - target| + λ Σ_{i≠j} U_i·U_j`` over mini-batches, with ``U_i = H_i / ‖H_i‖``
    (Bakaraju and Konda, arXiv 1903.02893, Eq. 1 to 3).

    Inputs should be centred and of unit scale, as :class:`hebbovr.Preprocessor` or
    ``StandardScaler`` make them.

    Parameters
    ----------
    n_components : int, default=256
        Number of units K.
    rule : {"ovr", "eq4"}, default="ovr"
        The exact gradient, or Eq. 4 of the paper taken literally.
    activation : {"relu", "sigmoid", "identity"}, default="relu"
        φ, the response function.
    overlap_penalty : float, default=5e-5
        λ. It acts through 2λB²: with batches of B samples, 2λB² from 1 to 2 learns well.
    mean : {"global", "unit"}, default="global"
        Hold the mean of all responses at ``target``, or the mean of each unit.
    target : float, default=0.5
        The mean response asked for.
    normalize : bool, default=True
        Compare unit-length responses in the overlap.
    epochs : int, default=35
        Passes over the data.
    batch_size : int, default=128
        B; rows are cut into batches of nearly this size.
    learning_rate : float, default=1e-3
        Adam's first rate.
    schedule : {"constant", "plateau", "cosine"}, default="constant"
        How the rate changes from epoch to epoch.
    validation_fraction : float, default=0.0
        Share of the rows held out; the epoch with the lowest objective on them is kept.
    weight_scale : float, optional
        Standard deviation of the random weights at the start; 0.05 in the authors' setting. By
        default it follows the length of the inputs, so that the first responses have a mean of 0.5.
    threshold : float, default=0.0
        ``transform`` returns ``φ(X Wᵀ + b - threshold)``: below 0, more samples respond than in
        training, which is done without it.
    random_state : int, RandomState instance, Generator or None, default=None
        Source of all random draws.
    n_threads : int, optional
        At most this many threads; the result does not depend on it.
    callbacks : iterable of hebbovr.training.callbacks.Callback, default=()
        Called during training.

    Attributes
    ----------
    weights_ : ndarray of shape (n_components, n_features)
        W, in the dtype of the training data (float64, or float32 for all else).
    biases_ : ndarray of shape (n_components,)
        b.
    history_ : list of dict
        Measures of each epoch, see :class:`hebbovr.Trainer`.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had string column names.
    trainer_ : hebbovr.Trainer
        The trained layer with the state of its optimiser.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from hebbovr import OVREncoder
    >>> X, _ = load_digits(return_X_y=True)
    >>> OVREncoder(64, epochs=5, random_state=0).fit_transform(X / 16).shape
    (1797, 64)
    """

    def __init__(
        self,
        n_components: int = 256,
        *,
        rule: str = "ovr",
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
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        n_threads: int | None = None,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        self.n_components = n_components
        self.rule = rule
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
        self.callbacks = callbacks
