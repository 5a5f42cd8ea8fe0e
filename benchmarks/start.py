"""How long a first process compiles, and how soon a second one trains.

Run ``python -m benchmarks.start``. Both processes share a new, empty cache folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import click

from benchmarks.machine import describe_machine

SCRIPT = """
import time
import numpy as np
from hebbovr import OVREncoder
X = np.random.default_rng(0).standard_normal((256, 20)).astype(np.float32)
encoder = OVREncoder(64, epochs=1)
imported = time.perf_counter()
encoder.fit(X)
print(time.perf_counter() - imported)
"""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(as_json: bool) -> None:
    """Time the first fit after the imports: with compilation, then from the cache."""
    with tempfile.TemporaryDirectory() as cache:
        first, second = (first_fit(cache) for _ in range(2))
    result = {"first_s": first, "second_s": second, "machine": describe_machine()}
    click.echo(
        json.dumps(result) if as_json else f"compiling {first:.1f} s, from the cache {second:.2f} s"
    )


def first_fit(cache: str) -> float:
    """Return the seconds that a first small fit takes in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
