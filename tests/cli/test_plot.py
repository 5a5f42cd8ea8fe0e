import pytest
from PIL import Image


@pytest.mark.parametrize("what", [["filters"], ["filters", "--random"], ["history"], ["activity"]])
def test_pictures_are_drawn(succeed, what):
    succeed("train", "digits", "--epochs", 2, "--no-probe", "--quiet")
    name, *options = what
    arguments = ["plot", name, "digits-model.npz", *options]
    succeed(*arguments, "-o", "x.png")
    succeed(*arguments, "-o", "x.svg")
    with Image.open("x.png") as picture:
        assert min(picture.size) > 100
        assert len(picture.convert("RGB").getcolors(2**24)) > 10
    with open("x.svg", encoding="utf-8") as file:
        assert "<svg" in file.read()


def test_an_unknown_kind_of_picture_is_named(fail, model):
    code, sentence = fail("plot", "filters", model, "-o", "x.bmp")
    assert code == 2
    assert ".bmp" in sentence


def test_overlap_and_report_are_written(run, model, tmp_path):
    assert run("plot", "overlap", model, "blobs.npz", "-o", "o.png").exit_code == 0
    assert (tmp_path / "o.png").read_bytes()[:4] == b"\x89PNG"
    result = run("report", model, "blobs.npz", "-o", "r.html")
    assert result.stderr == "Wrote r.html\n"
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")


def test_a_report_is_a_page(fail, model):
    assert fail("report", model, "-o", "r.pdf") == (2, "-o r.pdf must end in .html")
