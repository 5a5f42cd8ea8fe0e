"""Sentences that measured values decide: what agrees with the paper, and what does not."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

Curve = Sequence[tuple[float, float]]
# Differences of shares smaller than this count as none.
SLACK = 0.003


def rises(what: str, against: str, curve: Curve, slack: float = SLACK) -> str:
    """Return whether the values rise along ``curve``, and where they do not.

    Parameters
    ----------
    what, against : str
        What is measured and what it is measured against, such as "sparsity at 512 units" and "λ".
    curve : sequence of (x, share)
        In the order of x.
    slack : float
        Falls up to this do not count.
    """
    claim = f"{_capital(what)} rises with {against}"
    if len(curve) < 2:
        return f"{claim}: cannot be told from {len(curve)} point."
    (first_x, first), (last_x, last) = curve[0], curve[-1]
    falls = [
        (x, after)
        for (_, before), (x, after) in itertools.pairwise(curve)
        if after < before - slack
    ]
    span = f"{_percent(first)} at {_short(first_x)} to {_percent(last)} at {_short(last_x)}"
    if not falls and last > first + slack:
        return f"{claim}: yes, from {span}."
    if last > first + slack:
        where = ", ".join(_short(x) for x, _ in falls)
        return f"{claim}: on the whole, from {span}, but it falls at {where}."
    trend = "falls" if last < first - slack else "stays"
    return f"{claim}: no, it {trend}, from {span}."


def rises_then_falls(what: str, against: str, curve: Curve, slack: float = SLACK) -> str:
    """Return whether the values rise to a peak and fall after it; parameters as for `rises`."""
    claim = f"{_capital(what)} rises and then falls with {against}"
    if len(curve) < 3:
        return f"{claim}: cannot be told from {len(curve)} points."
    peak_x, peak = max(curve, key=lambda point: point[1])
    first, last = curve[0][1], curve[-1][1]
    up, down = peak > first + slack, peak > last + slack
    ends = f"{_percent(first)}, {_percent(peak)} at {_short(peak_x)}, {_percent(last)}"
    if up and down:
        return f"{claim}: yes ({ends})."
    if up:
        return f"{claim}: it rises and does not fall ({ends})."
    if down:
        course = "hardly rises, and then falls" if peak > first else "only falls"
        return f"{claim}: no, it {course} ({ends})."
    return f"{claim}: no, it hardly changes ({ends})."


def above(name: str, value: float | None, other: str, least: float | None) -> str:
    """Return whether a value in percent is above another."""
    if value is None or least is None:
        return f"{name} against {other}: not measured."
    word = "yes" if value > least else "no"
    return f"{name} is above {other}: {word} ({value:.2f} against {least:.2f})."


def beside_published(name: str, value: float | None, published: float) -> str:
    """Return how far a value in percent is from the published one."""
    if value is None:
        return f"{name}: not measured."
    side = "above" if value >= published else "below"
    return (
        f"{name}: {value:.2f} measured, {abs(value - published):.2f} {side} "
        f"the published {published:.2f}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _short(x: float) -> str:
    return f"{x:g}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
