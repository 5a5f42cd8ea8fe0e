"""Settings and state, read and set as attributes of the object that has them."""

from __future__ import annotations

import warnings
from typing import Any, Self

from hebbovr.rules import Rule
from hebbovr.training.config import RENAMED, SETTINGS, TrainingConfig, current_names
from hebbovr.training.schedules import schedule_of
from hebbovr.training.state import TrainingState

# Fitted attributes that are read off the state.
OF_STATE = {
    "layer": "layer",
    "history_": "history",
    "run_": "run",
    "weight_scale_": "weight_scale",
    "epoch_": "epoch",
    "step_": "step",
    "best_epoch_": "best_epoch",
    "collapsed_": "collapsed",
    "n_features_in_": "n_features",
}


class Face:
    """Has a ``config`` and, once there are weights, a ``state_``."""

    config: TrainingConfig
    state_: TrainingState

    def __getattr__(self, name: str) -> Any:
        if name in SETTINGS:
            return getattr(self.config, name)
        if name in OF_STATE:
            return getattr(self.state_, OF_STATE[name])
        if name in RENAMED:
            (now,) = current_names({name: None}, warns=True)
            return getattr(self.config, now)
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in SETTINGS or name in RENAMED:
            self.configure(**current_names({name: value}, warns=True))
        elif name in OF_STATE:
            setattr(self.state_, OF_STATE[name], value)
        else:
            super().__setattr__(name, value)

    def configure(self, **settings: Any) -> Self:
        """Change settings; a training that is under way goes on with them.

        Raises
        ------
        SettingsError
            A setting is out of range.
        """
        self.config = self.config.changed(**settings)
        if hasattr(self, "state_") and settings.keys() & {"schedule", "learning_rate", "epochs"}:
            self.state_.schedule = schedule_of(self.config)
        return self

    def make_rule(self) -> Rule:
        """Return ``rule``, under the name of the release before."""
        warnings.warn("Trainer.make_rule() is now Trainer.rule", FutureWarning, stacklevel=2)
        rule: Rule = self.config.rule
        return rule

    def settings(self) -> dict[str, Any]:
        """Return the parameters but for callbacks; a ``random_state`` that is no seed is None."""
        return self.config.settings()
