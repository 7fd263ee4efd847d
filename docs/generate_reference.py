"""Write docs/reference/FOLDER.md from the docstrings of what a folder makes public; --check: is it up to date?"""

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent / "reference"
FOLDERS = (
    "augment",
    "data",
    "explain",
    "layers",
    "models",
    "profile",
    "study",
    "train.callbacks",
    "train.losses",
    "train.metrics",
    "train.optimizers",
    "train.schedules",
    "transfer",
)
HEAD = """Made from the docstrings by `make docs`; a test checks that it is up to date, and runs what begins with `>>>`.
"""
BLOCKS = ("Args", "Call arguments", "Returns", "Raises", "Example")
LABEL = re.compile(
    "^(Reference|Parameters|Trained parameters|Input shape|Output shape|Input and output shape( of the layer)?): "
)
WIDTH = 100


def page(folder: str) -> str:
    """Return the whole page of a folder of the package."""
    package = importlib.import_module(f"atolye.{folder}")
    parts = {name: getattr(package, name) for name in package.__all__}
    docs = {name: documentation(name, part, package) for name, part in parts.items()}
    lines = [f"# `atolye.{folder}`", "", inspect.getdoc(package) or "", "", HEAD, "| name | what it is |", "|---|---|"]
    for name, doc in docs.items():
        lines.append(f"| [`{name}`](#{name.lower()}) | {in_table(doc.partition(chr(10))[0])} |")
    text = "\n".join(lines) + "\n"
    for name, part in parts.items():
        text += f"\n## `{name}`\n\n{code(signature(name, part))}{render(docs[name])}"
        for method, (head, doc) in methods(part).items():
            text += f"\n### `{name}.{method}`\n\n{code(head)}{render(doc)}"
    return text


