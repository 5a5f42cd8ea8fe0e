import functools
import json
from contextlib import contextmanager

import pytest

from hebbovr import datasets
from tests.cli.conftest import only_json
from tests.datasets.serving import Site, serving
from tests.datasets.test_cifar10 import FORM, archive_bytes, fill, form_of


@pytest.fixture
def small(monkeypatch):
    """Let fetch and check know a small form of the files."""

    def use(form):
        for name in ("fetch_cifar10", "check_cifar10"):
            monkeypatch.setattr(
                datasets, name, functools.partial(getattr(datasets, name), form=form)
            )

    monkeypatch.setenv("no_proxy", "*")
    return use


@contextmanager
def small_site(small, **misbehaviour):
    with serving(Site(archive_bytes(), **misbehaviour)) as site:
        small(form_of(site))
        yield site


def test_data_sets_are_listed_with_their_options(succeed):
    text = succeed("data", "list")
    assert "digits: " in text
    assert "-D n_latitudes=4" in text
    found = only_json(succeed("data", "list", "--json"))
    assert {"digits", "sphere", "cifar10"} <= set(found)
    assert found["sphere"]["options"]["n_classes"]["default"] == 10


def test_files_are_fetched_once_and_found_right(run, succeed, small, tmp_path):
    with small_site(small) as site:
        first = run("data", "fetch", "cifar10", "--data-dir", "here")
        assert first.exit_code == 0
        assert first.stdout == "cifar10 is in here/cifar-10-batches-bin\n"
        assert "Next: hebbovr train cifar10 --data-dir here" in first.stderr
        found = only_json(succeed("data", "fetch", "cifar10", "--data-dir", "here", "--json"))
        assert found == {"name": "cifar10", "folder": "here/cifar-10-batches-bin"}
        assert len(site.asked) == 1
    report = only_json(succeed("data", "check", "cifar10", "--data-dir", "here", "--json"))
    assert report["ok"]
    assert [file["n_bytes"] for file in report["files"]] == [FORM.records * FORM.record_bytes] * 3
    assert "3 classes" in succeed("data", "check", "cifar10", "--data-dir", "here")


def test_a_wrong_digest_is_one_sentence_and_leaves_nothing(fail, small, tmp_path):
    with small_site(small) as site:
        site.content = bytes(len(site.content))
        code, sentence = fail("data", "fetch", "cifar10", "--data-dir", "here", "--quiet")
    assert code == 1
    assert "SHA-256" in sentence or "digest" in sentence
    assert not any((tmp_path / "here").rglob("*.bin"))


def test_what_is_wrong_is_named_and_exits_with_1(run, small, tmp_path):
    small(FORM)
    folder = fill(tmp_path / "here")
    (folder / FORM.test_file).write_bytes(b"\0")
    result = run("data", "check", "cifar10", "--data-dir", "here", "--json")
    assert result.exit_code == 1
    assert not json.loads(result.stdout)["ok"]
    assert FORM.test_file in result.stderr


def test_missing_files_name_the_command_that_fetches_them(fail, monkeypatch):
    code, sentence = fail("data", "check", "cifar10", "--data-dir", "nowhere")
    assert code == 1
    assert "hebbovr data fetch cifar10" in sentence


def test_a_data_set_without_files_is_a_usage_error(fail):
    code, _ = fail("data", "fetch", "digits")
    assert code == 2
