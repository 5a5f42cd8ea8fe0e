"""Nobody has to listen, no code page is too small, and nothing printed steers a terminal."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from hebbovr import load_model
from hebbovr.cli.output import as_argument, note, print_json, print_table, say, setting
from hebbovr.cli.streams import PrintError, Stream, gated, one_line

START = [sys.executable, "-m", "hebbovr"]
TRAIN = ["train", "d.csv", "--hidden", "4", "--epochs", "2", "--no-probe", "--out", "m.npz"]
posix = pytest.mark.skipif(os.name == "nt", reason="descriptors and devices are POSIX")


@pytest.fixture
def folder(tmp_path):
    """A folder with a small table."""
    random = np.random.default_rng(0)
    y = np.arange(60) % 3
    rows = np.column_stack([random.normal(size=(60, 4)) + y[:, None], y])
    np.savetxt(tmp_path / "d.csv", rows, delimiter=",", header="a,b,c,d,label", comments="")
    return tmp_path


def shell(folder, script, **environment):
    """Run a shell script in which $H is the command; return the finished process, in bytes."""
    return subprocess.run(
        ["bash", "-c", script.replace("$H", " ".join(START))],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=600,
    )


def untroubled(text):
    for word in (b"Traceback", b"Exception ignored", b"Error in sys"):
        assert word not in text, text


@posix
@pytest.mark.parametrize(
    "gone",
    [
        ">/dev/null 2>&-",
        ">/dev/null 2>/dev/full",
        "0<&- >/dev/null 2>&-",
        "2> >(true) >/dev/null",
        "-D nothing=1 2>&-; $H train d.csv --hidden 4 --no-probe --quiet --out m.npz >o 2>&-",
    ],
)
def test_training_goes_on_in_silence_without_stderr(folder, gone):
    done = shell(folder, f"$H {' '.join(TRAIN)} {gone}")
    untroubled(done.stdout + done.stderr)
    assert done.returncode == 0
    assert load_model(folder / "m.npz").trainer.n_components == 4


@posix
def test_training_goes_on_when_the_reader_of_stderr_leaves(folder):
    (folder / "run.py").write_text(
        "from hebbovr.cli import main, progress\n"
        "progress.SECONDS_BETWEEN_LINES = 0.0\n"
        "main('train digits --hidden 8 --epochs 200 --no-probe --out run --checkpoint-every 100000'"
        ".split())"
    )
    script = f"{sys.executable} run.py 2>&1 >/dev/null | head -1; exit ${{PIPESTATUS[0]}}"
    done = shell(folder, script)
    assert done.returncode == 0
    assert done.stdout.count(b"\n") == 1
    assert os.listdir(folder / "run") == ["digits-model.npz"]


@posix
@pytest.mark.parametrize("options", ["", "--json", "--quiet"])
@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (">&-", "stdout is closed"),
        (">/dev/full", "stdout is full"),
        ("| exec 1<&-", "stdout has no reader any more"),
    ],
)
def test_a_lost_result_is_one_sentence_and_the_model_stays(folder, gone, said, options):
    done = shell(folder, f"set -o pipefail; $H {' '.join(TRAIN)} {options} {gone}")
    untroubled(done.stderr)
    assert done.returncode == 1
    last = done.stderr.decode().splitlines()[-1]
    assert last.startswith(f"Error: The result cannot be printed, because {said}")
    assert load_model(folder / "m.npz").trainer.n_components == 4


@posix
@pytest.mark.parametrize("command", ["--help", "data list", "rule list --json", "--version"])
@pytest.mark.parametrize("gone", [">&-", ">/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full"])
def test_what_only_prints_fails_with_1(folder, command, gone):
    done = shell(folder, f"$H {command} {gone}")
    untroubled(done.stderr)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == (0 if "2>" in gone else 1)


@posix
@pytest.mark.parametrize("gone", ["2>&-", "2>/dev/full", "2>&- >&-"])
def test_wrong_usage_keeps_its_exit_code(folder, gone):
    assert shell(folder, f"$H train --nothing {gone}").returncode == 2
    assert shell(folder, f"$H train missing.csv {gone}").returncode == 1


def test_without_any_streams_as_under_pythonw(folder):
    script = (
        "import sys; sys.stdin = sys.stdout = sys.stderr = None\n"
        f"sys.argv[1:] = {TRAIN!r}\n"
        "from hebbovr.__main__ import run; run()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, timeout=600)
    assert done.returncode == 1  # the result could not be shown
    assert (folder / "m.npz").exists()


@posix
@pytest.mark.parametrize(
    ("command", "results"),
    [
        ("sweep d.csv --rule ovr,oja --hidden 4 --epochs 1 --out out", ["sweep.json", "sweep.csv"]),
        (
            "rule compare --data d.csv --rules ovr,oja --hidden 4 --epochs 1 --seeds 1 --out out",
            ["rules.json", "rules.png", "rules.svg"],
        ),
        ("reproduce figure1 --seeds 1 --out out", ["report.md", "report.html", "results.json"]),
    ],
)
def test_results_are_in_their_files_before_they_are_printed(folder, command, results):
    script = f"$H {command} >/dev/full"
    if command.startswith("reproduce"):
        tiny = (
            "from hebbovr.paper import figure1 as f\n"
            "f.UNITS['quick'], f.SPHERES['quick'], f.EPOCHS['quick'] = (8, 16), ((1, 5), (4, 8)), 2"
        )
        arguments = command.split()
        code = f"{tiny}\nfrom hebbovr.cli import main\nmain({arguments!r})"
        (folder / "run.py").write_text(code)
        script = f"{sys.executable} run.py >/dev/full"
    done = shell(folder, script)
    untroubled(done.stderr)
    assert done.returncode == 1
    assert b"Error: The result cannot be printed, because stdout is full" in done.stderr
    for name in results:
        assert (folder / "out" / name).stat().st_size > 0


PAGES = ("cp1252", "cp437", "gbk", "latin-1", "ascii", "utf-8", "cp1252:strict")


@pytest.mark.parametrize("page", PAGES)
def test_every_code_page_can_print(folder, page):
    encoding = page.partition(":")[0]
    for command in ("train --help", "sweep --help", "rule list", "train μ.csv"):
        done = shell(folder, f"$H {command}", PYTHONIOENCODING=page)
        assert done.returncode == (1 if "μ" in command else 0), done.stderr
        for stream in (done.stdout, done.stderr):
            untroubled(stream)
            assert "\N{REPLACEMENT CHARACTER}" not in stream.decode(encoding)


@pytest.mark.parametrize("page", ["cp1252", "ascii", "utf-16"])
def test_json_is_ascii_whatever_the_code_page(folder, page):
    name = "λ\N{RIGHT-TO-LEFT OVERRIDE}.csv"
    (folder / name).write_bytes((folder / "d.csv").read_bytes())
    train = f"train {name} --hidden 4 --epochs 1 --no-probe --quiet --json --out m.npz"
    done = shell(folder, f"$H {train}", PYTHONIOENCODING=page)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("ascii"))["dataset"] == name


HOSTILE = "a\x1b[31m\r\0\n\N{RIGHT-TO-LEFT OVERRIDE}\x9b\N{LINE SEPARATOR}\N{ZERO WIDTH SPACE}"


def harmless(text):
    assert all(letter.isprintable() or letter == "\n" for letter in text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", HOSTILE),
        ("train", f"{HOSTILE}.csv"),
        (HOSTILE,),
        (f"--{HOSTILE}",),
        ("train", f"--{HOSTILE}"),
        ("train", "--rule", HOSTILE),
        ("train", "--scale", HOSTILE),
        ("train", "--hidden", HOSTILE),
        ("train", "-D", HOSTILE),
        ("train", "--config", HOSTILE.replace("\0", "")),
        ("inspect", HOSTILE.replace("\0", "")),
        ("data", "fetch", HOSTILE),
    ],
)
def test_control_characters_of_arguments_are_spelled_out(run, arguments):
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    harmless(result.stderr)
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert "\\x1b[31m" in result.stderr


def test_control_characters_of_files_are_spelled_out(run, folder):
    (folder / "d.toml").write_text('"a\\u001b[31m\\u202e" = 1\n')
    name = "b\x1b[2J\n\N{RIGHT-TO-LEFT OVERRIDE}.csv"
    (folder / name).write_bytes((folder / "d.csv").read_bytes())
    (folder / "t.csv").write_text("a\x1b[1m,b\n1,\x1b[31m\n2,3\n")
    results = [
        run("train", name, "--hidden", 4, "--epochs", 1, "--no-probe"),
        run("train", "--config", "d.toml"),
        run("train", "t.csv"),
        run("train", "t.csv", "-D", "label_column=\x1b"),
        run("inspect", next(path.name for path in folder.glob("b*.npz"))),
        run("plot", "activity", next(path.name for path in folder.glob("b*.npz")), "-o", "a.png"),
    ]
    for result in results:
        assert isinstance(result.exception, SystemExit | None)
        harmless(result.stdout)
        harmless(result.stderr)
    assert "\\x1b[2J" in results[0].stderr


@posix
def test_a_name_of_undecodable_bytes_is_shown_and_used(folder):
    os.rename(folder / "d.csv", os.fsencode(folder) + b"/\xff.csv")
    done = shell(folder, "$H train $'\\xff.csv' --hidden 4 --epochs 1 --no-probe --out m.npz")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(b"\\udcff.csv: 45 training rows")


@pytest.mark.parametrize(
    "value", ["x" * 5000, "x y " * 2000, "'" * 900, "\x1b" * 3000, "/x" * 2000 + ".csv"]
)
@pytest.mark.parametrize("option", [["--rule"], ["--scale"], ["-D"], []])
def test_quotations_are_cut(run, option, value):
    result = run("train", *option, value)
    assert result.exit_code in (1, 2)
    last = result.stderr.splitlines()[-1]
    assert len(last) < 1100
    assert "x" * 201 not in last
    assert "..." in last


def test_a_sentence_is_cut_where_it_quotes_and_nowhere_else():
    assert one_line(f"'{'a b' * 100}' is no rule") == f"'{('a b' * 100)[:200]}...' is no rule"
    assert one_line(f"{'a' * 200} '{'b ' * 100}'") == f"{'a' * 200} '{'b ' * 100}'"
    assert one_line("It's short, isn't it? " * 20) == "It's short, isn't it? " * 20
    assert one_line("end. " * 1000).startswith("end. ")


class Failing(io.StringIO):
    def write(self, text):
        raise OSError(5, "Input/output error")


def test_after_a_failure_stderr_is_silent_and_stdout_says_so_each_time():
    stream = Stream(Failing(), needed=False)
    assert stream.write("lost") == 4
    stream.flush()
    assert not stream.isatty()
    result = Stream(Failing(), needed=True)
    for _ in range(2):
        with pytest.raises(PrintError, match="stdout cannot be written to"):
            result.write("lost")
    result.flush()


def test_nothing_behind_a_stream_and_a_closed_one(monkeypatch):
    closed = io.StringIO()
    closed.close()
    for behind in (None, closed):
        monkeypatch.setattr(sys, "stderr", behind)
        monkeypatch.setattr(sys, "stdout", behind)
        note("nobody hears it")
        with gated():
            note("nobody hears it")
            assert not sys.stderr.isatty()
            for write in (say, print_json):
                with pytest.raises(PrintError, match="stdout is closed"):
                    write({} if write is print_json else "result")
        assert sys.stderr is behind


def test_bars_may_steer_and_text_may_not():
    behind = io.StringIO()
    stream = Stream(behind, needed=False)
    stream.write("a\r\x1b[K\n")
    stream.steering().write("b\r\x1b[K\n")
    assert behind.getvalue() == "a\\r\\x1b[K\nb\r\x1b[K\n"


def test_tables_say_and_json_are_of_what_is_printed(capsys):
    print_table(["a", "b"], [["x\ny", "1\x1b"], ["z", "22"]])
    say("one\ntwo")
    print_json({"λ": float("nan"), "path": np.float32(1), "odd": {1, 2}.__class__})
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["a         b", "x\\ny  1\\x1b", "z        22", "one\\ntwo"]
    assert json.loads(lines[4]) == {"λ": None, "path": 1.0, "odd": "<class 'set'>"}
    assert lines[4].isascii()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ovr", "ovr"),
        (None, "none"),
        (1e-5, "1e-05"),
        (0.1234567, "0.1234567"),
        (0.5, "0.5"),
        (1234567, "1234567"),
        (True, "True"),
        ((1, 2), "(1, 2)"),
    ],
)
def test_a_setting_of_any_type_is_shown_whole(value, shown):
    assert setting(value) == shown


def test_words_are_axes_of_a_sweep_that_is_printed(run, folder):
    axes = ("--rule", "ovr,oja", "--pca", "none,2", "--whiten", "none")
    result = run("sweep", "d.csv", "--hidden", 4, "--epochs", 1, *axes)
    assert result.exit_code == 0, result.stderr
    assert "Best: rule o" in result.stdout
    assert "none" in result.stdout


@pytest.mark.parametrize("name", ["-x.npz", "--help.npz", "-.npz"])
def test_a_name_like_an_option_is_suggested_as_a_path(run, folder, name):
    result = run("train", "d.csv", *TRAIN[2:-2], f"--out={name}")
    assert result.exit_code == 0, result.stderr
    assert f"Next: hebbovr plot filters ./{name} -o filters.png" in result.stderr
    assert run("plot", "filters", f"./{name}", "-o", "f.png").exit_code == 0
    assert as_argument("a b.npz") == "'a b.npz'"
