"""Products of a step, with one side packed into lines: the numbers of 64 bytes side by side.

Sums stay in registers while they run down a line's rows. What is done to vectors is spelled out for
LLVM: from plain loops over rows it makes code that asks at every number whether rows overlap.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

LINE_BYTES = 64
# So many rows of sums, of two registers each, leave room for a line and a number among 16.
TILE = 6
# So many lines of 128 samples fill three quarters of a first cache of 32 kB.
LINES = 3
# Rows and columns of a square that is turned in registers, and numbers looked at together.
SQUARE = 8
# For each pattern of eight bits, the places of those that are set, then of the others.
BITS = np.arange(256)[:, None] >> np.arange(SQUARE) & 1
PLACES = np.argsort(1 - BITS, axis=1, kind="stable").astype(np.uint8)


def pack_columns(X: Any, packed: Any, first: int, stride: int) -> int:
    """Write every ``stride``-th line of some columns of ``X`` (n, m); return 0.

    ``packed`` (lines, n, numbers) holds a line's columns of all rows; the last is filled up.
    """
    numbers = packed.shape[2]
    for line in range(first, packed.shape[0], stride):
        left, right = line * numbers, min((line + 1) * numbers, X.shape[1])
        for i in range(X.shape[0]):
            if right - left == numbers:
                copy_line(X, i, left, packed, line)
            else:
                for j in range(left, right):
                    packed[line, i, j - left] = X[i, j]
    return 0


def pack_rows(X: Any, packed: Any, first: int, stride: int) -> int:
    """Write every ``stride``-th line of some rows of ``X`` (n, m); return 0.

    ``packed`` (lines, m, numbers) holds a line's rows of all columns; the last is filled up.
    """
    numbers = packed.shape[2]
    for line in range(first, packed.shape[0], stride):
        top, end = line * numbers, min((line + 1) * numbers, X.shape[0])
        turned = X.shape[1] // SQUARE * SQUARE if end - top == numbers else 0
        for j in range(0, turned, SQUARE):
            for i in range(0, numbers, SQUARE):
                turn_square(X, top + i, j, packed, line, i)
        for j in range(turned, X.shape[1]):
            for i in range(top, end):
                packed[line, j, i - top] = X[i, j]
    return 0


def whole_product(
    A: Any, packed: Any, by_row: Any, by_column: Any, least: Any, at_a_time: int, out: Any
) -> int:
    """Write ``max(A P + r + c, least)`` (k, n), and NaN where it is NaN; return 0.

    ``packed`` (lines, depth, numbers) is P (depth, n), some columns a line; ``by_row`` is r (k,)
    and ``by_column`` c, filled up to whole lines. A line stays in the first cache while it meets
    ``at_a_time`` rows of ``A`` (k, depth), which should stay in the second. A result does not
    depend on the rows and columns beside it, to the last bit.
    """
    numbers, height = packed.shape[2], TILE if A.shape[0] >= TILE else 1
    last = A.shape[0] - height
    rest = np.empty((TILE, numbers), out.dtype)
    for top in range(0, A.shape[0], at_a_time):
        for line in range(packed.shape[0]):
            left, right = line * numbers, min((line + 1) * numbers, out.shape[1])
            whole = right - left == numbers
            for k in range(top, min(top + at_a_time, A.shape[0]), height):
                low = min(k, last)  # the last tile reaches back to rows that are done
                a, r = A[low : low + height], by_row[low : low + height]
                target, column = (out[low : low + height], left) if whole else (rest, 0)
                if height == TILE:
                    fill_tile(a, packed, line, r, by_column, least, target, column)
                else:
                    fill_row(a, packed, line, r, by_column, least, target, column)
                if not whole:
                    for row in range(height):
                        for j in range(left, right):
                            out[low + row, j] = rest[row, j - left]
    return 0


def active_product(C: Any, packed: Any, samples: Any, out: Any) -> int:
    """Write ``C X`` (k, D) from the coefficients ``C`` (k, B) that are not 0; return their count.

    ``packed`` (lines, B, numbers) is X, some inputs a line; ``samples`` (k, B) is scratch. A few
    lines of all samples stay in the first cache while a block of units goes by.
    """
    numbers, whole = packed.shape[2], out.shape[1] // packed.shape[2]
    counts = np.empty(C.shape[0], np.int64)
    for k in range(C.shape[0]):
        count = list_places(C[k], samples[k])
        for i in range(C.shape[1] // SQUARE * SQUARE, C.shape[1]):  # less than a whole eight
            if C[k, i] != 0:
                samples[k, count] = i
                count += 1
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


class VectorCode:
    """Writes LLVM's instructions on vectors; of arguments that are arrays it has data and shape."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.builder, self.layout = builder, context.target_data
        self.arguments = [
            context.make_array(kind)(context, builder, value) if hasattr(kind, "ndim") else value
            for kind, value in zip(signature.args, arguments, strict=True)
        ]
        dtype = next(kind.dtype for kind in signature.args if hasattr(kind, "ndim"))
        self.element, self.index = context.get_value_type(dtype), ir.IntType(64)
        self.numbers = LINE_BYTES // (dtype.bitwidth // 8)

    def row(self, array: Any, *place: Any) -> Any:
        """Return a pointer to a row of an array, by its place in all axes but the last."""
        start = self.index(0)
        for axis, i in enumerate(place):
            size = self.builder.extract_value(array.shape, axis + 1)
            start = self.builder.mul(self.builder.add(start, i), size)
        return self.builder.gep(array.data, [start])

    def kept(self, pointer: Any) -> Any:
        """Return ``pointer`` by itself: else LLVM makes each row's anew from the one above."""
        function = ir.FunctionType(pointer.type, [pointer.type])
        return self.builder.asm(function, "", "=r,0", [pointer], side_effect=False)

    def plus(self, start: Any, count: int) -> Any:
        """Return ``start + count``."""
        return self.builder.add(start, self.index(count))

    def times(self, start: Any, count: int) -> Any:
        """Return ``start · count``."""
        return self.builder.mul(start, self.index(count))

    def load(self, row: Any, start: Any, count: int = 0) -> Any:
        """Return a vector, of a line if no count is given, from number ``start`` of a row."""
        where = self._at(row, start, count or self.numbers)
        return self.builder.load(where, align=self._bytes(row.type.pointee))

    def save(self, value: Any, row: Any, start: Any) -> None:
        """Write a vector from number ``start`` of a row."""
        where = self._at(row, start, value.type.count)
        self.builder.store(value, where, align=self._bytes(row.type.pointee))

    def _bytes(self, kind: Any) -> int:
        return int(kind.get_abi_size(self.layout))

    def _at(self, row: Any, start: Any, count: int) -> Any:
        vector = ir.VectorType(row.type.pointee, count)
        return self.builder.bitcast(self.builder.gep(row, [start]), vector.as_pointer())

    def broadcast(self, row: Any, start: Any) -> Any:
        """Return the vector of a line that holds number ``start`` of a row everywhere."""
        return self.spread(self.builder.load(self.builder.gep(row, [start])), self.numbers)

    def spread(self, number: Any, count: int) -> Any:
        """Return the vector that holds ``number`` everywhere."""
        empty = ir.Constant(ir.VectorType(number.type, count), ir.Undefined)
        one = self.builder.insert_element(empty, number, ir.IntType(32)(0))
        return self.chosen(one, empty, [0] * count)

    def chosen(self, a: Any, b: Any, places: list[int]) -> Any:
        """Return the vector of what is at ``places`` of two vectors laid end to end."""
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
        return self.builder.shuffle_vector(a, b, lanes)

    def sums(self, first: list[Any]) -> list[Any]:
        """Return places for sums that begin with ``first``."""
        place: Any = cgutils.alloca_once_value
        return [place(self.builder, value) for value in first]

    def add_product(self, total: Any, a: Any, x: Any) -> None:
        """Add ``a x``, one product in each sum: there is but one way to fuse them."""
        builder = self.builder
        product = builder.fmul(a, x, flags=("contract",))
        builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)


