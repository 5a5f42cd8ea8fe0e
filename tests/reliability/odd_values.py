"""Odd values for the leaves of JSON, for TOML, and for the options of a command line."""

import copy
import json

HUGE = 10**400
VALUES = [
    None, True, False, -1, 0, 1, 2, 2**31, 2**53, 2**63, HUGE, -HUGE, 0.5, 1.5, float("nan"),
    float("inf"), -1e308, 1e308, 1e30, 1e-320, "", "x", "\ud800", "\0", "a" * 1001, "nan", "1",
    "relu", [], [1], [None], [[]], [1, 2, 3, 4], {}, {"a": 1}, {"": float("nan")}, -5,
]  # fmt: skip
TEXTS = [
    "", " ", "0", "1", "-1", "2", "0.5", "1.5", "-0.0", "nan", "-nan", "inf", "-inf", "1e400",
    "1e-320", "1e38", "1e39", "2147483647", "2147483648", "9223372036854775808", str(HUGE),
    "-" + str(HUGE), "1_0", "0x10", "１２", "x", "none", "None", "true", "\x1b[2J", "a" * 5000,
    "1,2", ",", "1,,2", "=", "p=nan", "\u202e", "../..", "é",
]  # fmt: skip
LITERALS = [
    "true", "false", "nan", "inf", "-inf", "0", "-1", "1", "2", "1.5", "1e400", str(HUGE),
    "-" + str(HUGE), "2147483648", "9223372036854775808", "1e-320", '""', '"x"', '"\\u0000"',
    '"' + "a" * 5000 + '"', '"nan"', '"inf"', '"-5"', '"1_0"', '"\\u202e"', "1979-05-27",
    "07:32:00", "1979-05-27T07:32:00Z", "[]", "[1]", '["a=1"]', '["p=nan"]', '["="]', "{}",
    "{a = 1}", "[[]]", "[" * 700 + "]" * 700, '"１２"', "0x10", '[["a"]]',
]  # fmt: skip


def places(tree, at=()):
    """Yield where in a tree of JSON a value stands; of a list, its first three."""
    yield at
    if isinstance(tree, dict):
        for name in tree:
            yield from places(tree[name], (*at, name))
    elif isinstance(tree, list):
        for number in range(min(len(tree), 3)):
            yield from places(tree[number], (*at, number))


def mutated(tree, draw):
    """Return the tree with one value replaced, left out, or given to another name."""
    at = draw.choice(list(places(tree)))
    if not at:
        return draw.choice(VALUES)
    tree = copy.deepcopy(tree)
    above = tree
    for name in at[:-1]:
        above = above[name]
    way = draw.randrange(10)
    if way == 0:
        del above[at[-1]]
    elif way == 1 and isinstance(above, dict):
        above[draw.choice(["more", "x" * 2000, "", "\ud800"])] = draw.choice(VALUES)
    elif way == 2 and isinstance(above, list):
        above.append(draw.choice(VALUES))
    else:
        above[at[-1]] = draw.choice(VALUES)
    return tree


def mutated_text(text, draw):
    """Return a JSON text likewise, now and then nested too deep."""
    if draw.randrange(50) == 0:
        return "[" * 5000
    tree = json.loads(text)
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        tree = mutated(tree, draw)
    return json.dumps(tree)
