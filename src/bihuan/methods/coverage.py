"""Which cells reach an open venue within so many minutes on a day, and how many people live in them.

In: CELLS with people, VENUES with state in time, TIMES along the network (`walk-times`; straight lines are refused: a
circle on a map is not a quarter of an hour). Out: the nearest open venue of the asked kinds for every cell (of equally
near ones the smaller name), its minutes, and whether it is within `minutes`, the bound included.
Exact: minutes are compared as decimals. n log n.
Source: 国家基本公共服务标准 (2023) on service within a distance; GB/T 28220-2023 (in its edition of the day).
Compared with: a scan of all pairs (tests/methods/test_access.py).
"""

from __future__ import annotations

from decimal import Decimal

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Method, Option
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.venues import CELLS, TIMES, VENUES, venues_on


def cover_cells(given: Given) -> Answer:
    """The nearest open venue of every cell.

    Source: DESIGN §14 (state in time); 国家基本公共服务标准 (2023).
    """
    cells, times = given["cells"], given["times"]
    venues = venues_on(given["venues"], given.option("at"), given.option("kinds"))
    within = Decimal(given.option("minutes"))
    nearest: dict[str, tuple[Decimal, str, str]] = {}
    rows = zip(times["cell"].text(), times["venue"].text(), times["minutes"].text(), strict=True)
    for cell, venue, text in rows:
        if venue in venues.open:
            found = (Decimal(text), venue, text)
            if cell not in nearest or found < nearest[cell]:
                nearest[cell] = found
    names, people = cells["cell"].text(), cells["population"].text()
    covered = [cell in nearest and nearest[cell][0] <= within for cell in names]
    everybody = sum(map(Decimal, people), Decimal(0))
    inside = sum((Decimal(n) for n, yes in zip(people, covered, strict=True) if yes), Decimal(0))
    share = (inside / everybody).quantize(Decimal("0.000001")) if everybody else None
    return Answer(
        {
            "cell": names,
            "population": people,
            "nearest": [nearest[cell][1] if cell in nearest else "" for cell in names],
            "minutes": [nearest[cell][2] if cell in nearest else "" for cell in names],
            "covered": ["yes" if yes else "no" for yes in covered],
        },
        facts={
            "population": _plain(everybody),
            "covered_population": _plain(inside),
            "share": None if share is None else float(share),
            "venues_open": len(venues.open),
            "venues_not_open": venues.closed,
        },
    )


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


METHOD = Method(
    name="coverage",
    zh="服务覆盖",
    en="Cells that reach an open venue in time",
    inputs=(CELLS, VENUES, TIMES),
    options=(
        Option("at", "截至日", "As of the day", "date"),
        Option("minutes", "分钟", "Minutes", "decimal", "15", unit="min"),
        Option("kinds", "类别", "Kinds of venues, joined by |", default=""),
    ),
    output=(
        Column("cell", "网格", "Cell"), Column("population", "人口", "People", "decimal"),
        Column("nearest", "最近场馆", "Nearest open venue", required=False),
        Column("minutes", "分钟", "Minutes", "decimal", required=False),
        Column("covered", "是否覆盖", "Covered", "yes_no"),
    ),
    facts=(
        AnswerKey("population", "人口", "People", {"type": "number"}),
        AnswerKey("covered_population", "覆盖人口", "People covered", {"type": "number"}),
        AnswerKey("share", "覆盖率", "Share of people covered, six decimals", {"type": ["number", "null"]}),
        AnswerKey("venues_open", "开放场馆", "Venues open that day", {"type": "integer"}),
        AnswerKey("venues_not_open", "未开放场馆", "Venues not open that day", {"type": "integer"}),
    ),
    key=("cell",),
    run=cover_cells,
    source="国家基本公共服务标准 (2023)",
    peer="a scan of all pairs",
)  # fmt: skip
