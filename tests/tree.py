"""What every Python file of the package says, parsed and walked once in a process, for the tests that search it.

Only what is asked is kept: the trees of a thousand files are half a gigabyte, and the collector would walk them in
every test that follows.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "bihuan"


class Docstring(NamedTuple):
    """A docstring, its lines joined, and the name of what it describes (empty for a module)."""

    name: str
    said: str


class Class(NamedTuple):
    """A class by its name and the line where it begins."""

    name: str
    line: int


class File(NamedTuple):
    """One file: where it lies below the package, and what stands in it."""

    path: str
    text: str
    imports: frozenset[str]
    """Modules and what is taken from them, `csv` and `csv.reader`; a relative import by its own words."""
    constants: tuple[str, ...]
    """Every text, those of docstrings too."""
    texts: tuple[str, ...]
    """Every text that stands alone in no line, so without docstrings."""
    docstrings: tuple[Docstring, ...]
    classes: tuple[Class, ...]
    calls: tuple[ast.Call, ...]
    """Calls whose first argument is a text written there."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and name below the package."""
        return Path(self.path).parts

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]


@cache
def files() -> tuple[File, ...]:
    """Every file of the package, in the order of the paths."""
    return tuple(_read(path) for path in sorted(SOURCE.rglob("*.py")))


@cache
def text_of_all() -> str:
    """The text of the whole package, to search for a word; nothing is parsed for it."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py")))


def imports_of(tree: ast.AST) -> frozenset[str]:
    """Every module that a tree imports, and every name from one as `module.name`."""
    return frozenset(name for node in ast.walk(tree) for name in _imported(node))


def _read(path: Path) -> File:
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return File(
        path.relative_to(SOURCE).as_posix(),
        text,
        frozenset(name for node in nodes for name in _imported(node)),
        tuple(str(node.value) for node in constants),
        tuple(str(node.value) for node in constants if id(node) not in alone),
        tuple(_docstring(node) for node in nodes if isinstance(node, DOCUMENTED)),
        tuple(Class(node.name, node.lineno) for node in nodes if isinstance(node, ast.ClassDef)),
        tuple(node for node in nodes if isinstance(node, ast.Call) and _begins_with_a_text(node)),
    )


DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Docstring:
    return Docstring(getattr(node, "name", ""), " ".join((ast.get_docstring(node) or "").split()))


def _begins_with_a_text(node: ast.Call) -> bool:
    return bool(node.args) and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
