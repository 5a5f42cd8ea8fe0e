"""Compile what a step is made of, for the types that it will meet."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import numba
import numpy as np

from hebbovr.kernels import forward, learning
from hebbovr.kernels import step as kernels
from hebbovr.kernels.function_pointers import PythonPointer
from hebbovr.kernels.interrupts import interrupts_held
from hebbovr.kernels.jit import compile_pointer
from hebbovr.kernels.layout import Phases
from hebbovr.kernels.products import compile_products

PHASES = dict(
    respond=forward.respond,
    project=kernels.project,
    rank_responses=kernels.rank_responses,
    normalise_softmax=kernels.normalise_softmax,
    inhibit_laterally=learning.inhibit_laterally,
    learn=learning.learn,
)


@cache
def compile_rule(coefficients: Callable[..., int], dtype: np.dtype[Any]) -> Any:
    """Return a rule's ``coefficients``, compiled for layers of ``dtype``, for a `Method`."""
    real, index, double = numba.from_dtype(dtype), numba.int64, numba.float64
    return compile_pointer(coefficients, index(
        real[:, ::1], index, index, real[::1], real[::1], real[:, ::1], real[::1],
        double[:, ::1], double[::1], double[::1],
    ))  # fmt: skip


def compile_phases(needed: Collection[str], gather: Any, *arguments: Any) -> Phases:
    """Return the phases of a step, for arguments of the types of these, with ``gather``.

    They are compiled apart and handed over as function pointers: in one piece with the parallel
    region they would be compiled several times over. Those that are not needed are never called:
    others stand in their place.
    """
    compiled = {name: compile_phase(PHASES[name], *arguments) for name in needed}
    other = compiled["respond"]
    return Phases(**{name: compiled.get(name, other) for name in PHASES}, gather=gather)


@cache
def gather_nothing() -> Any:
    """Return the ``gather`` of a process that has all blocks itself."""
    return compile_pointer(_nothing, numba.int64(numba.int64))


def _nothing(stage: int) -> int:
    return 0


def gather_by(function: Callable[[int], int]) -> Any:
    """Return a ``gather`` that calls back to Python."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    return PythonPointer(function, numba.int64(numba.int64))


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
