"""Cutting a test set off the samples, with every class in both parts where that can be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.datasets.options import SEED, TEST_SIZE
from hebbovr.errors import DataError

Array = NDArray[Any]
Indices = NDArray[np.intp]

UNLIKE_DISTANCE = 0.25
UNLIKE_CHANCE = 1e-4


def check_split_settings(test_size: float, seed: int) -> tuple[float, int]:
    """Return both; raise SettingsError unless they are in [0, 1) and in [0, 2**32)."""
    return TEST_SIZE.convert(test_size), SEED.convert(seed)


def split_rows(y: Array, test_size: float, seed: int) -> tuple[Indices, Indices]:
    """Draw the rows of the training and the test part, stratified by class.

    Classes with a single member stay in the training part. Where the test part would be too
    small to hold every other class, rows are drawn without regard to classes. At least two rows
    are left for training; with fewer than three rows the test part is empty.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels.
    test_size : float
        Share of rows for the test part; 0 for none.
    seed : int
        Draws are the same for the same seed.

    Returns
    -------
    train, test : ndarray of int
        Row numbers, in random order.
    """
    from sklearn.model_selection import train_test_split

    rows = np.arange(y.shape[0])
    n_test = min(math.ceil(test_size * rows.size), rows.size - 2)
    if n_test <= 0:
        return rows, rows[:0]
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    several = counts[codes] > 1
    n_classes = int((counts > 1).sum())
    if n_classes > 0 and n_classes <= n_test <= several.sum() - n_classes:
        train, test = train_test_split(
            rows[several], test_size=n_test, stratify=codes[several], random_state=seed
        )
        if not several.all():
            train = np.concatenate([train, rows[~several]])
            train = np.random.default_rng(seed).permutation(train)
        return train, test
    train, test = train_test_split(rows, test_size=n_test, random_state=seed)
    return train, test


def split_tail(y: Array, test_size: float, source: str) -> int:
    """Return how many rows come before the test part of rows that must not be copied.

    A memory map can only be cut, so the last rows are the test part.

    Raises
    ------
    DataError
        The rows seem sorted: the classes of the last rows are shared out quite unlike those of
        the rows before (total variation above 0.25, chi-squared test below 1e-4).
    """
    n_rows = len(y)
    n_test = min(math.ceil(test_size * n_rows), n_rows - 2)
    if n_test <= 0:
        return n_rows
    n_train = n_rows - n_test
    classes, codes = np.unique(y, return_inverse=True)
    counts = np.stack(
        [np.bincount(part, minlength=classes.size) for part in (codes[:n_train], codes[n_train:])]
    )
    if _unlike(counts):
        shares = counts / counts.sum(axis=1, keepdims=True)
        most = int(np.argmax(shares[1] - shares[0]))
        raise DataError(
            f"The rows of {source} seem sorted by label: {classes[most]!s} makes up "
            f"{shares[1, most]:.0%} of the last {n_test} rows, which are to be the test set, and "
            f"{shares[0, most]:.0%} of the rows before; shuffle rows and labels together, or ask "
            "for -D test_size=0"
        )
    return n_train


def _unlike(counts: Array) -> bool:
    """Tell whether two rows of class counts differ much, and by more than chance."""
    from scipy.stats import chi2_contingency

    shares = counts / counts.sum(axis=1, keepdims=True)
    distance = np.abs(shares[1] - shares[0]).sum() / 2
    chance = chi2_contingency(counts, correction=False).pvalue
    return bool(distance > UNLIKE_DISTANCE and chance < UNLIKE_CHANCE)
