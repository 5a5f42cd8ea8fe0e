"""From resolved settings to a trained model: built or taken up, shown, and saved on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hebbovr.cli.errors import INPUT_OPTIONS, LAYER_OPTIONS, called
from hebbovr.cli.setting_options import trainer_settings
from hebbovr.cli.settings import parse_pca

if TYPE_CHECKING:
    from hebbovr.datasets import Dataset
    from hebbovr.model import Model
    from hebbovr.preprocessing import Preprocessor
    from hebbovr.storage.checkpoints import Checkpoint, Checkpoints
    from hebbovr.training.trainer import Trainer


def learn(
    dataset: Dataset,
    settings: Mapping[str, Any],
    *,
    threads: int | None,
    quiet: bool,
    saved: Checkpoint | None = None,
    folder: Checkpoints | None = None,
    every: int | None = None,
) -> Model:
    """Train a layer, or go on with the one ``saved``; with a ``folder``, save checkpoints there."""
    from hebbovr.cli.progress import ShowProgress
    from hebbovr.pipeline import resume_model, train_model
    from hebbovr.storage.checkpointer import Checkpointer

    with called(LAYER_OPTIONS):
        preprocessor, trainer = (saved.preprocessor, saved.trainer) if saved else build(settings)
    callbacks: list[Any] = [] if quiet else [ShowProgress()]
    if folder:
        every = every or settings["checkpoint_every"]
        about = {**settings, "data": dataset.name, "checkpoint_every": every}
        callbacks.append(Checkpointer(folder, preprocessor, about, dataset.fingerprint(), every))
    trainer.callbacks, trainer.n_threads = tuple(callbacks), threads
    try:
        with called(INPUT_OPTIONS):
            run = resume_model if saved else train_model
            return run(dataset, preprocessor, trainer)
    finally:
        for callback in callbacks:
            callback.close()


def build(settings: Mapping[str, Any]) -> tuple[Preprocessor, Trainer]:
    """Return the preprocessor and the trainer that resolved settings describe."""
    from hebbovr.preprocessing import Preprocessor
    from hebbovr.training.trainer import Trainer

    preprocessor = Preprocessor(
        parse_pca(settings["pca"]),
        scale=settings["scale"],
        whiten=settings["whiten"],
        random_state=settings["seed"],
    )
    return preprocessor, Trainer(**trainer_settings(settings))
