import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hebbovr import kernels
from hebbovr.active_product import LINES, active_product
from hebbovr.compilation import compile_product
from hebbovr.step_arrays import make_workspace

JIT = not numba.config.DISABLE_JIT
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-11}


def product(C, X):
    """The product as a step computes it: inputs packed first, compiled for its dtype."""
    work = make_workspace(len(C), X.shape[1], len(X), 1, C.dtype)
    kernels.pack(X, work.packed, 0, 1)
    out = np.full((len(C), X.shape[1]), np.nan, C.dtype)
    compiled = compile_product(active_product, C.dtype)
    call = run if JIT else compiled
    arguments = (C, work.packed, np.empty((len(C), len(X) + 1), np.int32), out)
    count = call(compiled, *arguments) if JIT else call(*arguments)
    return out, count


@numba.njit
def run(function, C, packed, samples, out):
    """Compiled code takes arrays to a function by its address; Python cannot."""
    return function(C, packed, samples, out)


@settings(max_examples=200 if JIT else 20, deadline=None)
@given(
    B=st.integers(1, 40),
    K=st.integers(1, 9),
    D=st.integers(1, 40 * LINES),
    share=st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    dtype=st.sampled_from(list(TOLERANCE)),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_equals_the_whole_product(B, K, D, share, dtype, seed):
    rng = np.random.default_rng(seed)
    C = (rng.standard_normal((K, B)) * (rng.random((K, B)) < share)).astype(dtype)
    X = rng.standard_normal((B, D)).astype(dtype)
    out, count = product(C, X)
    assert count == (C != 0).sum()
    bound = TOLERANCE[dtype] * max(1, np.abs(C).max()) * np.abs(X).max()
    np.testing.assert_allclose(out, C.astype(np.float64) @ X, rtol=0, atol=bound)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_what_is_not_finite_is_not_lost(broken):
    C, X = np.zeros((2, 5), np.float32), np.ones((5, 50), np.float32)
    C[1, 3] = broken
    with np.errstate(invalid="ignore"):  # NumPy, without the compiler, minds what fills up a line
        out, count = product(C, X)
    assert count == 1
    assert (out[0] == 0).all()
    np.testing.assert_array_equal(out[1], np.full(50, broken, np.float32))
