"""Compiled apart and by address; what the compiled parts compute is tested with the kernels."""

import subprocess
import sys

import numba
import pytest

from hebbovr.kernels import compilation

JIT = not numba.config.DISABLE_JIT


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_without_a_place_for_a_cache_functions_compile_uncached(monkeypatch):
    calls = []

    def cfunc(signature, **options):
        calls.append(options)
        if "cache" in options:
            raise RuntimeError("no locator available")
        return lambda function: function

    monkeypatch.setattr(compilation.numba, "cfunc", cfunc)
    assert compilation._compile_by_address(len, None) is len
    assert [("cache" in options) for options in calls] == [True, False]


SCRIPT = """
import runpy, sys
import numpy as np
from hebbovr.kernels.compilation import compile_rule
found = runpy.run_path(sys.argv[1])
compile_rule(found["fill"], np.dtype(np.float32))
"""
RULE = """
def fill(H, first, active, sums, S, shared, decay, state, batch, numbers):
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
    assert compilation._compile_by_address(len, None) is len
    kernels = compilation.kernels
    phases = compilation.compile_phases({"respond", "learn"})
    assert (phases.respond, phases.learn) == (kernels.respond, kernels.learn)
    assert compilation.compile_step() is compilation.kernels.step
