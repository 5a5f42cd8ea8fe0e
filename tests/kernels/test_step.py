import os
import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hebbovr import rules
from hebbovr.kernels import jit
from hebbovr.kernels.layout import ACTIVATION_CODES, Layer
from hebbovr.kernels.threads import kernel_threads
from hebbovr.rules import OVR, RULES, Eq4
from hebbovr.training.config import TrainingConfig
from hebbovr.training.engine import Engine
from hebbovr.training.responses import Encoding
from hebbovr.training.rows import as_inputs

pytestmark = pytest.mark.usefixtures("backend")
JIT = not numba.config.DISABLE_JIT
EXAMPLES = int(os.environ.get("HEBBOVR_TEST_EXAMPLES", "500"))
SIZES = st.integers(1, 300) if JIT else st.integers(1, 20)
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-11}
RATE = 1e-3
PLAIN = OVR()

ANY_OF_THE_PAPER = st.one_of(
    st.builds(
        OVR,
        overlap_penalty=st.sampled_from([5e-5, 1e-2]),
        mean=st.sampled_from(["global", "unit"]),
        target=st.sampled_from([0.5, 0.2]),
        normalize=st.booleans(),
    ),
    st.just(Eq4(1e-2)),
)


def lattice(rng, shape, dtype):
    """Multiples of 1/16, so that both precisions agree on which responses are exactly zero."""
    return (rng.integers(-16, 17, shape) / 16).astype(dtype)


def make_layer(rng, K, D, dtype, rule=PLAIN):
    """A layer in mid-training: moments of the size of the gradients that follow."""
    W, b = lattice(rng, (K, D), dtype), lattice(rng, K, dtype)
    m = [0.1 * lattice(rng, s, dtype) for s in (W.shape, b.shape)]
    v = [1 + lattice(rng, s, dtype) ** 2 for s in (W.shape, b.shape)]
    norms = np.linalg.norm(W, axis=1) if rule.keeps_norms else np.empty(0, dtype)
    state = rng.integers(1, 9, (rule.n_state, K)).astype(float)
    if rule.biases == "centroid":
        b = (-0.5 * (W.astype(float) ** 2).sum(axis=1)).astype(dtype)
    elif rule.biases == "fixed" and not rule.keeps_norms:
        b[:] = 0
    return Layer(W, b, m[0], v[0], m[1], v[1], norms, state)


def engine_of(layer, rule, activation="relu", threads=2):
    config = TrainingConfig(len(layer.W), rule=rule, activation=activation)
    return Engine(config, layer, threads)


def kernel_step(layer, X, rule, activation="relu", number=3, rate=RATE, threads=2):
    """Run one compiled step; return its sums and the coefficients that it has left in H."""
    engine = engine_of(layer, rule, activation, threads)
    with kernel_threads(threads):
        sums = engine.run(X, rate, number)
    return sums, engine.workspace(len(X)).H.T


def reference_step(layer, X, rule, activation, number):
    """The same step by `hebbovr.rules` in float64."""
    W, b, W_m, W_v, b_m, b_v = (np.array(a, np.float64) for a in layer[:6])
    X = X.astype(np.float64)
    activation = rule.trains_with or activation
    raised = W if rule.power == 1 else np.sign(W) * np.abs(W) ** rule.power
    H = rules.responses(X, raised, b, activation)
    parts = rule.parts(H, activation, layer.state.copy())
    step = rules.update(parts.total, X, W, parts.decay)
    if rule.lateral_inhibition:
        step = step._replace(weights=step.weights - np.tril(H.T @ H / len(H), -1) @ W)
    adam = rules.Adam(learning_rate=RATE)
    if rule.optimiser == "adam":
        rules.adam_step(W, step.weights, W_m, W_v, number, adam)
        if rule.biases == "learned":
            rules.adam_step(b, step.biases, b_m, b_v, number, adam)
    else:
        scaled = RATE / max((X * X).sum(axis=1).mean(), 1e-300)
        rate = 1.0 if rule.optimiser == "none" else scaled
        W += rate * step.weights
        b += rate * step.biases * (rule.biases == "learned")
    if rule.biases == "centroid":
        b[:] = -0.5 * (W**2).sum(axis=1)
    if rule.keeps_norms:
        rules.hold_norms(W, layer.norms.astype(np.float64))
    return H, parts, (W, b, W_m, W_v, b_m, b_v)


