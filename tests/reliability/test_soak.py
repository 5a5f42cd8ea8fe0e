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
import itertools, sys, time
import numpy as np
from hebbovr import OVREncoder, Preprocessor

PAGE = 4096 / 2**20

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE

unit, end, settling = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
random = np.random.default_rng(0)
mixing = random.normal(size=(30, 30)).astype(np.float32)
encoder = OVREncoder(96, batch_size=64, random_state=0, schedule="constant", n_threads=1)
started, points = time.monotonic(), []
for calls in itertools.count():
    now = calls if unit == "calls" else time.monotonic() - started
    if now >= end:
        break
    X = random.normal(size=(int(random.integers(2, 700)), 30)).astype(np.float32) @ mixing
    encoder.partial_fit(X).transform(X[:10])
    if now > settling and (not points or now - points[-1][0] > (end - settling) / 200):
        points.append((now, resident()))
assert np.isfinite(encoder.weights_).all() and np.isfinite(encoder.biases_).all()
moments, memory = np.array(points).T
print(calls, len(points), np.polyfit(moments, memory, 1)[0] * 600, memory.min(), memory.max())
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def soak(unit, end, settling):
    """Return the calls, and how the resident memory grows in MiB in 600 seconds, or calls."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, unit, str(end), str(settling)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    calls, points, slope, low, high = map(float, done.stdout.split())
    print(f"{calls:.0f} calls, {slope:.3f} MiB in 600 {unit}, {low:.1f} to {high:.1f} MiB")
    return calls, points, slope, high - low


def test_some_hundred_calls():
    calls, points, _, spread = soak("calls", 800, 400)
    assert calls == 800
    assert points > 100
    assert spread < 4  # MiB: a leak of one batch a call would be more by far


@pytest.mark.slow
def test_an_hour():
    calls, points, slope, _ = soak("seconds", 3600, 300)
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
