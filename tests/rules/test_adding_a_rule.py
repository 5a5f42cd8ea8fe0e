"""The walk through adding a rule works as it is written."""

import re
from pathlib import Path

import numpy as np
import pytest

from hebbovr import HebbianEncoder, Trainer
from hebbovr.lab.microscope import examine
from hebbovr.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "add-a-rule.md"


@pytest.fixture
def covariance(monkeypatch, tmp_path):
    monkeypatch.setattr("hebbovr.rules.RULES", RULES)
    code = "\n\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
    preamble = (
        "from dataclasses import dataclass\nfrom typing import ClassVar\nimport numpy as np\n"
        "from hebbovr.rules import RULES, Rule, signed_parts\n"
    )
    script = tmp_path / "covariance.py"
    script.write_text(preamble + code)
    names = {"__name__": "covariance"}
    exec(compile(script.read_text(), script, "exec"), names)
    yield names["Covariance"]
    del RULES["covariance"]


def test_the_rule_of_the_page_learns(covariance):
    random = np.random.default_rng(0)
    X = random.normal(size=(600, 5)) * [3, 1, 1, 1, 1] + 2
    trainer = Trainer(3, rule="covariance", rule_options={"loss": 0.3}, random_state=0).fit(X)
    assert examine(trainer, X[:50], 1).kernel_error < 1e-10
    encoder = HebbianEncoder(3, rule="covariance", epochs=30, random_state=0).fit(X)
    w = encoder.weights_[0] / np.linalg.norm(encoder.weights_[0])
    assert abs(w[0]) > 0.99  # the direction of most variance about the mean, not of the mean
