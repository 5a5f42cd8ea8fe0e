"""What the README shows is what the program prints."""

import re
import shlex
from pathlib import Path

import pytest

from hebbovr.cli import main
from tests.runner import make_runner

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(kind):
    """Return {command: text} of the fenced blocks that a comment marks with ``kind``."""
    found = re.findall(rf"<!-- {kind}: (.+?) -->\n```text\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no block marked {kind}"
    return dict(found)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(command):
        name, *arguments = shlex.split(command)
        result = make_runner().invoke(main, arguments, prog_name=name, terminal_width=80)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    return run


@pytest.mark.parametrize("command", blocks("help"))
def test_help_texts_are_those_of_the_program(command, run):
    assert blocks("help")[command] == run(command)


@pytest.mark.parametrize("command", blocks("output"))
def test_outputs_are_those_of_the_program(command, run):
    """Words are equal; numbers may differ by what another CPU rounds otherwise, times freely.

    Two decimals are points of accuracy, or of its spread and differences, three are shares.
    """
    shown, printed = (
        re.sub(r"[\d.]+ s\b", "T s", t) for t in (blocks("output")[command], run(command))
    )
    number = r"(?:[+-](?=\d))?\d+\.?\d*"
    assert re.sub(number, "N", shown).split() == re.sub(number, "N", printed).split()
    for a, b in zip(re.findall(number, shown), re.findall(number, printed), strict=True):
        points = len(a.partition(".")[2]) == 2
        near = 0.5 if points else 0.05
        assert float(a) == pytest.approx(float(b), abs=2.0 if float(a) > 2 else near)


def test_the_python_example_runs_and_beats_ninety_percent(capsys):
    (code,) = re.findall(r"<!-- run -->\n```python\n(.*?)```", README, re.DOTALL)
    exec(code, {})
    assert float(capsys.readouterr().out) > 0.95


def test_every_link_and_picture_is_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    local = [t for t in targets if "://" not in t]
    assert local
    for target in local:
        assert (Path(__file__).parent.parent / target).exists(), target


def test_every_command_is_in_the_readme_or_its_help():
    for name in main.commands:
        assert re.search(rf"^  {name}\b", README, re.MULTILINE), name
