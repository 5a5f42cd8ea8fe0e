"""The simd backend of a step's products: one side packed into panels, tiles of sums in registers.

A panel is 64 bytes wide, of a lane an element. Vectors are spelled out for LLVM: from plain loops
over rows it makes code that asks at every element whether rows overlap. The products stand with
the code that they are made of, since Numba's cache does not notice a change in another file.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils as untyped
from numba.extending import intrinsic

from hebbovr.kernels.layout import PANEL_BYTES

cgutils: Any = untyped
# So many rows of sums, of two registers each, leave room for a panel's row and a factor among 16.
TILE = 6
# So many panels of 128 samples fill three quarters of an L1 of 32 kB.
PANELS = 3
# Rows and columns of a square that is turned in registers, and elements looked at together.
SQUARE = 8
# For each pattern of eight bits, the places of those that are set, then of the others.
BITS = np.arange(256)[:, None] >> np.arange(SQUARE) & 1
PLACES = np.argsort(1 - BITS, axis=1, kind="stable").astype(np.uint8)


def pack_columns(X: Any, packed: Any, first: int, stride: int) -> int:
    """Write every ``stride``-th panel of some columns of ``X`` (n, m); return 0.

    ``packed`` (panels, n, lanes) holds a panel's columns of all rows; the last is filled up.
    """
    lanes = packed.shape[2]
    for panel in range(first, packed.shape[0], stride):
        left, right = panel * lanes, min((panel + 1) * lanes, X.shape[1])
        for i in range(X.shape[0]):
            if right - left == lanes:
                copy_panel_row(X, i, left, packed, panel)
            else:
                for j in range(left, right):
                    packed[panel, i, j - left] = X[i, j]
    return 0


def pack_rows(X: Any, packed: Any, first: int, stride: int) -> int:
    """Write every ``stride``-th panel of some rows of ``X`` (n, m); return 0.

    ``packed`` (panels, m, lanes) holds a panel's rows of all columns; the last is filled up.
    """
    lanes = packed.shape[2]
    for panel in range(first, packed.shape[0], stride):
        top, end = panel * lanes, min((panel + 1) * lanes, X.shape[0])
        turned = X.shape[1] // SQUARE * SQUARE if end - top == lanes else 0
        for j in range(0, turned, SQUARE):
            for i in range(0, lanes, SQUARE):
                turn_square(X, top + i, j, packed, panel, i)
        for j in range(turned, X.shape[1]):
            for i in range(top, end):
                packed[panel, j, i - top] = X[i, j]
    return 0


def gemm_bias_clip(
    A: Any, packed: Any, by_row: Any, by_column: Any, least: Any, at_a_time: int, out: Any
) -> int:
    """Write ``max(A P + r + c, least)`` (k, n), and NaN where it is NaN; return 0.

    ``packed`` (panels, depth, lanes) is P (depth, n), some columns a panel; ``by_row`` is r (k,)
    and ``by_column`` c, filled up to whole panels. A panel stays in L1 while it meets
    ``at_a_time`` rows of ``A`` (k, depth), which should stay in L2. A result does not
    depend on the rows and columns beside it, to the last bit.
    """
    lanes, height = packed.shape[2], TILE if A.shape[0] >= TILE else 1
    last = A.shape[0] - height
    rest = np.empty((TILE, lanes), out.dtype)
    for top in range(0, A.shape[0], at_a_time):
        for panel in range(packed.shape[0]):
            left, right = panel * lanes, min((panel + 1) * lanes, out.shape[1])
            whole = right - left == lanes
            for k in range(top, min(top + at_a_time, A.shape[0]), height):
                low = min(k, last)  # the last tile reaches back to rows that are done
                a, r = A[low : low + height], by_row[low : low + height]
                target, column = (out[low : low + height], left) if whole else (rest, 0)
                if height == TILE:
                    gemm_tile(a, packed, panel, r, by_column, least, target, column)
                else:
                    gemm_row(a, packed, panel, r, by_column, least, target, column)
                if not whole:
                    for row in range(height):
                        for j in range(left, right):
                            out[low + row, j] = rest[row, j - left]
    return 0


def sparse_gemm(C: Any, packed: Any, samples: Any, out: Any) -> int:
    """Write ``C X`` (k, D) from the coefficients ``C`` (k, B) that are not 0; return their count.

    ``packed`` (panels, B, lanes) is X, some inputs a panel; ``samples`` (k, B) is scratch. A few
    panels of all samples stay in L1 while a block of units goes by.
    """
    lanes, whole = packed.shape[2], out.shape[1] // packed.shape[2]
    counts = np.empty(C.shape[0], np.int64)
    for k in range(C.shape[0]):
        count = list_nonzero(C[k], samples[k])
        for i in range(C.shape[1] // SQUARE * SQUARE, C.shape[1]):  # less than a whole eight
            if C[k, i] != 0:
                samples[k, count] = i
                count += 1
        counts[k] = count
    for panel in range(0, whole - PANELS + 1, PANELS):
        for k in range(C.shape[0]):
            add_panels(packed, panel, samples[k], counts[k], C[k], out[k], panel * lanes)
    rest = np.empty(lanes, out.dtype)
    for panel in range(whole // PANELS * PANELS, packed.shape[0]):
        left, right = panel * lanes, min((panel + 1) * lanes, out.shape[1])
        for k in range(C.shape[0]):
            add_panel(packed, panel, samples[k], counts[k], C[k], rest, 0)
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
        self.lanes = PANEL_BYTES // (dtype.bitwidth // 8)

    def row(self, array: Any, *place: Any) -> Any:
        """Return a pointer to a row of an array, by its place in all axes but the last."""
        start = self.index(0)
        for axis, i in enumerate(place):
            size = self.builder.extract_value(array.shape, axis + 1)
            start = self.builder.mul(self.builder.add(start, i), size)
        return self.builder.gep(array.data, [start], source_etype=self.element)

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

    def load(self, row: Any, start: Any, count: int = 0, element: Any = None) -> Any:
        """Return a vector, as wide as a panel if no count is given, from element ``start`` on."""
        element = element or self.element
        kind = ir.VectorType(element, count or self.lanes)
        where = self._at(row, start, element, kind)
        return self.builder.load(where, align=self._bytes(element), typ=kind)

    def load_one(self, row: Any, start: Any, element: Any = None) -> Any:
        """Return element ``start`` of a row."""
        element = element or self.element
        return self.builder.load(self._at(row, start, element, element), typ=element)

    def save(self, value: Any, row: Any, start: Any) -> None:
        """Write a vector from element ``start`` of a row."""
        where = self._at(row, start, value.type.element, value.type)
        self.builder.store(value, where, align=self._bytes(value.type.element))

    def _bytes(self, kind: Any) -> int:
        return int(kind.get_abi_size(self.layout))

    def _at(self, row: Any, start: Any, element: Any, kind: Any) -> Any:
        return self.pointer_to(kind, self.builder.gep(row, [start], source_etype=element))

    def pointer_to(self, kind: Any, pointer: Any) -> Any:
        """Return ``pointer`` for access to a ``kind``, where LLVM still tells pointers apart."""
        if pointer.type.is_opaque:
            return pointer
        return self.builder.bitcast(pointer, ir.PointerType(kind))

    def broadcast(self, row: Any, start: Any) -> Any:
        """Return the vector as wide as a panel that holds element ``start`` of a row everywhere."""
        return self.spread(self.load_one(row, start), self.lanes)

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
        return [cgutils.alloca_once_value(self.builder, value) for value in first]

    def value(self, total: Any) -> Any:
        """Return what a sum has come to."""
        return self.builder.load(total, typ=total.allocated_type)

    def add_product(self, total: Any, a: Any, x: Any) -> None:
        """Add ``a x``, one product in each sum: there is but one way to fuse them."""
        builder = self.builder
        product = builder.fmul(a, x, flags=("contract",))
        builder.store(builder.fadd(self.value(total), product, flags=("contract",)), total)


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
    return intrinsic(typed)


def panel_row_copier() -> Callable[..., None]:
    """Return a function of X, its row and first column, and where to pack a panel: array, panel."""

    def plain(X: Any, i: int, left: int, packed: Any, panel: int) -> None:
        packed[panel, i] = X[i, left : left + packed.shape[2]]

    def emit(code: VectorCode) -> None:
        X, i, left, packed, panel = code.arguments
        code.save(code.load(code.row(X, i), left), code.row(packed, panel, i), code.index(0))

    return in_vectors(plain, emit)


def square_turner() -> Callable[..., None]:
    """Return a function of X, the first row and column of a square, and array, panel and column."""

    def plain(X: Any, top: int, left: int, packed: Any, panel: int, column: int) -> None:
        square = X[top : top + SQUARE, left : left + SQUARE]
        packed[panel, left : left + SQUARE, column : column + SQUARE] = square.T

    def emit(code: VectorCode) -> None:
        X, top, left, packed, panel, column = code.arguments
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
            code.save(row, code.row(packed, panel, code.plus(left, j)), column)

    return in_vectors(plain, emit)


def nonzero_lister() -> Callable[..., int]:
    """Return a function that writes the places of elements that are not 0, and returns their count.

    It looks at whole eights only: what is left after them is the caller's.
    """

    def plain(elements: Any, places: Any) -> int:
        found = np.flatnonzero(elements[: elements.size // SQUARE * SQUARE])
        places[: found.size] = found
        return found.size

    def emit(code: VectorCode) -> Any:
        builder, (elements, places) = code.builder, code.arguments
        byte, word = ir.IntType(8), ir.IntType(32)
        content = ir.Constant(ir.ArrayType(byte, PLACES.size), bytearray(PLACES.tobytes()))
        table = code.pointer_to(byte, cgutils.global_constant(builder, "places", content))
        (count,) = code.sums([code.index(0)])
        size, step = builder.extract_value(elements.shape, 0), code.index(SQUARE)
        end = builder.sub(size, builder.urem(size, step))
        with cgutils.for_range_slice(builder, code.index(0), end, step) as (i, _):
            found = code.load(elements.data, i, SQUARE)
            there = builder.fcmp_unordered("!=", found, found.type(None))
            pattern = builder.bitcast(there, byte)
            start = code.times(builder.zext(pattern, code.index), SQUARE)
            found = builder.zext(code.load(table, start, SQUARE, byte), ir.VectorType(word, SQUARE))
            found = builder.add(found, code.spread(builder.trunc(i, word), SQUARE))
            code.save(found, places.data, code.value(count))
            more = builder.zext(builder.ctpop(pattern), code.index)
            builder.store(builder.add(code.value(count), more), count)
        return code.value(count)

    return in_vectors(plain, emit, numba.int64)


def tile_emitter(rows: int) -> Callable[..., None]:
    """Return a function that writes a tile of so many rows and one panel of `gemm_bias_clip`.

    Its arguments are the rows of A, the packed side and its panel, what is added by row and by
    column, the least result, where to write and the column to begin at.
    """

    def plain(
        A: Any, packed: Any, panel: int, by_row: Any, by_column: Any, least: Any, out: Any,
        left: int,
    ) -> None:  # fmt: skip
        lanes = packed.shape[2]
        added = by_row[:, None] + by_column[panel * lanes : (panel + 1) * lanes]
        total = A @ packed[panel] + added
        out[: len(A), left : left + lanes] = np.where(total < least, least, total)

    def emit(code: VectorCode) -> None:
        A, packed, panel, by_row, by_column, least, out, left = code.arguments
        builder, places = code.builder, [code.index(row) for row in range(rows)]
        factors = [code.kept(code.row(A, row)) for row in places]
        panels = code.kept(code.row(packed, panel, code.index(0)))
        columns = code.load(by_column.data, code.times(panel, code.lanes))
        totals = code.sums(
            [builder.fadd(code.broadcast(by_row.data, row), columns) for row in places]
        )
        depth = builder.extract_value(A.shape, 1)
        with cgutils.for_range_slice(builder, code.index(0), depth, code.index(1)) as (d, _):
            x = code.load(panels, code.times(d, code.lanes))
            for row, total in zip(factors, totals, strict=True):
                code.add_product(total, code.broadcast(row, d), x)
        floor = code.spread(least, code.lanes)
        for row, total in zip(places, map(code.value, totals), strict=True):
            result = builder.select(builder.fcmp_ordered("<", total, floor), floor, total)
            code.save(result, code.row(out, row), left)

    return in_vectors(plain, emit)


def panel_adder(panels: int, parts: int) -> Callable[..., None]:
    """Return a function that writes ``Σ_i C_i x_i`` over listed samples, for some panels of X.

    Its arguments are the packed inputs, the first panel, the samples and how many they are, the
    coefficients of all samples, the row to write to and where in it to begin. Sums are taken in
    ``parts``, so that an addition need not wait for the one before.
    """

    def plain(
        packed: Any, first: int, samples: Any, count: int, C: Any, out: Any, left: int
    ) -> None:
        lanes = packed.shape[2]
        for panel in range(panels):
            total = C[samples[:count]] @ packed[first + panel, samples[:count]]
            out[left + panel * lanes : left + (panel + 1) * lanes] = total

    def emit(code: VectorCode) -> None:
        packed, first, samples, count, C, out, left = code.arguments
        builder = code.builder
        planes = [code.row(packed, code.plus(first, n), code.index(0)) for n in range(panels)]
        zero = ir.VectorType(code.element, code.lanes)(None)
        totals = [code.sums([zero] * panels) for _ in range(parts)]

        def add_sample(n: Any, part: int) -> None:
            i = builder.zext(code.load_one(samples.data, n, ir.IntType(32)), code.index)
            c = code.broadcast(C.data, i)
            for plane, total in zip(planes, totals[part], strict=True):
                code.add_product(total, c, code.load(plane, code.times(i, code.lanes)))

        step = code.index(parts)
        whole = builder.sub(count, builder.urem(count, step))
        with cgutils.for_range_slice(builder, code.index(0), whole, step) as (n, _):
            for part in range(parts):
                add_sample(code.plus(n, part), part)
        with cgutils.for_range_slice(builder, whole, count, code.index(1)) as (n, _):
            add_sample(n, 0)
        for panel, places in enumerate(zip(*totals, strict=True)):
            value, *others = map(code.value, places)
            for other in others:
                value = builder.fadd(value, other)
            code.save(value, out.data, code.plus(left, panel * code.lanes))

    return in_vectors(plain, emit)


copy_panel_row, turn_square, list_nonzero = panel_row_copier(), square_turner(), nonzero_lister()
gemm_tile, gemm_row = tile_emitter(TILE), tile_emitter(1)
add_panels, add_panel = panel_adder(PANELS, 2), panel_adder(1, 4)