def in_vectors(
    plain: Callable[..., Any], emit: Callable[[VectorCode], Any], returns: Any = numba.void
) -> Callable[..., Any]:
    """Return a function for compiled code that ``emit`` writes; ``plain`` without the compiler."""

    def typed(typing: Any, *kinds: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            result = emit(VectorCode(context, builder, signature, arguments))
            return context.get_dummy_value() if returns is numba.void else result

        return returns(*kinds), generate

    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return plain
    first = inspect.Parameter("typing", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    arguments = inspect.signature(plain).parameters.values()
    typed.__signature__ = inspect.Signature([first, *arguments])  # type: ignore[attr-defined]
    emitted: Callable[..., Any] = intrinsic(typed)
    return emitted


def line_copier() -> Callable[..., None]:
    """Return a function of X, its row and first column, and where to pack a line: array, line."""

    def plain(X: Any, i: int, left: int, packed: Any, line: int) -> None:
        packed[line, i] = X[i, left : left + packed.shape[2]]

    def emit(code: VectorCode) -> None:
        X, i, left, packed, line = code.arguments
        code.save(code.load(code.row(X, i), left), code.row(packed, line, i), code.index(0))

    return in_vectors(plain, emit)


def square_turner() -> Callable[..., None]:
    """Return a function of X, the first row and column of a square, and array, line and column."""

    def plain(X: Any, top: int, left: int, packed: Any, line: int, column: int) -> None:
        square = X[top : top + SQUARE, left : left + SQUARE]
        packed[line, left : left + SQUARE, column : column + SQUARE] = square.T

    def emit(code: VectorCode) -> None:
        X, top, left, packed, line, column = code.arguments
        rows = [code.load(code.row(X, code.plus(top, i)), left, SQUARE) for i in range(SQUARE)]
        # Rows that are half a square apart are zipped; after three times all have been turned.
        half = SQUARE // 2
        low = [place for i in range(half) for place in (i, SQUARE + i)]
        for _ in range(SQUARE.bit_length() - 1):
            pairs = list(zip(rows[:half], rows[half:], strict=True))
            rows = [
                code.chosen(a, b, places)
                for a, b in pairs
                for places in (low, [half + place for place in low])
            ]
        for j, row in enumerate(rows):
            code.save(row, code.row(packed, line, code.plus(left, j)), column)

    return in_vectors(plain, emit)


def place_lister() -> Callable[..., int]:
    """Return a function of numbers and places: it writes where they are not 0 and returns how many.

    It looks at whole eights only: what is left after them is the caller's.
    """

    def plain(numbers: Any, places: Any) -> int:
        found = np.flatnonzero(numbers[: numbers.size // SQUARE * SQUARE])
        places[: found.size] = found
        return found.size

    def emit(code: VectorCode) -> Any:
        builder, (numbers, places) = code.builder, code.arguments
        byte, word = ir.IntType(8), ir.IntType(32)
        constant: Any = cgutils.global_constant
        content = ir.Constant(ir.ArrayType(byte, PLACES.size), bytearray(PLACES.tobytes()))
        table = builder.bitcast(constant(builder, "places", content), byte.as_pointer())
        zero = ir.Constant(ir.VectorType(code.element, SQUARE), [0.0] * SQUARE)
        (count,) = code.sums([code.index(0)])
        size, step = builder.extract_value(numbers.shape, 0), code.index(SQUARE)
        end = builder.sub(size, builder.urem(size, step))
        with cgutils.for_range_slice(builder, code.index(0), end, step) as (i, _):
            there = builder.fcmp_unordered("!=", code.load(numbers.data, i, SQUARE), zero)
            pattern = builder.bitcast(there, byte)
            start = code.times(builder.zext(pattern, code.index), SQUARE)
            found = builder.zext(code.load(table, start, SQUARE), ir.VectorType(word, SQUARE))
            found = builder.add(found, code.spread(builder.trunc(i, word), SQUARE))
            code.save(found, places.data, builder.load(count))
            more = builder.zext(builder.ctpop(pattern), code.index)
            builder.store(builder.add(builder.load(count), more), count)
        return builder.load(count)

    return in_vectors(plain, emit, numba.int64)


def tile_filler(rows: int) -> Callable[..., None]:
    """Return a function that writes a tile of so many rows and one line of `whole_product`.

    Its arguments are the rows of A, the packed side and its line, what is added by row and by
    column, the least result, where to write and the column to begin at.
    """

    def plain(
        A: Any, packed: Any, line: int, by_row: Any, by_column: Any, least: Any, out: Any, left: int
    ) -> None:
        numbers = packed.shape[2]
        added = by_row[:, None] + by_column[line * numbers : (line + 1) * numbers]
        total = A @ packed[line] + added
        out[: len(A), left : left + numbers] = np.where(total < least, least, total)

    def emit(code: VectorCode) -> None:
        A, packed, line, by_row, by_column, least, out, left = code.arguments
        builder, places = code.builder, [code.index(row) for row in range(rows)]
        numbers = [code.kept(code.row(A, row)) for row in places]
        lines = code.kept(code.row(packed, line, code.index(0)))
        columns = code.load(by_column.data, code.times(line, code.numbers))
        totals = code.sums(
            [builder.fadd(code.broadcast(by_row.data, row), columns) for row in places]
        )
        depth = builder.extract_value(A.shape, 1)
        with cgutils.for_range_slice(builder, code.index(0), depth, code.index(1)) as (d, _):
            x = code.load(lines, code.times(d, code.numbers))
            for row, total in zip(numbers, totals, strict=True):
                code.add_product(total, code.broadcast(row, d), x)
        floor = code.spread(least, code.numbers)
        for row, total in zip(places, map(builder.load, totals), strict=True):
            result = builder.select(builder.fcmp_ordered("<", total, floor), floor, total)
            code.save(result, code.row(out, row), left)

    return in_vectors(plain, emit)


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

    def emit(code: VectorCode) -> None:
        packed, first, samples, count, C, out, left = code.arguments
        builder = code.builder
        planes = [code.row(packed, code.plus(first, n), code.index(0)) for n in range(lines)]
        zero = ir.Constant(ir.VectorType(code.element, code.numbers), [0.0] * code.numbers)
        totals = [code.sums([zero] * lines) for _ in range(parts)]

        def add_sample(n: Any, part: int) -> None:
            i = builder.zext(builder.load(builder.gep(samples.data, [n])), code.index)
            c = code.broadcast(C.data, i)
            for plane, total in zip(planes, totals[part], strict=True):
                code.add_product(total, c, code.load(plane, code.times(i, code.numbers)))

        step = code.index(parts)
        whole = builder.sub(count, builder.urem(count, step))
        with cgutils.for_range_slice(builder, code.index(0), whole, step) as (n, _):
            for part in range(parts):
                add_sample(code.plus(n, part), part)
        with cgutils.for_range_slice(builder, whole, count, code.index(1)) as (n, _):
            add_sample(n, 0)
        for line, places in enumerate(zip(*totals, strict=True)):
            value, *others = map(builder.load, places)
            for other in others:
                value = builder.fadd(value, other)
            code.save(value, out.data, code.plus(left, line * code.numbers))

    return in_vectors(plain, emit)


copy_line, turn_square, list_places = line_copier(), square_turner(), place_lister()
fill_tile, fill_row = tile_filler(TILE), tile_filler(1)
add_lines, add_line = line_adder(LINES, 2), line_adder(1, 4)
