import json

import numpy as np
import pytest

from hebbovr.cli import main
from tests.runner import make_runner


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command line in an empty folder; return the result of click's runner."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return make_runner().invoke(main, [str(a) for a in arguments], prog_name="hebbovr")

    return run


@pytest.fixture
def succeed(run):
    """Run a command that must succeed; return what it prints on stdout."""

    def succeed(*arguments):
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    return succeed


@pytest.fixture
def fail(run):
    """Run a command that must fail; return its exit code and its one sentence."""

    def fail(*arguments):
        result = run(*arguments)
        assert result.exit_code in (1, 2), (result.exit_code, result.exception)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        last = result.stderr.strip().splitlines()[-1]
        assert last.startswith("Error: ")
        return result.exit_code, last.removeprefix("Error: ")

    return fail


@pytest.fixture
def blobs(tmp_path):
    """Three labelled clusters in six features, as arrays and as a .npz file."""
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 300)
    X = random.standard_normal((3, 6))[y] + 0.3 * random.standard_normal((300, 6))
    np.savez(tmp_path / "blobs.npz", X=X, y=y)
    return X, y


@pytest.fixture
def model(succeed, blobs):
    """The name of a model trained on the blobs."""
    succeed("train", "blobs.npz", "--hidden", 8, "--epochs", 3, "--quiet", "--no-probe")
    return "blobs-model.npz"


def only_json(text):
    """Return the single JSON object that ``text`` is."""
    assert text.count("\n") == 1
    return json.loads(text)
