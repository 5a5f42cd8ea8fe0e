"""The product ``C X`` where many coefficients are 0: the others are added up, in registers.

Inputs come in lines of 64 bytes, packed so that a few lines of all samples stay in the first cache
while a block of units goes by. Their sums are spelled out as vectors for LLVM: from plain loops
over rows it makes code that asks at every sample whether the rows overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

LINE_BYTES = 64
# So many lines of 128 samples fill three quarters of a first cache of 32 kB.
LINES = 3


def active_product(C: Any, packed: Any, samples: Any, out: Any) -> int:
    """Write ``C X`` (k, D) from the coefficients ``C`` (k, B) that are not 0; return their count.

    ``packed`` (lines, B, numbers) is X, as `kernels.pack` writes it; ``samples`` (k, B + 1) is
    scratch.
    """
    numbers, whole = packed.shape[2], out.shape[1] // packed.shape[2]
    counts = np.empty(C.shape[0], np.int64)
    for k in range(C.shape[0]):
        count = 0
        for i in range(C.shape[1]):  # without a branch, which would be guessed wrong half the time
            samples[k, count] = i
            count += C[k, i] != 0
        counts[k] = count
    for line in range(0, whole - LINES + 1, LINES):
        for k in range(C.shape[0]):
            add_lines(packed, line, samples[k], counts[k], C[k], out[k], line * numbers)
    rest = np.empty(numbers, out.dtype)
    for line in range(whole // LINES * LINES, packed.shape[0]):
        left, right = line * numbers, min((line + 1) * numbers, out.shape[1])
        for k in range(C.shape[0]):
            add_line(packed, line, samples[k], counts[k], C[k], rest, 0)
            for d in range(left, right):
                out[k, d] = rest[d - left]
    return int(counts.sum())


def line_adder(lines: int, parts: int) -> Callable[..., None]:
    """Return a function that writes ``Σ_i C_i x_i`` over listed samples, for some lines of X.

    Its arguments are the packed inputs, the first line, the samples and how many they are, the
    coefficients of all samples, the row to write to and where in it to begin. Sums are taken in
    ``parts``, so that an addition need not wait for the one before.
    """

    def plain(
        packed: Any, first: int, samples: Any, count: int, C: Any, out: Any, left: int
    ) -> None:
        numbers = packed.shape[2]
        for line in range(lines):
            total = C[samples[:count]] @ packed[first + line, samples[:count]]
            out[left + line * numbers : left + (line + 1) * numbers] = total

    @intrinsic
    def vectorised(
        typing: Any, packed: Any, first: Any, samples: Any, count: Any, C: Any, out: Any, left: Any
    ) -> Any:
        signature = numba.void(packed, first, samples, count, C, out, left)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emit = LineSums(context, builder, signature, arguments, lines, parts)
            emit.add_up()
            emit.store()
            return context.get_dummy_value()

        return signature, generate

    return plain if numba.config.DISABLE_JIT else vectorised  # type: ignore[attr-defined]


class LineSums:
    """Writes LLVM's instructions for the sums of some lines, a vector of one line at a time."""

    def __init__(
        self, context: Any, builder: Any, signature: Any, arguments: Any, lines: int, parts: int
    ) -> None:
        self.builder = builder
        packed, self.first, samples, self.count, C, out, self.left = (
            context.make_array(kind)(context, builder, value) if hasattr(kind, "ndim") else value
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        self.index = self.first.type
        self.bytes = signature.args[0].dtype.bitwidth // 8
        numbers = LINE_BYTES // self.bytes
        self.numbers = self.index(numbers)
        self.vector = ir.VectorType(context.get_value_type(signature.args[0].dtype), numbers)
        self.samples, self.C, self.out = samples.data, C.data, out.data
        plane = builder.mul(builder.extract_value(packed.shape, 1), self.numbers)
        self.planes = [
            builder.gep(packed.data, [builder.mul(builder.add(self.first, self.index(n)), plane)])
            for n in range(lines)
        ]
        zero = ir.Constant(self.vector, [0.0] * numbers)
        place: Any = cgutils.alloca_once
        self.totals = [[place(builder, self.vector) for _ in range(lines)] for _ in range(parts)]
        for totals in self.totals:
            for total in totals:
                builder.store(zero, total)

    def add_up(self) -> None:
        """Loop over the samples, one for each part at a time, then over those that are left."""
        builder, parts = self.builder, self.index(len(self.totals))
        whole = builder.sub(self.count, builder.urem(self.count, parts))
        with cgutils.for_range_slice(builder, self.index(0), whole, parts) as (n, _):
            for part, totals in enumerate(self.totals):
                self.add_sample(builder.add(n, self.index(part)), totals)
        with cgutils.for_range_slice(builder, whole, self.count, self.index(1)) as (n, _):
            self.add_sample(n, self.totals[0])

    def add_sample(self, n: Any, totals: list[Any]) -> None:
        """Add what sample number ``n`` of the list gives to each line."""
        builder = self.builder
        i = builder.zext(builder.load(builder.gep(self.samples, [n])), self.index)
        c = self.spread(builder.load(builder.gep(self.C, [i])))
        for plane, total in zip(self.planes, totals, strict=True):
            x = builder.load(self.at(plane, builder.mul(i, self.numbers)), align=self.bytes)
            # One product in each sum: there is but one way to fuse them.
            product = builder.fmul(c, x, flags=("contract",))
            moved = builder.fadd(builder.load(total), product, flags=("contract",))
            builder.store(moved, total)

    def store(self) -> None:
        """Write the sums of each line's parts."""
        builder = self.builder
        for line, (total, *others) in enumerate(zip(*self.totals, strict=True)):
            value = builder.load(total)
            for other in others:
                value = builder.fadd(value, builder.load(other))
            start = builder.add(self.left, builder.mul(self.numbers, self.index(line)))
            builder.store(value, self.at(self.out, start), align=self.bytes)

    def at(self, data: Any, start: Any) -> Any:
        """Return a pointer to the vector that begins at number ``start`` of ``data``."""
        return self.builder.bitcast(self.builder.gep(data, [start]), self.vector.as_pointer())

    def spread(self, number: Any) -> Any:
        """Return the vector that holds ``number`` everywhere."""
        empty = ir.Constant(self.vector, ir.Undefined)
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), self.vector.count), None)
        one = self.builder.insert_element(empty, number, ir.IntType(32)(0))
        return self.builder.shuffle_vector(one, empty, lanes)


add_lines, add_line = line_adder(LINES, 2), line_adder(1, 4)
