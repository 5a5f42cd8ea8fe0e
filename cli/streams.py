"""The one gate of all that is printed: nothing steers a terminal, and nobody has to listen.

Inside `gated`, stdout and stderr spell out control characters and replace letters that their
encoding lacks. A stderr that is closed, full or without a reader falls silent; a stdout that is
raises `PrintError`.
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from hebbovr.errors import HebbovrError

MOST_QUOTED = 200
MOST_SAID = 1000
_LONG = re.compile(
    rf"(?<!\w)'[^']{{{MOST_QUOTED},}}'|\"[^\"]{{{MOST_QUOTED},}}\"|\S{{{MOST_QUOTED},}}"
)
_REASONS = {
    errno.EPIPE: "has no reader any more",
    errno.EINVAL: "has no reader any more",  # what Windows says of a broken pipe
    errno.ENOSPC: "is full",
    errno.EDQUOT: "is full",
    errno.EBADF: "is closed",
}


class PrintError(HebbovrError):
    """Results cannot be printed; files that were written before are whole."""


def escaped(text: str, keep: str = "\n\t") -> str:
    """Return ``text`` with everything but printable characters and ``keep`` spelled out."""
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or letter in keep
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def one_line(text: str) -> str:
    """Return a sentence as it is shown: on one line, with long quotations cut."""
    text = _LONG.sub(_cut, escaped(text, keep=""))
    if len(text) > MOST_SAID:
        text = f"{text[: MOST_SAID * 2 // 3]} ... {text[-MOST_SAID // 3 :]}"
    return text


def _cut(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] in "'\"" and found[-1] == found[0]:
        inner = found[1:-1]
        return found if len(inner) <= MOST_QUOTED else f"{found[: MOST_QUOTED + 1]}...{found[0]}"
    return found if len(found) <= MOST_QUOTED else f"{found[:MOST_QUOTED]}..."


class Stream:
    """What commands, click and warnings write to in place of stdout or stderr.

    Parameters
    ----------
    stream : text stream or None
        What is behind it; None where there was none from the start.
    needed : bool
        Whether a failure is an error (of results), or means silence.
    plain : bool
        Whether control characters are spelled out; progress bars steer the terminal.
    """

    # Of what may be written here; what lies behind may hold fewer letters.
    encoding, errors = "utf-8", "strict"

    def __init__(self, stream: Any, *, needed: bool, plain: bool = True) -> None:
        self._stream = stream
        self._needed = needed
        self._plain = plain
        self._reason = "is closed" if stream is None else ""

    def write(self, text: str) -> int:
        """Write what can be shown of ``text``."""
        if not isinstance(text, str):
            raise TypeError("text is written here, no bytes")
        if text:
            self._attempt(lambda stream: stream.write(self._shown(text)))
        return len(text)

    def write_ascii(self, text: str) -> None:
        """Write ASCII text as the bytes that it is, whatever the encoding."""
        data, binary = text.encode("ascii"), getattr(self._stream, "buffer", None)
        if binary is None:
            self.write(text)
            return
        self.flush()
        self._attempt(lambda stream: (stream.buffer.write(data), stream.buffer.flush()))

    def flush(self) -> None:
        """Pass on what was written."""
        if not self._reason:
            self._attempt(lambda stream: stream.flush())

    def isatty(self) -> bool:
        """Tell whether a terminal shows it."""
        try:
            return not self._reason and bool(self._stream.isatty())
        except (AttributeError, OSError, ValueError):
            return False

    def fileno(self) -> int:
        """Return the descriptor of what is behind it."""
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return int(self._stream.fileno())

    def steering(self) -> Stream:
        """Return a stream to the same place for a bar, which never fails."""
        return Stream(self._stream, needed=False, plain=False)

    def _shown(self, text: str) -> str:
        if self._plain:
            text = escaped(text)
        encoding = getattr(self._stream, "encoding", None)
        if text.isascii() or not isinstance(encoding, str):
            return text
        try:
            return text.encode(encoding, "replace").decode(encoding, "replace")
        except LookupError:
            return text.encode("ascii", "replace").decode("ascii")

    def _attempt(self, write: Callable[[Any], Any]) -> None:
        if not self._reason:
            try:
                write(self._stream)
            except (OSError, ValueError) as error:
                self._give_up(error)
        if self._reason and self._needed:
            raise PrintError(
                f"The result cannot be printed, because stdout {self._reason}; "
                "files that were written are whole"
            )

    def _give_up(self, error: OSError | ValueError) -> None:
        number = error.errno if isinstance(error, OSError) else errno.EBADF
        self._reason = _REASONS.get(number or 0) or f"cannot be written to ({error})"
        # What is still in its buffer would fail again when Python ends.
        with suppress(OSError, ValueError, AttributeError):
            place = self._stream.fileno()
            if place in (1, 2):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, place)
                os.close(nowhere)


@contextmanager
def gated() -> Iterator[None]:
    """Let all that is printed inside pass the gate."""
    before = sys.stdout, sys.stderr
    sys.stdout = cast(Any, stdout())
    sys.stderr = cast(Any, stderr())
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def stdout() -> Stream:
    """Return stdout, behind the gate."""
    found: Any = sys.stdout
    return found if isinstance(found, Stream) else Stream(found, needed=True)


def stderr() -> Stream:
    """Return stderr, behind the gate."""
    found: Any = sys.stderr
    return found if isinstance(found, Stream) else Stream(found, needed=False)
