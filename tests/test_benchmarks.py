"""The benchmarks run, and their JSON keeps its keys; the figures themselves are not tested."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import digest, encode, fit, parts, probe, products, scaling, start, step
from tests.runner import make_runner

FIGURES = {"median", "min", "max"}


def run(module, *arguments):
    result = make_runner().invoke(module.main, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.exception or result.stderr
    return json.loads(result.stdout)


def test_one_step_and_its_ratios():
    found = run(step, "--units", 48, "--inputs", 10, "--batch", 16, "--rounds", 2, "--active", 0.2)
    assert set(found) == {
        "units", "inputs", "batch", "share_active", "step_ms", "products_ms", "adam_ms",
        "torch_eager_ms", "torch_compiled_ms", "torch_naive_ms", "ratios", "machine",
    }  # fmt: skip
    assert set(found["ratios"]) == {
        "step_to_floor", "step_to_products", "eager_to_step", "compiled_to_step", "naive_to_step",
    }  # fmt: skip
    assert found["share_active"] == pytest.approx(0.2, abs=0.05)
    for name in ("step_ms", "products_ms", "adam_ms"):
        assert set(found[name]) == FIGURES
        assert 0 < found[name]["min"] <= found[name]["median"] <= found[name]["max"]
    assert set(found["ratios"]["step_to_floor"]) == FIGURES
    assert {"processor", "cores", "versions", "blas", "threading_layer"} == set(found["machine"])


def test_products_of_one_block():
    found = run(products, "--units", 12, "--inputs", 20, "--batch", 16, "--rounds", 2)
    assert set(found) == {"units", "inputs", "batch", "us", "gflops", "machine"}
    assert len(found["us"]) == 2 + len(products.SHARES)
    assert all(set(figure) == FIGURES for figure in found["us"].values())
    assert set(found["gflops"]) == {"BLAS", "whole"}


def test_a_competitor_that_disagrees_is_not_timed(monkeypatch):
    weights = SimpleNamespace(numpy=lambda: np.zeros((4, 3)))
    peer = SimpleNamespace(
        torch=SimpleNamespace(from_numpy=lambda array: array),
        W=SimpleNamespace(detach=lambda: weights),
        step=lambda X: -1.0,
    )
    problem = step.Problem(4, 3, 8, 0.5)
    monkeypatch.setattr(problem, "torch_layers", lambda: {"peer": peer})
    with pytest.raises(SystemExit, match="peer disagrees"):
        problem.check()


def test_a_point_of_scaling_has_time_and_memory_within_the_bound():
    sizes = {"batch": 16, "units": 32, "inputs": 8, "rows": 64, "threads": 1}
    point = scaling.measure_point(sizes, "step")
    assert point["seconds"] > 0
    assert point["bound_bytes"] == 4 * 4 * 32 * 8 + 3 * 4 * 16 * 32


def test_a_mapped_file_is_trained_on():
    found = scaling.train_on_mapped_file(0.02, batches=3)
    assert found["batches"] == 3
    assert found["file_bytes"] == pytest.approx(0.02e9, rel=0.01)


@pytest.mark.parametrize("name", ["OVREncoder", "MiniBatchKMeans", "random weights", "raw inputs"])
def test_a_learner_is_timed_and_probed(name):
    found = fit.run(name, fit.Task(None, 400, 10, 8, 0))
    assert found["width"] == (10 if name == "raw inputs" else 8)
    assert found["accuracy"] > 0.2
    assert name in fit.line(name, found)


def test_the_probe_stands_beside_plain_regression(monkeypatch):
    monkeypatch.setattr(probe, "alone", lambda function, *arguments: function(*arguments))
    found = run(probe, "--rows", 200, "--features", 20)
    assert set(found) == {
        "rows", "features", "data", "representation_bytes", "linear_probe",
        "logistic_regression", "ratios", "machine",
    }  # fmt: skip


def test_encoding_stands_beside_its_product():
    found = run(encode, "--rows", 300, "--inputs", 5, "--units", 24, "--rounds", 1)
    assert set(found["transform_to_product"]) == FIGURES
    nonzero = found["share_active"] * 300 * 24
    assert found["sparse_bytes"] == pytest.approx(8 * nonzero + 4 * 301, rel=0.3)


def test_a_second_process_does_not_compile():
    found = run(start)
    assert found["second_s"] < 0.5 * found["first_s"]


def test_the_parts_of_a_step():
    found = run(parts, "--units", 48, "--inputs", 10, "--batch", 16, "--rounds", 1)
    assert {"gather", "respond", "project", "backward product", "Adam", "step"} <= set(
        found["parts_ms"]
    )
    assert found["floor_flops"] == 2 * 2 * 48 * 10 * 16


def test_a_digest_notices_one_bit(tmp_path):
    X = digest.data("float32")
    first = digest.fit_digest(digest.trainer(), X)
    assert digest.fit_digest(digest.trainer(), X) == first
    X[3, 2] = np.nextafter(X[3, 2], np.inf)
    assert digest.fit_digest(digest.trainer(), X) != first
    digest.write_files(tmp_path)
    assert digest.take_up_files(tmp_path) == []
    end = dict(np.load(tmp_path / "end.npz"))
    end["H"][0, 0] = np.nextafter(end["H"][0, 0], np.inf)
    np.savez(tmp_path / "end.npz", **end)
    assert digest.take_up_files(tmp_path) == ["the model's responses"]
