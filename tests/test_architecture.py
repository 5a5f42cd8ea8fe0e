"""Who may know whom, held by reading the imports of every file."""

import ast
import configparser
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "hebbovr"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "cli").rglob("*.py")])

OUTSIDE = {"numpy", "numba", "scipy", "sklearn", "click", "threadpoolctl", "joblib", "matplotlib"}
OUTSIDE |= {"pyarrow"}  # of the extra tables, imported where it is needed
OUTSIDE |= {"llvmlite"}  # as threadpoolctl and joblib, it comes with what is declared
# Each package (or file of the top) with those that it may import; `cli` and `__main__` sit on top.
ALLOWED = {
    "__init__": {
        "datasets", "errors", "estimators", "evaluation", "model", "moved", "preprocessing",
        "storage", "training",
    },
    "moved": set(),
    "errors": set(),
    "rules": set(),
    "files": {"errors"},
    "kernels": {"errors"},
    "training": {"errors", "kernels", "rules"},
    "preprocessing": {"errors"},
    "estimators": {"rules", "training"},
    "evaluation": {"errors"},
    "model": {"preprocessing", "training"},
    "datasets": {"errors", "files"},
    "storage": {"errors", "files", "model", "preprocessing", "training"},
    "pipeline": {"datasets", "errors", "evaluation", "model", "preprocessing", "training"},
    "plots": {"errors", "evaluation", "files"},
    "reports": {"datasets", "evaluation", "model", "pipeline", "plots"},
    "baselines": {"errors", "rules", "training"},
    "paper": {
        "baselines", "datasets", "errors", "evaluation", "files", "model", "plots",
        "preprocessing", "reports", "training",
    },
    "lab": {"datasets", "errors", "files", "kernels", "paper", "rules", "training"},
}  # fmt: skip


def room(path):
    if path.is_relative_to(ROOT / "cli"):
        return "cli"
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imports(path):
    """Yield (module, whether it is imported inside a function) for every import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            if node.module == "hebbovr":
                yield from ((f"hebbovr.{a.name}", id(node) in inside) for a in node.names)
            else:
                yield node.module, id(node) in inside


def neighbours(path):
    """Return the packages of this project that a file imports, but for its own."""
    names = {m for m, _ in imports(path) if m == "hebbovr" or m.startswith("hebbovr.")}
    return {[*name.split("."), "__init__"][1] for name in names} - {room(path)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_arrows(path):
    here = room(path)
    if here in ("cli", "__main__"):
        assert "baselines" not in neighbours(path)
    else:
        assert neighbours(path) <= ALLOWED[here]


def test_every_package_has_its_arrows_and_none_leads_back():
    assert {room(path) for path in SOURCES} - {"cli", "__main__"} == set(ALLOWED)
    TopologicalSorter(ALLOWED).prepare()  # raises CycleError


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_declared_packages_are_imported(path):
    for module, inside in imports(path):
        top = module.split(".")[0]
        assert top in OUTSIDE | {"hebbovr"} | set(sys.stdlib_module_names), module
        if top in ("matplotlib", "pyarrow"):
            text = path.read_text(encoding="utf-8")
            assert inside or "if TYPE_CHECKING:" in text, f"{path} imports {top} at its top"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short_and_nothing_is_unpickled_or_evaluated(path):
    text = path.read_text(encoding="utf-8")
    # Compiled code shares one file, see below.
    assert len(text.splitlines()) <= (490 if path == PACKAGE / "kernels" / "step.py" else 400)
    assert not re.search(r"allow_pickle\s*=\s*True|\bpickle\.load|joblib\.load\(", text)
    calls = [n.func for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    names = {f.id for f in calls if isinstance(f, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__"}


def test_compiled_code_lives_in_one_file():
    """Numba's cache does not notice a change in another file."""
    jitted = [
        path
        for path in SOURCES
        if re.search(r"numba\.(njit|jit|vectorize|guvectorize)|@njit|@jit", path.read_text())
    ]
    assert jitted == [PACKAGE / "kernels" / "step.py"]


def test_every_package_is_installed():
    """setup.cfg lists packages by name, and an editable installation finds them without it."""
    listed = configparser.ConfigParser()
    listed.read(ROOT / "setup.cfg")
    folders = {path.parent.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("__init__.py")}
    wanted = {folder.replace("/", ".") for folder in folders} | {"hebbovr.cli"}
    assert set(listed["options"]["packages"].split()) == wanted


def test_importing_the_package_or_its_command_line_loads_nothing_heavy():
    heavy = "{'numba', 'sklearn', 'scipy', 'matplotlib', 'pandas', 'pyarrow'} & set(sys.modules)"
    script = f"import sys, hebbovr, hebbovr.cli; print(sorted({heavy}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_public_names_are_found_and_documented():
    import hebbovr

    for name in hebbovr.__all__:
        assert getattr(hebbovr, name).__doc__, name
    assert set(hebbovr.__all__) <= set(dir(hebbovr))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hebbovr.nothing
