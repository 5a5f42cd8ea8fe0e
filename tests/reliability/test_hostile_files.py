"""Files from strangers: whatever is in them, only this package's own error comes out.

The slow version tries 10,000: ``pytest -m slow -s tests/reliability/test_hostile_files.py``.
"""

import io
import time
import tracemalloc
import warnings
import zipfile

import click
import numpy as np
import pytest

from hebbovr import Preprocessor, Trainer, load, load_model, save_model
from hebbovr.cli.settings import read_config, resolve
from hebbovr.cli.train import train
from hebbovr.datasets.cifar10_files import CifarFormat, read_batch
from hebbovr.errors import DataNote, HebbovrError
from hebbovr.model import Model
from hebbovr.storage.checkpoints import Checkpoints, read_checkpoint
from tests.reliability.mutations import MEBI, canary, header_cuts, mutants, npy

FORMAT = CifarFormat(records=20, image_shape=(2, 2, 3))
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 5)).astype(np.float32)
SECONDS, BYTES = 1.0, 200 * MEBI


def model():
    preprocessor = Preprocessor(3, whiten=0.01).fit(X)
    trainer = Trainer(4, epochs=2, batch_size=20, validation_fraction=0.3, random_state=0)
    return Model(preprocessor, trainer.fit(preprocessor.transform(X)), {"data": "x"}, None)


def model_file(path):
    save_model(path, model())


def checkpoint_file(path):
    made = model()
    folder = Checkpoints(path.parent / "checkpoints")
    folder.save(made.trainer, made.preprocessor, {"hidden": 4}, "").rename(path)


def npz_file(path):
    np.savez(path, X=X, y=np.arange(60) % 3, X_test=X[:9], y_test=np.arange(9) % 3)


def npy_file(path):
    np.save(path, X)


def csv_file(path):
    rows = (",".join(f"{v:.3f}" for v in row) + f",{'ab'[n % 2]}" for n, row in enumerate(X))
    path.write_text("\n".join(["a,b,c,d,e,label", *rows]) + "\n")


def cifar_file(path):
    records = RANDOM.integers(0, 10, (20, 13), dtype=np.uint8)
    path.write_bytes(records.tobytes())


def config_file(path):
    path.write_text('hidden = 32\nlam = 5e-5\npca = "none"\nschedule = "cosine"\nseed = 3\n')


def use_data(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataNote)
        dataset = load(str(path))
    Preprocessor().fit(dataset.X_train)


def use_config(path):
    with click.Context(train) as context:
        read_config(context, train.params[0], path)
        given = train.make_context("train", [], parent=context, resilient_parsing=False).params
    settings = {n: v for n, v in given.items() if n in ("hidden", "lam", "pca", "seed", "epochs")}
    resolve(settings, {}, 100, 4)


KINDS = {
    "model": ("file.npz", model_file, load_model),
    "checkpoint": ("file.npz", checkpoint_file, read_checkpoint),
    "npz": ("file.npz", npz_file, use_data),
    "npy": ("file.npy", npy_file, use_data),
    "csv": ("file.csv", csv_file, use_data),
    "cifar": ("data_batch_1.bin", cifar_file, lambda path: read_batch(path, FORMAT)),
    "config": ("file.toml", config_file, use_config),
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    """Return the path, its whole content and what reads it."""
    name, write, read = KINDS[request.param]
    path = tmp_path / name
    write(path)
    read(path)
    return path, path.read_bytes(), read


def hold(path, content, read):
    """Read ``content``; return whether it was refused. Anything but the package's error escapes."""
    path.write_bytes(content)
    tracemalloc.reset_peak()
    before, started = tracemalloc.get_traced_memory()[0], time.process_time()
    try:
        read(path)
        said = None
    except (HebbovrError, click.UsageError) as error:
        said = str(error)
    used = tracemalloc.get_traced_memory()[1] - before
    assert time.process_time() - started < SECONDS
    assert used < BYTES + len(content), f"{used / MEBI:.0f} MiB"
    assert said is None or 0 < len(said) < 2000
    return said is not None


def attack(kind, contents, mark):
    path, _, read = kind
    tried = refused = 0
    tracemalloc.start()
    try:
        for content in contents:
            refused += hold(path, content, read)
            tried += 1
            assert not mark.exists(), "it was unpickled"
    finally:
        tracemalloc.stop()
    return tried, refused


def test_cut_at_every_byte_of_the_header(kind, tmp_path):
    _, content, _ = kind
    tried, refused = attack(kind, header_cuts(content), tmp_path / "mark")
    assert refused > 0.5 * tried or kind[0].suffix in (".csv", ".toml")


def test_mutations(kind, tmp_path):
    mark = tmp_path / "mark"
    tried, refused = attack(kind, mutants(kind[1], 1, 150, mark), mark)
    assert 0.2 * tried < refused < tried


@pytest.mark.slow
def test_ten_thousand_mutations(kind, tmp_path):
    mark = tmp_path / "mark"
    tried, refused = attack(kind, mutants(kind[1], 2, 1429, mark), mark)
    print(f"{kind[0].name}: {refused} of {tried} refused")
    assert 0.2 * tried < refused < tried


@pytest.mark.parametrize("name", ["model", "checkpoint", "npz"])
def test_a_member_that_would_inflate_is_refused_at_once(name, tmp_path):
    file_name, write, read = KINDS[name]
    path = tmp_path / file_name
    write(path)
    with zipfile.ZipFile(path) as archive:
        members = {item.filename: archive.read(item) for item in archive.infolist()}
    target = "X.npy" if name == "npz" else max(members, key=lambda member: len(members[member]))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            if member == target:
                with archive.open(member, "w", force_zip64=True) as file:
                    file.write(npy(np.zeros((700 * MEBI // 8 // 5, 5)))[:128])
                    for _ in range(700):
                        file.write(bytes(MEBI))
            else:
                archive.writestr(member, data)
    tried, refused = attack((path, None, read), [bomb.getvalue()], tmp_path / "mark")
    assert tried == refused == 1


def test_the_canary_sings(tmp_path):
    """The mark does appear where such an array is unpickled."""
    mark = tmp_path / "mark"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        np.lib.format.read_array(io.BytesIO(canary(mark)), allow_pickle=bool("yes"))
    assert mark.exists()
