"""Declared files are read in one way, and whatever is in them ends in a problem with its line, never in a crash."""

import ast
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.model import Code, Name, Strict, validated
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document, nodes, read, read_text
from bihuan.declare.types import field_types
from tests.tree import ROOT, files, imports_of


class Inner(Strict):
    """A part with a union inside."""

    code: Code
    share: int | Name = 1


class Outer(Strict):
    """A file."""

    name: Name
    parts: dict[Code, list[Inner]] = {}


def wrong(tmp_path: Path, text: str) -> list[tuple[int, str, str]]:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        validated(Document(tmp_path / "a.yaml"), Outer)
    assert all(p.rule and p.remedy and p.file == f"{tmp_path.name}/a.yaml" for p in caught.value.problems)
    return [(p.line, p.field, p.what) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "line", "field", "what"),
    [
        ("name: {zh: 甲, en: A}\nparts:\n  a:\n  - {coed: x, code: x}\n", 4, "parts.a.0.coed", "not a known field"),
        ("name: {zh: 甲, en: A}\nparts:\n  a:\n  - {code: X}\n", 4, "parts.a.0.code", "wrong form"),
        ("name: {zh: 甲, en: A}\nparts:\n  a:\n  - code: x\n    share: {zh: 乙}\n", 5, "parts.a.0.share.en", "missing"),
        ("name: {zh: 甲, en: A}\nparts: 3\n", 2, "parts", "not a mapping"),
        ("- 1\n", 1, "(file)", "does not hold a mapping"),
        ("", 1, "(file)", "does not hold a mapping"),
        ("name: 1\nname: 2\n", 2, "(file)", "name"),
        ("a: [\n", 2, "(file)", "not valid YAML"),
        ("name: x\nday: 2026-02-30\n", 2, "(file)", "day is out of range"),
        ("name: x\nbell: \a\n", 2, "(file)", "special characters are not allowed"),
    ],
)
def test_a_fault_names_line_and_field(tmp_path: Path, text: str, line: int, field: str, what: str) -> None:
    found = wrong(tmp_path, text)
    assert any(at == line and name == field and what in told for at, name, told in found), found


def test_a_missing_file_and_a_wrong_encoding_are_problems(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"b\.yaml:1: .*does not exist .* remedy: create b\.yaml"):
        read(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").write_bytes("a: 1\nname: 名\n".encode("gb18030"))
    with pytest.raises(DeclarationError, match=r"b\.yaml:2: .*not UTF-8"):
        read(tmp_path / "b.yaml")


@given(st.one_of(st.text(), st.text(alphabet="abc012-:[]{}&*!|>'\"%@`#, \n\t?~<=")))
def test_any_text_is_a_document_or_a_problem(text: str) -> None:
    for reading in (lambda: read_text(text), lambda: list(nodes("t.yaml", text))):
        with contextlib.suppress(DeclarationError):
            reading()


def test_one_file_knows_the_yaml_library() -> None:
    """Package, documentation's generator and tests read through `declare` (docs/adr/0231-declare.md)."""
    knowing = [
        str(path.relative_to(ROOT))
        for folder in ("tests", "docs", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "ruamel" in (text := path.read_text(encoding="utf-8")) and _knows(imports_of(ast.parse(text)))
    ]
    assert knowing == []
    assert [file.path for file in files() if _knows(file.imports)] == ["declare/source.py"]


def test_one_problem_and_one_strict_base() -> None:
    named = [(file.name, each.name) for file in files() for each in file.classes if each.name in ("Problem", "Strict")]
    assert named == [("model.py", "Strict"), ("problems.py", "Problem")]


def test_a_page_asks_the_types_and_knows_none_itself() -> None:
    """Source: docs/adr/0231-declare.md: forms decide nothing by the name of a type."""
    forms = ast.parse((ROOT / "src/bihuan/faces/parts/forms.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(forms) if isinstance(node, ast.Match)]
    said = {node.value for node in ast.walk(forms) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert said & set(field_types()) <= {"file", "form", "indicator"}, (
        "an upload; the errors of no field; a field called so"
    )


def _knows(imports: frozenset[str]) -> bool:
    return any(name.split(".")[0] == "ruamel" for name in imports)
