import os
import re
import signal
import subprocess
import sys

import click
import pytest

from hebbovr.cli import main
from tests.clocks import seconds_of_ended
from tests.signals import hear_interrupts

START = [sys.executable, "-m", "hebbovr"]


def commands(group=main, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_has_help_with_an_example(succeed, path):
    text = succeed(*path, "--help")
    assert "Usage: hebbovr" in text
    assert f"Example: hebbovr {path[0]}" in text


def test_help_answers_at_once_and_loads_nothing_heavy():
    heavy = "{'numba', 'sklearn', 'matplotlib', 'scipy', 'numpy'} & set(sys.modules)"
    script = (
        "import sys, hebbovr.cli\n"
        "try: hebbovr.cli.main(['--help'], prog_name='hebbovr')\n"
        f"except SystemExit: print(sorted({heavy}))"
    )
    seconds = []
    for _ in range(5):
        before = seconds_of_ended()
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        seconds.append(seconds_of_ended() - before)
    assert done.stdout.endswith("[]\n")
    assert min(seconds) < 0.3


def test_the_version_is_shown(succeed):
    assert succeed("--version").startswith("hebbovr, version ")


def test_wrong_usage_exits_with_2(fail):
    assert fail("train", "--nothing")[0] == 2
    assert fail("nothing")[0] == 2


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_an_interrupt_exits_with_130_and_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        [*START, "train", "digits", "--hidden", "2000", "--epochs", "100000", "--no-probe"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )
    for line in process.stderr:
        if line.startswith("epoch "):
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 130, errors
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert output == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are POSIX")
def test_on_a_terminal_there_is_a_bar_with_time_left_and_live_measures(tmp_path):
    import pty

    parent, child = pty.openpty()
    process = subprocess.Popen(
        [*START, "train", "digits", "--hidden", "1024", "--epochs", "1500", "--no-probe"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=child,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(child)
    shown = b""
    while True:
        try:
            block = os.read(parent, 4096)
        except OSError:
            break
        if not block:
            break
        shown += block
    assert process.wait() == 0
    text = shown.decode()
    assert "training" in text
    assert "100%" in text
    for measure in ("overlap 0.", "mean response 0.", "active "):
        assert measure in text
    assert re.search(r"\d\d:\d\d:\d\d", text)
