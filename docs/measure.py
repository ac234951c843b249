"""Prints what can be counted of each room: lines, tests, and how many public functions name the source of their rule.

    python docs/measure.py           # a table; nothing is written

A test is a function `test_…` in `tests/ROOM` or in the room itself; a parametrised one counts once. A docstring names a
source by a line `Source:` or by what it cites: a law, a standard (GB/T, RFC, ISO, C2SP, FIPS), an ADR, a DOI, a paper
with its year.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SOURCE = re.compile(
    r"\bSource:|\bADR\b|docs/adr/|\bRFC ?\d|\bGB(?:/T)?[ -]?\d|\bISO[ /-]?\d|\bC2SP\b|\bFIPS\b|\bDOI\b|doi\.org"
    r"|https?://|\bDESIGN\b|\bDOMAIN\b|[Ll]aw of the PRC|\bPIPL\b|\barticle \d"
    r"|\([A-Z][a-z]+(?: et al\.| and [A-Z][a-z]+)?,? \d{4}\)"
)


class Room(NamedTuple):
    """A room of the package: lines of code, tests, public functions with a docstring, and those that name a source."""

    name: str
    lines: int
    tests: int
    told: int
    sourced: int


def rooms() -> Iterator[Room]:
    """Every room, by name."""
    for folder in sorted(path for path in (ROOT / "src" / "bihuan").iterdir() if (path / "__init__.py").exists()):
        files = [path for path in folder.rglob("*.py") if "tests" not in path.parts and "migrations" not in path.parts]
        docs = [text for path in files for text in docstrings(path)]
        found = sum(count_tests(path) for base in (ROOT / "tests" / folder.name, folder) for path in test_files(base))
        lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
        yield Room(folder.name, lines, found, len(docs), sum(1 for text in docs if SOURCE.search(text)))


def docstrings(path: Path) -> Iterator[str]:
    """The docstrings of a file's public functions and methods."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            text = ast.get_docstring(node)
            if text:
                yield text


def test_files(folder: Path) -> list[Path]:
    """The files with tests below a folder."""
    return sorted(folder.rglob("test_*.py")) if folder.exists() else []


def count_tests(path: Path) -> int:
    """How many test functions a file has."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return sum(isinstance(node, ast.FunctionDef) and node.name.startswith("test") for node in ast.walk(tree))


def table(found: list[Room]) -> str:
    """The table, with its sum."""
    total = Room("all", *(sum(column) for column in zip(*(room[1:] for room in found), strict=True)))
    lines = [f"{'room':14}{'lines':>8}{'tests':>7}{'per 1,000':>11}{'public':>8}{'source':>8}{'%':>7}"]
    for room in [*found, total]:
        per, share = 1000 * room.tests / max(room.lines, 1), 100 * room.sourced / max(room.told, 1)
        lines.append(f"{room.name:14}{room.lines:8}{room.tests:7}{per:11.1f}{room.told:8}{room.sourced:8}{share:7.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(list(rooms())))
