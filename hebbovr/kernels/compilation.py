"""Compile what a step is made of, for the types that it will meet."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import numba
import numpy as np

from hebbovr.kernels import forward, learning
from hebbovr.kernels import step as kernels
from hebbovr.kernels.interrupts import interrupts_held
from hebbovr.kernels.jit import compile_pointer
from hebbovr.kernels.layout import Phases
from hebbovr.kernels.products import compile_products

PHASES = Phases(
    forward.respond,
    kernels.project,
    kernels.rank_responses,
    kernels.normalise_softmax,
    learning.inhibit_laterally,
    learning.learn,
)._asdict()


@cache
def compile_rule(coefficients: Callable[..., int], dtype: np.dtype[Any]) -> Any:
    """Return a rule's ``coefficients``, compiled for layers of ``dtype``, for a `Method`."""
    real, index, double = numba.from_dtype(dtype), numba.int64, numba.float64
    return compile_pointer(coefficients, index(
        real[:, ::1], index, index, real[::1], real[::1], real[:, ::1], real[::1],
        double[:, ::1], double[::1], double[::1],
    ))  # fmt: skip


def compile_phases(needed: Collection[str], *arguments: Any) -> Phases:
    """Return the phases of a step, for arguments of the types of these.

    They are compiled apart and handed over as function pointers: in one piece with the parallel
    region they would be compiled several times over. Those that are not needed are never called:
    others stand in their place.
    """
    compiled = {name: compile_phase(PHASES[name], *arguments) for name in needed}
    other = compiled["respond"]
    return Phases(*(compiled.get(name, other) for name in Phases._fields))


def compile_phase(phase: Callable[..., int], *arguments: Any, cached: bool = True) -> Any:
    """Return what the threads do in one turn, for arguments of the types of these.

    What calls compiled code of another file must not be cached.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return phase
    return _compile_phase(phase, numba.int64(numba.int64, *map(numba.typeof, arguments)), cached)


@cache
def _compile_phase(phase: Callable[..., int], signature: Any, cached: bool) -> Any:
    return compile_pointer(phase, signature, cached=cached)


def compile_step(
    *arguments: Any,
) -> Callable[..., tuple[float, float, int, float, float, float, float]]:
    """Return `step` for arguments of the types of these, without Numba's dispatch.

    To find out types anew takes longer than a narrow layer's whole step.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return kernels.step  # type: ignore[no-any-return]
    return _compile(kernels.step, *map(numba.typeof, arguments))


@cache
def compile_encoder(dtype: np.dtype[Any]) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return `encode` and `pack_in_threads` for layers of ``dtype``, without Numba's dispatch."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return forward.encode, forward.pack_in_threads
    products, real, index = compile_products(dtype), numba.from_dtype(dtype), numba.int64
    rows, packed, vector = real[:, ::1], real[:, :, ::1], real[::1]
    pack, gemm = map(numba.typeof, (products.pack_rows, products.gemm_bias_clip))
    return (
        _compile(forward.encode, gemm, rows, packed, vector, vector, index, index, rows),
        _compile(forward.pack_in_threads, pack, rows, packed, index),
    )


def _compile(function: Any, *types: Any) -> Callable[..., Any]:
    """Return the compiled form of what `jit.compiled` decorates."""
    with interrupts_held():
        return function.compile(types)  # type: ignore[no-any-return]
