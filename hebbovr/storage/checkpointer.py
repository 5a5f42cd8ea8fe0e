"""The callback that stores checkpoints as training goes, and before a signal ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any

from hebbovr.errors import Interrupted
from hebbovr.interrupts import ENDING
from hebbovr.preprocessing import Preprocessor
from hebbovr.storage.checkpoints import Checkpoints
from hebbovr.training.callbacks import Callback
from hebbovr.training.trainer import Trainer


class Checkpointer(Callback):
    """Save every ``every`` batches; at Ctrl-C, SIGTERM or SIGHUP, save and stop after the batch.

    Parameters
    ----------
    checkpoints : Checkpoints
        Where to.
    preprocessor : Preprocessor
        Fitted by the time of the first batch.
    settings, fingerprint
        What the run was started with, and its data.
    every : int
        Batches from one checkpoint to the next.

    Raises
    ------
    Interrupted
        From within the fit, when a signal came. A second signal does not wait for the batch.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        preprocessor: Preprocessor,
        settings: Mapping[str, Any],
        fingerprint: str,
        every: int,
    ) -> None:
        self.checkpoints = checkpoints
        self.preprocessor = preprocessor
        self.settings = settings
        self.fingerprint = fingerprint
        self.every = every
        self._signalled = False
        self._former: dict[int, Any] = {}

    def on_fit_begin(self, trainer: Trainer, n_batches: int, n_epochs: int) -> None:
        """Take over the signals that nobody ignores, where this is the thread that gets them."""
        if threading.current_thread() is threading.main_thread() and not self._former:
            self._former = {
                number: signal.signal(number, self._note)
                for number in ENDING
                if signal.getsignal(number) is not signal.SIG_IGN
            }

    def on_batch_end(self, trainer: Trainer, batch: int, stats: Mapping[str, float]) -> None:
        """Save where it is time; stop where a signal came."""
        # A collapsed layer shall not take the place of the last good one.
        sound = trainer.run_ is not None and not trainer.run_.vanishing
        if self._signalled or (sound and trainer.step_ % self.every == 0):
            self._save(trainer)

    def on_fit_end(self, trainer: Trainer) -> None:
        """Stop where a signal came after the last batch."""
        if self._signalled:
            self._save(trainer)

    def close(self) -> None:
        """Give the signals back."""
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._former = {}

    def _save(self, trainer: Trainer) -> None:
        path = self.checkpoints.save(trainer, self.preprocessor, self.settings, self.fingerprint)
        if self._signalled:
            raise Interrupted(f"Interrupted; the run is saved in {path}")

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._signalled:
            raise KeyboardInterrupt
        self._signalled = True
