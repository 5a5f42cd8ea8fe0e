"""options: settings given as words."""

from __future__ import annotations

from typing import Any

import pytest

from hebbovr.datasets.options import Option, convert_options
from hebbovr.errors import SettingsError


@pytest.mark.parametrize(
    ("kind", "given", "wanted"),
    [
        (int, "12", 12),
        (int, 12, 12),
        (float, "1e-3", 1e-3),
        (bool, "Yes", True),
        (bool, "false", False),
        (bool, True, True),
        (str, "12", "12"),
        (str, None, None),
    ],
)
def test_words_become_values(kind: type, given: Any, wanted: Any) -> None:
    got = Option("a", kind, None, "").convert(given)
    assert got == wanted
    assert type(got) is type(wanted)


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [(int, "1.5", "a whole number"), (float, "x", "a number"), (bool, "2", "yes or no")],
)
def test_other_words_are_refused(kind: type, given: str, words: str) -> None:
    with pytest.raises(SettingsError, match=rf"^a='{given}' must be {words}$"):
        Option("a", kind, None, "").convert(given)


def test_unknown_options_are_named() -> None:
    known = (Option("a", int, 1, ""), Option("b", int, 1, ""))
    assert convert_options({"b": "2"}, known, "it") == {"b": 2}
    with pytest.raises(SettingsError, match="it has no option 'c'; its options are a, b"):
        convert_options({"c": 1}, known, "it")
    with pytest.raises(SettingsError, match="it has no option 'c'; it has no options"):
        convert_options({"c": 1}, (), "it")
