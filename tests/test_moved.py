"""Modules under the names that they had."""

import importlib
import sys

import pytest

from hebbovr.moved import MOVED


@pytest.mark.parametrize("name", MOVED)
def test_an_old_name_is_the_module_of_today_and_says_where_it_is(name, monkeypatch):
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.warns(FutureWarning, match=f"{name} has moved to {MOVED[name]}"):
        module = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    assert module is importlib.import_module(MOVED[name])
    assert module.__name__ == module.__spec__.name == MOVED[name]


def test_other_names_are_as_missing_as_ever():
    with pytest.raises(ModuleNotFoundError, match="hebbovr.nothing"):
        importlib.import_module("hebbovr.nothing")
