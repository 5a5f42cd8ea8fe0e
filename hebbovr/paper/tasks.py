"""The kinds of cells, by the ``task`` in their settings."""

from __future__ import annotations

from typing import Any

from hebbovr.datasets import Dataset
from hebbovr.paper.cells import Result
from hebbovr.paper.classifiers import compute_classifier
from hebbovr.paper.features import compute_features
from hebbovr.paper.figure1 import compute_sphere


def compute_cell(settings: dict[str, Any], dataset: Dataset | None, threads: int) -> Result:
    """Compute one cell on at most ``threads`` threads; ``dataset`` is the images, if it needs any.

    Raises
    ------
    HebbovrError
        The cell cannot be computed with these settings on these data.
    """
    if settings["task"] == "sphere":
        return compute_sphere(settings, dataset, threads)
    assert dataset is not None
    compute = {"features": compute_features, "classifier": compute_classifier}
    return compute[settings["task"]](settings, dataset, threads)
