"""The local learning rules: read `hebbovr.rules.ovr` first. Each file states one rule, twice."""

from __future__ import annotations

from typing import Any

from hebbovr.rules import rule
from hebbovr.rules.bcm import BCM
from hebbovr.rules.eq4 import Eq4
from hebbovr.rules.kmeans import KMeans
from hebbovr.rules.krotov_hopfield import KrotovHopfield
from hebbovr.rules.oja import Oja
from hebbovr.rules.ovr import OVR
from hebbovr.rules.ranges import ParameterError, Range, in_range, parameter, ranges_of
from hebbovr.rules.reference import (
    ACTIVATIONS,
    Activation,
    Adam,
    Update,
    adam_step,
    hold_norms,
    inverse_norms,
    mean_overlap,
    overlap_sum,
    responses,
    update,
)
from hebbovr.rules.renamed import current_options
from hebbovr.rules.rule import BatchStatistics, Parts, Rule, options_of, signed_parts
from hebbovr.rules.sanger import Sanger
from hebbovr.rules.signals import SHARED_SIGNALS
from hebbovr.rules.softhebb import SoftHebb

RULES: dict[str, type[Rule]] = {
    "ovr": OVR,
    "eq4": Eq4,
    "kmeans": KMeans,
    "oja": Oja,
    "sanger": Sanger,
    "krotov-hopfield": KrotovHopfield,
    "softhebb": SoftHebb,
    "bcm": BCM,
}

__all__ = [
    "ACTIVATIONS",
    "BCM",
    "OVR",
    "RULES",
    "SHARED_SIGNALS",
    "Activation",
    "Adam",
    "BatchStatistics",
    "Eq4",
    "KMeans",
    "KrotovHopfield",
    "Oja",
    "ParameterError",
    "Parts",
    "Range",
    "Rule",
    "Sanger",
    "SoftHebb",
    "Update",
    "adam_step",
    "current_options",
    "hold_norms",
    "in_range",
    "inverse_norms",
    "mean_overlap",
    "options_of",
    "overlap_sum",
    "parameter",
    "ranges_of",
    "responses",
    "signed_parts",
    "update",
]


def __getattr__(name: str) -> Any:
    """Return what has another name now."""
    if name == "Sums":
        return getattr(rule, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
