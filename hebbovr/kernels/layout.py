"""The arrays and scalars that a compiled step works on."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbovr.rules.signals import N_SHARED

# A panel is as wide as a line of the processor's cache.
PANEL_BYTES = 64
BLOCK_UNITS = 256
# So many rows of W, of 200 to 800 inputs, stay in L2 while packed inputs go by.
ROWS_AT_A_TIME = 24
ACTIVATION_CODES = {"relu": 0, "sigmoid": 1, "identity": 2}
RELU, SIGMOID = 0, 1
BIAS_CODES = {"fixed": 0, "learned": 1, "centroid": 2}
LEARNED, CENTROID = 1, 2
OPTIMISER_CODES = {"adam": 0, "rate": 1, "none": 2}
ADAM, RATE = 0, 1
# The stages of a step after which blocks share what they have.
RESPONDED, PROJECTED, RANKED, NORMALISED = range(4)


class Layer(NamedTuple):
    """The arrays that learn; all C-contiguous and, but for the state, of one float dtype."""

    W: NDArray[np.floating]  # (K, D)
    b: NDArray[np.floating]  # (K,)
    W_m: NDArray[np.floating]  # Adam's moments; (0, D) and (0,) for rules without Adam
    W_v: NDArray[np.floating]
    b_m: NDArray[np.floating]
    b_v: NDArray[np.floating]
    norms: NDArray[np.floating]  # (K,) weight norms to hold, or (0,): none are held
    state: NDArray[np.float64]  # (n, K) what the rule keeps of each unit


class Settings(NamedTuple):
    """What a step needs to know of the rule and its optimiser, as plain scalars."""

    activation: int
    normalize: bool  # S and the overlap are of unit-length responses
    unit_mean: bool
    target: float
    power: float  # responses are those of sign(w) |w|^power
    ranked: int  # so many of the largest responses to a sample are looked for
    inverse_temperature: float  # β of the softmax; 0: there is none
    optimiser: int
    decays: bool
    biases: int
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    first_block: int  # of all blocks, where another process has those before


class Products(NamedTuple):
    """The products of one backend of `hebbovr.kernels.products`, each compiled apart."""

    pack_rows: Any
    pack_columns: Any
    gemm_bias_clip: Any
    sparse_gemm: Any


class Method(NamedTuple):
    """How responses turn into a step: what is compiled apart, and its parameters."""

    coefficients: Any  # the rule's
    pack_rows: Any  # these four are of `Products`: Numba takes no tuple within a tuple here
    pack_columns: Any
    gemm_bias_clip: Any
    sparse_gemm: Any
    parameters: NDArray[np.float64]  # the rule's
    rates: NDArray[np.floating]  # (7,) scratch: the optimiser's factors


class Phases(NamedTuple):
    """What is done in turn, each compiled apart; between them, ``gather`` is called by stage."""

    respond: Any
    project: Any
    rank_responses: Any
    normalise_softmax: Any
    inhibit_laterally: Any
    learn: Any
    gather: Any  # int64(int64): brings in what other processes have of a stage; 0 if all is well


class Workspace(NamedTuple):
    """Buffers of one batch size B, reused by every step."""

    H: NDArray[np.floating]  # (K, B) responses, then coefficients
    input_panels: NDArray[np.floating]  # (panels, B, lanes) X of all samples, some inputs a panel
    sample_panels: NDArray[np.floating]  # (panels, D, lanes) X of all inputs, some samples a panel
    zeros: NDArray[np.floating]  # as many as a block has units, or all panels have lanes
    samples: NDArray[np.int32]  # (threads, block, B) scratch of the product of few coefficients
    gradient: NDArray[np.floating]  # (threads, block, D)
    ones: NDArray[np.floating]  # (B,)
    row_sums: NDArray[np.floating]  # (all units,) Σ_i H_ik
    S: NDArray[np.floating]  # (K,) Σ_i U_ik
    decay: NDArray[np.floating]  # (K,)
    by_block: NDArray[np.float64]  # (all blocks, B) each block's part of a per-sample sum
    largest: NDArray[np.floating]  # (all blocks, ranked, B) each block's largest responses
    ranked_units: NDArray[np.int32]  # (all blocks, ranked, B) and whose they are, of all units
    shared: NDArray[np.floating]  # (7, B)
    batch: NDArray[np.float64]  # (3,)
    lateral: NDArray[np.floating]  # (K, D) what earlier units inhibit, or (0, D)
    active: NDArray[np.int64]  # (all blocks,)


def block_units(n_units: int) -> int:
    """Return how many units make a block: fewer in narrow layers, so that threads share them."""
    return min(BLOCK_UNITS, max(16, -(-n_units // 8)))


def make_workspace(
    n_units: int,
    n_inputs: int,
    batch: int,
    threads: int,
    dtype: np.dtype[Any],
    ranked: int = 0,
    lateral_inhibition: bool = False,
    all_units: int | None = None,
) -> Workspace:
    """Allocate the buffers for batches of ``batch`` samples, and a part of ``all_units``."""
    all_units = all_units or n_units
    block = block_units(all_units)
    n_blocks = -(-all_units // block)
    threads = min(threads, -(-n_units // block))
    input_panels = make_panels(n_inputs, batch, dtype)
    sample_panels = make_panels(batch, n_inputs, dtype)
    return Workspace(
        H=np.empty((n_units, batch), dtype),
        input_panels=input_panels,
        sample_panels=sample_panels,
        zeros=np.zeros(max(block, input_panels[:, 0].size, sample_panels[:, 0].size), dtype),
        samples=np.empty((threads, block, batch), np.int32),
        gradient=np.empty((threads, block, n_inputs), dtype),
        ones=np.ones(batch, dtype),
        row_sums=np.empty(all_units, dtype),
        S=np.empty(n_units, dtype),
        decay=np.zeros(n_units, dtype),
        by_block=np.empty((n_blocks, batch)),
        largest=np.empty((n_blocks, ranked, batch), dtype),
        ranked_units=np.empty((n_blocks, ranked, batch), np.int32),
        shared=np.zeros((N_SHARED, batch), dtype),
        batch=np.array([0.0, all_units, 0.0]),
        lateral=np.empty((n_units if lateral_inhibition else 0, n_inputs), dtype),
        active=np.empty(n_blocks, np.int64),
    )


def make_panels(columns: int, rows: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return zeros (panels, rows, lanes) to pack an array (rows, columns) into panels of 64 bytes.

    They begin where the lines of the processor's cache do; the last is filled up with zeros.
    """
    lanes = PANEL_BYTES // dtype.itemsize
    shape = (-(-columns // lanes), rows, lanes)
    size = math.prod(shape) * dtype.itemsize
    room = np.zeros(size + PANEL_BYTES, np.uint8)
    start = -room.ctypes.data % PANEL_BYTES
    return room[start : start + size].view(dtype).reshape(shape)
