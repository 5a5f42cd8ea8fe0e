"""A stream of partial_fit batches of changing sizes: memory stays flat, weights finite.

The slow version takes an hour: ``pytest -m slow -s tests/reliability/test_soak.py``.
"""

import subprocess
import sys

import numpy as np
import pytest

from hebbovr import Trainer
from hebbovr.training.loop import KEPT_RECORDS

# In a process of its own, whose memory is nothing but this.
SCRIPT = """
import sys, time
import numpy as np
from hebbovr import OVREncoder, Preprocessor

PAGE = 4096 / 2**20

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE

seconds, settling = float(sys.argv[1]), float(sys.argv[2])
random = np.random.default_rng(0)
mixing = random.normal(size=(30, 30)).astype(np.float32)
encoder = OVREncoder(96, batch_size=64, random_state=0, schedule="constant", n_threads=1)
started, points, calls = time.monotonic(), [], 0
while (now := time.monotonic() - started) < seconds:
    X = random.normal(size=(int(random.integers(2, 700)), 30)).astype(np.float32) @ mixing
    encoder.partial_fit(X).transform(X[:10])
    calls += 1
    if now > settling and (not points or now - points[-1][0] > (seconds - settling) / 200):
        points.append((now, resident()))
assert np.isfinite(encoder.weights_).all() and np.isfinite(encoder.biases_).all()
minutes, memory = np.array(points).T / [[60.0], [1.0]]
print(calls, len(points), np.polyfit(minutes, memory, 1)[0] * 10, memory.min(), memory.max())
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def soak(seconds, settling):
    """Return the calls, and the slope of the resident memory in MiB in ten minutes."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(seconds), str(settling)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    calls, points, slope, low, high = map(float, done.stdout.split())
    print(f"{calls:.0f} calls, {slope:.3f} MiB in ten minutes, {low:.1f} to {high:.1f} MiB")
    return calls, points, slope, high - low


def test_a_few_seconds():
    calls, points, _, spread = soak(12, 6)
    assert calls > 50
    assert points > 20
    assert spread < 4  # MiB: a leak of one batch a call would be more by far


@pytest.mark.slow
def test_an_hour():
    calls, points, slope, _ = soak(3600, 300)
    assert calls > 10_000
    assert points > 100
    assert slope < 1


def test_the_history_of_a_stream_is_bounded_and_goes_on():
    trainer = Trainer(4, epochs=2, batch_size=8, random_state=0).initialize(3)
    X = np.ones((8, 3), np.float32)
    for _ in range(KEPT_RECORDS + 20):
        trainer.partial_fit(X)
    epochs = [record["epoch"] for record in trainer.history_]
    assert epochs == list(range(21, KEPT_RECORDS + 21))
    assert trainer.epoch_ == KEPT_RECORDS + 20
