"""Change one key of a rule table, and its answer, what it rests on, or whether it is accepted changes."""

from __future__ import annotations

import datetime as dt

import pytest

from bihuan.rules.book import RuleBook, read_editions
from bihuan.rules.errors import InputError, NoRuleError, RuleFileError
from bihuan.rules.meta import OPTIONAL, REQUIRED

TABLE = """table: t
edition: "1"
name: {zh: 表, en: Table}
source: s
citation: c
verified: false
jurisdiction: "*"
effective_from: 2020-01-01
effective_to: 2025-12-31
applies_to: new
note: n
inputs:
  - {name: word, kind: code, values: [a, b]}
  - {name: x, kind: number, domain: "[0, 10]"}
outputs:
  - {name: y, kind: integer}
rows:
  - {word: a, x: "[0, 5)", y: 1}
  - {word: a, x: "[5, 10]", y: 2, citation: own}
  - {word: "*", x: "[0, 10]", y: 3}
---
table: t
edition: "2"
name: {zh: 表, en: Table}
source: s
citation: c
verified: false
jurisdiction: "*"
effective_from: 2026-02-01
gap_before: repealed for a month
inputs: [{name: word, kind: code, values: [a, b]}]
outputs: [{name: y, kind: integer}]
rows:
  - {word: "*", y: 9}
"""
CHANGES = [
    ("table", 'table: t\nedition: "1"', 'table: u\nedition: "1"'),
    ("edition", 'edition: "1"', 'edition: "1a"'),
    ("name", "en: Table", "en: Other"),
    ("source", "source: s", "source: other"),
    ("citation", "citation: c", "citation: other"),
    ("citation", "citation: own", "citation: another"),
    ("verified", "verified: false", "verified: true"),
    ("jurisdiction", 'jurisdiction: "*"', 'jurisdiction: "11"'),
    ("effective_from", "2020-01-01", "2024-07-01"),
    ("effective_to", "2025-12-31", "2025-06-30"),
    ("applies_to", "applies_to: new", "applies_to: open"),
    ("note", "note: n", "note: other"),
    ("gap_before", "gap_before: repealed for a month\n", ""),
    ("inputs", "values: [a, b]}\n  - {name: x", "values: [a, b, d]}\n  - {name: x"),
    ("inputs", 'domain: "[0, 10]"', 'domain: "[0, 20]"'),
    ("outputs", "{name: y, kind: integer}\nrows:\n  - {word: a", "{name: z, kind: integer}\nrows:\n  - {word: a"),
    ("rows", 'x: "[0, 5)", y: 1', 'x: "[0, 5)", y: 7'),
    ("rows", '"[0, 5)", y: 1}\n  - {word: a, x: "[5, 10]"', '"[0, 5]", y: 1}\n  - {word: a, x: "(5, 10]"'),
    ("rows", '{word: "*", x: "[0, 10]", y: 3}', '{word: b, x: "[0, 10]", y: 4}'),
    ("rows", '  - {word: "*", x: "[0, 10]", y: 3}\n', ""),
]


def said(text: str) -> list[str]:
    """What the tables answer on four days, at two places, for words and numbers; or why they are refused."""
    try:
        book = RuleBook(read_editions("t.yaml", text))
    except RuleFileError as error:
        return [str(error)]
    record = []
    for day in (dt.date(2023, 1, 1), dt.date(2025, 1, 1), dt.date(2025, 9, 1), dt.date(2026, 3, 1)):
        for place in ("*", "110108"):
            try:
                table = book.table("t", day, place)
            except NoRuleError as error:
                record.append(str(error))
                continue
            head = table.meta
            record.append(f"{head.name} {head.source} {head.applies_to} {head.note} {table.inputs} {table.outputs}")
            for word in ("a", "b", "d"):
                for x in (0, 5, 10, 15):
                    given = {"word": word, "x": x} if len(table.inputs) > 1 else {"word": word}
                    try:
                        answer = {k: v for k, v in table.lookup(**given).to_json().items() if k != "digest"}
                        record.append(f"{day} {place} {given} {answer}")
                    except (InputError, NoRuleError) as error:
                        record.append(str(error))
    return record


@pytest.mark.parametrize(("key", "old", "new"), CHANGES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CHANGES)])
def test_another_value_in_a_table_is_answered_otherwise(key: str, old: str, new: str) -> None:
    assert old in TABLE
    assert len(said(TABLE)) > 4
    assert said(TABLE.replace(old, new, 1)) != said(TABLE), f"{key}: {new!r} changes nothing anybody can see"


def test_no_key_of_a_table_is_left_out() -> None:
    assert {"table", "inputs", "outputs", "rows"} | REQUIRED | OPTIONAL == {key for key, _, _ in CHANGES}
