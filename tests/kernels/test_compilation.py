"""Compiled apart, called by pointers; what the parts compute is tested with the kernels."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numba
import pytest

from hebbovr.kernels import compilation, forward, jit, learning
from hebbovr.kernels import step as kernels

JIT = not numba.config.DISABLE_JIT


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_without_a_place_for_a_cache_functions_compile_uncached(monkeypatch):
    calls = []

    def cfunc(signature, **options):
        calls.append(options)
        if "cache" in options:
            raise RuntimeError("no locator available")
        return lambda function: SimpleNamespace(address=7, function=function)

    monkeypatch.setattr(jit.numba, "cfunc", cfunc)
    assert jit.compile_pointer(len, None).function.function is len
    assert [("cache" in options) for options in calls] == [True, False]


SCRIPT = """
import runpy, sys
import numpy as np
from hebbovr.kernels.compilation import compile_rule
found = runpy.run_path(sys.argv[1])
compile_rule(found["coefficients"], np.dtype(np.float32))
"""
RULE = """
def coefficients(H, first, active, sums, S, shared, decay, state, batch, parameters):
    return OFFSET + H.size
OFFSET = 0
"""


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_a_rule_of_a_script_compiles_again_and_again(tmp_path):
    script = tmp_path / "own.py"
    script.write_text(RULE)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(script)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_without_the_compiler_functions_are_as_they_were_written(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    assert jit.compile_pointer(len, None) is len
    phases = compilation.compile_phases({"respond", "learn"}, None)
    assert (phases.respond, phases.learn) == (forward.respond, learning.learn)
    assert compilation.compile_step() is kernels.step


FIT = """
import hashlib
import numpy as np
from hebbovr import Trainer
X = np.random.default_rng(0).standard_normal((300, 11)).astype(np.float32)
trainer = Trainer(150, epochs=3, random_state=7, n_threads=2).fit(X).partial_fit(X[:130])
arrays = trainer.weights_, trainer.biases_, trainer.transform(X)
print(hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())
"""


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_another_process_finds_everything_compiled_and_computes_the_same_bits(tmp_path):
    """Addresses change from process to process: what calls a pointer must not hold one."""

    def fit():
        return subprocess.run(
            [sys.executable, "-c", FIT],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def written():
        return {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")}

    first, found = fit(), written()
    assert {path.name.split(".")[1].split("-")[0] for path in found} >= {"step", "learn", "encode"}
    assert fit() == first
    assert written() == found
