"""options: one schema for what is set in Python and on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr.datasets import FILE_OPTIONS, load, options_of
from hebbovr.datasets.options import SEED, TEST_SIZE, Option
from hebbovr.errors import DataError, HebbovrError, SettingsError


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "d.csv"
    path.write_text("a,b,label\n" + "".join(f"{n / 7:.3f},{n % 5},{n % 3}\n" for n in range(40)))
    return path


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        (TEST_SIZE, "nan", "a share from 0 to below 1"),
        (TEST_SIZE, "1", "a share from 0 to below 1"),
        (TEST_SIZE, "-1e-9", "a share"),
        (TEST_SIZE, "inf", "a share"),
        (TEST_SIZE, "half", "a share"),
        (TEST_SIZE, True, "a share"),
        (TEST_SIZE, 10**400, "a share"),
        (TEST_SIZE, [0.5], "a share"),
        (SEED, "-1", "a whole number from 0 to 4294967295"),
        (SEED, "1.0", "a whole number"),
        (SEED, 1.0, "a whole number"),
        (SEED, 2**32, "a whole number"),
        (SEED, "1" + "0" * 400, "a whole number"),
        (SEED, "9" * 5000, "a whole number"),
        (SEED, "\udcff", "a whole number"),
        (SEED, "10^400", "a whole number"),
        (Option("o", bool, False, ""), "maybe", "yes or no"),
        (Option("o", bool, False, ""), 2, "yes or no"),
        (Option("o", str, None, "", choices=("u", "v")), "w", "one of u, v"),
        (Option("o", str, None, ""), 3, "text"),
        (Option("o", int, 5, "", 2), None, "a whole number of at least 2"),
    ],
)
def test_values_out_of_the_schema(option: Option, value: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{option.name}=.* must be {words}") as caught:
        option.convert(value)
    assert len(str(caught.value)) < 200


def test_numbers_that_python_does_not_spell_out() -> None:
    with pytest.raises(SettingsError, match="^seed=a number of thousands of digits must be"):
        SEED.convert(10**5000)
    with pytest.raises(SettingsError, match="^n_samples=a number of thousands of digits must be"):
        load("sphere", n_samples=10**5000)


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        (TEST_SIZE, "0", 0.0),
        (TEST_SIZE, np.float32(0.5), 0.5),
        (SEED, np.uint8(7), 7),
        (SEED, " 7 ", 7),
        (Option("o", bool, False, ""), "ON", True),
        (Option("o", str, None, "", also=(int,)), 3, 3),
    ],
)
def test_values_within_the_schema(option: Option, value: Any, wanted: Any) -> None:
    assert option.convert(value) == wanted


@pytest.mark.parametrize(
    "name", ["n_samples", "n_latitudes", "n_longitudes", "n_classes", "seed", "test_size"]
)
@pytest.mark.parametrize(
    "value",
    ["-1", "nan", "1e400", "1" + "0" * 400, "x", "\ud800", "", 10**400, 1.5, None, [1], b"3"],
)
def test_a_known_data_set_never_fails_but_in_a_sentence(name: str, value: Any) -> None:
    with pytest.raises(HebbovrError, match=rf"^{name}="):
        load("sphere", **{name: value})


@pytest.mark.parametrize("name", sorted({o.name for o in FILE_OPTIONS[".csv"]}))
@pytest.mark.parametrize("value", ["zzz", "\ud800", "1" * 400, 1.5, b"3", object(), "\0", ""])
def test_a_table_never_fails_but_in_a_sentence(csv: Path, name: str, value: Any) -> None:
    said = ""
    try:
        load(csv, **{name: value})
    except HebbovrError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 400 + len(str(csv))


@pytest.mark.parametrize("value", ["zzz", "\ud800", "1" * 400, 1.5, b"3", "\0", ""])
@pytest.mark.parametrize(("ending", "name"), [("npy", "labels"), ("npz", "labels"),
                                              ("npz", "samples"), ("npz", "drop")])  # fmt: skip
def test_arrays_never_fail_but_in_a_sentence(
    tmp_path: Path, ending: str, name: str, value: Any
) -> None:
    X = np.random.default_rng(0).random((9, 2))
    np.save(tmp_path / "d.npy", X)
    np.savez(tmp_path / "d.npz", X=X)
    with pytest.raises(HebbovrError):
        load(tmp_path / f"d.{ending}", **{name: value})


@pytest.mark.parametrize("source", ["\ud800.csv", "no\0.csv", "\udcff", "x" * 5000 + ".csv"])
def test_odd_paths_are_refused(source: str) -> None:
    with pytest.raises(DataError):
        load(source)
    with pytest.raises(DataError):
        options_of(Path(source) if "/" in source else source) and load(source)


def test_options_of_everything(csv: Path) -> None:
    assert {"test_size", "seed", "header"} <= {option.name for option in options_of(csv)}
    assert [option.name for option in options_of("digits")] == ["test_size", "seed"]
    assert "test_size" not in {option.name for option in options_of("patches")}
    assert options_of("cifar10") == ()


def test_a_dashed_name_is_offered_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-train.csv").write_text("1,2\n3,5\n")
    with pytest.raises(DataError, match=r"did you mean \./-train\.csv\?"):
        load("train.csv")
    assert load("-train.csv").n_train == 2
