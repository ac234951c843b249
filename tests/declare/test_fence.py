"""Every kind of declared file is refused for a field that no installation may hold, with line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.fence import RULE, blocked_reason, fence_problems
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.documents.forms.pure.loading import load_form
from bihuan.series.catalogue import read_series
from bihuan.subjects.pure.types import read_type

TYPE = """id: neighbour
edition: "2026"
name: {zh: 住户, en: Household}
about: {zh: 住户, en: households}
key: number
fields:
  number: {type: code, name: {zh: 编号, en: Number}}
  helper: {type: text, name: {zh: LABEL, en: ENGLISH}}
"""
FORM = """form: talk
edition: "2026"
name: {zh: 走访, en: Visit}
about: {zh: 走访, en: a visit}
who: staff
fields:
  number: {type: code, name: {zh: 编号, en: Number}, open: true}
  helper: {type: long_text, name: {zh: LABEL, en: ENGLISH}}
steps:
  - {id: all, name: {zh: 全部, en: All}, fields: [number, helper]}
through: {door: intake.receive, case: x, values: {title: number}}
draft_days: 7
retention: {days: 30, citation: "working value"}
"""
SERIES = """name: {zh: 次数, en: Count}
subject: neighbour
quantity: {zh: 次数, en: Count}
unit: "1"
zone: Asia/Shanghai
precision: 0
keeper: "outside:laboratory"
sources:
  - {name: helper, unit: "1"}
alarms:
  - name: many
    title: {zh: LABEL, en: ENGLISH}
    kind: above
    limit: {fixed: 0.5}
    on_count: 1
    off_count: 1
    max_gap: 86400
    citation: none
"""
LINES = {TYPE: 8, FORM: 8, SERIES: 11}
"""Where the part begins that may not be held; a list's entry begins at its dash."""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (TYPE, lambda path: read_type(Document(path))),
        (FORM, lambda path: load_form(Document(path))),
        (SERIES, read_series),
    ],
    ids=["subject", "form", "series"],
)
def test_a_file_with_a_blocked_field_is_refused(text: str, read: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "talk.yaml"
    path.write_text(text.replace("LABEL", "线人").replace("ENGLISH", "Informants"), encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        read(path)
    first = error.value.problems[0]
    assert (first.line, first.rule) == (LINES[text], RULE)
    assert "policing" in first.what
    assert "take it out" in first.remedy


@pytest.mark.parametrize("text", [TYPE, FORM, SERIES], ids=["subject", "form", "series"])
def test_the_same_file_with_a_name_that_only_sounds_alike_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "talk.yaml"
    path.write_text(text.replace("LABEL", "疑似重复").replace("ENGLISH", "Suspected duplicate"), encoding="utf-8")
    assert fence_problems(Document(path)) == []


def test_each_blocked_field_is_told_and_a_list_names_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(
        "panels:\n"
        "  - {id: one, name: {zh: 路灯, en: Lamps}}\n"
        "  - {id: barracks, name: {zh: 营地, en: Camp}}\n"
        "  - {id: two, label: {zh: 密级, en: Level}}\n",
        encoding="utf-8",
    )
    assert [(each.line, each.field) for each in fence_problems(Document(path))] == [(3, "panels.1"), (4, "panels.2")]


def test_a_word_that_a_blocked_phrase_begins_with_is_not_enough() -> None:
    assert blocked_reason("wanted_by_customer", "客户所需") == ""
    assert blocked_reason("wanted_list", "") == "policing"
