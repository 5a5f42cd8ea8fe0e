"""Training shown on stderr: a bar with live measures on a terminal, else a line now and then."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TextIO, cast

import click

from hebbovr.cli.output import note
from hebbovr.cli.streams import stderr
from hebbovr.training.callbacks import Callback

SECONDS_BETWEEN_LINES = 5.0


class ShowProgress(Callback):
    """Show how far training is, how long it will take, and what the responses do."""

    def on_fit_begin(self, trainer: Any, n_batches: int, n_epochs: int) -> None:
        """Start the bar, or the clock of the lines."""
        self._n_batches, self._n_epochs = n_batches, trainer.epoch_ + n_epochs
        self._started = self._shown = time.perf_counter()
        self._before = self._done = trainer.epoch_ * n_batches + len(trainer.run_.done)
        self._bar: Any = None
        if stderr().isatty():
            self._bar = click.progressbar(
                length=n_batches * self._n_epochs,
                label="training",
                show_eta=True,
                item_show_func=lambda text: text,
                file=cast(TextIO, stderr().steering()),
                update_min_steps=max(1, n_batches * n_epochs // 400),
            )
            self._bar.__enter__()
            self._bar.update(self._before)

    def on_batch_end(self, trainer: Any, batch: int, stats: Mapping[str, float]) -> None:
        """Move the bar, or print a line if the last was long ago."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(1, _measures(stats))
        elif time.perf_counter() - self._shown > SECONDS_BETWEEN_LINES:
            self._line(stats)

    def on_epoch_end(self, trainer: Any, record: Mapping[str, Any]) -> None:
        """Print a last line where there is no bar."""
        if self._bar is None and record["epoch"] == self._n_epochs:
            self._line(record)

    def close(self) -> None:
        """End the bar's line, also after an error."""
        if getattr(self, "_bar", None) is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    def _line(self, stats: Mapping[str, float]) -> None:
        self._shown = time.perf_counter()
        total = self._n_batches * self._n_epochs
        each = (self._shown - self._started) / max(1, self._done - self._before)
        left = each * (total - self._done)
        epoch = -(-self._done // self._n_batches)
        note(f"epoch {epoch}/{self._n_epochs}, {left:.0f} s left, {_measures(stats)}")


def _measures(stats: Mapping[str, float]) -> str:
    return (
        f"overlap {stats['overlap']:.3f}, mean response {stats['mean_response']:.3f}, "
        f"active {100 * stats['share_active']:.1f}%"
    )
