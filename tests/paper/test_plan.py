import hashlib

import numpy as np
import pytest

from hebbovr.datasets import Dataset
from hebbovr.paper.plan import make_plan
from hebbovr.paper.reproduce import ITEMS


def counted_images():
    """Images that no generator draws, so that their fingerprint is the same everywhere."""
    X = (np.arange(220 * 48) * 7 % 251).astype(np.uint8).reshape(220, 48)
    y = np.arange(220) % 4
    return Dataset(
        name="tiny",
        X_train=X[:160],
        y_train=y[:160],
        X_test=X[160:],
        y_test=y[160:],
        image_shape=(4, 4, 3),
    )


@pytest.mark.parametrize(
    ("protocol", "scale", "count", "digest"),
    [
        ("honest", "quick", 123, "a2f8ffd809ad19b4"),
        ("honest", "full", 314, "254167740d903793"),
        ("authors", "quick", 117, "34290672ca894d2d"),
        ("authors", "full", 308, "974436db27d38c58"),
    ],
)
def test_every_trial_is_stored_under_the_name_it_had(protocol, scale, count, digest):
    """A run that another release began goes on only as long as these keys stay."""
    plan = make_plan(counted_images(), protocol=protocol, scale=scale)
    keys = {trial.key for item in ITEMS.values() for trial in item.grid_trials(plan)}
    for item in ITEMS.values():
        if hasattr(item, "final_runs"):
            keys |= {trial.key for trial in item.final_runs(plan, {})}
    assert len(keys) == count
    assert hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16] == digest
