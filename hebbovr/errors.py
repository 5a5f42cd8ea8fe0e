"""The errors that a user's mistake or a broken file may raise: one sentence each."""

from __future__ import annotations


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
    """A setting is out of range or contradicts another."""


class TrainingError(HebbovrError):
    """Training could not go on: responses collapsed, or numbers stopped being finite."""


class DataNote(UserWarning):
    """What was decided about a user's data, and how to have it otherwise."""
