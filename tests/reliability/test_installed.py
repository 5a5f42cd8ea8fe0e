"""Installed where nothing can be written: no home, no cache, an odd path, warnings as errors."""

import ctypes
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

import hebbovr
import hebbovr.cli
from tests.conftest import WAITING

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")


NOWHERE = "/proc/nowhere"
KEPT = ("PATH", "LANG", *WAITING)


@pytest.fixture(scope="module")
def place():
    """A folder with a space and letters beyond ASCII that the user of the test may enter."""
    folder = Path(tempfile.mkdtemp()) / "où ça – 学ぶ"
    folder.mkdir()
    folder.parent.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    shutil.rmtree(folder.parent)


@pytest.fixture(scope="module")
def site(place):
    """The package alone, as it is installed, in a folder that cannot be written."""
    site = place / "site-packages"
    sources = {"hebbovr": hebbovr, "hebbovr/cli": hebbovr.cli}
    for name, package in sources.items():
        folder = Path(package.__file__).parent
        shutil.copytree(folder, site / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*site.rglob("*"), site):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return site


@pytest.fixture(scope="module")
def home(place):
    """Where Numba keeps what it compiles, since it cannot beside the package."""
    folder = place / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def train(place, site):
    """Train in a new process that may write to the current folder and its home alone."""
    work = Path(tempfile.mkdtemp(dir=place))

    def train(*options, **environment):
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        packages = [path for path in sys.path if "site-packages" in path]
        command = [sys.executable, "-s", *options, "-m", "hebbovr", "train", "--json", "--quiet"]
        done = subprocess.run(
            [*command, "--hidden", "8", "--epochs", "2", "--out", "modèle 1.npz"],
            cwd=work,
            env=kept | {"PYTHONPATH": os.pathsep.join([str(site), *packages])} | environment,
            preexec_fn=obey_permissions,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        assert os.listdir(work) == ["modèle 1.npz"]
        return done.stderr

    return train


def obey_permissions():
    """Let root, too, be stopped by the permissions of files."""
    if os.geteuid() == 0 and sys.platform == "linux":
        drop_from_bounding_set, override_permissions = 24, 1
        ctypes.CDLL(None).prctl(drop_from_bounding_set, override_permissions, 0, 0, 0)


def test_it_trains_from_a_read_only_place_and_without_a_warning(train, site, home):
    assert train("-W", "error", HOME=str(home)) == ""
    assert not list(site.rglob("__pycache__"))


def test_it_trains_where_the_cache_it_is_told_of_cannot_be(train, home):
    assert train("-W", "error", NUMBA_CACHE_DIR=NOWHERE, HOME=str(home)) == ""
    assert list(home.rglob("*.nbi"))


def test_it_trains_without_a_home_and_without_any_cache(train):
    assert train("-W", "error", HOME=NOWHERE, XDG_CACHE_HOME=NOWHERE) == ""


def test_the_lowest_versions_that_are_tested_are_the_lowest_allowed():
    """The whole suite runs with them, by ``pip install -c`` of this file."""
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    allowed = project["dependencies"] + project["optional-dependencies"]["tables"]
    lines = (root / "tests/reliability/lowest-versions.txt").read_text().splitlines()
    tested = dict(line.split("==") for line in lines if not line.startswith("#"))
    # What is excluded beside the lowest version is not below it, or there would be no such version.
    lowest = dict(entry.split(",")[0].split(">=") for entry in allowed)
    assert set(tested) == set(lowest)
    for name, version in tested.items():
        assert version == lowest[name] or version == f"{lowest[name]}.0"
