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
        (("--unit", 128), "--unit 128 is not there; the layer has units 0 to 127"),
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
            "dead_units", "seconds", "shared_signals", "features", "features_std", "random_std",
            "raw_std", "labels", "minus", "learning_rate", "rates", "seeds",
        }  # fmt: skip
        assert 10 < row["accuracy_mean"] < 100
        assert set(row["minus"]) == {"features", "raw", "random"}
        for name, difference in row["minus"].items():
            apart = row["accuracy_mean"] - row[name]
            assert difference["mean"] == pytest.approx(apart, abs=0.011)
            assert difference["se"] >= 0
    means = [row["accuracy_mean"] for row in found]
    assert means == sorted(means, reverse=True)
    assert (tmp_path / "rules" / "rules.svg").exists()


def test_compare_goes_on_where_it_was_stopped_and_shows_baselines(run):
    options = ("--rules", "oja", "--epochs", 1, "--seeds", 1, "--hidden", 8, "--rows", 100)
    first = run("rule", "compare", *options)
    assert first.exit_code == 0, first.stderr
    shown = [line.split("  ")[0] for line in first.stdout.splitlines()[2:5]]
    assert shown == ["pixels", "principal components", "random weights"]
    again = run("rule", "compare", *options)
    assert "9 trials, 9 of them stored already" in again.stderr
    assert again.stdout == first.stdout


def test_each_rule_keeps_the_rate_that_is_best_on_rows_held_out(succeed, tmp_path):
    options = ("--rules", "oja,kmeans", "--seeds", 2, "--epochs", 2, "--hidden", 8, "--quiet")
    found = json.loads(succeed("rule", "compare", *options, "--rates", "0.001,1", "--json"))
    for row in found:
        assert len(row["rates"]) == 2
        assert row["rates"][f"{row['learning_rate']:g}"] == max(row["rates"].values())
    trials = [json.loads(p.read_text())["settings"] for p in (tmp_path / "rules/cells").iterdir()]
    rates = {
        split: {
            (t["train"]["rule"], t["train"]["learning_rate"])
            for t in trials
            if t["split"] == split and t["train"]
        }
        for split in ("held-out", "test")
    }
    assert len(rates["held-out"]) == 4
    assert rates["test"] == {(row["rule"], row["learning_rate"]) for row in found}


def test_between_rates_that_are_equal_the_own_is_kept(succeed):
    options = ("--rules", "kmeans", "--seeds", 1, "--epochs", 1, "--hidden", 8, "--quiet")
    (row,) = json.loads(succeed("rule", "compare", *options, "--rates", "0.1,10,1", "--json"))
    assert len(set(row["rates"].values())) == 1  # k-means has a rate of its own, by counts
    assert list(row["rates"]) == sorted(row["rates"], key=float)
    assert row["learning_rate"] == RULES["kmeans"].learning_rate


def test_at_its_own_rate_nothing_is_held_out(succeed, tmp_path):
    options = ("--rules", "oja", "--seeds", 1, "--epochs", 1, "--hidden", 4, "--quiet", "--json")
    (row,) = json.loads(succeed("rule", "compare", *options, "--rates", "own"))
    assert row["learning_rate"] == RULES["oja"].learning_rate
    assert row["rates"] == {}
    assert row["accuracy_std"] is row["minus"]["features"]["se"] is None
    trials = [json.loads(p.read_text())["settings"] for p in (tmp_path / "rules/cells").iterdir()]
    assert {t["split"] for t in trials} == {"test"}


def test_every_seed_has_its_own_split_of_digits(succeed, tmp_path):
    options = ("--rules", "oja", "--seeds", 3, "--epochs", 1, "--hidden", 4, "--rates", "own")
    succeed("rule", "compare", *options, "--quiet", "--json")
    trials = [json.loads(p.read_text())["settings"] for p in (tmp_path / "rules/cells").iterdir()]
    data = {seed: {t["data"] for t in trials if t["seed"] == seed} for seed in range(3)}
    assert [len(found) for found in data.values()] == [1, 1, 1]
    assert len(set.union(*data.values())) == 3


@pytest.mark.parametrize("rates", ["fast", "", "1,0", "-1", "nan", "inf", "1,,2"])
def test_rates_that_are_none_are_named(fail, rates):
    code, sentence = fail("rule", "compare", "--rates", rates)
    assert code == 2
    assert sentence == f"--rates {rates} is neither auto, own, nor numbers above 0: 0.3,1,3"


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
