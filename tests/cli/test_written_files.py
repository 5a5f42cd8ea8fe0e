"""No command writes over what it reads, nor over a stranger's file unless it is told to."""

import os
import shutil

import numpy as np
import pytest

from hebbovr import datasets, load_model
from hebbovr.cli.written_files import ANY, Output, check_outputs, fetched_files
from hebbovr.errors import SettingsError
from tests.datasets.test_cifar10 import fill
from tests.experiments.conftest import tiny_images
from tests.paper.conftest import small  # noqa: F401

TRAIN = ("--hidden", 4, "--epochs", 1, "--no-probe", "--quiet")
DETOURS = {
    "itself": lambda name: name,
    "dots": lambda name: f"./x/../{name}",
    "absolute": os.path.abspath,
    "symbolic": lambda name: os.symlink(name, "link-" + name) or "link-" + name,
    "hard": lambda name: os.link(name, "hard-" + name) or "hard-" + name,
    "chain": lambda name: (
        os.symlink(name, "a-" + name) or os.symlink("a-" + name, "b-" + name) or "b-" + name
    ),
}


@pytest.fixture
def files(blobs, succeed, tmp_path):
    """One file of each kind that commands read; tell at the end that none has changed."""
    X, y = blobs
    rows = np.column_stack([X, y])
    np.savetxt("d.csv", rows, delimiter=",", header="a,b,c,d,e,f,label", comments="")
    np.save("x.npy", X)
    np.save("y.npy", y)
    succeed("train", "blobs.npz", *TRAIN, "--out", "m.npz")
    (tmp_path / "c.toml").write_text("hidden = 4\n")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    yield tmp_path
    for path, content in before.items():
        assert path.read_bytes() == content, path


def refused(fail, *arguments, said=", which would be lost; choose another name"):
    code, sentence = fail(*arguments)
    assert code == 2, sentence
    assert said in sentence


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("detour", DETOURS)
def test_train_keeps_its_data_under_any_name(fail, files, detour, force):
    out = DETOURS[detour]("d.csv")
    refused(fail, "train", "d.csv", *TRAIN, "--out", out, *force)


@pytest.mark.parametrize("detour", DETOURS)
def test_the_data_may_be_named_by_the_detour_too(fail, files, detour):
    (files / "x").mkdir()
    data = DETOURS[detour]("d.csv")
    refused(fail, "train", data, *TRAIN, "--out", "d.csv", "--force")


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "x.npy", "-D", "labels=y.npy", *TRAIN, "--out", "y.npy"),
        ("train", "d.csv", "--config", "c.toml", *TRAIN, "--out", "c.toml"),
        ("encode", "m.npz", "x.npy", "-o", "x.npy"),
        ("encode", "m.npz", "x.npy", "-D", "labels=y.npy", "-o", "y.npy"),
        ("encode", "m.npz", "blobs.npz", "--sparse", "-o", "m.npz"),
        ("encode", "m.npz", "blobs.npz", "--sparse", "-o", "blobs.npz"),
    ],
)
def test_no_input_is_written_over(fail, files, arguments):
    refused(fail, *arguments)
    refused(fail, *arguments, "--force")


@pytest.mark.parametrize(
    "text",
    [
        'out = "d.csv"',
        'out = "./x/../d.csv"\nforce = true',
        'out = "y.npy"\ndata-option = ["labels=y.npy"]',
        'out = "t.toml"',
    ],
)
def test_names_in_the_config_file_are_seen(fail, files, text):
    (files / "t.toml").write_text(text + "\n")
    data = "x.npy" if "labels" in text else "d.csv"
    refused(fail, "train", data, *TRAIN, "--config", "t.toml")
    assert (files / "t.toml").read_text() == text + "\n"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("f.png", ("plot", "filters", "m.npz")),
        ("f.svg", ("plot", "history", "m.npz")),
        ("f.pdf", ("plot", "activity", "m.npz", "blobs.npz")),
        ("f.png", ("plot", "overlap", "m.npz")),  # the data that the model names
        ("f.html", ("report", "m.npz")),
        ("f.png", ("rule", "show", "--data", "blobs.npz", "--epochs", 0)),
    ],
)
def test_a_picture_or_page_through_a_link_does_not_reach_an_input(fail, files, name, arguments):
    for number, target in enumerate(a for a in ("m.npz", "blobs.npz") if a in arguments):
        os.symlink(target, f"{number}{name}")
        refused(fail, *arguments, "-o", f"{number}{name}")
    if "m.npz" in arguments and arguments[1] in ("overlap", "m.npz"):
        os.symlink("blobs.npz", name)
        refused(fail, *arguments, "-o", name)