def documentation(name: str, part: Any, package: Any) -> str:
    """Return a docstring; of a constant the text that stands below it."""
    if callable(part):
        return inspect.getdoc(part) or ""
    for path in Path(package.__file__).parent.glob("*.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        for statement, below in zip(statements, statements[1:], strict=False):
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if is_text and any(getattr(target, "id", None) == name for target in targets):
                return inspect.cleandoc(below.value.value)
    raise ValueError(f"{name} has no text below it.")


def signature(name: str, part: Any) -> str:
    """Return how a function or class is called, as its source says; of a constant, what it holds."""
    if not callable(part):
        return f"{name}: {', '.join(map(repr, part))}".replace("'", '"')
    if not inspect.isclass(part):
        return head(name, definition(part))
    if hasattr(part, "__dataclass_fields__"):
        fields = [node for node in definition(part).body if isinstance(node, ast.AnnAssign)]
        return wrapped(name, [ast.unparse(node) for node in fields])
    if getattr(part.__init__, "__module__", "").startswith("atolye"):
        return head(name, definition(part.__init__), skip_first=True)
    if issubclass(part, Exception) or getattr(part, "_is_protocol", False):
        return ""
    return f"{name}()" if part.__init__ is object.__init__ else f"{name}(...)"  # Keras's own arguments


def methods(part: Any) -> dict[str, tuple[str, str]]:
    """Return signature and docstring of a class's own documented methods, by name."""
    if not inspect.isclass(part):
        return {}
    found = {}
    for node in definition(part).body:
        doc = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
        if doc and not node.name.startswith("_"):
            is_property = any(getattr(decorator, "id", "") == "property" for decorator in node.decorator_list)
            found[node.name] = ("" if is_property else head(node.name, node, skip_first=True), doc)
    return found


def definition(part: Any) -> Any:
    """Return the syntax tree of a function's or class's source."""
    return ast.parse(textwrap.dedent(inspect.getsource(part))).body[0]


def head(name: str, node: ast.FunctionDef, *, skip_first: bool = False) -> str:
    """Return `name(arguments) -> result` with types and defaults as they are written."""
    given = node.args
    arguments = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(arguments) - len(given.defaults)) + list(given.defaults)
    parts = [argument(*pair) for pair in zip(arguments, defaults, strict=True)][int(skip_first) :]
    if given.vararg:
        parts.append("*" + argument(given.vararg, None))
    elif given.kwonlyargs:
        parts.append("*")
    parts += [argument(*pair) for pair in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    parts += ["**" + argument(given.kwarg, None)] if given.kwarg else []
    result = "" if node.returns is None or name[:1].isupper() else f" -> {words(node.returns)}"
    return wrapped(name, parts) + result


def argument(node: ast.arg, default: ast.expr | None) -> str:
    """Return `name: type = default`."""
    text = node.arg if node.annotation is None else f"{node.arg}: {words(node.annotation)}"
    return text if default is None else f"{text} = {ast.unparse(default)}"


def words(annotation: ast.expr) -> str:
    """Return a type as it is written, without the quotation marks of those that are imported late."""
    return str(annotation.value) if isinstance(annotation, ast.Constant) else ast.unparse(annotation)


def wrapped(name: str, parts: list[str]) -> str:
    """Return a call in one line, or an argument a line where it would be long."""
    short = f"{name}({', '.join(parts)})"
    text = short if len(short) <= WIDTH else f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
    return text.replace("'", '"')


def code(text: str) -> str:
    """Return text as a block of code; nothing for nothing."""
    return f"```python\n{text}\n```\n\n" if text else ""


def render(doc: str) -> str:
    """Return a docstring as Markdown: paragraphs, arguments as a table, errors as a list, the example as code."""
    blocks: list[str] = []
    lines = inspect.cleandoc(doc).splitlines()
    while lines:
        line = lines.pop(0)
        if line.rstrip(":") in BLOCKS and line.endswith(":"):
            blocks.append(labelled(line[:-1], take(lines, lambda text: not text or text[0] == " ")))
        elif line.startswith("    "):
            blocks.append(code(textwrap.dedent("\n".join([line, *take(lines, bool)]))).rstrip())
        elif line:
            rest = take(lines, lambda more: more and not LABEL.match(more))
            blocks.append(LABEL.sub(r"**\1.** ", paragraph([line, *rest])))
    return link_papers("\n\n".join(blocks)) + "\n"


def paragraph(lines: list[str]) -> str:
    """Return lines as one, but for those that begin an entry of a list or a row of a table."""
    starts = ("- ", "| ", "|-")
    return "".join(("\n" if line.startswith(starts) else " ") + line.strip() for line in lines).strip()


def take(lines: list[str], wanted: Callable[[str], Any]) -> list[str]:
    """Take lines from the front for as long as they are wanted."""
    taken = []
    while lines and wanted(lines[0]):
        taken.append(lines.pop(0))
    return taken


def labelled(label: str, lines: list[str]) -> str:
    """Return one of the indented blocks of a docstring."""
    text = textwrap.dedent("\n".join(lines)).strip()
    if label == "Example":
        return code(text).rstrip()
    if label == "Returns":
        return f"**Returns.** {' '.join(text.split())}"
    # An entry begins at the margin; what is indented belongs to the one above.
    entries = [" ".join(entry.split()).partition(": ") for entry in re.split(r"\n(?=\S)", text)]
    if label == "Raises":
        return "\n".join(f"- Raises `{error}`: {reason}" for error, _, reason in entries)
    rows = [f"| {names_as_code(names)} | {in_table(meaning)} |" for names, _, meaning in entries]
    return "\n".join([f"| {label.lower().replace('args', 'argument')} | meaning |", "|---|---|", *rows])


def names_as_code(names: str) -> str:
    """Return `"a, b, ..."` with each name as code."""
    return ", ".join(name if name == "..." else f"`{name}`" for name in names.split(", "))


def in_table(text: str) -> str:
    """Return text that does not end its cell."""
    return text.replace("|", "\\|")


def link_papers(text: str) -> str:
    """Return text with arXiv's numbers as links."""
    return re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)


if __name__ == "__main__":
    for folder in FOLDERS:
        path = REFERENCE / f"{folder}.md"
        if "--check" not in sys.argv:
            path.write_text(page(folder), encoding="utf-8")
        elif path.read_text(encoding="utf-8") != page(folder):
            sys.exit(f"docs/reference/{folder}.md is old; run: make docs")
