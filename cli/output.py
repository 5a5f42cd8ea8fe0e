"""What commands print: one JSON object, or a small table; results on stdout, the rest on stderr.

All of it passes the gate of `hebbovr.cli.streams`.
"""

from __future__ import annotations

import json
import math
import os
import shlex
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hebbovr.cli.streams import escaped, one_line, stderr, stdout


def print_json(result: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON object (or list) in ASCII; what is not finite becomes null."""
    stdout().write_ascii(json.dumps(_plain(result), allow_nan=False, default=str) + "\n")


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> None:
    """Print rows in columns: the first ``words`` left-aligned, the others right-aligned."""
    shown = [[one_line(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())


def say(text: str = "") -> None:
    """Print one line of a result."""
    stream = stdout()
    stream.write(escaped(text, keep="") + "\n")
    stream.flush()


def note(text: str) -> None:
    """Say something that is no result, on stderr, if anybody listens."""
    stream = stderr()
    stream.write(one_line(text) + "\n")
    stream.flush()


@contextmanager
def warnings_as_notes(quiet: bool = False, every: bool = True) -> Iterator[None]:
    """Show warnings as plain sentences on stderr, each once; ``every`` one, or as filters say."""
    shown: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        text = " ".join(str(message).split())
        if text not in shown and not quiet:
            note(text)
        shown.add(text)

    with warnings.catch_warnings():
        if every:
            warnings.simplefilter("always")
        warnings.showwarning = show
        yield


def setting(value: Any) -> str:
    """Return a setting as it would be given: a word, a number without lost digits, or none."""
    if value is None:
        return "none"
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)


def as_argument(path: str | os.PathLike[str]) -> str:
    """Return a file name as it can be typed after a command, also if it looks like an option."""
    name = os.fspath(path)
    return shlex.quote(f".{os.sep}{name}" if name.startswith("-") else name)


def percent(share: float) -> str:
    """Return a share as percent with one decimal."""
    return f"{100 * share:.1f}"


def decimals(value: float | None) -> str:
    """Return a measure with three decimals, or a dash where it is not defined."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.3f}"


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
