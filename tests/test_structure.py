"""The shape of the house: imports point one way, every module has a test, locks name no host."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "atolye"

# A folder imports only from folders before it.
ORDER = (
    "data augment layers models profile evaluate explain runs report doctor train transfer study labs app cli".split()
)
LEAVES = {"autotune", "errors", "files", "onednn", "startup"}  # modules that every folder may import
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the names of atolye's folders that a module imports, wherever in the module the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("atolye.")}


def test_folders_are_the_designs():
    folders = {path.parts[0] for path in MODULES if len(path.parts) > 1}
    assert folders <= set(ORDER)


@pytest.mark.parametrize("module", [str(path) for path in MODULES if len(path.parts) > 1])
def test_imports_point_one_way(module):
    folder = module.split("/")[0]
    for imported in imports(SOURCE / module) - LEAVES:
        assert ORDER.index(imported) <= ORDER.index(folder), (
            f"{module} imports atolye.{imported}, which stands after it"
        )


@pytest.mark.parametrize("module", [str(path) for path in MODULES if path.name not in ("__init__.py", "__main__.py")])
def test_every_module_has_a_test(module):
    path = Path(module)
    # A backend's file is tested with the neutral name that stands before it.
    stem = re.sub(r"_(tensorflow|jax|torch)$", "", path.stem)
    names = {f"test_{path.stem}.py", f"test_{stem}.py"}
    folder = ROOT / "tests" / path.parent
    found = any((folder / name).exists() for name in names)
    assert found, f"no tests/{path.parent}/test_{stem}.py for src/atolye/{module}"


def test_every_folder_says_what_belongs_there():
    for path in SOURCE.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"


def test_no_grab_bag_modules():
    assert not [path for path in MODULES if re.search(r"(^|_)(utils?|helpers?|misc|manager)\b", path.stem)]


@pytest.mark.parametrize("lock", ["cpu.txt", "dev.txt"])
def test_no_lock_names_an_index_host(lock):
    text = (ROOT / "requirements" / lock).read_text()
    assert "--hash=sha256:" in text
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)


def test_no_file_is_too_long():
    lengths = {str(path): len((SOURCE / path).read_text(encoding="utf-8").splitlines()) for path in MODULES}
    # A lab shows six or eight techniques, each written out where it is used; the library is cut by idea.
    assert not {path: n for path, n in lengths.items() if n > (400 if path.startswith("labs/hafta") else 300)}
