"""Errors become one sentence on stderr and an exit code: 1 failed, 2 wrong usage, 130 stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from hebbovr.cli.setting_options import OPTIONS
from hebbovr.errors import HebbovrError, Interrupted, SettingsError

LAYER_OPTIONS = OPTIONS | {"unit": "--unit"}
INPUT_OPTIONS = {"n_components": "--pca", "whiten": "--whiten", "scale": "--scale"}


class ExplainingGroup(click.Group):
    """A group whose commands end in a sentence, never in a traceback, at a user's mistake."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; translate what it raises."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.UsageError(str(error)) from error
        except HebbovrError as error:
            raise click.ClickException(str(error)) from error
        except MemoryError as error:
            raise click.ClickException(
                "Memory ran out; use fewer units (--hidden), or data as a .npy file, which is "
                "read batch by batch"
            ) from error
        except KeyboardInterrupt as error:
            said = str(error) if isinstance(error, Interrupted) else "Interrupted"
            click.echo(f"{said}.", err=True)
            ctx.exit(130)


@contextmanager
def called(options: Mapping[str, str]) -> Iterator[None]:
    """Give a parameter the name that it has on the command line, in what is raised inside."""
    try:
        yield
    except SettingsError as error:
        if error.name not in options:
            raise
        text = f"{options[error.name]} {error.value!r} {error.reason}"
        raise SettingsError(text) from error
