"""Every page shows a name as it is: escaped once, neither twice nor not at all."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from hebbovr import Preprocessor, Trainer
from hebbovr.datasets import Dataset
from hebbovr.lab.page import make_page
from hebbovr.lab.plane import plane_data, watch
from hebbovr.paper.plan import make_plan
from hebbovr.paper.report import describe_run
from hebbovr.paper.report_html import html_page
from hebbovr.paper.section import Section
from hebbovr.pipeline import evaluate, train_model
from hebbovr.plots.style import new_figure
from hebbovr.reports.html_page import page, picture, table
from hebbovr.reports.model_report import make_report

NAME = 'a<b>&"c"'


class Shown(HTMLParser):
    """What a browser shows of a page: its texts by element, its attributes and its elements."""

    def __init__(self, text):
        super().__init__()
        self.texts, self.attributes, self.elements = {}, [], set()
        self._inside = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes += [value for _, value in attrs]
        if tag not in ("meta", "img", "input"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data):
        inside = self._inside[-1] if self._inside else ""
        self.texts[inside] = self.texts.get(inside, "") + data


def check(text, *where):
    """Assert that the elements ``where`` show NAME, and that it became no markup."""
    shown = Shown(text)
    for element in where:
        assert NAME in shown.texts[element], (element, shown.texts[element][:200])
    assert "b" not in shown.elements
    assert not any(escaped in text for escaped in ("&amp;lt;", "&amp;amp;", "&amp;quot;"))
    return shown


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = np.eye(3)[y] @ random.normal(size=(3, 6)) + 0.1 * random.normal(size=(90, 6))
    return Dataset(NAME, X[:60], y[:60], X[60:], y[60:], title=NAME)


def test_the_page_of_a_model(data):
    model = train_model(data, Preprocessor(), Trainer(4, epochs=2, random_state=0))
    check(make_report(model, data, evaluate(model, data)), "title", "h1", "td")


def test_the_report_of_the_paper(data):
    plan = make_plan(data)
    figure = new_figure(1, 1)
    section = Section(
        "table1", NAME, [NAME], [NAME], [[NAME]], [NAME], figure, data=plan.data_title
    )
    other = replace(section, name=NAME)
    text = html_page([section, other], describe_run(plan, 1.0, f"hebbovr reproduce {NAME}"))
    shown = check(text, "p", "code", "h2", "th", "td", "li", "a")
    assert {NAME, f"#{NAME}"} <= set(shown.attributes)


def test_the_page_of_the_rule_lab():
    X = plane_data("rings", n=50)
    check(make_page([watch("oja", X, units=2, epochs=1)], X, NAME), "h1")


def test_the_parts_of_pages():
    text = page(NAME, [table([NAME], [[NAME]]), picture(new_figure(1, 1), NAME)])
    assert NAME in check(text, "title", "th", "td").attributes
