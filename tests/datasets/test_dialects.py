"""text_layout, text_file: tables as spreadsheets, R, NumPy and instruments write them."""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hebbovr.datasets import load, text_file
from hebbovr.datasets.table import read_table
from hebbovr.errors import DataError, DataNote, HebbovrError, SettingsError

ROWS = [
    "5.1,3.5,1.4,0", "4.9,3.0,1.3,0", "6.3,2.9,5.6,1",
    "5.8,2.7,4.1,1", "7.1,3.0,5.9,2", "6.5,3.2,5.1,2",
]  # fmt: skip
WANTED = [[float(cell) for cell in row.split(",")[:3]] for row in ROWS]
LABELS = [0, 0, 1, 1, 2, 2]
NAMES = ("a", "b", "c")
HEADER = "a,b,c,label"


def read(path: Path, text: str | bytes, **options: Any) -> Any:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataNote)
        return read_table(path, **options)


def hold(raw: Any, names: tuple[str, ...] | None = NAMES) -> None:
    assert np.allclose(raw.X, WANTED)
    assert raw.y is not None
    assert raw.y.tolist() == LABELS
    assert raw.feature_names == names


def lines(header: str, rows: list[str], *before: str) -> str:
    return "\n".join([*before, header, *rows]) + "\n"


def swapped(old: str, new: str) -> str:
    return lines(HEADER, ROWS).replace(old, new)


