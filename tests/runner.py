"""click's runner with stdout and stderr apart, as newer versions have it by default."""

import inspect

from click.testing import CliRunner


def make_runner(**options):
    if "mix_stderr" in inspect.signature(CliRunner).parameters:
        options["mix_stderr"] = False
    return CliRunner(**options)
