"""The handwritten digits that come with scikit-learn: the embedded default."""

from __future__ import annotations

import numpy as np

from hebbovr.datasets.dataset import Dataset
from hebbovr.datasets.split import check_split_settings, split_rows

SUGGESTED = {"hidden": 128, "pca": 40, "scale": "global", "epochs": 60, "lr": 3e-3, "lam": 3e-5}


def load_digits(*, test_size: float = 0.25, seed: int = 0) -> Dataset:
    """Load scikit-learn's 1797 handwritten digits, 8 × 8 pixels with values from 0 to 16.

    Parameters
    ----------
    test_size : float, default=0.25
        Share of rows for the test part, stratified by class.
    seed : int, default=0
        Seed of the split.
    """
    from sklearn.datasets import load_digits as sklearn_digits

    check_split_settings(test_size, seed)
    X, y = sklearn_digits(return_X_y=True)
    X, y = X.astype(np.float32), y.astype(np.int64)
    train, test = split_rows(y, test_size, seed)
    return Dataset(
        name="digits",
        X_train=X[train],
        y_train=y[train],
        X_test=X[test] if test.size else None,
        y_test=y[test] if test.size else None,
        image_shape=(8, 8),
        class_names=tuple("0123456789"),
        description="Handwritten digits from the UCI repository, as scikit-learn ships them",
        suggested=SUGGESTED,
        rows_train=train,
        rows_test=test if test.size else None,
    )
