import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hebbovr.kernels.layout import make_panels
from hebbovr.kernels.products import compile_products, products_backend
from hebbovr.kernels.simd import PANELS, SQUARE, TILE

pytestmark = pytest.mark.usefixtures("backend")
JIT = not numba.config.DISABLE_JIT
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-11}
DTYPES = st.sampled_from(list(TOLERANCE))
SEEDS = st.integers(0, 2**32 - 1)


def call(name, dtype, *arguments):
    """Call a function of `Products`: only compiled code takes arrays to one by a pointer."""
    function = getattr(compile_products(np.dtype(dtype)), name)
    return run(function, arguments) if JIT else function(*arguments)


@numba.njit
def run(function, arguments):
    return function(*arguments)


def packed(X, by):
    """``X`` in panels of rows or of columns, packed in two turns as two threads would."""
    n, m = X.shape
    panels = make_panels(m, n, X.dtype) if by == "columns" else make_panels(n, m, X.dtype)
    for first in range(2):
        call(f"pack_{by}", X.dtype, X, panels, first, 2)
    return panels


def gemm_bias_clip(A, P, r, c, least, at_a_time=24):
    """The product as a step computes it."""
    panels = packed(P, "columns")
    filled = np.zeros(panels[:, 0].size, A.dtype)
    filled[: c.size] = c
    out = np.full((len(A), P.shape[1]), np.nan, A.dtype)
    call("gemm_bias_clip", A.dtype, A, panels, r, filled, A.dtype.type(least), at_a_time, out)
    return out


def sparse_gemm(C, X):
    """The product of few coefficients as a step computes it."""
    out = np.full((len(C), X.shape[1]), np.nan, C.dtype)
    samples = np.empty(C.shape, np.int32)
    count = call("sparse_gemm", C.dtype, C, packed(X, "columns"), samples, out)
    return out, count


