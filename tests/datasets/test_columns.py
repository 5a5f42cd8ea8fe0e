"""columns, cells: which column is the label, which numbers the rows, and which is a feature."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr.datasets import load
from hebbovr.datasets.columns import is_index_name
from hebbovr.datasets.table import read_table
from hebbovr.errors import DataError, DataNote, HebbovrError, SettingsError

N = 30
VALUES = np.random.default_rng(0).random((N, 2)).round(3)
CLASSES = np.arange(N) % 3
ORDER = np.random.default_rng(1).permutation(N)


def table(path: Path, **columns: Any) -> Path:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def read(path: Path, **options: Any) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        raw = read_table(path, **options)
    assert all(issubclass(note.category, DataNote) for note in caught)
    return raw, [str(note.message) for note in caught]


@pytest.mark.parametrize(
    "name",
    ["", "Unnamed: 0", "unnamed: 0.1", "index", "Index", "ID", "id", "rownames", "RowNames",
     "row.names", "row_names", "Row Names", "idx", "row_id", "level_0", "#", '""', "_id"],
)  # fmt: skip
@pytest.mark.parametrize("numbers", [np.arange(N), np.arange(N) + 1, ORDER, 100 + 7 * ORDER])
def test_columns_that_number_the_rows_are_left_out(tmp_path: Path, name: str, numbers: Any) -> None:
    columns = {name: numbers, "a": VALUES[:, 0], "b": VALUES[:, 1], "label": CLASSES}
    path = table(tmp_path / "t.csv", **columns)
    raw, notes = read(path)
    assert raw.feature_names == ("a", "b")
    assert len(notes) == 1
    assert "-D keep_index=yes" in notes[0]
    assert (name.strip('"') or "unnamed") in notes[0]
    kept, notes = read(path, keep_index=True)
    assert np.array_equal(kept.X[:, 0], numbers)
    assert kept.X.shape == (N, 3)


@pytest.mark.parametrize("name", ["a1", "width", "identity", "index_of_refraction", "lid", "rows"])
def test_other_whole_numbers_are_features(tmp_path: Path, name: str) -> None:
    raw, notes = read(table(tmp_path / "t.csv", **{name: ORDER, "b": VALUES[:, 0]}))
    assert raw.X.shape == (N, 2)
    assert notes == []
    assert not is_index_name(name)


def test_an_index_anywhere_and_several(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", a=VALUES[:, 0], label=CLASSES, id=ORDER, Index=np.arange(N))
    raw, notes = read(path)
    assert raw.feature_names == ("a",)
    assert len(notes) == 2
    raw, notes = read(path, keep="id")
    assert raw.feature_names == ("a", "id")
    assert len(notes) == 1


def test_numbers_that_come_again_are_a_feature_and_said(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", id=ORDER // 2, a=VALUES[:, 0])
    raw, notes = read(path)
    assert raw.feature_names == ("id", "a")
    assert "-D drop=id" in notes[0]
    assert read(path, drop="id")[0].feature_names == ("a",)
    assert read(path, drop="0")[0].feature_names == ("a",)


def test_names_of_rows_are_left_out_and_broken_ones_are_not(tmp_path: Path) -> None:
    names = [f"sample {n}" for n in range(N)]
    raw, notes = read(table(tmp_path / "t.csv", id=names, a=VALUES[:, 0]))
    assert raw.feature_names == ("a",)
    assert len(notes) == 1
    names[3] = names[2]
    with pytest.raises(DataError, match=r"line 2, column 1 \('id'\) holds the text.*-D drop=id"):
        read(table(tmp_path / "t.csv", id=names, a=VALUES[:, 0]))


def test_an_index_alone_is_no_table_of_features(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", id=ORDER, label=CLASSES)
    with pytest.raises(DataError, match="no column of numbers.*keep_index=yes"):
        read(path)
    assert read(path, keep_index=True)[0].X.shape == (N, 1)


def test_a_count_without_any_names(tmp_path: Path) -> None:
    rows = [f"{n},{a},{b}" for n, (a, b) in enumerate(VALUES)]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    raw, notes = read(tmp_path / "t.csv")
    assert raw.X.shape == (N, 2)
    assert "column 1 " in notes[0]
    assert read(tmp_path / "t.csv", keep_index=True)[0].X.shape == (N, 3)


@pytest.mark.parametrize("name", ["y", "Y", "label", "Labels", "CLASS", "target", "Species", " y "])
@pytest.mark.parametrize("classes", [CLASSES, [f"k{n}" for n in CLASSES]])
def test_the_label_column_by_name(tmp_path: Path, name: str, classes: Any) -> None:
    raw, notes = read(table(tmp_path / "t.csv", **{name: classes, "a": VALUES[:, 0]}))
    assert raw.feature_names == ("a",)
    assert raw.y.tolist() == list(classes)
    assert notes == []


@pytest.mark.parametrize(
    "names", [("y", "label"), ("class", "Target"), ("species", "CLASS", "y"), ("label", "labels")]
)
def test_several_candidates_are_asked_about(tmp_path: Path, names: tuple[str, ...]) -> None:
    columns = dict.fromkeys(names, CLASSES) | {"a": VALUES[:, 0], "b": VALUES[:, 1]}
    path = table(tmp_path / "t.csv", **columns)
    with pytest.raises(SettingsError, match=r"several columns.*-D label_column=") as caught:
        read(path)
    assert ", ".join(names) in str(caught.value)
    for name in names:
        raw, notes = read(path, label_column=name)
        assert raw.feature_names == ("a", "b")
        assert len(notes) == len(names) - 1
    raw, _ = read(path, label_column=names[0], keep=names[1])
    assert names[1] in raw.feature_names
    raw, _ = read(path, drop=",".join(names[1:]))
    assert raw.feature_names == ("a", "b")
    assert raw.y.tolist() == CLASSES.tolist()
    assert len(read(path, label_column="none")[0].feature_names) == 2 + len(names)


@pytest.mark.parametrize("names", [("x", "y"), ("X", "Y"), ("x", "y", "z"), ("y", "x")])
def test_a_coordinate_is_no_label_in_silence(tmp_path: Path, names: tuple[str, ...]) -> None:
    whole = np.random.default_rng(2).integers(0, 40, (len(names), N))
    path = table(tmp_path / "t.csv", **dict(zip(names, whole, strict=True)))
    y = next(name for name in names if name.lower() == "y")
    with pytest.raises(SettingsError, match=rf"coordinate or the labels.*label_column={y} or"):
        read(path)
    assert read(path, label_column=y)[0].y is not None
    assert read(path, label_column="none")[0].X.shape == (N, len(names))
    broken = whole + 0.5
    path = table(tmp_path / "t.csv", **dict(zip(names, broken, strict=True)))
    with pytest.raises(DataError, match=r"no class label.*label_column=none"):
        read(path)
    columns = dict(zip(names, whole, strict=True)) | {"label": CLASSES}
    path = table(tmp_path / "t.csv", **columns)
    with pytest.raises(SettingsError, match="several columns"):
        read(path)
    raw, notes = read(path, label_column="label")
    assert raw.feature_names == names
    assert "coordinate" in notes[0]


def test_a_number_for_every_row_is_no_class(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", a=VALUES[:, 0], target=ORDER)
    with pytest.raises(SettingsError, match="another number in every row.*label_column=target or"):
        read(path)
    assert read(path, label_column="target")[0].y.tolist() == ORDER.tolist()


def test_an_empty_label_column_is_none(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", a=VALUES[:, 0], label=[""] * N)
    raw, notes = read(path)
    assert raw.y is None
    assert "no labels" in notes[0]
    path = table(tmp_path / "t.csv", a=VALUES[:, 0], label=["u", *[""] * (N - 1)])
    with pytest.raises(DataError, match=r"line 3, column 2 \('label'\) is empty.*drop=label"):
        read(path)
    assert read(path, drop="label")[0].y is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"drop": "zzz"}, "no column 'zzz' for drop"),
        ({"keep": "9"}, "no column '9' for keep"),
        ({"keep": "a", "drop": "a"}, "drop=a names"),
        ({"label_column": "label", "drop": "label"}, "drop=label names"),
        ({"header": "maybe"}, "header='maybe' must be"),
        ({"header": "99"}, "no line 99"),
        ({"encoding": "klingon"}, "encoding='klingon' is unknown"),
        ({"encoding": "rot13"}, "encoding='rot13' is unknown"),
        ({"delimiter": "semicolon", "header": "yes"}, "."),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    path = table(tmp_path / "t.csv", a=VALUES[:, 0], b=VALUES[:, 1], label=CLASSES)
    with pytest.raises(HebbovrError, match=words):
        read(path, **options)


def test_columns_of_one_name_are_matched_by_place(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,a,y\n1,2,u\n3,4,v\n")
    raw, notes = read(tmp_path / "t.csv")
    assert raw.feature_names is None
    assert "by the places" in notes[0]
    with pytest.raises(SettingsError, match="several columns called 'a'"):
        read(tmp_path / "t.csv", drop="a")


@pytest.mark.parametrize("ending", ["parquet", "feather", "arrow"])
def test_typed_tables_are_read_like_text(tmp_path: Path, ending: str) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import feather, ipc, parquet

    frame = pa.table(
        {
            "__index_level_0__": ORDER,
            "a": VALUES[:, 0],
            "b": VALUES[:, 1].astype(np.float32),
            "species": pa.array([f"k{n}" for n in CLASSES]).dictionary_encode(),
        }
    )
    path = tmp_path / f"t.{ending}"
    if ending == "parquet":
        parquet.write_table(frame, path)
    elif ending == "feather":
        feather.write_feather(frame, path)
    else:
        with ipc.new_file(path, frame.schema) as file:
            file.write_table(frame)
    with pytest.warns(DataNote, match="keep_index"):
        data = load(path, test_size=0)
    assert data.feature_names == ("a", "b")
    assert data.X_train.dtype == np.float32
    np.testing.assert_allclose(data.X_train, VALUES, rtol=1e-6)
    assert data.y_train is not None
    assert data.y_train.tolist() == [f"k{n}" for n in CLASSES]
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"t\."):
            load(path)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([1.0, None, 2.0], r"row 1 .* is empty"),
        ([1.0, float("nan"), 2.0], r"row 1 .* holds nan"),
        (["u", "v", "w"], r"holds string and no numbers.*drop=b"),
        ([[1], [2], [3]], r"holds list.* and no numbers"),
    ],
)
def test_typed_tables_with_gaps(tmp_path: Path, column: Any, words: str) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"a": [1, 2, 3], "b": column}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=words):
        load(tmp_path / "t.parquet")


def test_typed_tables_without_their_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "t.parquet").touch()
    with pytest.raises(DataError, match=r"pip install 'hebbovr\[tables\]'"):
        load(tmp_path / "t.parquet")
