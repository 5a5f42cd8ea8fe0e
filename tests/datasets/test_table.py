"""table: CSV files as people write them, and as they break."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr.datasets.table import read_table
from hebbovr.errors import DataError, DataNote, SettingsError


def table(tmp_path: Path, text: str | bytes, **options: Any) -> tuple[Any, Any]:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    raw = read_table(path, **options)
    X, y = raw.X, raw.y
    return X.tolist(), None if y is None else y.tolist()


@pytest.mark.parametrize(
    ("text", "X", "y"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]], None),
        ("a,b\n1,2\n3,4\n", [[1, 2], [3, 4]], None),
        ("a,b,label\n1,2,0\n3,4,1\n", [[1, 2], [3, 4]], [0, 1]),
        ("Label,a,b\n7,1,2\n8,3,4\n", [[1, 2], [3, 4]], [7, 8]),
        ("a,TARGET,b\n1,cat,2\n3,dog,4\n", [[1, 2], [3, 4]], ["cat", "dog"]),
        ("0,1,class\n1,2,x\n3,4,y\n", [[1, 2], [3, 4]], ["x", "y"]),
        ("a;b\n1;2\n3;4\n", [[1, 2], [3, 4]], None),
        ("a\tb\n1\t2\n3\t4\n", [[1, 2], [3, 4]], None),
        ('"a;a","b"\n"1",2\n3,"4"\n', [[1, 2], [3, 4]], None),
        ("\n\na,b\n\n1,2\n  \n3,4\n\n", [[1, 2], [3, 4]], None),
        (" 1 , 2\r\n3,4\r\n", [[1, 2], [3, 4]], None),
        ("\ufeffa,b\n1,2\n3,4", [[1, 2], [3, 4]], None),
        ("-1e-1,+2.5\n3,4", [[np.float32(-0.1), 2.5], [3, 4]], None),
        ("1\n2\n", [[1], [2]], None),
        ("a,y\n1,1.0\n2,-2.\n", [[1], [2]], [1, -2]),
        ("a,y\n1,1\n2,two\n", [[1], [2]], ["1", "two"]),
        ("a,y\n1, cat \n2,cat\n", [[1], [2]], ["cat", "cat"]),
        ('a,y\n1,"cat, black"\n2,cat\n', [[1], [2]], ["cat, black", "cat"]),
    ],
)
def test_tables_as_people_write_them(tmp_path: Path, text: str, X: Any, y: Any) -> None:
    assert table(tmp_path, text) == (X, y)


@pytest.mark.parametrize(
    ("label_column", "header"),
    [(2, None), (-1, None), ("2", None), ("-1", False), (2, False)],
)
def test_the_label_column_by_number(
    tmp_path: Path, label_column: str | int, header: bool | None
) -> None:
    got = table(tmp_path, "1,2,a\n3,4,b\n", label_column=label_column, header=header)
    assert got == ([[1, 2], [3, 4]], ["a", "b"])


def test_the_label_column_by_name(tmp_path: Path) -> None:
    text = "kind,a,b\nowl,1,2\ncat,3,4\n"
    assert table(tmp_path, text, label_column="kind") == ([[1, 2], [3, 4]], ["owl", "cat"])


def test_a_column_named_label_can_be_a_feature(tmp_path: Path) -> None:
    assert table(tmp_path, "a,y\n1,2\n3,4\n", label_column="none") == ([[1, 2], [3, 4]], None)


def test_the_last_column_is_a_feature_unless_asked_for(tmp_path: Path) -> None:
    assert table(tmp_path, "1,0\n2,1\n") == ([[1, 0], [2, 1]], None)


def test_a_header_of_numbers_has_to_be_told(tmp_path: Path) -> None:
    assert table(tmp_path, "0,1\n5,6\n7,8\n", header=True) == ([[5, 6], [7, 8]], None)
    assert table(tmp_path, "0,1\n5,6\n", header="no") == ([[0, 1], [5, 6]], None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "t.csv is empty"),
        ("\n \n", "t.csv is empty"),
        ("a,b\n", "a header and no rows"),
        ("a,b\n1,2\n\n3,x\n", r"t\.csv, line 4, column 2 \('b'\) holds the text 'x'; only the lab"),
        ("1,2\n3,x\n", r"t\.csv, line 2, column 2 holds the text 'x'"),
        ("1,x\n3,4\n", r"line 1, column 2 holds the text 'x'.*header=yes.*label_column=1"),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", r"line 1, column 3 holds the text 'setosa'"),
        ("a,b\n1,2\n3,\n", r"line 3, column 2 \('b'\) is empty; fill it in"),
        ("a,y\n1,u\n3,\n", r"line 3, column 2 \('y'\) is empty; fill it in"),
        ("1,2\n3,nan\n", r"line 2, column 2 holds nan; fill it in"),
        ("1,2\n-Inf,3\n", r"line 2, column 1 holds -Inf"),
        ("1,2\n1e999,3\n", r"line 2, column 1 holds 1e999"),
        ("1,2\n3,4,5\n", r"line 2 has 3 cells and line 1 has 2; give every line the same"),
        ("1,2,3\n4,5\n", r"line 2 has 2 cells and line 1 has 3"),
        ("a,b,c\n1,2\n3,4\n", r"line 2 has 2 cells and line 1 has 3"),
        ("a,y\n1,u\n3,v,w\n", r"line 3 has 3 cells and line 1 has 2"),
        ("a,b\n1_0,2\n", r"column 1 \('a'\) holds the text '1_0'"),
        ("y\n1\n2\n", "no column of numbers beside the labels"),
        ("a,target\n1,0.25\n2,3\n", r"column 2 \('target'\) holds the number 0.25.*=none"),
        (b"a,b\n1,2\n3,\xe9\n", "not UTF-8 text"),
        (b"\x00\x01\x02,\n", "."),
    ],
)
def test_broken_tables(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        table(tmp_path, text)
    assert "t.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wanted", ["klass", 3, -4, "7"])
def test_an_unknown_label_column_lists_the_columns(tmp_path: Path, wanted: str | int) -> None:
    with pytest.raises(SettingsError, match=r"no column .* its columns are a, b, c"):
        table(tmp_path, "a,b,c\n1,2,3\n", label_column=wanted)
    with pytest.raises(SettingsError, match="its columns are numbered 0 to 2"):
        table(tmp_path, "1,2,3\n", label_column=wanted)


def test_values_are_float32_unless_that_blurs_a_column(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1,0.1\n2,0.1\n3,0.1\n")
    assert read_table(path).X.dtype == np.float32
    path.write_text("1700000000,1\n1700000001,2\n1700000002,3\n")
    X = read_table(path).X
    assert X.dtype == np.float64
    assert np.ptp(X, axis=0).tolist() == [2, 2]
    path.write_text("1e300,1\n0,2\n")
    assert read_table(path).X[0, 0] == 1e300


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read: .*irectory"):
        read_table(tmp_path)


def test_what_pandas_writes_comes_back(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4)).astype(np.float32)
    frame = pd.DataFrame(X).assign(label=rng.integers(0, 3, 50))
    for index in (True, False):
        frame.to_csv(tmp_path / "t.csv", index=index)
        with pytest.warns(DataNote, match="keep_index") if index else nullcontext():
            raw = read_table(tmp_path / "t.csv")
        got, y = raw.X, raw.y
        assert np.array_equal(got, X)
        assert y is not None
        assert y.tolist() == frame["label"].tolist()


def test_labels_written_as_floats_are_whole_numbers(tmp_path: Path) -> None:
    """`np.savetxt` writes every column in one notation."""
    path = tmp_path / "x.csv"
    rows = np.column_stack([np.random.default_rng(0).random((20, 2)), np.arange(20) % 3])
    np.savetxt(path, rows, delimiter=",", header="a,b,label", comments="")
    y = read_table(path).y
    assert y is not None
    assert y.dtype == np.int64
    assert set(y) == {0, 1, 2}
