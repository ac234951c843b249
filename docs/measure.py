"""Count, room by room, lines, tests, public functions, and what their docstrings say.

    python docs/measure.py                  # every room under src/bihuan
    python docs/measure.py --missing ledger # the public functions of one room that name no source

A public function is a function or method without a leading underscore that stands in a module or in a public class.
A docstring names a source by a line ``Source: …`` or by a number that can be looked up: an RFC, a standard, a law's
article, a page of docs/adr or docs/topics, a paper with its year. Standard library only: it runs without the product.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ROOT / "src" / "bihuan"

SOURCE = re.compile(
    r"""
    \bSources?:\s
    | \b(RFC|ISO(/IEC)?|IEC|IEEE|GB(/[TZ])?|GBZ|HJ|CJJ|JGJ|GY/T|GD/J|DB\d\d(/T)?|PEP|FIPS|NIST\ SP)\ ?\d
    | \b(ADR\ ?|docs/adr/|docs/topics/)\w
    | \b(C2SP|WHATWG|W3C|OGC|OASIS|Open311\ GeoReport|CloudEvents|Unicode\ Standard|UAX\ ?\#)
    | 第\S{1,6}条 | \bArticle\ \d | \bArts?\.\ ?\d
    | \b(?!January|February|March|April|May|June|July|August|September|October|November|December)
      [A-Z][a-zà-ÿ]+(,?\ (&|and|et\ al\.?)(\ [A-Z][a-zà-ÿ]+)?)*,?\ \(?(18|19|20)\d\d\b
    """,
    re.VERBOSE,
)
"""What counts as naming a source."""


class Function(NamedTuple):
    """A public function as it stands in its file."""

    path: Path
    line: int
    name: str
    docstring: str

    @property
    def cited(self) -> bool:
        """Whether the docstring names a source."""
        return SOURCE.search(self.docstring) is not None


def main() -> None:
    """Print one row a room and the sum, or with ``--missing ROOM`` that room's functions without a source."""
    if sys.argv[1:2] == ["--missing"]:
        for room in sys.argv[2:]:
            for each in functions_of(ROOMS / room):
                if not each.cited:
                    print(f"{each.path.relative_to(ROOT)}:{each.line} {each.name}")
        return
    print(
        f"{'room':<14}{'lines':>8}{'tests':>7}{'per 1,000':>11}"
        f"{'functions':>11}{'docstring':>11}{'source':>8}{'share':>8}"
    )
    sums = [0, 0, 0, 0, 0]
    for room in sorted(each.name for each in ROOMS.iterdir() if (each / "__init__.py").exists()):
        found = list(functions_of(ROOMS / room))
        row = [
            count_lines(ROOMS / room),
            count_tests(ROOT / "tests" / room, ROOMS / room),
            len(found),
            sum(bool(each.docstring) for each in found),
            sum(each.cited for each in found),
        ]
        sums = [total + value for total, value in zip(sums, row, strict=True)]
        print_row(room, row)
    print_row("all", sums)


def print_row(room: str, row: list[int]) -> None:
    """Print lines, tests (also per 1,000 lines) and functions; docstrings and sources as shares of the functions."""
    lines, tests, functions, documented, cited = row
    shares = [f"{part / functions:.1%}" if functions else "–" for part in (documented, cited)]
    per = 1000 * tests / max(lines, 1)
    print(f"{room:<14}{lines:>8}{tests:>7}{per:>11.1f}{functions:>11}{shares[0]:>11}{cited:>8}{shares[1]:>8}")


def functions_of(folder: Path) -> Iterator[Function]:
    """Yield the public functions and methods below a folder; migrations and tests are none of its rules."""
    for path in sorted(folder.rglob("*.py")):
        if not {"migrations", "tests"} & set(path.relative_to(folder).parts):
            yield from _public(path, ast.parse(path.read_text(encoding="utf-8")).body, "")


def count_lines(folder: Path) -> int:
    """Count the lines below a folder, without migrations and tests."""
    files = [path for path in folder.rglob("*.py") if not {"migrations", "tests"} & set(path.relative_to(folder).parts)]
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)


def count_tests(*folders: Path) -> int:
    """Count the functions named ``test_…`` below the folders; a parametrised one counts once."""
    files = [path for folder in folders for path in folder.rglob("test_*.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    return sum(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        for tree in trees
        for node in ast.walk(tree)
    )


def _public(path: Path, body: list[ast.stmt], prefix: str) -> Iterator[Function]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield Function(path, node.lineno, prefix + node.name, ast.get_docstring(node) or "")
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(path, node.body, f"{prefix}{node.name}.")


if __name__ == "__main__":
    main()
