"""Grants of one person and benefit whose days overlap: somebody is granted the same twice.

In: grants with person, benefit, first and last day (both included; no last day: without end). Out: for each grant that
begins, by day and then id, while an earlier one of the same person and benefit still runs: that one (the one which ends
last, then the smaller id), and the days that both have; empty where both run without end. A grant that begins the day
after another ends follows it, and is no overlap. A grant that ends before it begins is rejected. n log n.
Source: 退役军人保障法 (2020) 第十六条 on benefits; the rule is declared here.
Compared with: every pair of grants (tests/methods/test_grant_overlaps.py).
"""

from __future__ import annotations

from typing import Any

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.tables import Given

_EVER = 1 << 60
BACKWARDS = "止日不得早于起日 · the last day is not before the first"


def find_doubles(given: Given) -> Answer:
    """Every later grant that overlaps an earlier one. Source: rules in the module docstring."""
    grants = given["grants"]
    names, people, benefits = (grants[name].text() for name in ("grant", "person", "benefit"))
    first, last = (grants[name].days().tolist() for name in ("from", "to"))
    last = [_EVER if day == NO_DAY else day for day in last]
    running: dict[tuple[str, str], tuple[int, str]] = {}
    told: list[dict[str, Any]] = []
    for row in sorted(range(len(names)), key=lambda n: (first[n], names[n])):
        if last[row] < first[row]:
            grants.refuse(row, "to", BACKWARDS, "更正起止日期 · correct the days")
            continue
        key = (people[row], benefits[row])
        ends, name = running.get(key, (-_EVER, ""))
        if ends >= first[row]:
            days = min(ends, last[row]) - first[row] + 1
            told.append({"grant": names[row], "with": name, "days": days if days < _EVER >> 1 else None})
        if last[row] > ends:
            running[key] = (last[row], names[row])
    told.sort(key=lambda each: str(each["grant"]))
    columns = {name: [each[name] for each in told] for name in ("grant", "with", "days")}
    return Answer(columns, {"doubles": len(told)})


METHOD = Method(
    name="grant-overlaps",
    zh="同一待遇重复享受",
    en="The same benefit granted twice",
    inputs=(
        Input("grants", "待遇", "Grants", (
            Column("grant", "待遇编号", "Grant"), Column("person", "人员", "Person"), Column("benefit", "待遇", "Benefit"),
            Column("from", "起", "From", "date"), Column("to", "止", "To", "date", required=False)), unique=("grant",)),
    ),
    output=(
        Column("grant", "待遇编号", "Grant"), Column("with", "与之重叠", "Overlaps"),
        Column("days", "重叠天数", "Days of both", "count", required=False),
    ),
    facts=(AnswerKey("doubles", "重复数", "Doubles", {"type": "integer"}),),
    key=("grant",),
    run=find_doubles,
    source="退役军人保障法 (2020)",
    peer="every pair of grants",
)  # fmt: skip
