"""A layer cut by units: what blocks share is brought together between the phases of a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from numpy.typing import NDArray

from hebbovr.kernels.layout import (
    NORMALISED,
    PROJECTED,
    RANKED,
    RESPONDED,
    Workspace,
    block_units,
)

Array = NDArray[Any]


class Exchange(Protocol):
    """Where a process stands among those that hold a layer's units, and how they share.

    Attributes
    ----------
    all_units : int
        Units of the whole layer.
    first_unit : int
        The first of them that is here: the first of a block of `block_units(all_units)`.
    """

    all_units: int
    first_unit: int

    def gather(self, rows: Array, own: slice) -> None:
        """Fill in ``rows`` (all, ...), of which those in ``own`` are this process's, in place."""
        ...


class Gathering:
    """What a step calls between its phases, for the batch at hand.

    Any number of processes that add the same block rows in the same order come to the same bits.
    An error is kept until the step has returned: compiled code could not pass it on.
    """

    def __init__(self, exchange: Exchange, n_units: int) -> None:
        block = block_units(exchange.all_units)
        first = exchange.first_unit // block
        self.first_block = first
        self._blocks = slice(first, first - (-n_units // block))
        self._units = slice(exchange.first_unit, exchange.first_unit + n_units)
        self._exchange = exchange
        self._work: Workspace | None = None
        self._error: BaseException | None = None

    def __call__(self, stage: int) -> int:
        """Gather what a stage has written; return 0, or 1 after an error."""
        try:
            for rows, own in self._shared(stage):
                self._exchange.gather(rows, own)
        except BaseException as error:
            self._error = error
            return 1
        return 0

    def within(self, work: Workspace, step: Callable[[], Any]) -> Any:
        """Return what ``step`` on the buffers ``work`` returns, or raise what it ran into."""
        self._work, self._error = work, None
        found = step()
        if self._error is not None:
            raise self._error
        return found

    def _shared(self, stage: int) -> list[tuple[Array, slice]]:
        work = self._work
        if work is None or self._error is not None:
            return []
        by_stage: dict[int, list[tuple[Array, slice]]] = {
            RESPONDED: [
                (work.by_block, self._blocks),
                (work.active, self._blocks),
                (work.row_sums, self._units),
            ],
            PROJECTED: [(work.by_block, self._blocks)],
            RANKED: [(work.largest, self._blocks), (work.ranked_units, self._blocks)],
            NORMALISED: [(work.by_block, self._blocks)],
        }
        return by_stage[stage]
