"""How settings, epochs and the probe's L2 penalty are chosen: as the authors did, or honestly."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hebbovr.evaluation.probe import ALPHAS, FIRST_ALPHA, PATIENCE, linear_probe
from hebbovr.evaluation.softmax_regression import Fit, SoftmaxRegression

Array = NDArray[Any]
PROTOCOLS = ("honest", "authors")
# The split on which settings are chosen.
SELECTION_SPLIT = {"honest": "held-out", "authors": "test"}
IN_WORDS = {
    "honest": (
        "Settings, epochs and the L2 penalty of the probe are chosen on a fifth of the training "
        "images, held out. The final model is trained without labels on all training images for "
        "the chosen number of epochs, its probe on all their labels, and the test images are "
        "looked at once."
    ),
    "authors": (
        "Selected on the test set, as the authors did: their validation set is the test set. "
        "Settings are chosen by test accuracy, the epoch by the lowest objective on the test "
        "images. Their probe is softmax regression trained by Adam (5e-5, 100 epochs), of which "
        "they report the highest test accuracy of all epochs; here the probe is fitted to the end "
        "at several L2 penalties, and the highest test accuracy of these is reported. The learning "
        "rate falls when the objective on the test images stalls, as theirs does. These numbers "
        "are too high by what selection on the test set gains, and serve for comparison with the "
        "published ones only."
    ),
}


def probe(
    protocol: str, H_train: Array, y_train: Array, H_test: Array, y_test: Array, seed: int
) -> dict[str, Any]:
    """Probe a representation, its L2 penalty chosen as ``protocol`` does.

    Returns
    -------
    dict
        ``accuracy``, ``train_accuracy``, ``validation_accuracy`` (None for the authors' protocol),
        ``strength`` (the L2 penalty), ``path`` (list of penalty and accuracy where it was chosen)
        and ``note``.
    """
    if protocol == "authors":
        return _probe_selected_on_test(H_train, y_train, H_test, y_test)
    result = linear_probe(H_train, y_train, H_test, y_test, random_state=seed)
    return {
        "accuracy": result.accuracy,
        "train_accuracy": result.train_accuracy,
        "validation_accuracy": result.validation_accuracy,
        "strength": result.alpha,
        "path": [list(point) for point in result.validation_path],
        "note": result.note,
    }


def _probe_selected_on_test(
    H_train: Array, y_train: Array, H_test: Array, y_test: Array
) -> dict[str, Any]:
    known, codes = np.unique(y_train, return_inverse=True)
    fits: dict[float, Fit] = {}
    accuracies: dict[float, tuple[float, float]] = {}

    def try_alpha(alpha: float) -> float:
        nearest = min(fits, key=lambda tried: abs(math.log(tried / alpha)), default=None)
        start = None if nearest is None else fits[nearest]
        fits[alpha] = regression.fit(rows, alpha, start, tol=1e-5, max_iter=200)
        coef, intercept = regression.coefficients(fits[alpha])

        def accuracy(H: Array, y: Array) -> float:
            return float((known[(H @ coef.T + intercept).argmax(axis=1)] == y).mean())

        accuracies[alpha] = accuracy(H_test, y_test), accuracy(H_train, y_train)
        return accuracies[alpha][0]

    few = H_train.size < 2**24
    with threadpool_limits(1 if few else None, user_api="blas"):
        regression = SoftmaxRegression(H_train, codes, len(known))
        rows = np.ones(len(codes))
        alpha = walk(try_alpha)
    accuracy, train_accuracy = accuracies[alpha]
    return {
        "accuracy": accuracy,
        "train_accuracy": train_accuracy,
        "validation_accuracy": None,
        "strength": alpha,
        "path": [[tried, accuracies[tried][0]] for tried in sorted(accuracies)],
        "note": "The L2 penalty was selected on the test set.",
    }


def walk(quality: Callable[[float], float]) -> float:
    """Return the best alpha found by a walk to either side, as the probe's own search."""
    first = ALPHAS.index(FIRST_ALPHA)
    tried = {FIRST_ALPHA: quality(FIRST_ALPHA)}
    for side in (ALPHAS[:first][::-1], ALPHAS[first + 1 :]):
        since_best = 0
        for alpha in side:
            best = max(tried.values())
            tried[alpha] = quality(alpha)
            since_best = 0 if tried[alpha] > best else since_best + 1
            if since_best == PATIENCE:
                break
    return max(tried, key=lambda alpha: tried[alpha])
