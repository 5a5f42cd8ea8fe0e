import pytest

from hebbovr import datasets
from tests.cli.conftest import only_json
from tests.experiments.conftest import tiny_images
from tests.paper.conftest import small  # noqa: F401


@pytest.fixture(autouse=True)
def tiny(monkeypatch, small):  # noqa: F811
    """Small images in place of CIFAR-10, and small grids."""
    load = datasets.load
    monkeypatch.setattr(
        datasets,
        "load",
        lambda source, **options: tiny_images() if source == "cifar10" else load(source, **options),
    )


RAW = ("reproduce", "table1", "--row", "only logistic", "--row", "random weights")


def test_a_table_is_run_shown_and_written(run, tmp_path):
    result = run(*RAW, "--seeds", 2)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Table 1: ")
    assert "only logistic" in result.stdout
    assert "- Only logistic" in result.stdout or "- only logistic" in result.stdout
    assert "4 trials, 0 of them stored already; about" in result.stderr
    assert "4/4 features-random-honest-test-12-" in result.stderr
    assert "Wrote reproduced/report.html" in result.stderr
    assert "--row 'only logistic'" in (tmp_path / "reproduced" / "report.md").read_text()
    again = run(*RAW, "--seeds", 2)
    assert "4 trials, 4 of them stored already\n" in again.stderr
    assert again.stdout == result.stdout


def test_json_is_one_object(succeed):
    found = only_json(succeed(*RAW, "--seeds", 1, "--quiet", "--json"))
    assert found["data"] == "tiny images"
    assert found["report"] == "reproduced/report.html"
    rows = found["sections"]["table1"]["summary"]
    assert [row["row"] for row in rows] == ["only logistic", "random weights"]


def test_bad_names_are_usage_errors_with_a_sentence(fail):
    assert fail("reproduce", "table9")[0] == 2
    assert fail("reproduce", "table1", "--protocol", "none")[0] == 2
    code, sentence = fail("reproduce", "table1", "--row", "PCA")
    assert code in (1, 2)
    assert "no row 'PCA'" in sentence
    code, sentence = fail("reproduce", "table1", "--jobs", 0)
    assert "--jobs 0" in sentence


def test_an_interrupt_says_what_is_kept_and_exits_with_130(run, monkeypatch):
    from hebbovr.paper import reproduce

    def interrupted(settings, dataset, threads):
        raise KeyboardInterrupt

    monkeypatch.setattr(reproduce, "compute_trial", interrupted)
    result = run(*RAW)
    assert result.exit_code == 130
    assert "the trials done are in reproduced/cells" in result.stderr
