"""The errors that a user's mistake or a broken file may raise: one sentence each."""

from __future__ import annotations

from typing import Any

LONGEST_SHOWN = 60


class HebbovrError(Exception):
    """Base of every error of this package; its text names what is wrong, where, and the mend."""


class DataError(HebbovrError, ValueError):
    """A data file or array cannot be used as it is."""


class ModelFileError(HebbovrError):
    """A model file is missing, broken, or not a model file."""


class CheckpointError(HebbovrError):
    """A checkpoint is missing, broken, or of another run."""


class Interrupted(KeyboardInterrupt):
    """The user or the system ended the work; the text says what was saved."""


class SettingsError(HebbovrError, ValueError):
    """A setting is out of range or contradicts another.

    Attributes
    ----------
    name : str
        The parameter, or "" where the error is of none alone.
    value : object
        What was given for it.
    reason : str
        The rest of the sentence: what is wrong with it, and the mend.
    """

    def __init__(
        self, text: str = "", *, name: str = "", value: object = None, reason: str = ""
    ) -> None:
        super().__init__(text or f"{name}={shown(value)} {reason}")
        self.name = name
        self.value = value
        self.reason = reason


class TrainingError(HebbovrError):
    """Training could not go on: responses collapsed, or numbers stopped being finite."""


class DataNote(UserWarning):
    """What was decided about a user's data, and how to have it otherwise."""


def shown(value: Any) -> str:
    """Return ``value`` as messages show it, short and on one line."""
    try:
        text = repr(value)
    except ValueError:  # Python does not spell out whole numbers of over 4300 digits
        return "a number of thousands of digits"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
