"""Many fits at once, in threads and processes: no abort, no deadlock, the results of one by one."""

import multiprocessing
import os
import subprocess
import sys

import joblib
import numba
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from hebbovr import OVREncoder
from hebbovr.errors import DataError, TrainingError

LAYERS = ("workqueue", "omp", "tbb")
THREADS_SCRIPT = """
import sys
import threading
import numpy as np
from hebbovr import OVREncoder
from hebbovr.kernels.threads import threading_layer

n_threads, fits = int(sys.argv[1]), int(sys.argv[2])
X = np.random.default_rng(0).standard_normal((96, 7)).astype(np.float32)
serial = [OVREncoder(19, epochs=2, random_state=n).fit_transform(X).tobytes() for n in range(fits)]
found = [[None] * fits for _ in range(n_threads)]

def work(mine):
    for n in range(fits):
        mine[n] = OVREncoder(19, epochs=2, random_state=n).fit_transform(X).tobytes()

threads = [threading.Thread(target=work, args=(mine,)) for mine in found]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert all(mine == serial for mine in found), "results differ from serial ones"
print(threading_layer())
"""


def fit(seed):
    X = np.random.default_rng(0).standard_normal((96, 7)).astype(np.float32)
    return OVREncoder(19, epochs=2, random_state=seed).fit_transform(X).tobytes()


def available(layer):
    done = subprocess.run(
        [sys.executable, "-c", THREADS_SCRIPT, "1", "1"],
        env={**os.environ, "NUMBA_THREADING_LAYER": layer},
        capture_output=True,
        text=True,
    )
    return done.returncode == 0


def many_threads(layer, n_threads, fits):
    done = subprocess.run(
        [sys.executable, "-c", THREADS_SCRIPT, str(n_threads), str(fits)],
        env={**os.environ, "NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == layer


@pytest.mark.parametrize("layer", LAYERS)
def test_python_threads_on_every_threading_layer(layer):
    if not available(layer):
        pytest.skip(f"Numba has no {layer} here")
    many_threads(layer, 4, 4)


@pytest.mark.slow
@pytest.mark.parametrize("layer", LAYERS)
def test_eight_threads_of_25_fits_on_every_threading_layer(layer):
    if not available(layer):
        pytest.skip(f"Numba has no {layer} here")
    many_threads(layer, 8, 25)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib_workers_give_what_serial_fits_give(backend):
    serial = [fit(seed) for seed in range(4)]
    found = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(fit)(seed) for seed in range(4)
    )
    assert found == serial


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_give_what_serial_fits_give(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    # In a process of its own, since forking this one, which has threads, warns or hangs.
    script = (
        "import multiprocessing\n"
        "from tests.reliability.test_concurrency import fit\n"
        "if __name__ == '__main__':\n"
        f"    with multiprocessing.get_context({method!r}).Pool(2) as pool:\n"
        "        found = pool.map(fit, range(4))\n"
        "    assert found == [fit(seed) for seed in range(4)]\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=600)


@pytest.mark.parametrize(("layer", "printed"), [("omp", "forked"), ("workqueue", "the same")])
def test_a_fork_after_a_fit_ends_in_a_sentence_or_in_the_same_result(layer, printed):
    """GNU OpenMP's threads do not survive a fork, and Numba would end the process."""
    script = (
        "import os\n"
        "from hebbovr.errors import HebbovrError\n"
        "from tests.reliability.test_concurrency import fit\n"
        "before = fit(0)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        print('the same' if fit(0) == before else 'other', flush=True)\n"
        "    except HebbovrError as error:\n"
        "        print('forked' if 'was forked' in str(error) else error, flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "assert fit(0) == before\n"
    )
    if not available(layer):
        pytest.skip(f"Numba has no {layer} here")
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_THREADING_LAYER": layer},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == printed


def settings():
    pools = {
        (p["filepath"], p["num_threads"]) for p in threadpool_info() if p["user_api"] == "blas"
    }
    return pools, numba.get_num_threads()


def test_thread_settings_are_as_before_after_every_call_and_every_error():
    X = np.random.default_rng(0).standard_normal((96, 7)).astype(np.float32)
    encoder = OVREncoder(19, epochs=1).fit(X)
    before = settings()
    encoder.fit(X)
    encoder.partial_fit(X)
    encoder.transform(X)
    assert settings() == before
    broken = X.copy()
    broken[-1] = np.inf
    with pytest.raises((DataError, ValueError)):
        encoder.fit(broken)
    assert settings() == before
    with pytest.raises(TrainingError), np.errstate(all="ignore"):
        OVREncoder(19, epochs=50, learning_rate=1e30, overlap_penalty=1e30).fit(X)
    assert settings() == before
