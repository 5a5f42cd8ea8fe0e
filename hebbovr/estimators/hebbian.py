"""HebbianEncoder: OVREncoder's sibling for every local rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hebbovr.estimators.base import LayerTransformer
from hebbovr.training.config import SHARED
from hebbovr.training.parameters import signature, takes


@takes(
    signature(
        without=SHARED,
        n_components=64,
        rule="oja",
        epochs=20,
        learning_rate=None,
        schedule="cosine",
    )
)
class HebbianEncoder(LayerTransformer):
    """Learn features by any of the local rules, without a decoder.

    One layer is trained by ``ΔW = Cᵀ X - d ⊙ W``, the coefficients C and the decay d made by the
    rule from each unit's own responses. What a rule needs beyond them, and its source, is in its
    class in :mod:`hebbovr.rules`. Whatever a rule trains with, the representation is
    ``φ(X Wᵀ + b - T)``, T the encoding threshold.

    Parameters
    ----------
    {parameters}

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

    if TYPE_CHECKING:

        def __init__(self, n_components: int = 64, **settings: Any) -> None: ...
