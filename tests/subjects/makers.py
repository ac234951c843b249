"""Types, rows and lookers of the tests of subjects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bihuan.declare.source import Document
from bihuan.declare.types.credit_code import ALPHABET, check_character
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.pure.types import SubjectType, read_type
from bihuan.subjects.writing import Authorship, Written, write_rows

HERE = "110108"
ANYBODY = Looker("user:test", frozenset())
DAY = date(2026, 3, 1)

TOY = """
id: toy
edition: "1"
name: {zh: 玩具, en: Toy}
about: {zh: 试验, en: for tests}
key: number
fields:
  number: {type: code, required: true, name: {zh: 编号, en: Number}}
  colour: {type: code, find: true, show: true, name: {zh: 颜色, en: Colour}}
  size: {type: number, name: {zh: 大小, en: Size}}
  begun: {type: date, name: {zh: 开始, en: Begun}}
  ended: {type: date, name: {zh: 结束, en: Ended}}
  mother: {type: subject, to: toy, name: {zh: 母件, en: Mother}}
  owner: {type: text, personal: true, name: {zh: 主人, en: Owner}}
  code_word: {type: text, secret: true, name: {zh: 口令, en: Code word}}
links:
  beside: {to: toy, name: {zh: 旁边是, en: Beside}, back: {zh: 旁边是, en: Beside}}
states:
  - {id: gone, ended: true, since: ended, name: {zh: 已结束, en: Gone}}
  - {id: here, since: begun, until: ended, name: {zh: 在, en: Here}}
"""


def declared(folder: Path, text: str = TOY) -> SubjectType:
    """The type of a YAML text."""
    file = folder / "toy.yaml"
    file.write_text(text, encoding="utf-8")
    return read_type(Document(file))


def row(key: str, since: date | None = None, until: date | None = None, **values: Any) -> Row:
    """A row that says some open fields."""
    return Row(1, key, since, until, {"number": key, **values}, None)


def write(kind: SubjectType, rows: Iterable[Row], **options: Any) -> Written:
    """Write rows as a load of today."""
    numbered = [each._replace(line=line) for line, each in enumerate(rows, 1)]
    return write_rows(kind, numbered, Authorship(HERE, "system:test", "a test"), DAY, **options)


def credit_code(number: int) -> str:
    """A lawful code of an invented enterprise."""
    body = f"91110108MA{''.join(ALPHABET[number // 31**place % 31] for place in range(6, -1, -1))}"
    return body + check_character(body)


def values_of(found: Any) -> Mapping[str, Any] | None:
    """The values of what holds, or None."""
    return None if found is None else found.values
