import pytest

from hebbovr.paper import autoencoders, classifiers, figure1, table1
from hebbovr.paper.plan import make_plan
from tests.experiments.conftest import images  # noqa: F401


@pytest.fixture
def small(monkeypatch):
    """Shrink every grid to a few trials that take an instant."""
    monkeypatch.setitem(table1.UNITS, "quick", 12)
    monkeypatch.setitem(table1.SELECTION_UNITS, "quick", 6)
    for settings in (table1.DAE, table1.OVR, table1.OVR_SOFT, table1.KMEANS):
        monkeypatch.setitem(settings, "epochs", 2)
    for settings in (table1.DAE, table1.OVR, table1.OVR_SOFT):
        monkeypatch.setitem(settings, "batch_size", 32)
    for family in (autoencoders, classifiers):
        monkeypatch.setitem(family.UNITS, "quick", (6, 12))
        monkeypatch.setitem(family.EPOCHS, "quick", 2)
    monkeypatch.setitem(autoencoders.PENALTIES, "quick", (1e-5, 1e-3, 1e-2))
    monkeypatch.setitem(autoencoders.CORRUPTIONS, "quick", (0.2, 0.5))
    monkeypatch.setitem(classifiers.STRENGTHS, "quick", (1e-5, 1e-2))
    monkeypatch.setitem(figure1.SPHERES, "quick", ((1, 5), (4, 8)))
    monkeypatch.setitem(figure1.UNITS, "quick", (8, 16))
    monkeypatch.setitem(figure1.EPOCHS, "quick", 2)


@pytest.fixture
def plan(images, small):  # noqa: F811
    return make_plan(images, seeds=2)
