"""The command line: thin commands that parse, call the package and print."""

from __future__ import annotations

import click

from hebbovr.cli.data import data
from hebbovr.cli.encode import encode
from hebbovr.cli.errors import ExplainingGroup
from hebbovr.cli.info import info
from hebbovr.cli.inspect import inspect
from hebbovr.cli.plot import plot
from hebbovr.cli.probe import probe
from hebbovr.cli.report import report
from hebbovr.cli.reproduce import reproduce
from hebbovr.cli.rule import rule
from hebbovr.cli.rule_compare import compare
from hebbovr.cli.rule_show import show
from hebbovr.cli.rule_watch import watch
from hebbovr.cli.sweep import sweep
from hebbovr.cli.train import train


@click.group(
    cls=ExplainingGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="hebbovr", prog_name="hebbovr")
def main() -> None:
    """Train one layer by a local learning rule, on a plain CPU.

    The rule makes the responses to different samples overlap less (One-Vs-Rest). There is no
    decoder, and no error is propagated back.

    \b
    Start with:
      hebbovr train                 the digits that come with scikit-learn
      hebbovr train FILE.csv        your own data (.npy, .npz, .csv)
    """


for command in (show, watch, compare):
    rule.add_command(command)
for command in (train, probe, encode, inspect, plot, report, rule, sweep, reproduce, data, info):
    main.add_command(command)
