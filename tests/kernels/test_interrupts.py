"""An interrupt at any moment ends the work: none is lost, and none becomes another error."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import numba
import pytest

from hebbovr.kernels.interrupts import interrupts_held
from tests.clocks import seconds_of, seconds_of_ended
from tests.signals import hear_interrupts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
MOST_SECONDS = 2.0  # of the processor, from an interrupt to the end
OFTEN = [8, pytest.param(200, marks=pytest.mark.slow)]


@pytest.fixture
def heard():
    """Note SIGUSR1, in place of Ctrl-C, which pytest itself hears."""
    found = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: found.append(number))
    yield found
    signal.signal(signal.SIGUSR1, before)


def test_a_signal_waits_for_the_end_of_the_block_and_is_heard_once(heard):
    former = signal.getsignal(signal.SIGUSR1)
    with interrupts_held():
        with interrupts_held():
            signal.raise_signal(signal.SIGUSR1)
            signal.raise_signal(signal.SIGUSR1)
        assert heard == []
    assert heard == [signal.SIGUSR1]
    assert signal.getsignal(signal.SIGUSR1) is former
    signal.raise_signal(signal.SIGUSR1)
    assert len(heard) == 2


def test_what_a_handler_raises_comes_after_the_block_and_handlers_are_put_back():
    def stop(number, frame):
        raise KeyboardInterrupt

    def work():
        with interrupts_held():
            signal.raise_signal(signal.SIGUSR1)
            done.append(True)

    before = signal.signal(signal.SIGUSR1, stop)
    interrupt, done = signal.getsignal(signal.SIGINT), []
    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        assert done
        assert signal.getsignal(signal.SIGUSR1) is stop
        assert signal.getsignal(signal.SIGINT) is interrupt
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_an_error_in_the_block_puts_handlers_back(heard):
    former = signal.getsignal(signal.SIGUSR1)
    with pytest.raises(ZeroDivisionError), interrupts_held():
        _ = 1 / 0
    assert signal.getsignal(signal.SIGUSR1) is former


def test_other_threads_leave_signals_alone():
    def look():
        with interrupts_held():
            found.append(signal.getsignal(signal.SIGINT))

    found, before = [], signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [before]


FITS = """
import os, random, signal, sys, threading, time
import numpy as np
from hebbovr import Trainer

X = np.random.default_rng(0).standard_normal((200, 9)).astype(np.float32)
Trainer(16, epochs=2).fit(X)
wait, sent, ended = random.Random(int(sys.argv[1])), [], []

def interrupt():
    sent.append(time.process_time())
    os.kill(os.getpid(), signal.SIGINT)

for _ in range(int(sys.argv[2])):
    timer = threading.Timer(wait.uniform(0.0, 0.2), interrupt)
    try:
        timer.start()
        Trainer(16, epochs=10**6).fit(X)
    except KeyboardInterrupt:
        ended.append(time.process_time() - sent[-1])
        print("ended", flush=True)
print(max(ended))
"""


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize("times", OFTEN)
def test_every_interrupt_ends_a_fit(times):
    done = subprocess.run(
        [sys.executable, "-c", FITS, "0", str(times)],
        capture_output=True,
        text=True,
        timeout=600 + 3 * times,
        check=False,
        preexec_fn=hear_interrupts,
    )
    *ended, slowest = done.stdout.split()
    assert done.returncode == 0, done.stderr
    assert ended == ["ended"] * times
    assert float(slowest) < MOST_SECONDS
    assert done.stderr == ""


TRAIN = """
import sys
from hebbovr.cli import main
print("begins", flush=True)
main(["train", "digits", "--hidden", "32", "--epochs", sys.argv[1], "--no-probe", "--quiet"])
"""


def training(epochs, folder):
    """Return a process that is about to import, and then to train."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(epochs)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )
    assert process.stdout.readline() == "begins\n"
    return process


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize("times", OFTEN)
def test_every_interrupt_ends_train_with_130(times, tmp_path):
    """From the first import to the midst of training, kernels compiled before and loaded."""
    for _ in range(2):  # the first may compile, the second shows how long this machine takes
        started, before = time.perf_counter(), seconds_of_ended()
        process = training(1, tmp_path / "whole")
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        longest = 1.5 * (time.perf_counter() - started)
        most = max(MOST_SECONDS, seconds_of_ended() - before)  # imports are not cut short
    moments = random.Random(0)
    for _ in range(times):
        process = training(10**6, tmp_path / "run")
        wait = moments.uniform(0.02, longest)
        time.sleep(wait)
        before = seconds_of(process.pid) + seconds_of_ended()
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail(f"the interrupt after {wait:.3f} s is lost: {process.communicate()[1]}")
        assert process.returncode == 130, f"after {wait:.3f} s: {errors}"
        assert seconds_of_ended() - before < most, f"after {wait:.3f} s"
        assert "Traceback" not in errors
        assert list((tmp_path / "run").iterdir()) == []
