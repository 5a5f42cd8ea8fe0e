"""Errors become one sentence on stderr and an exit code: 1 failed, 2 wrong usage, 130 stopped."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from hebbovr.cli.output import note, warnings_as_notes
from hebbovr.cli.setting_options import OPTIONS
from hebbovr.cli.streams import gated, stderr, stdout
from hebbovr.errors import HebbovrError, Interrupted, SettingsError, shown
from hebbovr.interrupts import heard

DEBUG = "HEBBOVR_DEBUG"

LAYER_OPTIONS = OPTIONS | {"unit": "--unit"}
INPUT_OPTIONS = {"n_components": "--pca", "whiten": "--whiten", "scale": "--scale"}


class ExplainingGroup(click.Group):
    """A group whose commands end in a sentence and an exit code, never in a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line behind the gate of `hebbovr.cli.streams`."""
        run: Callable[[], Any] = partial(
            super().main, args, prog_name, complete_var, standalone_mode=False, **extra
        )
        if not standalone_mode:
            return run()
        with gated(), heard(), warnings_as_notes(every=False):
            try:
                code = run()
                stdout().flush()
            except (KeyboardInterrupt, click.Abort):
                note("Interrupted.")
                code = 130
            except Exception as error:
                code = _show(_explained(error))
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; translate what it raises."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as error:
            said = str(error) if isinstance(error, Interrupted) else "Interrupted"
            note(f"{said}.")
            ctx.exit(130)
        except Exception as error:
            raise _explained(error) from error


def _explained(error: Exception) -> click.ClickException:
    """Return what is shown of an error."""
    if isinstance(error, click.ClickException):
        return error
    if os.environ.get(DEBUG, "") not in ("", "0"):
        import traceback

        stderr().write("".join(traceback.format_exception(error)))
    if isinstance(error, SettingsError):
        return click.UsageError(str(error))
    if isinstance(error, HebbovrError):
        return click.ClickException(str(error))
    if isinstance(error, MemoryError):
        return click.ClickException(
            "Memory ran out; use fewer units (--hidden), or data as a .npy file, which is "
            "read batch by batch"
        )
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return click.ClickException(
            f"{shown(error.filename)} is too long for a file's name; give a shorter one"
        )
    lines = (str(error) or type(error).__name__).strip().splitlines() or [""]
    said = f"{type(error).__name__}: {lines[0]}"
    given = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("NUMBA_")]
    if given and _from_numbas_settings(error):
        return click.ClickException(
            f"Numba does not take the environment's {', '.join(given)} ({said}); change or unset it"
        )
    return click.ClickException(
        f"This is a fault of hebbovr ({said}); please report it, with the command and what it "
        f"prints when {DEBUG}=1 is set"
    )


def _from_numbas_settings(error: Exception) -> bool:
    """Tell whether Numba raised it while it read its settings or started its threads."""
    place = error.__traceback__
    while place is not None:
        module = place.tb_frame.f_globals.get("__name__")
        if module in ("numba.core.config", "numba.np.ufunc.parallel"):
            return True
        place = place.tb_next
    return False


def _show(error: click.ClickException) -> int:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        if error.format_message() == error.ctx.get_help():  # what no arguments lead to
            stderr().write(error.format_message() + "\n")
            return error.exit_code
        stderr().write(
            f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n\n"
        )
    note(f"Error: {error.format_message()}")
    return error.exit_code


@contextmanager
def called(options: Mapping[str, str]) -> Iterator[None]:
    """Give a parameter the name that it has on the command line, in what is raised inside."""
    try:
        yield
    except SettingsError as error:
        if error.name not in options:
            raise
        text = f"{options[error.name]} {shown(error.value)} {error.reason}"
        raise SettingsError(text) from error
