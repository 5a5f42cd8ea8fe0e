"""Which backend makes the products, and that the emitted one needs no typed pointers."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numba
import numpy as np
import pytest

from hebbovr.errors import SettingsError
from hebbovr.kernels import products

JIT = not numba.config.DISABLE_JIT
ROOT = Path(__file__).parents[2]
FLOAT = np.dtype(np.float32)


@pytest.fixture(autouse=True)
def untried(monkeypatch):
    monkeypatch.setattr(products, "_simd_fails", False)
    monkeypatch.delenv("HEBBOVR_PRODUCTS", raising=False)


@pytest.mark.parametrize(
    ("value", "backend"), [(None, "simd"), ("", "simd"), ("simd", "simd"), ("numpy", "numpy")]
)
def test_the_environment_chooses(value, backend, monkeypatch):
    if value is not None:
        monkeypatch.setenv("HEBBOVR_PRODUCTS", value)
    assert products.products_backend() == backend
    assert products.compile_products(FLOAT) is products._compile(backend, FLOAT)


def test_what_is_no_backend_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setenv("HEBBOVR_PRODUCTS", "blas")
    with pytest.raises(SettingsError, match="^HEBBOVR_PRODUCTS='blas' is unknown; use one of simd"):
        products.compile_products(FLOAT)


def test_the_command_line_refuses_it_too():
    done = subprocess.run(
        [sys.executable, "-m", "hebbovr", "info"],
        env={**os.environ, "HEBBOVR_PRODUCTS": "blas"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "HEBBOVR_PRODUCTS='blas' is unknown" in done.stderr


@pytest.mark.parametrize("error", [ImportError("no llvmlite"), RuntimeError("LLVM IR parsing")])
def test_where_simd_fails_numpy_stands_in_with_one_warning(error, monkeypatch):
    whole = products._compile

    def fails(backend, dtype):
        if backend == "simd":
            raise error
        return whole(backend, dtype)

    monkeypatch.setattr(products, "_compile", fails)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for dtype in (np.float32, np.float64, np.float32):
            found = products.compile_products(np.dtype(dtype))
            assert found is whole("numpy", np.dtype(dtype))
        assert products.products_backend() == "numpy"
    assert [str(w.message) for w in caught] == [
        f"The simd products cannot be compiled here ({type(error).__name__}: {error}), so that "
        "NumPy's stand in for them; HEBBOVR_PRODUCTS=numpy chooses these without a warning"
    ]


BROKEN = """
import llvmlite.ir, numpy as np
import tests.kernels.uncached_simd
def refuse(*arguments, **options):
    raise TypeError("no asm here")
llvmlite.ir.IRBuilder.asm = refuse
from hebbovr import Trainer
X = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
for _ in range(2):
    trainer = Trainer(7, epochs=2, random_state=0).fit(X)
print(np.isfinite(trainer.transform(X)).all())
"""


@pytest.mark.skipif(not JIT, reason="nothing is emitted")
def test_a_fit_goes_on_where_llvm_refuses_what_is_emitted():
    done = subprocess.run(
        [sys.executable, "-c", BROKEN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr
    assert done.stderr.count("The simd products cannot be compiled here") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not JIT, reason="nothing is emitted")
def test_the_kernel_equals_the_reference_without_typed_pointers():
    """What was emitted with them must not be found in the cache."""
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
            "-p", "tests.kernels.uncached_simd",
            "tests/kernels/test_step.py", "tests/kernels/test_products.py",
            "-k", "simd and (equals_the_reference or is_that_of_numpy or whole_product)",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "HEBBOVR_TEST_EXAMPLES": "100",
            "LLVMLITE_ENABLE_IR_LAYER_TYPED_POINTERS": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
