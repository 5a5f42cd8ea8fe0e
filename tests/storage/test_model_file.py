import io
import json
import zipfile

import numpy as np
import pytest

from hebbovr import Preprocessor, Trainer, load_model, save_model
from hebbovr.errors import DataError, HebbovrError, ModelFileError
from hebbovr.model import Model, provenance


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((200, 12)).astype(np.float32)


@pytest.fixture
def model(X):
    preprocessor = Preprocessor(6, whiten=0.01, random_state=0).fit(X)
    trainer = Trainer(9, epochs=2, random_state=3).fit(preprocessor.transform(X))
    return Model(preprocessor, trainer, provenance("noise", "0" * 64), (3, 4))


@pytest.fixture
def path(model, tmp_path):
    save_model(tmp_path / "m.npz", model)
    return tmp_path / "m.npz"


def rewrite(path, **changes):
    """Write the file again with some members changed, added (raw bytes too) or dropped (None)."""
    with zipfile.ZipFile(path) as archive:
        members = {item.filename: archive.read(item) for item in archive.infolist()}
    for name, value in changes.items():
        member = f"{name}.npy"
        if value is None:
            del members[member]
        elif isinstance(value, bytes):
            members[member] = value
        else:
            buffer = io.BytesIO()
            np.save(buffer, value, allow_pickle=True)
            members[member] = buffer.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_a_model_comes_back_bit_for_bit(model, path, X):
    again = load_model(path)
    np.testing.assert_array_equal(again.transform(X), model.transform(X))
    np.testing.assert_array_equal(again.trainer.weights_, model.trainer.weights_)
    np.testing.assert_array_equal(again.trainer.biases_, model.trainer.biases_)
    assert again.trainer.history_ == model.trainer.history_
    assert again.provenance == model.provenance
    assert again.image_shape == (3, 4)
    first = model.trainer.settings() | {"weight_scale": model.trainer.weight_scale_}
    assert again.trainer.settings() == first


def test_the_untrained_layer_is_the_one_that_training_started_from(model, path):
    start = Trainer(9, random_state=3, weight_scale=model.trainer.weight_scale_).initialize(6)
    np.testing.assert_array_equal(load_model(path).untrained().weights_, start.weights_)


def test_the_file_is_an_uncompressed_archive_without_pickles(path):
    with zipfile.ZipFile(path) as archive:
        assert {item.compress_type for item in archive.infolist()} == {zipfile.ZIP_STORED}
    with np.load(path, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "biufU" for name in arrays)


def test_a_write_that_fails_leaves_the_former_file(model, path, monkeypatch):
    before = path.read_bytes()

    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(HebbovrError, match="the disk is full"):
        save_model(path, model)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["m.npz"]


class Canary:
    """Leaves a file behind if it is ever unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_object_arrays_are_refused_and_never_unpickled(path, tmp_path):
    rewrite(path, weights=np.array([Canary(tmp_path / "executed")], dtype=object))
    with pytest.raises(ModelFileError, match=r"weights.npy"):
        load_model(path)
    assert not (tmp_path / "executed").exists()


def header_of(shape):
    buffer = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + b"\0" * 16


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": None}, "weights"),
        ({"weights": header_of((2**40, 2**20))}, "declares"),
        ({"weights": header_of((-1, -4))}, "declares"),
        ({"weights": b"no array"}, "damaged"),
        ({"weights": np.ones((9, 7), np.float32)}, "gives 6 inputs, its layer takes 7"),
        ({"weights": np.ones((8, 6), np.float32)}, "no layer of 9 units"),
        ({"weights": np.ones((9, 6), np.int32)}, "no layer of 9 units"),
        ({"weights": np.full((9, 6), np.nan, np.float32)}, "NaN or infinity"),
        ({"biases": np.ones(3, np.float32)}, "no layer of 9 units"),
        ({"format": np.array(json.dumps("hebbovr model 99"))}, "this version reads"),
        ({"format": np.array("{")}, "broken"),
        ({"settings": np.array(json.dumps({"n_components": 2**30}))}, "no layer of"),
        ({"settings": np.array(json.dumps({"n_components": 2**60}))}, "at most 2147483647"),
        ({"settings": np.array(json.dumps({"nothing": 1}))}, "nothing"),
        ({"settings": np.array(json.dumps([1]))}, "broken"),
        ({"settings": np.array("[" * 10**5)}, "no"),
        ({"history": np.array(json.dumps([1, 2]))}, "broken"),
        ({"history": np.array(json.dumps({"epoch": 1}))}, "broken"),
        ({"provenance": np.array(json.dumps(3))}, "broken"),
        ({"image_shape": np.array(json.dumps([5, 5]))}, "do not have 12 pixels"),
        ({"image_shape": np.array(json.dumps("x"))}, "no"),
        ({"image_shape": np.array("[1e999, 12]")}, "image_shape is inf"),
        ({"image_shape": np.array("[1, 1, 1, 12]")}, "a list of at most 3"),
        ({"image_shape": np.array("[-3, -4]")}, "image_shape is -3"),
        ({"provenance": np.array('{"versions": {"numpy": 2}}')}, "numpy in versions is 2"),
        ({"provenance": np.array('{"more": [NaN]}')}, "more is nan"),
        ({"history": np.array('[{"epoch": 1}]')}, "an entry of history lacks"),
        ({"preprocessor.scale": np.full(12, 1e-320)}, "leave the range of float64"),
        ({"preprocessor.variances": -np.ones(6)}, "below 0"),
        ({"biases": np.ones(9, ">f4")}, "no layer of 9 units"),
        ({"preprocessor.mean": np.ones(3)}, "The preprocessing array"),
        ({"preprocessor.components": np.full((6, 12), np.inf)}, "NaN or infinity"),
    ],
)
def test_contradictions_are_refused(path, changes, message):
    rewrite(path, **changes)
    with pytest.raises(ModelFileError) as error:
        load_model(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)


def test_compressed_and_duplicate_members_are_refused(path, tmp_path):
    with np.load(path, allow_pickle=False) as arrays:
        np.savez_compressed(tmp_path / "c.npz", **arrays)
    with pytest.raises(ModelFileError, match="compressed"):
        load_model(tmp_path / "c.npz")
    with (
        zipfile.ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("weights.npy", b"")
    with pytest.raises(ModelFileError, match="twice"):
        load_model(path)


def test_files_that_are_no_models_are_named(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "other.npz", X=np.ones(3))
    for name in ("text.npz", "other.npz", "missing.npz", ""):
        with pytest.raises(ModelFileError) as error:
            load_model(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)


def test_damaged_files_give_the_projects_own_error_or_a_model(path, tmp_path):
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    broken = tmp_path / "broken.npz"
    refused = 0
    for _ in range(400):
        data = bytearray(whole)
        if random.random() < 0.3:
            data = data[: random.integers(len(data))]
        for place in random.integers(0, max(1, len(data)), random.integers(1, 4)):
            if data:
                data[place] ^= 1 << random.integers(8)
        broken.write_bytes(data)
        try:
            load_model(broken)
        except ModelFileError:
            refused += 1
    assert refused > 200


def test_the_name_of_a_file_may_be_no_utf8(model, tmp_path):
    model.provenance["data"] = "d\udcff.npy"
    save_model(tmp_path / "m.npz", model)
    assert load_model(tmp_path / "m.npz").provenance == model.provenance


def test_responses_that_leave_the_range_are_an_error(path, X):
    rewrite(path, weights=np.full((9, 6), 3e38, np.float32))
    with pytest.raises(DataError, match="leave the range of float32"):
        load_model(path).transform(X)
