"""The kinds of trials, by the ``task`` in their settings: what each computes, and what it costs."""

from __future__ import annotations

from typing import Any

from hebbovr.datasets import Dataset
from hebbovr.errors import DataError
from hebbovr.experiments.cost import operations
from hebbovr.experiments.features import compute_features, needed_of_features
from hebbovr.experiments.trials import Result
from hebbovr.paper.classifiers import compute_classifier
from hebbovr.paper.figure1 import compute_sphere
from hebbovr.paper.models import FITS

STEP_OPERATIONS = {"autoencoder": 16.0, "classifier": 8.0}


def compute_trial(settings: dict[str, Any], dataset: Dataset | None, threads: int) -> Result:
    """Compute one trial on at most ``threads`` threads; ``dataset`` is the images, if it needs any.

    Raises
    ------
    HebbovrError
        The trial cannot be computed with these settings on these data.
    """
    if settings["task"] == "sphere":
        return compute_sphere(settings, dataset, threads)
    if dataset is None:
        raise DataError(f"Trials of task {settings['task']!r} are made from images; give some")
    if settings["task"] == "classifier":
        return compute_classifier(settings, dataset, threads)
    return compute_features(settings, dataset, threads, FITS)


def needed_of(settings: dict[str, Any]) -> list[str]:
    """Return what tables and figures are made of in the result of a trial."""
    if settings["task"] == "features":
        return needed_of_features(settings)
    return ["accuracy", "seconds", "sparsity.share_active", "sparsity.share_below_tenth"]


def trial_cost(settings: dict[str, Any]) -> float:
    """Return about how many floating-point operations a trial takes."""
    return operations(settings, STEP_OPERATIONS.get(settings.get("model", "")))
