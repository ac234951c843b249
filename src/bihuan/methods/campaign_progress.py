"""How far campaigns are that go building by building: separated, proven with dye, accepted, late, and what the dye found.

In: buildings with campaign, due day, days of separation, test and acceptance, and where the dye was seen. A building is proven when
it was tested after its separation and the dye came out of the sewer only; a test before the separation, or without a separation, proves
nothing and is said. Late: not separated by its day. What is not due yet is no fault.
Out: one row for each campaign, exact shares; JSON: the same over all. n log n.
Source: packs E53 (building by building with dye-test evidence).
Compared with: counts by hand and a loop over buildings (tests/methods/test_campaigns.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

_COUNTS = ("buildings", "separated", "proven", "storm_drain", "accepted", "late", "unproven")


class SeparatedBuilding(NamedTuple):
    """A building of a campaign; days as ISO texts, empty for none."""

    campaign: str
    due: str
    separated: str
    tested: str
    dye: str
    accepted: str

    def says(self, at: str) -> dict[str, bool]:
        """What it counts for on a day."""
        separated = bool(self.separated) and self.separated <= at
        tested = separated and bool(self.tested) and self.separated <= self.tested <= at
        return {
            "buildings": True, "separated": separated, "proven": tested and self.dye == "sewer_only",
            "storm_drain": tested and self.dye == "storm_drain", "accepted": bool(self.accepted) and self.accepted <= at,
            "late": bool(self.due) and not separated and self.due < at, "unproven": separated and not tested,
        }  # fmt: skip


def count_buildings(given: Given) -> Answer:
    """A row for each campaign. Source: packs E53."""
    table, at = given["buildings"], _day(given)
    names = ("campaign", "due", "separated", "tested", "dye", "accepted")
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    columns = [table[name].text() for name in names]
    for row, cells in enumerate(zip(*columns, strict=True)):
        building = SeparatedBuilding(*cells)
        if building.tested and (not building.separated or building.tested < building.separated):
            rule = "试验早于改造完成，不能证明 · tested before it was separated: that proves nothing"
            table.refuse(row, "tested", rule, "改造后重新试验 · test again after the separation")
            building = building._replace(tested="", dye="")
        for name, held in building.says(at).items():
            counts[building.campaign][name] += held
    rows = [
        {"campaign": name, **each, "proven_percent": _percent(each["proven"], each["buildings"])}
        for name, each in sorted(counts.items())
    ]
    whole = {name: sum(each[name] for each in counts.values()) for name in _COUNTS}
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output}, dict[str, Any](whole))


def _day(given: Given) -> str:
    asked = given.option("at")
    return asked.isoformat() if isinstance(asked, date) else str(asked)


def _percent(part: int, whole: int) -> str:
    """Per cent with one digit, half up, of whole numbers."""
    tenths = (part * 2000 + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10}"


METHOD = Method(
    name="campaign-progress",
    zh="逐栋工程进度与染色证明",
    en="Campaigns, building by building",
    inputs=(
        Input("buildings", "楼栋", "Buildings", (
            Column("building", "楼栋", "Building"), Column("campaign", "工程", "Campaign"),
            Column("due", "计划完成", "Due", "date", required=False, absent=True),
            Column("separated", "改造完成", "Separated on", "date", required=False, absent=True),
            Column("tested", "染色试验日期", "Dye test on", "date", required=False, absent=True),
            Column("dye", "染色结果", "Dye was seen", "choice", required=False, absent=True, choices=one_of(
                sewer_only="仅见于污水井|In the sewer only", storm_drain="见于雨水井|In the storm drain")),
            Column("accepted", "验收日期", "Accepted on", "date", required=False, absent=True),
        ), unique=("building",)),
    ),
    options=(Option("at", "截至日期", "As of", "date"),),
    output=(
        Column("campaign", "工程", "Campaign"), Column("buildings", "楼栋数", "Buildings", "count"),
        Column("separated", "已改造", "Separated", "count"), Column("proven", "染色证明", "Proven with dye", "count"),
        Column("proven_percent", "证明率", "Proven", "decimal", unit="%"),
        Column("storm_drain", "染料见于雨水井", "Dye in the storm drain", "count"),
        Column("unproven", "改造未试验", "Separated, not tested", "count"), Column("accepted", "已验收", "Accepted", "count"),
        Column("late", "逾期", "Late", "count"),
    ),
    facts=tuple(AnswerKey(name, name, name, {"type": "integer"}) for name in _COUNTS),
    key=("campaign",),
    run=count_buildings,
    source="packs E53",
    peer="a loop over buildings",
)  # fmt: skip
