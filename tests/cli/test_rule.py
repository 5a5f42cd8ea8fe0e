"""The rule lab from the command line."""

import json

import numpy as np
import pytest

from hebbovr.rules import RULES
from tests.cli.conftest import only_json


def test_every_rule_is_listed_with_what_it_shares_and_its_source(succeed):
    lines = succeed("rule", "list").splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(RULES)
    listed = only_json(succeed("rule", "list", "--json"))
    for row in listed["rules"]:
        assert set(row["shared_signals"]) <= set(listed["signals"])
        assert any(character.isdigit() for character in row["source"])


@pytest.mark.parametrize("rule", RULES)
def test_show_prints_and_draws_one_update_of_any_rule(run, rule, tmp_path):
    result = run("rule", "show", "--rule", rule, "--unit", 3, "--epochs", 1, "-o", "update.png")
    assert result.exit_code == 0, result.stderr
    assert f"Unit 3 under {rule}: responds to" in result.stdout
    assert "part of the update" in result.stdout
    assert "cosine to the update by Eq. 4" in result.stdout
    assert (tmp_path / "update.png").read_bytes()[:4] == b"\x89PNG"


def test_show_as_json_holds_the_numbers(succeed):
    shown = only_json(succeed("rule", "show", "--json", "--epochs", 0, "--batch", 2))
    assert set(shown) == {
        "rule", "unit", "responses", "overlap", "signals", "coefficients", "decay", "parts",
        "update", "shares", "cosine_to_eq4", "finite_differences", "kernel_error",
    }  # fmt: skip
    assert len(shown["responses"]) == 128
    assert shown["finite_differences"] < 1e-6
    np.testing.assert_allclose(np.sum(list(shown["parts"].values()), axis=0), shown["update"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rule", "hebb"), "--rule 'hebb' is unknown; use one of ovr, eq4"),
        (("--unit", 64), "--unit 64 is not there; the layer has units 0 to 63"),
        (("--rule-option", "p"), "--rule-option 'p' is no NAME=NUMBER pair"),
        (("--rule-option", "p=3"), "rule_options: ovr has no 'p'; it has none of its own"),
        (("--batch", 99), "is too small"),
    ],
)
def test_what_cannot_be_shown_is_named(fail, options, said):
    code, sentence = fail("rule", "show", "--epochs", 0, *options)
    assert code == 2
    assert said in sentence


def test_compare_prints_a_list_with_fixed_keys(succeed, tmp_path):
    options = ("--rules", "ovr,oja,kmeans", "--epochs", 2, "--seeds", 2, "--hidden", 16)
    found = json.loads(succeed("rule", "compare", *options, "--rows", 200, "--quiet", "--json"))
    assert {row["rule"] for row in found} == {"ovr", "oja", "kmeans"}
    for row in found:
        assert set(row) >= {
            "rule", "accuracy_mean", "accuracy_std", "random", "raw", "share_active", "overlap",
            "dead_units", "seconds", "shared_signals",
        }  # fmt: skip
        assert 10 < row["accuracy_mean"] < 100
    means = [row["accuracy_mean"] for row in found]
    assert means == sorted(means, reverse=True)
    assert (tmp_path / "rules" / "rules.svg").exists()


def test_compare_goes_on_where_it_was_stopped_and_shows_baselines(run):
    options = ("--rules", "oja", "--epochs", 1, "--seeds", 1, "--hidden", 8, "--rows", 100)
    first = run("rule", "compare", *options)
    assert first.exit_code == 0, first.stderr
    assert "random weights" in first.stdout
    assert "raw inputs" in first.stdout
    again = run("rule", "compare", *options)
    assert "3 trials, 3 of them stored already" in again.stderr
    assert again.stdout == first.stdout


def test_compare_names_what_it_cannot_do(fail, tmp_path):
    assert "--rules: 'hebb' is no rule" in fail("rule", "compare", "--rules", "hebb")[1]
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(50, 4)))
    assert "has no labels" in fail("rule", "compare", "--data", "rows.npy")[1]


def test_every_rule_trains_saves_and_is_taken_up(succeed, run, tmp_path):
    for rule in RULES:
        line = ("train", "--rule", rule, "--hidden", 8, "--epochs", 1, "--no-probe", "--quiet")
        shown = only_json(succeed(*line, "--out", f"{rule}.npz", "--json"))
        assert np.isfinite(shown["objective"])
        described = succeed("inspect", f"{rule}.npz")
        assert rule in described
    probed = only_json(succeed("probe", "softhebb.npz", "digits", "--json"))
    assert probed["accuracy"] > 0.5


def test_a_rules_own_options_are_kept_in_the_model(succeed):
    succeed(
        "train", "--rule", "krotov-hopfield", "--rule-option", "p=3", "--hidden", 8, "--epochs", 1,
        "--no-probe", "--quiet", "--out", "kh.npz",
    )  # fmt: skip
    from hebbovr import load_model

    assert load_model("kh.npz").trainer.rule.p == 3


def test_watch_writes_a_strip_and_a_page(run, tmp_path):
    options = ("--rule", "ovr,kmeans", "--data", "rings", "--epochs", 3, "--units", 3)
    result = run("rule", "watch", *options)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "watch.png").read_bytes()[:4] == b"\x89PNG"
    assert "<canvas" in (tmp_path / "watch.html").read_text()
    result = run("rule", "watch", *options, "-o", "strip.svg")
    assert result.stderr == "Wrote strip.svg\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--data", "cubes"), "--data 'cubes' is not there; choose one of clusters"),
        (("--rule", "hebb"), "--rule 'hebb' is unknown"),
        (("--units", 0), "--units 0 must be a whole number of at least 1"),
        (("-o", "strip.gif"), "-o strip.gif must end in .png, .svg, .pdf or .html"),
    ],
)
def test_what_cannot_be_watched_is_named(fail, options, said):
    code, sentence = fail("rule", "watch", *options)
    assert code == 2
    assert sentence.startswith(said)
