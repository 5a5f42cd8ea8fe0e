"""The one table of what a model is worth, as commands and pages show it."""

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hebbovr import Preprocessor, Trainer
from hebbovr.cli.output import print_table
from hebbovr.datasets import Dataset, load
from hebbovr.pipeline import Evaluation, evaluate, train_model
from hebbovr.reports.model_report import make_report
from hebbovr.reports.result_table import result_table, seeds_table

HEADER = ["representation", "accuracy %", "active %", "overlap", "Treves-Rolls", "dead units"]


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.fixture(scope="module")
def model(digits):
    return train_model(digits, Preprocessor(20), Trainer(8, epochs=2, random_state=0, rule="oja"))


def test_a_layer_of_any_rule_stands_beside_its_baselines(digits, model):
    found = evaluate(model, digits)
    header, rows = result_table(found)
    assert header == HEADER
    assert [row[0] for row in rows] == [
        "pixels", "principal components", "random weights", "trained layer",
    ]  # fmt: skip
    assert rows[0][2:] == rows[1][2:] == ["-"] * 4
    layer = found.sparsity["layer"]
    assert rows[3] == [
        "trained layer",
        f"{100 * found.probe['layer'].accuracy:.1f}",
        f"{100 * layer.share_active:.1f}",
        f"{layer.overlap:.3f}",
        f"{layer.treves_rolls_lifetime:.3f}",
        str(layer.dead_units),
    ]


def test_details_are_the_training_rows_and_the_penalty(digits, model):
    found = evaluate(model, digits)
    header, rows = result_table(found, details=True)
    assert header == [*HEADER[:2], "training %", "L2 penalty", *HEADER[2:]]
    assert [row[3] for row in rows] == [
        f"{found.probe[name].alpha:g}" for name in ("features", "raw", "random", "layer")
    ]
    assert [row[:2] + row[4:] for row in rows] == result_table(found)[1]


def test_several_runs_are_means_with_their_spread_and_paired_differences():
    def run(pixels, layer, overlap, dead):
        probe = {
            n: SimpleNamespace(accuracy=a) for n, a in (("features", pixels), ("layer", layer))
        }
        measured = SimpleNamespace(
            share_active=0.25, overlap=overlap, treves_rolls_lifetime=0.5, dead_units=dead
        )
        labels = {"features": "pixels", "layer": "trained layer"}
        return Evaluation(probe, {"layer": measured}, 10, labels)

    runs = [run(0.90, 0.93, 0.1, 0), run(0.92, 0.93, 0.2, 3)]
    header, rows = seeds_table(runs)
    assert header == [*HEADER[:2], "layer - it", *HEADER[2:]]
    assert rows == [
        ["pixels", "91.00 ± 1.41", "+2.00 ± 1.00", "-", "-", "-", "-"],
        ["trained layer", "93.00 ± 0.00", "-", "25.0", "0.150", "0.500", "1.5"],
    ]
    assert [row[1:3] for row in seeds_table(runs[:1])[1]] == [["90.00", "+3.00"], ["93.00", "-"]]
    without = [runs[0], replace(runs[1], probe={})]
    assert [row[1:3] for row in seeds_table(without)[1]] == [["-", "-"], ["-", "-"]]


def test_without_a_probe_the_inputs_have_nothing_to_show(digits, model):
    rows = result_table(evaluate(model, Dataset("digits", digits.X_train)), details=True)[1]
    assert [row[:4] for row in rows] == [
        ["random weights", "-", "-", "-"],
        ["trained layer", "-", "-", "-"],
    ]


def test_the_command_line_and_the_page_show_the_same_numbers(digits, model, capsys):
    found = evaluate(model, digits)
    header, rows = result_table(found)
    print_table(header, rows)
    printed = capsys.readouterr().out
    page = make_report(model, digits, found)
    for text in [*header, *(cell for row in rows for cell in row)]:
        assert text in printed
        assert f">{text}</t" in page


def test_it_needs_no_matplotlib():
    script = "import sys, hebbovr.reports.result_table; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
