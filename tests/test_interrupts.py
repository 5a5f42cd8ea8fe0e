"""Ctrl-C and its kin end a command with one word wherever it is, also inside an import."""

import os
import signal
import subprocess
import sys
import time

import pytest

from hebbovr.interrupts import ENDING, heard
from tests.signals import hear_interrupts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")

# Sends this process a signal as soon as a module is looked for, and while it is being executed.
SCRIPT = """
import os, signal, sys
from importlib.abc import MetaPathFinder

name, number, arguments = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


class Interrupting(MetaPathFinder):
    def find_spec(self, wanted, path=None, target=None):
        if wanted == name:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), number)


sys.meta_path.insert(0, Interrupting())
sys.argv = ["hebbovr", *arguments]
from hebbovr.__main__ import run
run()
"""
TRAIN = ["train", "--hidden", "8", "--epochs", "100000", "--no-probe", "--quiet"]


def interrupted_at(module, number, arguments, folder):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, module, str(int(number)), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=hear_interrupts,
    )


MODULES = (
    "click", "hebbovr.cli.train", "numpy.linalg._umath_linalg", "numba.core.dispatcher",
    "llvmlite.binding", "sklearn.linear_model", "hebbovr.kernels.step",
)  # fmt: skip
OTHERS = [("scipy.linalg", number) for number in ENDING if number != signal.SIGINT]


@pytest.mark.parametrize(("module", "number"), [*((m, signal.SIGINT) for m in MODULES), *OTHERS])
def test_within_any_import(tmp_path, module, number):
    done = interrupted_at(module, number, TRAIN, tmp_path)
    assert done.stderr.strip() == "Interrupted.", done.stderr
    assert done.returncode == 130
    assert done.stdout == ""
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", ENDING, ids=lambda n: signal.Signals(n).name)
def test_without_checkpoints_every_signal_is_one_word(tmp_path, number):
    process = start([*TRAIN[:-1]], tmp_path)
    process.stderr.readline()
    time.sleep(1)
    process.send_signal(number)
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 130, errors
    assert errors.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in errors
    assert output == ""
    assert os.listdir(tmp_path) == []


def test_a_hangup_saves_unless_it_is_ignored_as_under_nohup(tmp_path):
    arguments = [*TRAIN, "--out", "run", "--checkpoint-every", "1"]
    process = start(arguments, tmp_path, ignoring=(signal.SIGHUP, signal.SIGINT))
    run = tmp_path / "run"
    wait_for(lambda: list(run.glob("checkpoint-*.npz")), process)
    for number in (signal.SIGHUP, signal.SIGINT):
        process.send_signal(number)
    seen = max(path.name for path in run.glob("checkpoint-*.npz"))
    wait_for(lambda: min((p.name for p in run.glob("check*")), default="") > seen, process)
    process.send_signal(signal.SIGTERM)
    errors = process.communicate(timeout=600)[1]
    assert process.returncode == 130
    assert errors.startswith("Interrupted; the run is saved in run/checkpoint-")


def start(arguments, folder, ignoring=()):
    def prepare():
        hear_interrupts()
        for number in ignoring:
            signal.signal(number, signal.SIG_IGN)

    return subprocess.Popen(
        [sys.executable, "-m", "hebbovr", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )


def wait_for(condition, process):
    for _ in range(60_000):
        if condition():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def test_what_a_callback_swallows_comes_again():
    """Python prints and forgets an exception in a finaliser."""

    class Swallowing:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    def swallow():
        Swallowing()
        time.sleep(120)

    # A shell's background jobs ignore Ctrl-C, and this may be one.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = time.perf_counter()
    try:
        with pytest.raises(KeyboardInterrupt), heard():
            swallow()
        assert time.perf_counter() - started < 60
    finally:
        signal.signal(signal.SIGINT, former)


def test_handlers_are_given_back_and_others_are_left_alone():
    def own(number, frame):
        raise AssertionError

    before = {number: signal.getsignal(number) for number in ENDING}
    with heard():
        for number, handler in before.items():
            assert (signal.getsignal(number) is handler) == (handler is signal.SIG_IGN)
    assert {number: signal.getsignal(number) for number in ENDING} == before
    signal.signal(signal.SIGTERM, own)
    try:
        with heard():
            assert signal.getsignal(signal.SIGTERM) is own
    finally:
        signal.signal(signal.SIGTERM, before[signal.SIGTERM])
