"""`hebbovr data`: the data sets that are known by name."""

from __future__ import annotations

import click

from hebbovr.cli.errors import ExplainingGroup
from hebbovr.cli.options import json_option
from hebbovr.cli.output import print_json


@click.group(cls=ExplainingGroup, epilog="Example: hebbovr data list")
def data() -> None:
    """Data sets: list them."""


@data.command(name="list", epilog="Example: hebbovr data list --json")
@json_option
def list_sets(as_json: bool) -> None:
    """List the data sets that train, probe and encode know by name, with their options."""
    from hebbovr.datasets import available

    known = available()
    if as_json:
        print_json(
            {
                info.name: {
                    "summary": info.summary,
                    "options": {
                        option.name: {"default": option.default, "help": option.help}
                        for option in info.options
                    },
                }
                for info in known
            }
        )
        return
    for info in known:
        click.echo(f"{info.name}: {info.summary}")
        for option in info.options:
            click.echo(f"    -D {option.name}={option.default}  {option.help}")
    click.echo("Or give the path of a .npy, .npz or .csv file.")