def assert_close(actual, expected, tolerance, terms=0.0):
    """Errors are held against the largest entry, or the terms of a sum that may cancel."""
    scale = max(float(np.abs(expected).max()), terms, 1e-30)
    np.testing.assert_allclose(actual / scale, expected / scale, rtol=0, atol=tolerance)


def disturb(X, how):
    if how == "strided":
        return np.repeat(X, 2, axis=1)[:, ::2]
    if how == "fortran":
        return np.asfortranarray(X)
    if how == "read-only":
        X.flags.writeable = False
    return X


@settings(max_examples=EXAMPLES if JIT else 60, deadline=None)
@given(
    B=st.integers(1, 300) if JIT else st.integers(1, 20),
    K=SIZES,
    D=SIZES,
    rule=ANY_OF_THE_PAPER,
    activation=st.sampled_from(list(ACTIVATION_CODES)),
    dtype=st.sampled_from([np.float32, np.float64]),
    layout=st.sampled_from(["plain", "strided", "fortran", "read-only"]),
    quiet=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_kernel_equals_the_reference(B, K, D, rule, activation, dtype, layout, quiet, seed):
    rng = np.random.default_rng(seed)
    layer = make_layer(rng, K, D, dtype, rule)
    layer.b[:] -= round(8 * D**0.5) / 16 if quiet else 0  # about a tenth of ReLU responses is left
    X = disturb(lattice(rng, (B, D), dtype), layout)
    H, parts, expected = reference_step(layer, X, rule, activation, 3)
    sums, coefficients = kernel_step(layer, as_inputs(X, np.dtype(dtype)), rule, activation)

    tolerance = TOLERANCE[dtype]
    terms = max(np.abs(part).max() for part in parts)
    if activation == "sigmoid" and isinstance(rule, OVR):
        # h (1 - h) is known to the rounding of 1, not of itself, where h is close to 1.
        sloped = max(np.abs(part).max() for part in rule.parts(H, "identity"))
        terms += 4 * np.finfo(dtype).eps / tolerance * sloped
    assert_close(coefficients, parts.total, tolerance, terms)
    for actual, reference in zip(layer[:6], expected, strict=True):
        assert_close(actual, reference, tolerance, terms)
    compared = rule.compared(H) if isinstance(rule, OVR) else H
    scale = max(np.abs(compared).sum() ** 2, 1e-30)
    assert abs(sums.overlap - rules.overlap_sum(compared)) < tolerance * scale
    assert sums.responses == pytest.approx(H.sum(), rel=tolerance, abs=tolerance * np.abs(H).sum())
    assert sums.active == (H > 0).sum()
    if isinstance(rule, OVR):
        objective = sums.mean_distance + rule.overlap_penalty * sums.overlap
        assert objective == pytest.approx(rule.objective(H), rel=100 * tolerance)


class OjaWithBias(RULES["oja"]):
    """No rule of the package learns biases without Adam; one of the user's may."""

    biases = "learned"


VARIANTS = [
    OjaWithBias(),
    OVR(mean="unit"),
    OVR(normalize=False),
    RULES["krotov-hopfield"](p=3.0, rank=4, delta=0.3),
    RULES["softhebb"](inverse_temperature=2.5),
    RULES["bcm"](pace=0.5),
    *(rule() for rule in RULES.values()),
]


@pytest.mark.parametrize("activation", ACTIVATION_CODES)
@pytest.mark.parametrize("rule", VARIANTS, ids=repr)
def test_every_rule_and_activation_equals_the_reference(rule, activation):
    rng = np.random.default_rng(0)
    layer = make_layer(rng, 19, 5, np.float64, rule)
    X = lattice(rng, (6, 5), np.float64)
    _, parts, expected = reference_step(layer, X, rule, activation, 3)
    _, coefficients = kernel_step(layer, X, rule, activation)
    np.testing.assert_allclose(coefficients, parts.total, rtol=1e-11, atol=1e-15)
    for actual, reference in zip(layer[:6], expected, strict=True):
        np.testing.assert_allclose(actual, reference, rtol=1e-11, atol=1e-15)


@settings(max_examples=60 if JIT else 10, deadline=None)
@given(
    n=st.integers(1, 700) if JIT else st.integers(1, 20),
    K=st.integers(1, 600) if JIT else st.integers(1, 20),
    activation=st.sampled_from(list(ACTIVATION_CODES)),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 2**32 - 1),
)
@example(n=20, K=9, activation="sigmoid", dtype=np.float32, seed=0)
@example(n=3, K=9, activation="sigmoid", dtype=np.float32, seed=0)
def test_encode_equals_the_reference(n, K, activation, dtype, seed):
    rng = np.random.default_rng(seed)
    X, W, b = (lattice(rng, shape, dtype) for shape in [(n, 13), (K, 13), K])
    out, nothing = np.full((n, K), np.nan, dtype), np.empty(0, dtype)
    layer = Layer(W, b, W, W, b, b, nothing, np.empty((0, K)))
    with kernel_threads() as threads:
        Encoding(layer, 0.0, activation, threads).write(X, out)
    assert_close(out, rules.responses(*(a.astype(float) for a in (X, W, b)), activation), 1e-6)


