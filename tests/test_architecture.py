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
    "interrupts": {"errors"},
    "rules": set(),
    "files": {"errors"},
    "kernels": {"errors", "rules"},
    "training": {"errors", "files", "kernels", "rules"},
    "preprocessing": {"errors", "files"},
    "estimators": {"errors", "training"},
    "evaluation": {"errors"},
    "model": {"preprocessing", "training"},
    "datasets": {"errors", "files"},
    "storage": {"errors", "files", "interrupts", "model", "preprocessing", "training"},
    "pipeline": {"datasets", "errors", "evaluation", "model", "preprocessing", "training"},
    "plots": {"errors", "evaluation", "files"},
    "reports": {"datasets", "evaluation", "model", "pipeline", "plots"},
    "lab": {"datasets", "errors", "kernels", "rules", "training"},
    "experiments": {
        "datasets", "errors", "evaluation", "files", "model", "plots", "preprocessing", "rules",
        "training",
    },
    "baselines": {"errors", "rules", "training"},
    "paper": {
        "baselines", "datasets", "errors", "evaluation", "experiments", "files", "model", "plots",
        "reports",
    },
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


def module_name(path):
    """Return the name under which a file is imported."""
    base = ROOT if path.is_relative_to(PACKAGE) else ROOT / "cli"
    parts = path.relative_to(base).with_suffix("").parts
    parts = parts if base == ROOT else ("hebbovr", "cli", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_file_imports_itself_by_a_detour():
    """Imports within functions and for type checkers alone count, too."""
    names = {module_name(path): path for path in SOURCES}
    graph = {}
    for name, path in names.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                whole = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
                found |= {name if name in names else node.module for name in whole.values()}
        graph[name] = {other for other in found & set(names) if other != name}
    # A package's own file hands out what its files define.
    roots = {"hebbovr", "hebbovr.cli"}
    TopologicalSorter({n: m - roots for n, m in graph.items() if n not in roots}).prepare()


# Names that named tuples, Numba's structures and sys have for everybody.
FOR_ALL = {"_asdict", "_replace", "_fields", "_getvalue", "_getframe"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_private_names_stay_where_they_are(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hebbovr"):
            assert not [a.name for a in node.names if re.match("_[a-z]", a.name)]
        if not isinstance(node, ast.Attribute) or not re.match("_[a-z]", node.attr):
            continue
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        known = owner in ("self", "cls") or node.attr in FOR_ALL
        assert known, f"line {node.lineno}: {ast.unparse(node)}"


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
    assert len(text.splitlines()) <= 400
    assert not re.search(r"allow_pickle\s*=\s*True|\bpickle\.load|joblib\.load\(", text)
    calls = [n.func for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    names = {f.id for f in calls if isinstance(f, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_asserted_where_a_user_can_err(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def decorated(path):
    """Return the names of the functions of a file that `jit.compiled` decorates."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {
        function.name
        for function in functions
        for made in function.decorator_list
        if isinstance(made, ast.Call) and getattr(made.func, "id", None) == "compiled"
    }


COMPILED = [path for path in SOURCES if decorated(path)]


def test_functions_are_compiled_in_one_way_and_in_the_kernels():
    by_numba = [
        path
        for path in SOURCES
        if re.search(r"numba\.(njit|jit|cfunc|vectorize|guvectorize)|@njit|@jit", path.read_text())
    ]
    assert by_numba == [PACKAGE / "kernels" / "jit.py"]
    assert {path.parent for path in COMPILED} == {PACKAGE / "kernels"}


@pytest.mark.parametrize("path", COMPILED, ids=lambda p: p.name)
def test_compiled_code_calls_no_compiled_code_of_another_file(path):
    """Numba's cache does not notice a change there: function pointers alone cross files."""
    text = path.read_text(encoding="utf-8")
    elsewhere = set().union(*map(decorated, COMPILED)) - decorated(path)
    tree = ast.parse(text)
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("hebbovr")
        for alias in node.names
    }
    assert not imported & elsewhere
    modules = {f"hebbovr.kernels.{other.stem}" for other in COMPILED}
    assert not {f"hebbovr.kernels.{name}" for name in imported} & modules
    assert not {module for module, _ in imports(path)} & modules


def test_what_crosses_files_by_pointers_calls_nothing_of_another_file():
    """What `compile_pointer` is given: the products of both backends, and every rule's function."""
    files = [PACKAGE / "kernels" / name for name in ("simd.py", "blas.py")]
    for path in [*files, *(PACKAGE / "rules").glob("*.py")]:
        foreign = {m for m, _ in imports(path) if m.startswith("hebbovr.kernels")}
        assert foreign <= {"hebbovr.kernels.layout"}, path
        assert "compiled(" not in path.read_text(encoding="utf-8")


def test_one_file_alone_knows_llvm():
    knowing = [
        path
        for path in SOURCES
        if any(module.split(".")[0] == "llvmlite" for module, _ in imports(path))
        or "import intrinsic" in path.read_text(encoding="utf-8")
    ]
    assert knowing == [PACKAGE / "kernels" / "simd.py"]


def test_of_the_rules_kernels_know_the_signals_alone():
    for path in (PACKAGE / "kernels").glob("*.py"):
        found = {m for m, _ in imports(path) if m.startswith("hebbovr.rules")}
        assert found <= {"hebbovr.rules.signals"}, path
    assert not {m for m, _ in imports(PACKAGE / "rules" / "signals.py")} - {"__future__"}


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
