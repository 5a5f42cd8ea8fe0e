"""Turn errors into one sentence on stderr and an exit code: 1 failed, 2 wrong usage, 130 stopped."""

from __future__ import annotations

from typing import Any

import click

from hebbovr.errors import HebbovrError, SettingsError


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
        except KeyboardInterrupt:
            click.echo("Interrupted; nothing was saved.", err=True)
            ctx.exit(130)