def test_permuted_units_get_permuted_weights():
    rng = np.random.default_rng(0)
    layer, X = make_layer(rng, 70, 9, np.float64), lattice(rng, (20, 9), np.float64)
    order = rng.permutation(70)
    shuffled = Layer(*(a[order].copy() for a in layer[:6]), layer.norms, layer.state)
    for number in range(1, 5):
        kernel_step(layer, X, OVR(), number=number)
        kernel_step(shuffled, X, OVR(), number=number)
    np.testing.assert_allclose(shuffled.W, layer.W[order], rtol=1e-11)


@pytest.mark.parametrize("rule", [OVR(), Eq4()], ids=repr)
def test_learning_rate_zero_changes_no_weight(rule):
    rng = np.random.default_rng(0)
    layer, X = make_layer(rng, 40, 9, np.float32), lattice(rng, (20, 9), np.float32)
    W, b = layer.W.copy(), layer.b.copy()
    kernel_step(layer, X, rule, rate=0.0)
    np.testing.assert_array_equal(layer.W, W)
    np.testing.assert_array_equal(layer.b, b)


@pytest.mark.parametrize("rule", [OVR(), OVR(mean="unit"), OVR(normalize=False)], ids=repr)
def test_inactive_samples_give_no_overlap_and_finite_updates(rule):
    rng = np.random.default_rng(0)
    layer, X = make_layer(rng, 40, 9, np.float32), lattice(rng, (20, 9), np.float32)
    layer.b[:] = -1000
    W = layer.W.copy()
    layer.W_m[:] = 0
    sums, coefficients = kernel_step(layer, X, rule)
    assert sums.overlap == 0
    assert sums.active == 0
    assert (coefficients == 0).all()
    np.testing.assert_array_equal(layer.W, W)


@pytest.mark.skipif(not JIT, reason="NumPy warns where a bias moment overflows to a zero step")
@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_extreme_scales_neither_overflow_nor_vanish(scale):
    rng = np.random.default_rng(0)
    layer, X = make_layer(rng, 40, 9, np.float32), lattice(rng, (20, 9), np.float32)
    layer.b[:] = 0
    expected, _ = kernel_step(Layer(*(a.copy() for a in layer)), X, OVR(), rate=0.0)
    sums, _ = kernel_step(layer, X * np.float32(scale), OVR(), rate=0.0)
    assert sums.overlap == pytest.approx(expected.overlap, rel=1e-5)


THREADS_SCRIPT = """
import hashlib, sys
import numpy as np
from hebbovr.training.trainer import Trainer
X = np.random.default_rng(0).standard_normal((600, 70)).astype(np.float32)
for rule in ("ovr", "eq4"):
    trainer = Trainer(300, rule=rule, epochs=3, random_state=0, n_threads=int(sys.argv[1])).fit(X)
    print(hashlib.sha256(trainer.weights_.tobytes()).hexdigest())
    if sys.argv[2] == "simd":  # BLAS does not promise it for rows that are encoded
        print(hashlib.sha256(trainer.transform(X).tobytes()).hexdigest())
"""


@pytest.mark.skipif(not JIT, reason="threads are Numba's")
def test_the_same_bits_for_1_2_and_4_threads(backend):
    outputs = {
        subprocess.run(
            [sys.executable, "-c", THREADS_SCRIPT, str(threads), backend],
            env={**os.environ, "NUMBA_NUM_THREADS": "4"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in (1, 2, 4)
    }
    assert len(outputs) == 1


def test_without_a_place_for_a_cache_functions_compile_uncached(monkeypatch):
    calls = []

    def njit(**options):
        calls.append(options)
        if "cache" in options:
            raise RuntimeError("no locator available")
        return lambda function: function

    monkeypatch.setattr(jit.numba, "njit", njit)
    assert jit.compiled()(len) is len
    assert [("cache" in options) for options in calls] == [True, False]