def normal(seed, *shape, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@settings(max_examples=100 if JIT else 10, deadline=None)
@given(n=st.integers(1, 70), m=st.integers(1, 70), dtype=DTYPES, seed=SEEDS)
def test_packing_puts_every_element_in_its_place(n, m, dtype, seed):
    X = normal(seed, n, m, dtype=dtype)
    columns, rows = packed(X, "columns"), packed(X, "rows")
    assert columns.shape[2] == rows.shape[2] == 64 // X.itemsize
    if products_backend() == "simd":
        np.testing.assert_array_equal(columns.transpose(1, 0, 2).reshape(n, -1)[:, :m], X)
        np.testing.assert_array_equal(rows.transpose(0, 2, 1).reshape(-1, m)[:n], X)
    else:
        np.testing.assert_array_equal(columns.ravel()[: X.size].reshape(n, m), X)
        np.testing.assert_array_equal(rows.ravel()[: X.size].reshape(m, n), X.T)


@settings(max_examples=200 if JIT else 20, deadline=None)
@given(
    K=st.integers(1, 5 * TILE),
    depth=st.integers(1, 70),
    n=st.integers(1, 70),
    at_a_time=st.sampled_from([1, TILE - 1, TILE, TILE + 1, 24]),
    least=st.sampled_from([0.0, -np.inf, 0.5]),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_the_gemm_bias_clip_is_that_of_numpy(K, depth, n, at_a_time, least, dtype, seed):
    A, P = normal(seed, K, depth, dtype=dtype), normal(seed + 1, depth, n, dtype=dtype)
    r, c = normal(seed + 2, K, dtype=dtype), normal(seed + 3, n, dtype=dtype)
    expected = A.astype(np.float64) @ P + r[:, None].astype(np.float64) + c
    out = gemm_bias_clip(A, P, r, c, least, at_a_time)
    bound = TOLERANCE[dtype] * max(1, np.abs(expected).max())
    np.testing.assert_allclose(out, np.maximum(expected, least), rtol=0, atol=bound)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_result_does_not_depend_on_what_is_beside_it(dtype, backend):
    if backend == "numpy":
        pytest.skip("BLAS does not promise it; see hebbovr.kernels.blas")
    A, P = normal(0, 40, 33, dtype=dtype), normal(1, 33, 50, dtype=dtype)
    r, c = normal(2, 40, dtype=dtype), normal(3, 50, dtype=dtype)
    whole = gemm_bias_clip(A, P, r, c, 0.0)
    for rows, columns in [((0, 1), (0, 50)), ((7, 20), (3, 19)), ((39, 40), (49, 50))]:
        i, j = slice(*rows), slice(*columns)
        part = gemm_bias_clip(A[i].copy(), np.ascontiguousarray(P[:, j]), r[i].copy(), c[j], 0.0)
        if JIT:
            np.testing.assert_array_equal(part, whole[i, j])
        else:  # NumPy's product does depend on it
            np.testing.assert_allclose(part, whole[i, j], rtol=1e-4, atol=1e-5)


def test_nan_is_not_taken_for_less_than_the_least():
    A = normal(0, 9, 5)
    A[4, 2] = np.nan
    out = gemm_bias_clip(A, normal(1, 5, 20), A[:, 0].copy(), np.zeros(20, np.float32), 0.0)
    assert np.isnan(out[4]).all()
    assert np.isfinite(np.delete(out, 4, axis=0)).all()


@settings(max_examples=200 if JIT else 20, deadline=None)
@given(
    B=st.integers(1, 5 * SQUARE),
    K=st.integers(1, 9),
    D=st.integers(1, 40 * PANELS),
    fraction=st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_the_product_of_few_is_the_gemm_bias_clip(B, K, D, fraction, dtype, seed):
    rng = np.random.default_rng(seed)
    C = (rng.standard_normal((K, B)) * (rng.random((K, B)) < fraction)).astype(dtype)
    X = rng.standard_normal((B, D)).astype(dtype)
    out, count = sparse_gemm(C, X)
    assert count == (C != 0).sum()
    bound = TOLERANCE[dtype] * max(1, np.abs(C).max()) * np.abs(X).max()
    np.testing.assert_allclose(out, C.astype(np.float64) @ X, rtol=0, atol=bound)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@pytest.mark.parametrize("sample", [3, 12])
def test_what_is_not_finite_is_not_lost(broken, sample):
    C, X = np.zeros((2, 13), np.float32), np.ones((13, 50), np.float32)
    C[1, sample] = broken
    with np.errstate(invalid="ignore"):  # NumPy, without the compiler, minds what fills up a line
        out, count = sparse_gemm(C, X)
    assert count == 1
    assert (out[0] == 0).all()
    np.testing.assert_array_equal(out[1], np.full(50, broken, np.float32))


# Arrays end, or begin, at a page that must not be touched: the process ends if one is.
GUARDED = """
import ctypes, mmap, sys
import numpy as np
from tests.kernels.test_products import run
from hebbovr.kernels.products import compile_products

PAGE, kept = mmap.PAGESIZE, []
protect = ctypes.CDLL(None).mprotect
protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
random = np.random.default_rng(0)

def guarded(*shape, dtype, at_end):
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    pages = max(1, -(-size // PAGE))
    kept.append(mmap.mmap(-1, (pages + 2) * PAGE))
    room = np.frombuffer(kept[-1], np.uint8)
    for page in (0, pages + 1):
        assert protect(room.ctypes.data + page * PAGE, PAGE, 0) == 0
    start = PAGE + (pages * PAGE - size if at_end else 0)
    return room[start : start + size].view(dtype).reshape(shape)

for case in range(int(sys.argv[1])):
    dtype, at_end = (np.float32, np.float64)[case % 2], case // 2 % 2
    lanes = 64 // np.dtype(dtype).itemsize
    K, D, B = random.integers(1, (20, 60, 60))
    new = lambda *shape, dtype=dtype: guarded(*shape, dtype=dtype, at_end=at_end)
    products = compile_products(np.dtype(dtype))
    W, X, H, step, b = new(K, D), new(B, D), new(K, B), new(K, D), new(K)
    W[:], X[:] = random.standard_normal((K, D)), random.standard_normal((B, D))
    inputs, samples = new(-(-D // lanes), B, lanes), new(-(-B // lanes), D, lanes)
    run(products.pack_columns, (X, inputs, 0, 1))
    run(products.pack_rows, (X, samples, 0, 1))
    zeros = new(samples[:, 0].size)
    at_a_time = int(random.choice([1, 5, 7, 24, 192]))
    run(products.gemm_bias_clip, (W, samples, b, zeros, dtype(0), at_a_time, H))
    np.testing.assert_allclose(H, np.maximum(W @ X.T, 0), rtol=1e-3, atol=1e-3)
    count = run(products.sparse_gemm, (H, inputs, new(K, B, dtype=np.int32), step))
    np.testing.assert_allclose(step, H @ X, rtol=1e-3, atol=1e-3)
    assert count == (H != 0).sum()
print("within")
"""


@pytest.mark.skipif(not JIT or not sys.platform.startswith("linux"), reason="protects pages")
def test_nothing_is_touched_outside_of_an_array():
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, "300"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "within\n"), done.stderr
