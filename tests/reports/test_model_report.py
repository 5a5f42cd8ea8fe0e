"""The page of a model: whole, self-contained, and drawn by a real browser."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from matplotlib.image import imread

from hebbovr import Preprocessor, Trainer
from hebbovr.datasets import Dataset, load
from hebbovr.errors import DataError
from hebbovr.pipeline import evaluate, train_model
from hebbovr.reports.model_report import make_report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.fixture(scope="module")
def model(digits):
    return train_model(digits, Preprocessor(20), Trainer(16, epochs=3, random_state=0))


@pytest.fixture(scope="module")
def page(model, digits):
    return make_report(model, digits, evaluate(model, digits))


def test_the_page_shows_all_and_needs_nothing_else(page):
    assert "16 units trained on digits by the rule ovr" in page
    for heading in ("Filters", "Training", "Responses", "Overlap", "Settings"):
        assert f"<h2>{heading}</h2>" in page
    assert page.count("data:image/png;base64,") == 5
    assert not re.search(r'(src|href)="(?!data:)', page)
    shown = ["pixels", "principal components", "random weights", "trained layer"]
    assert re.findall(rf"<td>({'|'.join(shown)})</td>", page) == shown


def test_without_labels_there_is_no_accuracy_and_still_a_page(model, digits):
    bare = Dataset("digits", digits.X_train, image_shape=digits.image_shape)
    page = make_report(model, bare, evaluate(model, bare))
    assert "There is no accuracy" in page


def test_data_of_another_width_are_refused(model, digits):
    with pytest.raises(DataError, match="has 5 features"):
        make_report(model, Dataset("small", np.zeros((9, 5))), evaluate(model, digits))


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
def test_a_browser_draws_it(page, tmp_path):
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    shot = tmp_path / "shot.png"
    subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1000,2400",
            f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={shot}",
            (tmp_path / "report.html").as_uri(),
        ],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    drawn = imread(shot)[:, :, :3]
    ink = (drawn < 0.6).any(axis=2)
    # Something stands in every stretch of the page, left and right of its middle.
    for stretch in np.array_split(ink, 6):
        assert stretch.mean() > 0.005
    assert ink[:, 500:].mean() > 0.01
