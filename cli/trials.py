"""What the commands that run trials share: their progress, and how they are stopped and go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.output import note
from hebbovr.errors import SettingsError

MOST_SEEDS, MOST_JOBS = 1000, 1000


def seeds_option(
    default: int, words: str = "Runs per setting."
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds --seeds."""
    return click.option(
        "--seeds", type=click.IntRange(1, MOST_SEEDS), default=default, show_default=True,
        metavar="N", help=words,
    )  # fmt: skip


def jobs_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --jobs."""
    return click.option(
        "--jobs", type=int, default=1, show_default=True, metavar="N", help="Parallel jobs."
    )(command)


def check_jobs(jobs: int) -> None:
    """Raise SettingsError for a number of jobs that joblib does not know, or no machine has."""
    if jobs == 0:
        raise SettingsError("--jobs 0 computes nothing; give 1 or more, or -1 for all cores")
    if not -MOST_JOBS <= jobs <= MOST_JOBS:
        raise SettingsError(f"--jobs takes at most {MOST_JOBS}; give -1 for all cores")


@contextmanager
def resumable(out: Path) -> Iterator[None]:
    """Say at an interrupt what is kept, and leave with its exit code."""
    from hebbovr.experiments.trials import TRIAL_FOLDER

    try:
        yield
    except KeyboardInterrupt:
        note(f"Stopped; the trials done are in {out / TRIAL_FOLDER}, and the same command goes on")
        click.get_current_context().exit(130)


class ShowTrials:
    """Say on stderr what a run will take, and each trial as it is done."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet

    def announce(self, estimate: Any) -> None:
        """Say how many trials there are, how many are stored, and how long the others take."""
        from hebbovr.experiments.cost import duration

        if self._quiet:
            return
        text = f"{estimate.trials} trials, {estimate.stored} of them stored already"
        if estimate.stored < estimate.trials:
            text += f"; about {duration(estimate.seconds)} to go"
        note(text)

    def __call__(self, finished: Any) -> None:
        """Say what a trial gave and how much time is left."""
        from hebbovr.experiments.cost import duration

        if self._quiet:
            return
        result = finished.result
        if "failed" in result:
            found = f"failed: {result['failed']}"
        elif result.get("accuracy") is not None:
            found = f"{100 * result['accuracy']:.2f}%"
        else:
            found = "done"
        note(
            f"{finished.done}/{finished.total} {finished.trial.key}: {found} "
            f"({duration(result['wall_seconds'])}), {duration(finished.seconds_left)} left"
        )
        for text in result.get("notes", ()):
            note(f"  {text}")
