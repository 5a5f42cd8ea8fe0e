"""Values of a file are what they should be, or a ValueError that names them."""

import math

import pytest

from hebbovr.files import values

ANYTHING = [
    None, True, False, -1, 0, 1, 2**53, 2**53 + 1, 10**400, 1.5, math.nan, math.inf, -math.inf, "",
    "x", "\ud800", "a" * 1001, [], {}, b"x", object(),
]  # fmt: skip


def accepted(check, **options):
    """Return what is accepted; all else is refused in a short sentence that can be printed."""
    found, said = [], []
    for value in ANYTHING:
        try:
            found.append(check(value, "it", **options))
        except ValueError as error:
            said.append(str(error))
    assert len(found) + len(said) == len(ANYTHING)
    assert all(text.startswith("it is ") and len(text.encode()) < 200 for text in said)
    return found


def test_what_is_accepted():
    assert accepted(values.whole) == [0, 1, 2**53]
    assert accepted(values.whole, least=-1, most=0) == [-1, 0]
    assert accepted(values.number) == [-1, 0, 1, 2**53, 2**53, 1.5]
    assert accepted(values.number, least=1.0, finite=False) == [1, 2**53, 2**53, 1.5, math.inf]
    assert [type(value) for value in accepted(values.truth)] == [bool, bool]
    assert accepted(values.text) == ["", "x"]
    assert accepted(values.mapping) == [{}]
    assert accepted(values.listing) == [[]]


@pytest.mark.parametrize("value", [{1: 2}, {"\ud800": 1}, {"a" * 2000: 1}])
def test_names_in_a_mapping_are_texts(value):
    with pytest.raises(ValueError, match="a name in it is"):
        values.mapping(value, "it")


def test_what_has_parts_is_accepted_part_by_part():
    assert values.texts({"a": "b"}, "it") == {"a": "b"}
    assert values.name_of("d\udcff.npy", "it") == "d\udcff.npy"
    tree = {"a": [1, 2.5, None, True, "x", {"b": []}]}
    assert values.anything(tree, "it") == tree
    assert values.number(0.5, "it", 0.0, 1.0) == 0.5


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (values.texts, {"a": 1}),
        (values.texts, []),
        (values.name_of, 3),
        (values.anything, [math.nan]),
        (values.anything, {"a": [10**400]}),
        (values.anything, {"a": {"\ud800": 1}}),
        (values.anything, eval("[" * 60 + "]" * 60)),
        (lambda value, name: values.number(value, name, 0.0, 1.0), 1.5),
    ],
)
def test_a_part_that_is_odd_is_refused(check, value):
    with pytest.raises(ValueError, match="it is |in place of"):
        check(value, "it")
