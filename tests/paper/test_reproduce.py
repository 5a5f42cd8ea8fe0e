import csv
import io
import json
import re

import pytest

from hebbovr.errors import DataError, SettingsError
from hebbovr.paper import reproduce as module
from hebbovr.paper.plan import make_plan
from hebbovr.paper.reproduce import ITEMS, choose_items, needs_images, reproduce
from tests.experiments.conftest import tiny_images

TABLE1 = [
    "only logistic",
    "K-means (hard)",
    "K-means (triangle)",
    "random weights",
    "DAE",
    "OVR-Encoder",
    "OVR-Encoder, soft whitening",
]


@pytest.fixture
def everything(plan, tmp_path):
    return reproduce("all", plan, tmp_path / "out", command="hebbovr reproduce all")


def test_one_run_writes_every_table_and_figure(everything, plan, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert [section.name for section in everything] == list(ITEMS)
    for number in range(1, 6):
        assert (out / f"figure{number}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (out / f"figure{number}.svg").read_text()[:600]
    assert (out / "table2.png").exists()
    page = (out / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 6
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", page)
    text = (out / "report.md").read_text()
    for section in everything:
        assert section.title in text
        assert section.title in page
        for sentence in section.verdicts:
            assert sentence in text

    stored = json.loads((out / "results.json").read_text())
    lines = list(csv.DictReader(io.StringIO((out / "cells.csv").read_text())))
    assert len(lines) == len(stored["cells"]) == len(list((out / "cells").iterdir()))
    assert {line["key"] for line in lines} == {path.stem for path in (out / "cells").iterdir()}

    # A second run finds every trial and computes none.
    monkeypatch.setattr(module, "compute_trial", None)
    again = reproduce("all", plan, out)
    assert [section.summary for section in again] == [section.summary for section in everything]


def test_table1_is_the_list_that_results_are_read_from(plan, tmp_path):
    reproduce("table1", plan, tmp_path)
    rows = json.loads((tmp_path / "table1.json").read_text())
    assert [row["row"] for row in rows] == TABLE1
    for row in rows:
        assert {
            "row", "protocol", "units", "seeds", "accuracies", "mean", "std", "published",
            "seconds", "settings", "data",
        } <= set(row)  # fmt: skip
        assert len(row["accuracies"]) == len(row["seeds"]) == 2
        assert row["mean"] == pytest.approx(sum(row["accuracies"]) / 2, abs=0.006)
        assert row["data"] == "tiny images"
    assert rows[0]["published"] == 39.78


def test_an_interrupted_run_goes_on_where_it_was(plan, tmp_path, monkeypatch):
    computed = []
    honest_compute = module.compute_trial

    class Stop(BaseException):
        pass

    def watched(settings, dataset, threads):
        if len(computed) == 5:
            raise Stop
        computed.append(settings)
        return honest_compute(settings, dataset, threads)

    monkeypatch.setattr(module, "compute_trial", watched)
    with pytest.raises(Stop):
        reproduce("table1", plan, tmp_path)
    assert len(list((tmp_path / "cells").iterdir())) == 5
    counted = []
    monkeypatch.setattr(module, "compute_trial", honest_compute)
    reproduce("table1", plan, tmp_path, progress=counted.append)
    assert len(counted) == len(list((tmp_path / "cells").iterdir())) - 5


def test_only_the_rows_asked_for_are_run(images, small, tmp_path):
    plan = make_plan(images, seeds=1, rows=("random weights",))
    (section,) = reproduce("table1", plan, tmp_path)
    assert [row["row"] for row in section.summary] == ["random weights"]
    with pytest.raises(SettingsError, match="no row 'PCA'; its rows are 'only logistic'"):
        reproduce("table1", make_plan(images, rows=("PCA",)), tmp_path)


def test_the_authors_script_is_what_their_protocol_runs(images, small):
    plan = make_plan(images, protocol="authors", seeds=1, rows=("OVR-Encoder",))
    (trial,) = choose_items("table1")[0].final_runs(plan, {})
    train = trial["train"]
    assert (train["overlap_penalty"], train["learning_rate"]) == (5e-5, 5e-4)
    assert (train["weight_scale"], train["schedule"]) == (0.05, "plateau")


def test_final_trials_look_at_the_test_images_and_grids_do_not(plan):
    for item in ITEMS.values():
        for trial in item.grid_trials(plan):
            assert trial.settings.get("split") != "test"
        if hasattr(item, "final_runs"):
            assert {trial["split"] for trial in item.final_runs(plan, {})} == {"test"}


def test_only_figure_1_needs_no_images(tmp_path, small):
    assert not needs_images("figure1")
    assert needs_images("table1")
    assert needs_images("all")
    plan = make_plan(None)
    (section,) = reproduce("figure1", plan, tmp_path)
    assert {row["clusters"] for row in section.summary} == {10, 40}


def test_what_is_unknown_or_unusable_is_named(images):
    with pytest.raises(SettingsError, match="'table9' is unknown"):
        choose_items("table9")
    with pytest.raises(SettingsError, match="protocol='none' is unknown"):
        make_plan(images, protocol="none")
    with pytest.raises(SettingsError, match="scale='big' is unknown"):
        make_plan(images, scale="big")
    with pytest.raises(SettingsError, match="seeds=0"):
        make_plan(images, seeds=0)
    unlabelled = tiny_images()
    object.__setattr__(unlabelled, "y_train", None)
    with pytest.raises(DataError, match="no labels"):
        make_plan(unlabelled)
