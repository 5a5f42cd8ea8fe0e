"""What units share: the signals that a rule may read, and where a compiled step keeps them."""

from __future__ import annotations

SHARED_SIGNALS = {
    "mean": "one sign: whether the mean of all responses is above its target",
    "batch": "Σ_i x_i: what the samples of the batch have in common",
    "norm": "a number a sample: the length ‖h_i‖ of its responses",
    "projection": "a number a sample: how far its responses point where the batch's do, U_i·S",
    "largest": "a number a sample: the largest response to it",
    "rival": "a number a sample: the response of a given rank to it",
    "partition": "a number a sample: Σ_k exp(β h_ik)",
    "earlier": "responses and weights of every unit before it",
}

# The rows of the array of shared signals, a number a sample each.
INVERSE_NORM, OWN, LARGEST, RUNNER_UP, SOFTMAX_NORMALISER = range(5)
# The places of the array that describes the batch.
TOTAL, UNITS, STEP = range(3)
