"""Who may know whom, held by reading the imports of every file."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "hebbovr"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "cli").rglob("*.py")])

OUTSIDE = {"numpy", "numba", "scipy", "sklearn", "click", "threadpoolctl", "joblib", "matplotlib"}
OUTSIDE |= {"llvmlite"}  # as threadpoolctl and joblib, it comes with what is declared
FOUNDATION = {"errors", "files_io"}
# Each room with the rooms that it may import; what is not listed sits on top and may import all
# but baselines.
ALLOWED = {
    "errors": set(),
    "rules": set(),
    "kernels": {"step_arrays"},
    "line_products": set(),
    "step_arrays": {"line_products"},
    "compilation": {"kernels", "line_products", "step_arrays"},
    "encoding": {"batches", "compilation", "errors", "kernels", "step_arrays"},
    "first_weights": {"batches", "rules", "step_arrays"},
    "files_io": {"errors"},
    "array_archive": {"files_io"},
    "batches": {"errors"},
    "row_blocks": {"errors"},
    "threads": {"errors"},
    "schedules": set(),
    "callbacks": {"trainer"},
    "settings": {"errors", "kernels", "rules", "schedules", "trainer"},
    "best_epoch": {"step_arrays"},
    "engine": {"batches", "compilation", "kernels", "rules", "step_arrays", "trainer"},
    "training_run": {"best_epoch", "errors", "schedules", "step_arrays", "trainer"},
    "training_loop": {
        "batches", "best_epoch", "engine", "errors", "threads", "trainer", "training_run",
    },
    "trainer": {
        "batches", "callbacks", "encoding", "errors", "first_weights", "rules", "schedules",
        "settings", "step_arrays", "threads", "training_loop", "training_run",
    },
    "layer_transformer": {"trainer"},
    "encoder": {"callbacks", "layer_transformer"},
    "hebbian_encoder": {"callbacks", "layer_transformer", "rules", "trainer"},
    "preprocessing": {"errors", "preprocessor_arrays", "row_blocks"},
    "preprocessor_arrays": {"errors", "preprocessing"},
    "sparsity": {"errors"},
    "softmax_regression": {"errors"},
    "probe": {"errors", "softmax_regression"},
    "datasets": FOUNDATION | {"array_archive"},
    "plots": FOUNDATION | {"sparsity"},
    "gabor": {"errors"},
    "html_page": set(),
    "model_file": FOUNDATION | {"array_archive", "preprocessing", "row_blocks", "trainer"},
    "checkpoints": FOUNDATION | {"array_archive", "model_file", "preprocessing", "trainer"},
    "checkpointer": {"callbacks", "checkpoints", "errors", "preprocessing", "trainer"},
    "paper": FOUNDATION | {
        "baselines", "batches", "datasets", "html_page", "model_file", "plots", "preprocessing",
        "probe", "softmax_regression", "sparsity", "trainer",
    },
    "lab": FOUNDATION | {
        "batches", "callbacks", "datasets", "engine", "kernels", "paper", "rules", "threads",
        "trainer",
    },
    "baselines": {"batches", "errors", "rules", "schedules"},
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


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_arrows(path):
    here = room(path)
    known = {m.split(".")[1] for m, _ in imports(path) if m.startswith("hebbovr.")} - {here}
    if here in ALLOWED:
        assert known <= ALLOWED[here]
    if here not in ("paper", "baselines"):
        assert "baselines" not in known
    if here not in ("cli", "__main__"):
        assert "cli" not in known


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_declared_packages_are_imported(path):
    for module, inside in imports(path):
        top = module.split(".")[0]
        assert top in OUTSIDE | {"hebbovr"} | set(sys.stdlib_module_names), module
        if top == "matplotlib":
            text = path.read_text(encoding="utf-8")
            assert inside or "if TYPE_CHECKING:" in text, f"{path} imports matplotlib at its top"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short_and_nothing_is_unpickled_or_evaluated(path):
    text = path.read_text(encoding="utf-8")
    # Compiled code shares one file, see below.
    assert len(text.splitlines()) <= (490 if path == PACKAGE / "kernels.py" else 400)
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
    assert jitted == [PACKAGE / "kernels.py"]


def test_every_package_is_installed():
    """setup.cfg lists packages by name, and an editable installation finds them without it."""
    listed = configparser.ConfigParser()
    listed.read(ROOT / "setup.cfg")
    folders = {path.parent.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("__init__.py")}
    wanted = {folder.replace("/", ".") for folder in folders} | {"hebbovr.cli"}
    assert set(listed["options"]["packages"].split()) == wanted


def test_importing_the_package_or_its_command_line_loads_nothing_heavy():
    heavy = "{'numba', 'sklearn', 'scipy', 'matplotlib', 'pandas'} & set(sys.modules)"
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
