"""OVREncoder: the layer as a scikit-learn transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hebbovr.estimators.base import LayerTransformer
from hebbovr.training.parameters import signature, takes


@takes(signature(without=("rule_options",)))
class OVREncoder(LayerTransformer):
    """Learn features that overlap little between samples, by a local rule without a decoder.

    One layer ``H = φ(X Wᵀ + b)`` is trained to lower
    ``J = |mean(H) - target| + λ Σ_{i≠j} U_i·U_j`` over mini-batches, with ``U_i = H_i / ‖H_i‖``
    (Bakaraju and Konda, arXiv 1903.02893, Eq. 1 to 3).

    Inputs should be centred and of unit scale, as :class:`hebbovr.Preprocessor` or
    ``StandardScaler`` make them.

    Parameters
    ----------
    {parameters}

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

    if TYPE_CHECKING:

        def __init__(self, n_components: int = 256, **settings: Any) -> None: ...
