"""Compile what a step is made of, for the types that it will meet.

Every part is compiled by itself and called by its address, so that no compiled code depends on the
code of another file: Numba's cache would not notice that it changed. Without the compiler
(``NUMBA_DISABLE_JIT=1``) the plain functions are returned.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import numba
import numpy as np

from hebbovr.kernels import products as line_products
from hebbovr.kernels import step as kernels
from hebbovr.kernels.layout import Phases, Products


@cache
def compile_rule(fill: Callable[..., int], dtype: np.dtype[Any]) -> Callable[..., int]:
    """Return a rule's ``fill``, compiled for layers of ``dtype``, to be handed to `step`."""
    real, index, double = numba.from_dtype(dtype), numba.int64, numba.float64
    return _compile_by_address(fill, index(
        real[:, ::1], index, index, real[::1], real[::1], real[:, ::1], real[::1],
        double[:, ::1], double[::1], double[::1],
    ))  # fmt: skip


@cache
def compile_products(dtype: np.dtype[Any]) -> Products:
    """Return the packers and products of lines, compiled for ``dtype``."""
    real, index = numba.from_dtype(dtype), numba.int64
    rows, lines, samples = real[:, ::1], real[:, :, ::1], numba.int32[:, ::1]
    pack = index(rows, lines, index, index)
    whole = index(rows, lines, real[::1], real[::1], real, index, rows)
    return Products(
        _compile_by_address(line_products.pack_rows, pack),
        _compile_by_address(line_products.pack_columns, pack),
        _compile_by_address(line_products.whole_product, whole),
        _compile_by_address(line_products.active_product, index(rows, lines, samples, rows)),
    )


def compile_phases(needed: Collection[str], *arguments: Any) -> Phases:
    """Return the phases of a step, for arguments of the types of these.

    They are compiled apart and called by their addresses: in one piece with the parallel region
    they would be compiled several times over. Those that are not needed are never called: others
    stand in their place.
    """
    compiled = {name: compile_phase(getattr(kernels, name), *arguments) for name in needed}
    other = compiled["respond"]
    return Phases(*(compiled.get(name, other) for name in Phases._fields))


def compile_phase(
    phase: Callable[..., int], *arguments: Any, cached: bool = True
) -> Callable[..., int]:
    """Return what the threads do in one turn, for arguments of the types of these.

    What calls compiled code of another file must not be cached.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return phase
    return _compile_phase(phase, numba.int64(numba.int64, *map(numba.typeof, arguments)), cached)


@cache
def _compile_phase(phase: Callable[..., int], signature: Any, cached: bool) -> Callable[..., int]:
    return _compile_by_address(phase, signature, cached=cached)


def compile_step(
    *arguments: Any,
) -> Callable[..., tuple[float, float, int, float, float, float, float]]:
    """Return `step` for arguments of the types of these, without Numba's dispatch.

    To find out types anew takes longer than a narrow layer's whole step.
    """
    compiled_step: Callable[..., Any] = kernels.step
    if not numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        compiled_step = kernels.step.compile(tuple(map(numba.typeof, arguments)))
    return compiled_step


def _compile_by_address(
    function: Callable[..., int], signature: Any, *, cached: bool = True
) -> Callable[..., int]:
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    # The cache finds a function again by its module, which a script that was run has not.
    cached = cached and function.__module__ in sys.modules
    settings: dict[str, Any] = {"fastmath": kernels.FASTMATH, "error_model": "numpy"}
    try:
        addressed: Callable[..., int] = numba.cfunc(signature, cache=cached, **settings)(function)
    except RuntimeError:
        addressed = numba.cfunc(signature, **settings)(function)
    return addressed
