"""The classifier grid that Figures 3 and 5 share, and what one of its trials computes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.baselines import MLP
from hebbovr.datasets import Dataset
from hebbovr.errors import DataError
from hebbovr.evaluation.sparsity import measure_sparsity
from hebbovr.experiments.inputs import prepare_inputs
from hebbovr.experiments.trials import Result
from hebbovr.paper.curves import Curve, Panel
from hebbovr.paper.plan import Plan

Array = NDArray[Any]
PCA: dict[str, Any] = {"pca": 781, "scale": "feature", "whiten": None}
UNITS = {"full": (512, 1024, 2048, 4096, 8192), "quick": (256, 1024)}
STRENGTHS = {
    "full": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2),
    "quick": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2),
}
DROPOUTS = (0.0, 0.2, 0.3, 0.4, 0.5)
EPOCHS = {"full": 75, "quick": 15}
TRAIN = {
    "activation": "relu",
    "learning_rate": 1e-3,
    "schedule": "plateau",
    "batch_size": 128,
}
INPUT_DROPOUT, HIDDEN_DROPOUT = 0.2, 0.5
EPOCH_SHARE = 0.1
WHAT = (
    "Classifiers with one hidden layer of ReLU units, trained by Adam at 1e-3 with the plateau "
    "schedule on principal components without whitening; input dropout is 0.2 where a penalty is "
    "varied."
)
EPOCH_CHOICE = {
    "honest": "The epoch kept is the best on a tenth of the rows trained on, held out of them.",
    "authors": "The epoch kept is the best on the test images.",
}


def compute_classifier(settings: dict[str, Any], dataset: Dataset, threads: int) -> Result:
    """Train the classifier that ``settings`` describe; measure its accuracy and sparsity.

    Parameters
    ----------
    settings : dict
        ``data``, ``inputs`` and ``split`` as for `hebbovr.experiments.inputs.prepare_inputs`;
        ``units`` and ``train`` are parameters of `hebbovr.baselines.MLP`; ``protocol`` and
        ``seed``.
    dataset : Dataset
    threads : int
        Held by the caller; all the work is BLAS.

    Returns
    -------
    dict
        ``accuracy`` and ``train_accuracy``, ``sparsity`` of the hidden layer, ``epochs`` run and
        the ``epoch`` kept, and ``seconds``.

    Raises
    ------
    DataError
        The data have no labels or no test rows.
    """
    inputs = prepare_inputs(settings, dataset)
    started = time.perf_counter()
    X, y, X_test, y_test = inputs.X_train, inputs.y_train, inputs.X_test, inputs.y_test
    if X_test is None or y is None or y_test is None:
        raise DataError(
            f"{dataset.name} has no labels or no test rows, and a classifier needs both; give "
            "labelled data with a test part"
        )
    on_test = settings["protocol"] == "authors"
    network = MLP(
        settings["units"],
        **settings["train"],
        validation_fraction=0.0 if on_test else EPOCH_SHARE,
        random_state=settings["seed"],
    ).fit(X, y, validation=(X_test, y_test) if on_test else None)
    return {
        "accuracy": _accuracy(network, X_test, y_test),
        "train_accuracy": _accuracy(network, X, y),
        "sparsity": measure_sparsity(network.hidden_responses(X_test)).as_dict(),
        "epochs": len(network.history_),
        "epoch": network.best_epoch_,
        "last": network.history_[-1],
        "seconds": round(inputs.seconds + time.perf_counter() - started, 3),
    }


def _accuracy(network: MLP, X: Array, y: Array, rows: int = 4096) -> float:
    right = [
        network.predict(X[top : top + rows]) == y[top : top + rows]
        for top in range(0, len(X), rows)
    ]
    return float(np.concatenate(right).mean())


def settings(plan: Plan, units: int, **train: Any) -> dict[str, Any]:
    """Return the settings of one classifier."""
    return {
        "task": "classifier",
        "model": "classifier",
        "inputs": PCA | {"pca": plan.pca(PCA["pca"])},
        "units": units,
        "train": TRAIN | {"epochs": plan.pick(EPOCHS)} | train,
    }


def penalty_panel(plan: Plan, penalty: str, title: str) -> Panel:
    """Return sparsity and accuracy against the strength of a penalty."""
    curves = tuple(
        Curve(
            str(units),
            tuple(
                (strength, plan.select(**_penalised(plan, units, penalty, strength)))
                for strength in plan.pick(STRENGTHS)
            ),
        )
        for units in plan.pick(UNITS)
    )
    return Panel(title, "λ", curves, log=True)


def dropout_panel(plan: Plan, title: str) -> Panel:
    """Return sparsity and accuracy against input dropout, with hidden dropout of a half."""
    curves = tuple(
        Curve(
            str(units),
            tuple(
                (
                    share,
                    plan.select(
                        **settings(plan, units, input_dropout=share, hidden_dropout=HIDDEN_DROPOUT)
                    ),
                )
                for share in DROPOUTS
            ),
        )
        for units in plan.pick(UNITS)
    )
    return Panel(title, "input noise", curves, log=False)


def _penalised(plan: Plan, units: int, penalty: str, strength: float) -> dict[str, Any]:
    return settings(plan, units, input_dropout=INPUT_DROPOUT, penalty=penalty, strength=strength)