DIALECTS = {
    "plain": lines(HEADER, ROWS),
    "semicolons": swapped(",", ";"),
    "tabs": swapped(",", "\t"),
    "bars": swapped(",", "|"),
    "blanks": swapped(",", " "),
    "aligned": "\n".join(f"  {line.replace(',', '   ')}  " for line in [HEADER, *ROWS]),
    "comma and blank": swapped(",", ", "),
    "decimal commas": swapped(",", ";").replace(".", ","),
    "decimal commas and tabs": swapped(",", "\t").replace(".", ","),
    "decimal commas and blanks": swapped(",", " ").replace(".", ","),
    "decimal commas, quoted": lines(
        HEADER, [",".join(f'"{c}"' for c in row.split(",")).replace(".", ",") for row in ROWS]
    ),
    "sep": lines(HEADER, ROWS, "sep=,"),
    "sep of another": "sep=;\r\n" + swapped(",", ";"),
    "sep quoted": '"sep=;"\n' + swapped(",", ";"),
    "sep of a tab": "SEP=\t\n" + swapped(",", "\t"),
    "bom and sep": "\ufeffsep=;\n" + swapped(",", ";"),
    "bom": "\ufeff" + lines(HEADER, ROWS),
    "bom and quotes": "\ufeff" + lines('"a","b","c","label"', ROWS),
    "quotes and blanks": lines('"a", "b", "c", "label"', ROWS),
    "blanks around": lines("  a ,b  , c, label ", ROWS),
    "comment header": lines("# a,b,c,label", ROWS),
    "comment header, close": lines("#a,b,c,label", ROWS),
    "percent header": lines("% a,b,c,label", ROWS),
    "comment header by blanks": lines("# a b c label", ROWS).replace(",", " "),
    "comment header by blanks over commas": lines("# a b c label", ROWS),
    "comments above": lines(HEADER, ROWS, "# instrument 7", "# 2024-05-01, by me"),
    "comments between": lines(HEADER, ["# begin", *ROWS, "# end"]),
    "percent comments": lines(HEADER, ROWS, "% made by hand"),
    "title": lines(HEADER, ROWS, "Irises of 1936"),
    "title, padded": lines(HEADER, ROWS, "Irises of 1936,,,"),
    "title and gap": lines(HEADER, ROWS, "Irises of 1936", "", "  "),
    "two titles": lines(HEADER, ROWS, "Irises of 1936", "by R. A. Fisher"),
    "units": lines(HEADER, ["cm,cm,mm,", *ROWS]),
    "units in brackets": lines(HEADER, ["(cm),(cm),(cm),-", *ROWS]),
    "title and units": lines(HEADER, ["cm,cm,cm,", *ROWS], "Irises"),
    "trailing": "\n".join(f"{line}," for line in [HEADER, *ROWS]),
    "many trailing": "\n".join(f"{line},,," for line in [HEADER, *ROWS]),
    "rows trailing": lines(HEADER, [f"{row}," for row in ROWS]),
    "header trailing": lines(f"{HEADER},", ROWS),
    "trailing semicolons": "\n".join(f"{line};" for line in [HEADER, *ROWS]).replace(",", ";"),
    "empty rows at the end": lines(HEADER, [*ROWS, ",,,", " , , ,"]),
    "marks in a name": lines("a,b,c,label", ROWS),
    "carriage returns": lines(HEADER, ROWS).replace("\n", "\r"),
    "row numbers": lines(f",{HEADER}", [f"{n},{row}" for n, row in enumerate(ROWS)]),
    "R": lines(
        '"a","b","c","label"', [f'"{n + 1}",{row}' for n, row in enumerate(ROWS)]
    ),
    "R by blanks": lines(
        '"a" "b" "c" "label"', [f'"{n + 1}" {row}' for n, row in enumerate(ROWS)]
    ).replace(",", " "),
    "R with names": lines(
        HEADER, [f"flower {n},{row}" for n, row in enumerate(ROWS)]
    ),
    "R by tabs": lines(
        "a\tb\tc\tlabel", [f"f{n}\t{row}".replace(",", "\t") for n, row in enumerate(ROWS)]
    ),
    "R, column of names": lines(
        f'"",{HEADER}', [f'"Mazda {n}",{row}' for n, row in enumerate(ROWS)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", DIALECTS.values(), ids=DIALECTS)
def test_dialects_are_read_alike(tmp_path: Path, text: str) -> None:
    hold(read(tmp_path / "t.csv", text))


@pytest.mark.parametrize("kind", ["semicolons", "trailing", "R", "title and units", "blanks"])
def test_dialects_in_all_encodings_and_packed(tmp_path: Path, kind: str) -> None:
    text = DIALECTS[kind]
    hold(read(tmp_path / "t.csv", text.encode("utf-16")))
    hold(read(tmp_path / "t.csv.gz", gzip.compress(text.encode())))
    hold(read(tmp_path / "t.csv", text.replace("\n", "\r\n")))


@pytest.mark.parametrize("name", ["len (cm; mean)", "a|b", "a b", "0.5", "x,y", "#", "é"])
def test_marks_within_names(tmp_path: Path, name: str) -> None:
    hold(read(tmp_path / "t.csv", lines(f'"{name}",b,c,label', ROWS)), (name, "b", "c"))


def test_a_semicolon_in_a_name_separates_nothing(tmp_path: Path) -> None:
    hold(
        read(tmp_path / "t.csv", lines("w (cm; mean),b,c,label", ROWS)), ("w (cm; mean)", "b", "c")
    )


NOTES = {
    "units": "line 2",
    "title": "line 1",
    "decimal commas": "decimal=point",
    "R with names": "keep_index",
    "row numbers": "column 1 (unnamed)",
}


@pytest.mark.parametrize(("kind", "words"), NOTES.items())
def test_what_was_decided_is_said(tmp_path: Path, kind: str, words: str) -> None:
    (tmp_path / "t.csv").write_text(DIALECTS[kind])
    with pytest.warns(DataNote) as notes:
        load(str(tmp_path / "t.csv"))
    assert any(words in str(note.message) for note in notes)
    assert notes[0].filename == __file__


@pytest.mark.parametrize("kind", ["plain", "semicolons", "sep", "comment header", "trailing"])
def test_nothing_is_said_where_nothing_was_decided(tmp_path: Path, kind: str) -> None:
    (tmp_path / "t.csv").write_text(DIALECTS[kind])
    hold(read_table(tmp_path / "t.csv"))


def test_the_options_decide(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    two = lines("site,site2,x3,kind", ["a,b,c,label", *ROWS])
    with pytest.raises(SettingsError, match=r"lines 1, 2\).*-D header=1"):
        read(path, lines("p,q,r,s", ["a,b,c,d", *ROWS]))
    hold(read(path, two, header=2))
    hold(read(path, two, header="2"))
    hold(read(path, swapped(",", ";"), delimiter="semicolon"))
    got = read(path, "a;b\n1,234;5\n2,345;6\n", decimal="comma")
    assert np.allclose(got.X, [[1.234, 5], [2.345, 6]])
    hold(read(path, DIALECTS["plain"].replace("a,b", "ä,b").encode("cp1252"), encoding="cp1252"),
         ("ä", "b", "c"))  # fmt: skip
    assert read(path, "1,2\n3,4\n", drop="0").X.tolist() == [[2], [4]]


REFUSED = {
    "thousands": ("a;b\n1,234;5\n2,345;6\n", r"1,234.*-D decimal=comma"),
    "mixed decimals": ("a;b\n1,5;5.5\n2,5;6.5\n", r"holds the text '1,5'.*decimal=comma"),
    "latin": ("ä,b\n1,2\n".encode("latin-1"), r"not UTF-8.*-D encoding="),
    "missing": ("a,b\n1,NA\n2,3\n", r"line 2, column 2 \('b'\) holds 'NA', a missing value"),
    "text column": ("a,day\n1,mon\n2,tue\n", r"line 2, column 2 \('day'\).*drop=day"),
    "empty column": ("a,b,notes\n1,2,\n3,4,\n", r"\('notes'\) is empty.*drop=notes"),
    "commented row": ("a,b\n1,2\n#3,4\n", r"line 3 starts as a comment"),
    "only commented rows": ("c,a,b\n#r,1,2\n#g,3,4\n", r"line 2 starts as a comment"),
    "header too short": ("a,b\n0.5,1,2\n0.7,3,4\n", r"line 2, column 1|line 2 has 3 cells"),
    "header too long": ("a,b,c,d\n1,2\n3,4\n", r"line 2 has 2 cells and line 1 has 4"),
    "mixed header": ("a,5,x\n1,2,3\n4,5,6\n", r"holds the text 'a'.*header=yes"),
    "excel": (b"PK\x03\x04 and more", "Excel"),
    "excel 97": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook"),
    "npy": (b"\x93NUMPY\x01\x00", r"call it \.npy"),
    "parquet": (b"PAR1\x15\x04", r"call it \.parquet"),
    "broken gzip": (gzip.compress(lines(HEADER, ROWS).encode())[:60], "gzip and truncated"),
    "comments only": ("# a\n# b\n", "only comments"),
    "unmatched comment header": (
        "# a;b;c;label\n5,3,1,0\n4,3,1,1\n6,2,5,0\n", r"line 1 may name its 4 columns"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_its_cause(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    with pytest.raises(HebbovrError, match=words) as caught:
        read(tmp_path / "t.csv", text)
    assert str(tmp_path / "t.csv") in str(caught.value)
    assert "\n" not in str(caught.value)


NUMBERS = [
    f"{a:.3f},{b:.3f},{c:.3f},{d:.3f}" for a, b, c, d in np.random.default_rng(0).random((20, 4))
]
PIXELS = [",".join(map(str, row)) for row in np.random.default_rng(0).integers(0, 255, (20, 4))]


@pytest.mark.parametrize("rows", [NUMBERS, PIXELS], ids=["fractions", "whole"])
@pytest.mark.parametrize(
    "first", ["0,1,2,3", "1,2,3,4", "400,410,420,430", "1990,1991,1992,1993", "900,850,800,750"]
)
def test_a_first_line_of_numbers_that_may_be_names_is_asked_about(
    tmp_path: Path, first: str, rows: list[str]
) -> None:
    text = lines(first, rows)
    with pytest.raises(SettingsError, match=r"first line of .*-D header=yes or -D header=no"):
        read(tmp_path / "t.csv", text)
    named = read(tmp_path / "t.csv", text, header="yes")
    assert (len(named.X), named.feature_names) == (20, tuple(first.split(",")))
    assert len(read(tmp_path / "t.csv", text, header=False).X) == 21


@pytest.mark.parametrize("first", ["500,620,580,700", "7,3,9,1"])
def test_uneven_names_are_asked_about_above_fractions(tmp_path: Path, first: str) -> None:
    with pytest.raises(SettingsError, match="may name the columns"):
        read(tmp_path / "t.csv", lines(first, NUMBERS))


@pytest.mark.parametrize("rows", [NUMBERS, PIXELS, ["1,2,3", "4,5,6"], ["1,2", "3,4"], ["1", "2"]])
def test_rows_that_are_like_the_others_are_not_asked_about(tmp_path: Path, rows: list[str]) -> None:
    assert len(read(tmp_path / "t.csv", "\n".join(rows)).X) == len(rows)


def test_numbers_that_name_columns_for_certain(tmp_path: Path) -> None:
    rows = [f"{n},{row}" for n, row in enumerate(NUMBERS)]
    raw = read(tmp_path / "t.csv", lines(",0,1,2,3", rows))
    assert raw.feature_names == ("0", "1", "2", "3")
    assert len(raw.X) == 20
    raw = read(tmp_path / "t.csv", lines("# 400,410,420,430", NUMBERS))
    assert raw.feature_names == ("400", "410", "420", "430")


def test_a_gzip_bomb_is_refused_before_it_fills_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "HARMLESS_BYTES", 2**20)
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"0,0,0,0\n" * 2**20))
    with pytest.raises(DataError, match=r"unpacks to over \d+ MiB"):
        load(path)


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(DIALECTS["plain"],))
    writer.start()
    data = load(path, test_size=0)
    writer.join()
    assert (data.name, data.n_train, data.feature_names) == ("p.csv", 6, NAMES)


@pytest.mark.parametrize("source", ["-", "/dev/stdin", "/dev/fd/0"])
@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(source: str, packed: bool) -> None:
    code = f"import hebbovr; d = hebbovr.load({source!r}); print(d.name, len(d.X_train))"
    text = DIALECTS["plain"].encode()
    text = gzip.compress(text) if packed else text
    done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True)
    assert done.stdout.split() == [b"stdin", b"4"], done.stderr


def test_arrays_from_a_pipe_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.npz")
    with pytest.raises(DataError, match=r"is a pipe, and \.npz is read from files"):
        load(tmp_path / "p.npz")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\x93NUMPY\x01\x00")))
    with pytest.raises(DataError, match=r"call it \.npy"):
        load("-")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(DataError, match=r"^- is empty"):
        load("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="no standard input"):
        load("-")


@pytest.mark.parametrize("ending", [".zip", ".xlsx", ".txt", ".npy.gz", ".csv.bz2", ".pkl"])
def test_other_endings_say_what_to_do(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"t{ending}").touch()
    with pytest.raises(DataError, match=r"(unpack|save|call) .*\(data files are \.csv"):
        load(tmp_path / f"t{ending}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lines("a;b;c;label", ROWS), r"line 1 .*is cut otherwise"),
        (lines("a b c label", ROWS), r"line 1 .*is cut otherwise"),
        ("a;b\n1.234,5;2\n1.300,25;3\n", r"line 2.*'1\.234,5', whose thousands"),
        ('a,b\n"1,234.5",2\n"2,345.5",3\n', r"line 2.*'1,234\.5', whose thousands"),
        ("a;b\n1\u00a0234;2\n3\u00a0111;4\n", r"line 2.*whose thousands"),
        ("a;b\n1'234;2\n3'111;4\n", r"line 2.*whose thousands"),
        ("a b,my day\n1,mon\n2,tue\n", r"-D label_column='my day', or .* -D drop='my day'"),
    ],
)
def test_true_causes(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path / "t.csv", text)


def test_row_names_under_numbers_that_are_said_to_name_columns(tmp_path: Path) -> None:
    text = lines('"400","410","420"', [f'"r{n}",{row[:11]}' for n, row in enumerate(ROWS)])
    with pytest.raises(DataError, match="line 2 has 4 cells and line 1 has 3.*header=yes"):
        read(tmp_path / "t.csv", text)
    raw = read(tmp_path / "t.csv", text, header="yes")
    assert raw.feature_names == ("400", "410", "420")
    assert np.allclose(raw.X, WANTED)


def test_one_column_with_decimal_commas_is_asked_about(tmp_path: Path) -> None:
    text = "width\n1,5\n2,25\n3,5\n"
    with pytest.raises(SettingsError, match="holds 1,5, which may be one number"):
        read(tmp_path / "t.csv", text)
    raw = read(tmp_path / "t.csv", text, delimiter="semicolon")
    assert raw.X.tolist() == [[1.5], [2.25], [3.5]]
    assert raw.feature_names == ("width",)


def test_a_title_of_as_many_words_as_columns(tmp_path: Path) -> None:
    raw = read(tmp_path / "t.csv", lines("irises of my garden", ROWS), header="no")
    assert raw.X.shape == (6, 4)


def test_points_where_commas_are_decimal(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 3, column 2 \('b'\) holds 2\.5, where commas are"):
        read(tmp_path / "t.csv", "a;b\n1,5;2,5\n1,5;2.5\n", decimal="comma")


PIECES = [
    *("1", "2.5", "-3e4", "a", "label", "y", "x", "id", "", '"', '"q"', "#", "%", "sep=;", "NA"),
    *("nan", "1,5", "1.000,5", "0", " ", "\t", ";", ",", "|", "\n", "\r", "\0", "é", "1_0"),
]
OPTIONS: dict[str, list[Any]] = {
    "header": ["yes", "no", "1", "2"],
    "label_column": ["0", "-1", "label", "none"],
    "drop": ["0", "0,1", "a"],
    "decimal": ["comma", "point"],
    "delimiter": ["comma", "blank", "tab"],
    "keep_index": [True],
}


@pytest.mark.parametrize("seed", range(8))
def test_any_text_is_a_table_or_a_sentence(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    read_ones = 0
    for _ in range(100):
        width, mark = chance.randint(1, 5), chance.choice(",;\t| ")
        rows = [[str(chance.choice([chance.random(), chance.randint(0, 50)]))
                 for _ in range(width)] for _ in range(chance.randint(1, 9))]  # fmt: skip
        rows.insert(0, [chance.choice(PIECES[:12]) for _ in range(width)])
        for _ in range(chance.randint(0, 2)):
            chance.choice(rows)[chance.randrange(width)] = chance.choice(PIECES)
        text = "\n".join(mark.join(row) for row in rows)
        if chance.random() < 0.4:
            text = "".join(chance.choice(PIECES) for _ in range(40))
        options = {n: chance.choice(v) for n, v in OPTIONS.items() if chance.random() < 0.15}
        said = ""
        try:
            raw = read(tmp_path / "t.csv", text, **options)
        except HebbovrError as error:
            said = str(error)
        else:
            read_ones += 1
            assert np.isfinite(raw.X).all()
            assert raw.y is None or len(raw.y) == len(raw.X)
        assert "\n" not in said
    assert read_ones > 5
