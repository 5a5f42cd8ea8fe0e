import csv
import json

import numpy as np

from tests.cli.conftest import only_json

GRID = ("sweep", "blobs.npz", "--epochs", 2, "--batch-size", 32, "--hidden", "4,8", "--lam", "5e-4")


def test_a_grid_is_run_best_first_and_only_the_best_sees_test_rows(run, blobs, tmp_path):
    result = run(*GRID)
    assert result.exit_code == 0, result.stderr
    header, *rows, best = result.stdout.splitlines()
    assert header.split()[0] == "hidden"
    assert len(rows) == 2
    assert best.startswith("Best: hidden ")
    found = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    means = [row["mean"] for row in found["grid"]]
    assert means == sorted(means, reverse=True)
    assert set(found["best"]["test"]) == {"layer", "raw", "random", "ovr"}
    assert found["best"]["test"]["ovr"] == found["best"]["test"]["layer"]
    lines = list(csv.DictReader((tmp_path / "sweep" / "sweep.csv").read_text().splitlines()))
    assert [float(line["mean"]) for line in lines] == means
    trials = [json.loads(p.read_text()) for p in (tmp_path / "sweep" / "cells").iterdir()]
    on_test = [c["settings"] for c in trials if c["settings"]["split"] == "test"]
    assert {s.get("units") for s in on_test if s["model"] == "ovr"} == {found["best"]["hidden"]}


def test_a_stopped_sweep_goes_on_and_more_axes_add_trials(run, blobs):
    run(*GRID)
    again = run(*GRID)
    assert "5 trials, 5 of them stored already\n" in again.stderr
    wider = run(*GRID[:-1], "5e-4,1e-3")
    assert "of them stored already; about" in wider.stderr


def test_rules_and_thresholds_are_axes_too(succeed, blobs):
    axes = ("--rule", "kmeans,ovr", "--threshold", "0,1.5", "--weight-scale", "0.1")
    found = only_json(succeed(*GRID[:6], "--hidden", 4, *axes, "--quiet", "--json"))
    seen = {(row["rule"], row["threshold"]) for row in found["grid"]}
    assert seen == {(rule, t) for rule in ("kmeans", "ovr") for t in (0.0, 1.5)}
    assert len({row["share_active"] for row in found["grid"]}) == 4
    assert all(row["weight_scale"] == 0.1 for row in found["grid"])


def test_several_seeds_give_a_deviation(succeed, blobs):
    found = only_json(succeed(*GRID, "--seeds", 2, "--quiet", "--json"))
    for row in found["grid"]:
        assert len(row["accuracies"]) == 2
        assert row["std"] is not None


def test_without_labels_there_is_a_grid_and_no_test(run, tmp_path):
    np.save(tmp_path / "plain.npy", np.random.default_rng(0).standard_normal((80, 5)))
    result = run("sweep", "plain.npy", "--epochs", 1, "--batch-size", 16, "--hidden", "4,6")
    assert result.exit_code == 0, result.stderr
    assert "no labels" in result.stderr
    assert "Best" not in result.stdout


def test_what_is_no_list_or_out_of_range_is_named(fail, blobs):
    code, sentence = fail("sweep", "blobs.npz", "--lam", "1e-5,much")
    assert code == 2
    assert "1e-5,much" in sentence
    code, sentence = fail("sweep", "blobs.npz", "--lam", "-1")
    assert sentence.startswith("--lam -1")
    assert fail("sweep", "missing.npz")[0] == 1
