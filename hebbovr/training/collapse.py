"""Responses that go to zero: how it is noticed, and what to try instead."""

from __future__ import annotations

from hebbovr.training.config import TrainingConfig
from hebbovr.training.state import Stats, TrainingState

# So many batches in a row without responses to speak of are a collapse.
MOST_VANISHING = 20


def count_vanishing(config: TrainingConfig, state: TrainingState, stats: Stats) -> None:
    """Count a batch whose responses have all but vanished, and were not as small at the start."""
    if not config.rule.may_collapse:
        return
    if state.first_response is None:
        state.first_response = stats["mean_response"]
    floor = min(0.02 * abs(config.rule.mean_target), 0.5 * state.first_response)
    run = state.under_way
    run.vanishing = run.vanishing + 1 if stats["mean_response"] < floor else 0


def balanced_penalty(batch_size: int) -> float:
    """Return the λ at which 2λB² is 1.5, in the middle of the range that learns well."""
    return 1.5 / (2 * batch_size**2)


def collapse_advice(config: TrainingConfig, state: TrainingState) -> str:
    """Return why responses went to zero and which λ to try."""
    scale = 2 * config.overlap_penalty * config.batch_size**2
    return (
        f"All responses collapsed to zero by batch {state.step}, in epoch {state.epoch} "
        f"(objective {state.history[-1]['objective']:.3g}): with "
        f"λ = {config.overlap_penalty:g} and batches of {config.batch_size}, 2λB² = {scale:.3g} "
        "outweighs the mean term; 2λB² from 1 to 2 learns, so try "
        f"λ = {balanced_penalty(config.batch_size):.1e}, or a smaller learning rate"
    )
