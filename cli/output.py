"""What commands print: one JSON object, or a small table; results on stdout, the rest on stderr."""

from __future__ import annotations

import json
import math
import shlex
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click


def print_json(result: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON object (or list); what is not finite becomes null."""
    click.echo(json.dumps(_plain(result), ensure_ascii=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> None:
    """Print rows in columns: the first ``words`` left-aligned, the others right-aligned."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def note(text: str) -> None:
    """Say something that is no result, on stderr."""
    click.echo(text, err=True)


def as_argument(path: object) -> str:
    """Return a path as a shell takes it for an argument; one that starts with a dash as ./-x."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


@contextmanager
def warnings_as_notes(quiet: bool = False) -> Iterator[None]:
    """Show warnings as plain sentences on stderr, each once."""
    shown: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        text = str(message)
        if text not in shown and not quiet:
            note(text)
        shown.add(text)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield


def percent(share: float) -> str:
    """Return a share as percent with one decimal."""
    return f"{100 * share:.1f}"


def decimals(value: float) -> str:
    """Return a measure with three decimals, or a dash where it is not defined."""
    return f"{value:.3f}" if math.isfinite(value) else "-"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