@pytest.mark.parametrize("result", ["sweep.csv", "sweep.json", "cells/a.json"])
def test_a_sweep_into_the_folder_of_its_data(fail, files, result):
    place = files / "here" / result
    place.parent.mkdir(parents=True)
    data = place.parent / "data.csv"
    shutil.copy("d.csv", data)
    os.symlink(data, place)
    before = data.read_bytes()
    refused(fail, "sweep", data, "--epochs", 1, "--hidden", 4, "--out", "here")
    assert data.read_bytes() == before


def test_a_sweep_over_a_table_called_as_its_result(fail, files):
    shutil.copy("d.csv", "sweep.csv")
    refused(fail, "sweep", "sweep.csv", "--epochs", 1, "--hidden", 4, "--out", ".", "--force")
    refused(fail, "sweep", "d.csv", "--out", "d.csv", said="names, which would be lost")
    refused(fail, "sweep", "d.csv", "--out", "x.npy", said="is a file; give the name of a folder")


def test_a_comparison_and_a_reproduction(fail, files, monkeypatch, small):  # noqa: F811
    os.symlink("d.csv", "rules.svg")
    refused(fail, "rule", "compare", "--data", "d.csv", "--out", ".")
    folder = fill(files / "data")
    os.mkdir("out")
    os.symlink(folder / "data_batch_1.bin", "out/results.json")
    monkeypatch.setattr(datasets, "load", lambda *_, **__: tiny_images())
    refused(fail, "reproduce", "table1", "--data-dir", "data", "--out", "out", "--force")


def test_a_run_in_a_folder_keeps_an_input_called_as_a_checkpoint(fail, files):
    os.mkdir("run")
    os.symlink(files / "blobs.npz", "run/checkpoint-000000001.npz")
    every = ("--checkpoint-every", 2)
    refused(fail, "train", "blobs.npz", *TRAIN, "--out", "run", *every, "--resume")
    refused(fail, "train", "d.csv", *TRAIN, "--out", "d.csv", *every, said="names a file")


@pytest.mark.parametrize("second", ["a.png", "./a.png", "link.png"])
def test_two_outputs_are_two_files(fail, tmp_path, monkeypatch, second):
    monkeypatch.chdir(tmp_path)
    os.symlink("a.png", "link.png")
    refused(fail, "rule", "watch", "-o", "a.png", "-o", second, said="are the same file")


STRANGERS = {
    "train": (("train", "d.csv", *TRAIN, "--out"), "s.npz"),
    "encode": (("encode", "m.npz", "x.npy", "-o"), "s.npy"),
    "sparse": (("encode", "m.npz", "x.npy", "--sparse", "-o"), "s.npz"),
    "filters": (("plot", "filters", "m.npz", "-o"), "s.png"),
    "history": (("plot", "history", "m.npz", "-o"), "s.svg"),
    "activity": (("plot", "activity", "m.npz", "-o"), "s.pdf"),
    "overlap": (("plot", "overlap", "m.npz", "-o"), "s.png"),
    "report": (("report", "m.npz", "--no-probe", "-o"), "s.html"),
    "show": (("rule", "show", "--epochs", 0, "-o"), "s.svg"),
    "watch": (("rule", "watch", "--epochs", 1, "-o"), "s.html"),
}


@pytest.mark.parametrize("command", STRANGERS)
def test_a_strangers_file_is_replaced_only_by_force_and_ones_own_at_once(run, fail, files, command):
    arguments, name = STRANGERS[command]
    for content in (b"my notes\n", (files / "blobs.npz").read_bytes(), b"<html>mine</html>"):
        (files / name).write_bytes(content)
        refused(fail, *arguments, name, said="add --force to replace it")
        assert (files / name).read_bytes() == content
    assert run(*arguments, name, "--force").exit_code == 0
    assert run(*arguments, name).exit_code == 0
    (files / name).write_bytes(b"")  # as mktemp leaves it
    assert run(*arguments, name).exit_code == 0


