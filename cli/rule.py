"""`hebbovr rule`: look at learning rules, one update, in the plane, and side by side."""

from __future__ import annotations

import click

from hebbovr.cli.errors import ExplainingGroup
from hebbovr.cli.options import json_option
from hebbovr.cli.output import print_json, print_table


@click.group(cls=ExplainingGroup, epilog="Example: hebbovr rule show --unit 3 -o update.png")
def rule() -> None:
    """Study the local learning rules."""


@rule.command("list", epilog="Example: hebbovr rule list")
@json_option
def list_rules(as_json: bool) -> None:
    """List the rules: what each needs beyond a unit's own responses, and its source."""
    from hebbovr.rules import RULES, SHARED_SIGNALS, options_of

    rows = [
        {
            "rule": name,
            "shared_signals": list(made.shared_signals),
            "optimiser": made.optimiser,
            "options": options_of(made),
            "source": made.source,
        }
        for name, made in RULES.items()
    ]
    if as_json:
        print_json({"rules": rows, "signals": SHARED_SIGNALS})
        return
    print_table(
        ["rule", "shared signals", "source"],
        [[r["rule"], ", ".join(r["shared_signals"]) or "none", r["source"]] for r in rows],
        words=3,
    )
