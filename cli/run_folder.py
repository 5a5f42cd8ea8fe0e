"""A training run in a folder: its checkpoints, and what it takes to go on with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hebbovr.cli.output import note, warnings_as_notes
from hebbovr.cli.settings import DEFAULTS, check_resolved, parse_pca
from hebbovr.errors import CheckpointError, SettingsError

if TYPE_CHECKING:
    from hebbovr.datasets import Dataset
    from hebbovr.storage.checkpoints import Checkpoint, Checkpoints

Command = TypeVar("Command", bound=Callable[..., Any])


def checkpoint_options(command: Command) -> Command:
    """Add --checkpoint-every and --resume."""
    for option in (
        click.option(
            "--resume",
            is_flag=True,
            help="Go on with the run in --out DIR from its last checkpoint, to the same weights.",
        ),
        click.option(
            "--checkpoint-every",
            type=click.IntRange(1),
            metavar="N",
            help="Save the run every N batches, and when it is stopped; --out is then a folder.",
        ),
    ):
        command = option(command)
    return command


def open_folder(folder: Path, resume: bool) -> Checkpoints:
    """Return the checkpoints of the run's folder; those of an earlier run are not written over."""
    from hebbovr.storage.checkpoints import Checkpoints

    if (folder.suffix == ".npz" or folder.exists()) and not folder.is_dir():
        raise SettingsError(f"--out {folder} names a file; a run with checkpoints needs a folder")
    checkpoints = Checkpoints(folder)
    if checkpoints.paths() and not resume:
        raise SettingsError(
            f"--out {folder} holds checkpoints of an earlier run; add --resume to go on with it, "
            "or choose another folder"
        )
    return checkpoints


def checkpoint_to_resume(
    checkpoints: Checkpoints,
    model: Path,
    dataset: Dataset,
    given: Mapping[str, Any],
    every: int | None,
) -> Checkpoint | None:
    """Return the newest checkpoint, None where the run was stopped before its first.

    Raises
    ------
    CheckpointError
        All checkpoints are damaged.
    SettingsError
        An option or the data differ from the run's, or it is finished.
    """
    with warnings_as_notes():  # of a damaged checkpoint
        saved = checkpoints.newest()
    if saved is None and model.exists():
        raise SettingsError(f"--resume: the run is finished, its model is {model}")
    if saved is None and not every:
        raise SettingsError(
            f"--resume: there is no checkpoint in {checkpoints.folder}; give the run's own folder "
            "as --out, or --checkpoint-every N to start a run there"
        )
    if saved is None:
        note(f"There is no checkpoint in {checkpoints.folder}; the run starts at its beginning.")
        return None
    _check_saved(saved)
    _check_settings(saved, given)
    _check_data(saved, dataset)
    return saved


def _check_saved(saved: Checkpoint) -> None:
    """Raise CheckpointError where its settings are none that a run can have."""
    from hebbovr.files.values import name_of, whole

    try:
        check_resolved(DEFAULTS | saved.settings)
        whole(saved.settings["checkpoint_every"], "checkpoint_every", 1)
        name_of(saved.settings["data"], "data")
    except (KeyError, ValueError) as error:
        said = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise CheckpointError(
            f"{saved.path} holds settings that no run has ({said}); start another run in another "
            "folder"
        ) from error


def _check_settings(saved: Checkpoint, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value is not None and not _same(name, value, saved.settings.get(name)):
            option = "--" + name.replace("_", "-")
            raise SettingsError(
                f"{option} is {value} here and {saved.settings.get(name)} in {saved.path}; leave "
                "it out, or start another run in another folder"
            )


def _check_data(saved: Checkpoint, dataset: Dataset) -> None:
    from hebbovr.model import versions

    if dataset.name != saved.settings["data"] or dataset.fingerprint() != saved.fingerprint:
        raise SettingsError(
            f"DATA is {dataset.name} with fingerprint {dataset.fingerprint()[:12]}, but the run in "
            f"{saved.path} was started on {saved.settings['data']} with fingerprint "
            f"{saved.fingerprint[:12]}; give the same data"
        )
    now = versions()
    changed = [
        f"{name} {then} then, {now.get(name)} now"
        for name, then in saved.versions.items()
        if now.get(name) != then
    ]
    if changed:
        note(f"Versions differ, so the last bits of the weights may too: {'; '.join(changed)}.")


def _same(name: str, value: Any, other: Any) -> bool:
    if name == "pca":
        return bool(parse_pca(value) == parse_pca(other))
    return bool(value == other)
