"""The reference made from docstrings: up to date, whole, and its examples run."""

import doctest
import importlib
import importlib.util
import inspect
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def load():
    spec = importlib.util.spec_from_file_location("generate_reference", ROOT / "docs" / "generate_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFERENCE = load()
NAMES = [(folder, name) for folder in REFERENCE.FOLDERS for name in importlib.import_module(f"atolye.{folder}").__all__]


@pytest.mark.parametrize("folder", REFERENCE.FOLDERS)
def test_the_reference_is_up_to_date(folder):
    path = REFERENCE.REFERENCE / f"{folder}.md"
    assert path.read_text(encoding="utf-8") == REFERENCE.page(folder), "run: make docs"
    assert f"reference/{folder}.md" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("folder", "name"), NAMES)
def test_examples_run(folder, name, tmp_path, monkeypatch, seeded):
    monkeypatch.chdir(tmp_path)  # an example may leave files
    part = getattr(importlib.import_module(f"atolye.{folder}"), name)
    if not callable(part):
        return
    assert inspect.getdoc(part), f"{name} has no docstring"
    module = sys.modules[part.__module__]
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    report: list[str] = []
    for example in doctest.DocTestFinder().find(part, name, module=module, globs=dict(vars(module))):
        runner.run(example, out=report.append)
    assert runner.failures == 0, "".join(report)


def test_a_docstring_becomes_markdown():
    doc = """Do it.

    Use it when `a | b` is
    long.

    Reference: He et al. (2015), arXiv:1512.03385,
        and more.

    Args:
        first, ...: one `a | b`,
            or two.

    Input shape: `(n,)`.
    Output shape: `(n,)`.

    Raises:
        ValueError: for none.

    Example:
        >>> 1 + 1
        2
    """
    assert REFERENCE.render(doc) == (
        "Do it.\n\nUse it when `a | b` is long.\n\n"
        "**Reference.** He et al. (2015), [arXiv:1512.03385](https://arxiv.org/abs/1512.03385), and more.\n\n"
        "| argument | meaning |\n|---|---|\n| `first`, ... | one `a \\| b`, or two. |\n\n"
        "**Input shape.** `(n,)`.\n\n**Output shape.** `(n,)`.\n\n"
        "- Raises `ValueError`: for none.\n\n"
        "```python\n>>> 1 + 1\n2\n```\n"
    )


def test_lists_and_tables_keep_their_lines():
    doc = """Do it.

    Either:

    - this, which is
      long;
    - or that.

    | a | b |
    |---|---|
    | 1 | 2 |
    """
    assert REFERENCE.render(doc) == (
        "Do it.\n\nEither:\n\n- this, which is long;\n- or that.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )


def test_calls_are_shown_as_they_are_written():
    def short(a: int, *, b: "str | None" = None, **rest: float) -> list[int]:
        """Nothing."""

    assert REFERENCE.head("short", REFERENCE.definition(short)) == (
        "short(a: int, *, b: str | None = None, **rest: float) -> list[int]"
    )
    assert REFERENCE.wrapped("f", ["a: int = 1" for _ in range(20)]).startswith("f(\n    a: int = 1,\n")
