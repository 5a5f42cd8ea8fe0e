"""What units share: the signals that a rule may read, and where a compiled step keeps them."""

from __future__ import annotations

SHARED_SIGNALS = {
    "mean": "one sign: whether the mean of all responses is above its target",
    "batch": "Σ_i x_i: what the samples of the batch have in common",
    "norm": "a number a sample: the length ‖h_i‖ of its responses",
    "projection": "a number a sample: how far its responses point where the batch's do, U_i·S",
    "largest": "two numbers a sample: the largest response to it, and which unit's it is",
    "rival": "two numbers a sample: the response of a given rank to it, and which unit's it is",
    "partition": "a number a sample: Σ_k exp(β h_ik)",
    "earlier": "responses and weights of every unit before it",
}

# The rows of the array of shared signals, a number a sample each.
INVERSE_NORM, OWN, LARGEST, RUNNER_UP, SOFTMAX_NORMALISER, WINNER, RUNNER_UP_UNIT = range(7)
N_SHARED = 7
# The last two hold numbers of units, counted from the first unit of the layer (where it is cut by
# units, of this part: units of other parts are below 0 or beyond its last). Of equal responses that
# of the lower number comes first. In the dtype of the layer, float32 is exact for so many units.
MOST_RANKED_UNITS = 2**24
# The places of the array that describes the batch.
TOTAL, UNITS, STEP = range(3)
