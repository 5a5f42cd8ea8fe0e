"""The walk through adding a rule works as it is written."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from hebbovr import Trainer, load_model, save_model
from hebbovr.errors import ModelFileError
from hebbovr.lab.microscope import decompose_update
from hebbovr.lab.plane import watch
from hebbovr.model import Model
from hebbovr.preprocessing import Preprocessor

PAGE = Path(__file__).parents[2] / "docs" / "add-a-rule.md"
PREAMBLE = """\
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from hebbovr import OVREncoder
from hebbovr.rules import Rule, signed_parts
"""


@pytest.fixture
def page(monkeypatch, tmp_path):
    """What the page defines, as a module."""
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "covariance_page.py").write_text(PREAMBLE + "\n\n".join(code), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import covariance_page

    yield covariance_page
    sys.modules.pop("covariance_page")


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(600, 5)) * [3, 1, 1, 1, 1] + 2


def test_the_rule_of_the_page_learns(page, X):
    w = page.encoder.fit(X).weights_[0]
    # the direction of most variance about the mean, not of the mean
    assert abs(w[0]) > 0.99 * np.linalg.norm(w)
    assert decompose_update(page.encoder.trainer_, X[:50], 1).kernel_error < 1e-10
    assert watch(page.Covariance(0.3), X[:, :2], units=2, epochs=2).rule.endswith("Covariance")


def test_models_and_checkpoints_keep_it(page, X, tmp_path):
    trainer = page.encoder.fit(X).trainer_
    assert Trainer.from_state(trainer.state()).rule == page.Covariance(0.3)
    save_model(tmp_path / "model.npz", Model(Preprocessor().fit(X), trainer))
    assert load_model(tmp_path / "model.npz").trainer.rule == page.Covariance(0.3)


def test_a_model_whose_rule_is_nowhere_says_so(X, tmp_path, page, monkeypatch):
    trainer = page.encoder.fit(X).trainer_
    save_model(tmp_path / "model.npz", Model(Preprocessor().fit(X), trainer))
    monkeypatch.setattr("hebbovr.training.rule_choice.known_rules", dict)
    with pytest.raises(ModelFileError, match="of a module that is not imported here"):
        load_model(tmp_path / "model.npz")
