"""Statistics of venues by year, and the return of a library with each heading that it answers or cannot.

In: venues of the register, people who came in by venue and day, items of collections, loans of items. Out: one row for
each year of the counts and loans and each venue; without any, of the year of `at`. Hours, floor area, capacity and items
are those of the register as it is given. JSON: `headings`, the headings of the table in force on `at`, each with the sum
over venues of `kind` in that year, how many venues said something, and a state: `counted`, `partial` (of some venues),
`no_record` (of none), `not_held` (no register has it: it is filled in elsewhere, never worked out from something else).
Days without a count are left out, not filled: `days` tells how many there are. Exact. n log n.
Source: table `library.statistics`: headings of ISO 2789 and GB/T 13191, read in their lists of contents alone.
Compared with: a loop over the rows of each venue and year (tests/methods/test_venue_statistics.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import NoRuleError

TABLE = "library.statistics"
NOT_HELD = "none"
_SAID = ("kind", "hours", "floor_m2", "capacity")


def count_venues(given: Given) -> Answer:
    """Figures of each venue and year, and the return of one kind. Source: table `library.statistics`."""
    at, kind = date.fromisoformat(str(given.option("at"))), given.option("kind") or ""
    venues = _venues(given["venues"])
    visits, days = _visits(given["visits"], venues)
    items = Counter(name for name in _known(given["items"], venues))
    lent = Counter(zip(_known(given["loans"], venues), _years(given["loans"]), strict=True))
    lent = Counter({key: count for key, count in lent.items() if key[0]})
    years = sorted({year for _, year in (*days, *lent)}) or [at.year]
    rows = [
        {
            "year": year, "venue": name, **said, "visits": visits[name, year] if days[name, year] else None,
            "days": days[name, year], "items": items[name] or None, "loans": lent[name, year] or None,
        }
        for year in years for name, said in sorted(venues.items())
    ]  # fmt: skip
    mine = [row for row in rows if row["year"] == at.year and kind in ("", row["kind"])]
    headings, edition = _headings(mine, at)
    remarks = () if edition else (f"{at} 无适用的统计项目表 · no list of headings is in force on {at}",)
    columns = {column.name: [row[column.name] for row in rows] for column in METHOD.output}
    facts: dict[str, Any] = {"headings": headings, "year": at.year, "venues": len(mine)}
    return Answer(columns, facts, {TABLE: edition} if edition else {}, remarks=remarks)


def _venues(table: Table) -> dict[str, dict[str, Any]]:
    told = zip(table["venue"].text(), *(table[name].text() for name in _SAID), strict=True)
    return {name: {key: value or None for key, value in zip(_SAID, said, strict=True)} for name, *said in told}


def _visits(table: Table, venues: Mapping[str, Any]) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]]]:
    """People and days with a count, by venue and year."""
    people: Counter[tuple[str, int]] = Counter()
    days: Counter[tuple[str, int]] = Counter()
    rows = zip(_known(table, venues), _years(table), table["count"].values(), strict=True)
    for row, (name, year, count) in enumerate(rows):
        if name and count < 0:
            table.refuse(row, "count", "人次不能为负 · a count is not below zero", "核对计数器 · look at the counter")
        elif name:
            people[name, year] += int(count)
            days[name, year] += 1
    return people, days


def _known(table: Table, venues: Mapping[str, Any]) -> list[str]:
    """The venue of each row; "" and a reject where the register has no such venue."""
    names = table["venue"].text()
    for row, name in enumerate(names):
        if name not in venues:
            table.refuse(row, "venue", f"名册中没有 {name} · is not in the register", "更正编号 · correct the number")
    return [name if name in venues else "" for name in names]


def _years(table: Table) -> list[int]:
    return [date.fromisoformat(day).year for day in table["date"].values()]


def _headings(rows: Sequence[Mapping[str, Any]], at: date) -> tuple[list[dict[str, Any]], str]:
    """The headings in force on a day, with what these rows answer; and the edition, "" where none is in force."""
    try:
        table = method_rules().table(TABLE, at)
    except NoRuleError:
        return [], ""
    told = []
    for rule in table.rows:
        said = rule.constants
        column = str(said["column"])
        found = [row[column] for row in rows if row.get(column) is not None] if column != NOT_HELD else []
        state = "not_held" if column == NOT_HELD else _state(len(found), len(rows))
        told.append({
            "item": str(said["code"]), "section": str(said["section"]), "heading": str(said["heading"]),
            "value": _total(column, found), "unit": str(said["unit"]), "venues": f"{len(found)}/{len(rows)}",
            "state": state, "told": _STATES[state], "note": str(said["remark"]),
        })  # fmt: skip
    return told, table.meta.edition


_STATES = {
    "counted": "已计 · counted", "partial": "部分场馆有记录 · of some venues", "no_record": "无记录 · no record",
    "not_held": "名册没有，另填 · not held, filled in elsewhere",
}  # fmt: skip


def _state(found: int, all_: int) -> str:
    return "no_record" if not found else "counted" if found == all_ else "partial"


def _total(column: str, found: Sequence[Any]) -> str:
    """Their sum; of names and hours how many there are; nothing where nobody said anything."""
    if not found:
        return ""
    if column in ("venue", "hours"):
        return str(len(found))
    return f"{sum((Decimal(str(value)) for value in found), Decimal(0)).normalize():f}"


_VENUE = Column("venue", "场馆", "Venue")
METHOD = Method(
    name="venue-statistics",
    zh="文化场馆年度统计和图书馆统计项目",
    en="Statistics of venues by year, and the headings of library statistics",
    inputs=(
        Input("venues", "场馆", "Venues", (
            _VENUE, Column("kind", "类别", "Kind"), Column("hours", "开放时间", "Hours", required=False, absent=True),
            Column("floor_m2", "建筑面积", "Floor area", "decimal", required=False, absent=True, unit="m2"),
            Column("capacity", "可容纳人数", "Capacity", "number", required=False, absent=True),
        ), unique=("venue",)),
        Input("visits", "每日客流", "People who came in, by day", (
            _VENUE, Column("date", "日期", "Day", "date"), Column("count", "人次", "People", "number"),
        ), unique=("venue", "date")),
        Input("items", "馆藏", "Items of collections", (Column("item", "总登记号", "Item"), _VENUE), unique=("item",)),
        Input("loans", "借展", "Loans of items", (
            Column("loan", "借展编号", "Loan"), _VENUE, Column("date", "借出日期", "From", "date"),
        ), unique=("loan",)),
    ),
    options=(
        Option("at", "统计截止日", "Last day of the return", "date"),
        Option("kind", "填报的类别", "Kind of venue in the return", "text", "library"),
    ),
    output=(
        Column("year", "年度", "Year", "number"), _VENUE, Column("kind", "类别", "Kind"),
        Column("visits", "到馆人次", "Visits", "number", required=False),
        Column("days", "有计数的天数", "Days with a count", "number"),
        Column("hours", "公告开放时间", "Hours as announced", required=False),
        Column("floor_m2", "建筑面积", "Floor area", "decimal", required=False, unit="m2"),
        Column("capacity", "可容纳人数", "Capacity", "number", required=False),
        Column("items", "登记藏品件数", "Items of the collection", "number", required=False),
        Column("loans", "借展次数", "Loans to others", "number", required=False),
    ),
    facts=(
        AnswerKey("headings", "统计项目及填报情况", "Headings and what is answered", {"type": "array"}),
        AnswerKey("year", "填报年度", "Year of the return", {"type": "integer"}),
        AnswerKey("venues", "填报的场馆数", "Venues of the return", {"type": "integer"}),
    ),
    key=("year", "venue"),
    run=count_venues,
    source="ISO 2789:2013, GB/T 13191-2025 (headings; table library.statistics)",
    peer="a loop over the rows of each venue and year",
)  # fmt: skip
