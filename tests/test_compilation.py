"""Compiled apart and by address; what the compiled parts compute is tested with the kernels."""

import numba
import pytest

from hebbovr import compilation

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


def test_without_the_compiler_functions_are_as_they_were_written(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    assert compilation._compile_by_address(len, None) is len
    kernels = compilation.kernels
    phases = compilation.compile_phases({"respond", "learn"})
    assert (phases.respond, phases.learn) == (kernels.respond, kernels.learn)
    assert compilation.compile_step() is compilation.kernels.step
