"""arrays: .npy and .npz, whole, broken and hostile."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr.datasets.arrays import read_npy, read_npz
from hebbovr.errors import DataError

X = np.arange(12.0).reshape(4, 3)


class Bomb:
    """Fails the test if it is ever unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("unpickled",))


def npy_bytes(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz_of(path: Path, compression: int = zipfile.ZIP_STORED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def test_npy_is_mapped_and_read_only(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    got = read_npy(tmp_path / "X.npy")
    assert isinstance(got, np.memmap)
    assert not got.flags.writeable
    assert (got == X).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no .npy file"),
        (b"hello, this is text", "no .npy file"),
        (pickle.dumps([1, 2, 3]), "no .npy file"),
        (npy_bytes(X)[:-8], "truncated or broken"),
        (npy_bytes(X)[:40], "truncated or broken"),
        (npy_bytes(X)[:7], "truncated or broken"),
        (npy_bytes(X).replace(b"'<f8'", b"'<z8'"), "truncated or broken"),
        (npy_bytes(X).replace(b"(4, 3)", b"(4, -3"), "truncated or broken"),
        (npy_bytes(np.array([1, "a"], object)), "Python objects, which are never read"),
        (npy_bytes(np.zeros((0, 3))), "is empty"),
    ],
)
def test_broken_npy(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "X.npy"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"X\.npy .*{words}") as caught:
        read_npy(path)
    assert "\n" not in str(caught.value)


def test_npz_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=X, y=np.arange(4), other=np.array("text"))
    raw = read_npz(path)
    assert (raw.X == X).all()
    assert raw.y is not None
    assert raw.y.tolist() == [0, 1, 2, 3]
    assert raw.X_test is None
    assert raw.y_test is None


@pytest.mark.parametrize(
    "names", [("X_train", "y_train", "X_test"), ("x_train", "y_train", "x_test")]
)
def test_other_usual_names_are_known(tmp_path: Path, names: tuple[str, ...]) -> None:
    arrays: dict[str, Any] = dict(zip(names, (X, np.arange(4), X[:1]), strict=True))
    np.savez(tmp_path / "a.npz", **arrays)
    raw = read_npz(tmp_path / "a.npz")
    assert raw.y is not None
    assert raw.X_test is not None
    assert raw.X_test.shape == (1, 3)


def test_missing_samples_list_what_is_there(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", rows=X, y=np.arange(4))
    with pytest.raises(DataError, match=r"no array X \(it holds rows, y\).*samples=NAME"):
        read_npz(tmp_path / "a.npz")
    assert read_npz(tmp_path / "a.npz", samples="rows").X.shape == (4, 3)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.array([[Bomb()]], object))
    with pytest.raises(DataError, match="Python objects, which are never read"):
        read_npz(tmp_path / "a.npz")


def test_an_unused_hostile_member_is_left_alone(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=X, other=np.array([Bomb()], object))
    assert read_npz(tmp_path / "a.npz").X.shape == (4, 3)


def test_declared_sizes_are_checked_before_reading(tmp_path: Path) -> None:
    bomb = npz_of(tmp_path / "a.npz", zipfile.ZIP_DEFLATED, X=npy_bytes(np.zeros((1000, 1000))))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"unpacks to 0\.0 GiB, more than .*save X as \.npy"):
        read_npz(bomb, limit=2**20)
    assert read_npz(bomb).X.shape == (1000, 1000)


def test_a_header_that_claims_more_than_the_member_has(tmp_path: Path) -> None:
    for shape in (b"(999999999999, 3)", b"(40, 3)"):
        old = b"(4, 3), }" + b" " * (len(shape) - 6)
        data = npy_bytes(X).replace(old, shape + b", }")
        assert shape in data
        with pytest.raises(DataError, match="truncated or broken"):
            read_npz(npz_of(tmp_path / "a.npz", X=data))


def test_a_member_that_is_longer_than_its_header_says(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="longer than its header says"):
        read_npz(npz_of(tmp_path / "a.npz", X=npy_bytes(X) + b"more"))


@pytest.mark.parametrize("content", [b"", b"text", npy_bytes(X), pickle.dumps([1])])
def test_no_npz_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz is truncated or broken"):
        read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_any_damage_is_a_sentence_or_no_damage(tmp_path: Path, compression: int) -> None:
    whole = npz_of(tmp_path / "a.npz", compression, X=npy_bytes(X)).read_bytes()
    rng = np.random.default_rng(0)
    messages: list[str] = []
    for _ in range(400):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        cut = int(rng.integers(len(whole))) if rng.random() < 0.3 else len(whole)
        (tmp_path / "b.npz").write_bytes(damaged[:cut])
        try:
            read = read_npz(tmp_path / "b.npz").X
        except DataError as error:
            messages.append(str(error))
        else:
            assert np.array_equal(read, X)
    assert len(messages) > 200
    assert all(message.startswith(f"{tmp_path / 'b.npz'} ") for message in messages)
    assert not any("\n" in message for message in messages)


def test_a_password_is_a_sentence(tmp_path: Path) -> None:
    data = bytearray(npz_of(tmp_path / "a.npz", X=npy_bytes(X)).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(DataError, match="encrypted"):
        read_npz(tmp_path / "a.npz")