def test_other_arrays_are_strangers_to_encode(fail, files):
    np.save("other.npy", np.ones((300, 6)))
    np.save("labels.npy", np.arange(300))
    for name in ("other.npy", "labels.npy"):
        refused(fail, "encode", "m.npz", "x.npy", "-o", name, said="responses of 4 units")


def test_results_of_a_sweep_and_a_comparison_are_their_own(run, fail, files):
    grid = ("sweep", "d.csv", "--epochs", 1, "--hidden", "3,4", "--out", "grid")
    rules = ("rule", "compare", "--data", "d.csv", "--rules", "ovr", "--epochs", 1, "--out", "r")
    for arguments, name in ((grid, "grid/sweep.csv"), (rules, "r/rules.json")):
        assert run(*arguments).exit_code == 0
        assert run(*arguments).exit_code == 0
        (files / name).write_text("a,b\n1,2\n")
        refused(fail, *arguments, said="add --force to replace it")
        assert run(*arguments, "--force").exit_code == 0


def test_results_of_a_reproduction_are_its_own(run, fail, files, monkeypatch, small):  # noqa: F811
    monkeypatch.setattr(datasets, "load", lambda *_, **__: tiny_images())
    arguments = ("reproduce", "table1", "--row", "only logistic", "--seeds", 1, "--out", "o")
    for _ in range(2):
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
    for name in ("report.html", "report.md", "results.json", "cells.csv", "table1.json"):
        content = (files / "o" / name).read_bytes()
        (files / "o" / name).write_bytes(b"mine")
        refused(fail, *arguments, said="add --force to replace it")
        (files / "o" / name).write_bytes(content)


def test_fetching_replaces_batches_and_no_strangers(fail, files):
    folder = fill(files / "data")
    (folder / "data_batch_1.bin").write_bytes(b"my notes")
    refused(fail, "data", "fetch", "cifar10", "--data-dir", "data", said="no batch of CIFAR-10")
    (folder / "data_batch_1.bin").write_bytes(b"\0 damaged")
    (files / "data" / "cifar-10-binary.tar.gz.part").write_bytes(b"mine")
    refused(fail, "data", "fetch", "cifar10", "--data-dir", "data", said="no part of an archive")
    (files / "data" / "cifar-10-binary.tar.gz.part").write_bytes(b"\x1f\x8b")
    assert len(fetched_files(files / "data")) == 4
    check_outputs(fetched_files(files / "data"))


def test_nothing_is_begun_before_the_check(fail, files, monkeypatch):
    def begun(*arguments, **options):
        raise AssertionError("work was begun")

    monkeypatch.setattr("hebbovr.datasets.load", begun)
    refused(fail, "train", "d.csv", *TRAIN, "--out", "d.csv")
    refused(fail, "encode", "m.npz", "x.npy", "-o", "x.npy")
    refused(fail, "sweep", "d.csv", "--out", "d.csv")
    refused(fail, "report", "m.npz", "d.csv", "-o", "missing/r.html", said="does not exist")
    refused(fail, "plot", "activity", "m.npz", "d.csv", "-o", "a.bmp", said=".bmp must end in")


@pytest.mark.parametrize("name", ["new/", "new/.", "new/sub/", "new/.."])
def test_what_names_a_folder_becomes_no_file(fail, files, name):
    refused(fail, "train", "d.csv", *TRAIN, "--out", name, said="create it")
    refused(fail, "plot", "filters", "m.npz", "-o", name, said="is the name of a folder")
    assert not (files / "new").exists()


def test_a_folder_that_is_there_takes_the_model(succeed, files):
    os.mkdir("models")
    succeed("train", "d.csv", *TRAIN, "--out", "models/")
    assert load_model("models/d-model.npz").trainer.n_components == 4
    succeed("train", "d.csv", *TRAIN, "--out", "run/", "--checkpoint-every", 2)
    assert os.listdir("run") == ["d-model.npz"]


def test_devices_keep_nothing_that_could_be_lost():
    check_outputs([Output("-o", os.devnull, ANY), Output("-o", os.devnull, ANY)])
    with pytest.raises(SettingsError, match="is a folder"):
        check_outputs([Output("-o", os.curdir, ANY)], force=True)
