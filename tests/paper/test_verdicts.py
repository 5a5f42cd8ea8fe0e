import pytest

from hebbovr.paper.verdicts import above, beside_published, rises, rises_then_falls


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([0.1, 0.2, 0.5], "yes, from 10.0% at 1 to 50.0% at 3"),
        ([0.1, 0.5, 0.3], "on the whole, from 10.0% at 1 to 30.0% at 3, but it falls at 3"),
        ([0.5, 0.3, 0.1], "no, it falls"),
        ([0.5, 0.501, 0.5], "no, it stays"),
        ([0.5], "cannot be told"),
    ],
)
def test_rising(values, word):
    assert word in rises("sparsity", "λ", list(enumerate(values, start=1)))


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([0.3, 0.5, 0.2], "yes (30.0%, 50.0% at 2, 20.0%)"),
        ([0.3, 0.4, 0.5], "it rises and does not fall"),
        ([0.5, 0.4, 0.3], "no, it only falls"),
        ([0.5, 0.501, 0.3], "no, it hardly rises, and then falls"),
        ([0.5, 0.501, 0.5], "no, it hardly changes"),
        ([0.5, 0.6], "cannot be told"),
    ],
)
def test_rising_then_falling(values, word):
    assert word in rises_then_falls("accuracy", "λ", list(enumerate(values, start=1)))


def test_comparisons():
    assert above("OVR", 58.0, "DAE", 57.0) == "OVR is above DAE: yes (58.00 against 57.00)."
    assert "no (56.00 against 57.00)" in above("OVR", 56.0, "DAE", 57.0)
    assert "not measured" in above("OVR", None, "DAE", 57.0)
    assert beside_published("OVR", 57.0, 57.65) == (
        "OVR: 57.00 measured, 0.65 below the published 57.65."
    )
    assert "0.35 above the published" in beside_published("OVR", 58.0, 57.65)
