"""registry: data by name or path."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hebbovr import datasets
from hebbovr.datasets import available, load, registry
from hebbovr.errors import DataError, SettingsError


def test_names_are_listed_with_summaries() -> None:
    names = [info.name for info in available()]
    assert names[:2] == ["digits", "sphere"]
    assert all(info.summary for info in available())


@pytest.mark.parametrize("info", available(), ids=lambda info: info.name)
def test_options_are_those_of_the_loader(info: datasets.DatasetInfo) -> None:
    parameters = inspect.signature(registry._KNOWN[info.name][1]).parameters
    own = {n: p.default for n, p in parameters.items() if n not in (*registry.COMMON, "form")}
    assert {option.name: option.default for option in info.options} == own


def test_by_name_with_options_as_words() -> None:
    data = load("sphere", n_samples="100", n_classes=2, seed=3, test_size=0.1)
    assert (data.n_train, data.n_test) == (90, 10)
    assert (
        data.fingerprint()
        == load("sphere", n_samples=100, n_classes=2, seed=3, test_size=0.1).fingerprint()
    )


def test_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "d.npz", X=np.eye(3))
    assert load(tmp_path / "d.npz").n_train == 3
    assert load(str(tmp_path / "d.npz"), data_dir="unused").n_train == 3
    monkeypatch.chdir(tmp_path)
    assert load("d.npz").n_train == 3


def test_a_name_goes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").touch()
    assert load("digits").name == "digits"
    with pytest.raises(DataError, match="unknown ending"):
        load("./digits")


def test_an_unknown_name_is_answered_with_the_names() -> None:
    with pytest.raises(DataError, match=r"called 'digist'; did you mean 'digits'\? The names are"):
        load("digist")
    with pytest.raises(DataError, match=r"called 'zzz'; the names are digits, sphere.*\.csv"):
        load("zzz")
    with pytest.raises(DataError, match=r"^zzz\.csv does not exist"):
        load("zzz.csv")
    with pytest.raises(DataError, match=r"no folder"):
        load("no/such")


@pytest.mark.parametrize("source", ["", ".", "a\0b", "x/" + "a" * 300, "a" * 300 + ".csv", "é\n"])
def test_odd_words_are_refused_like_others(source: str) -> None:
    with pytest.raises(DataError):
        load(source)


def test_unknown_options_are_named() -> None:
    with pytest.raises(SettingsError, match="digits has no option 'n_samples'"):
        load("digits", n_samples=3)
    with pytest.raises(SettingsError, match="n_samples='x' must be a whole number"):
        load("sphere", n_samples="x")


def test_importing_is_light() -> None:
    code = "import sys, hebbovr.datasets; print({'sklearn', 'numba', 'scipy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
