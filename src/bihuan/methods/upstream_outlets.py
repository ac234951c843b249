"""Which outlets lie above a section, up to the section above it: where a tracing team looks, the nearest first.

In: reaches, each with the one into which it flows and its length; sections and outlets with reach and chainage (metres from
the reach's upper end). An outlet belongs to the first section below it; one at the chainage of a section lies above it.
A ring of reaches, a reach that is not there and a chainage outside of its reach are rejected. A closed outlet is named, too.
Out: section, outlet, metres along the water, place in the order. Exact decimals. Linear in depth × outlets.
Source: docs/adr/0340 (directed networks with chainage); HJ 1236 入河排污口溯源 (待核对).
Compared with: a walk from each outlet over random trees (tests/methods/test_water.py).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from bihuan.methods.declared.model import Answer, Column, Input, Method
from bihuan.methods.declared.tables import Given, Table

type Places = dict[str, list[tuple[Decimal, str]]]


class ReachBelow(NamedTuple):
    """A reach: how long it is, and into which it flows ("" for none)."""

    length: Decimal
    down: str


def trace_upstream(given: Given) -> Answer:
    """Every outlet with the section that sees it first. Source: docs/adr/0340 (directed networks with chainage)."""
    reaches = read_network(given["reaches"])
    sections = _placed(given["sections"], "section", reaches)
    outlets, closed = given["outlets"], given["outlets"]["closed"].text()
    names = outlets["outlet"].text()
    met: defaultdict[str, list[tuple[Decimal, str, str]]] = defaultdict(list)
    for row, reach, chainage in _good(outlets, "outlet", reaches):
        found = _first_below(reach, chainage, reaches, sections)
        if found is not None:
            met[found[0]].append((found[1], names[row], closed[row]))
    rows: list[dict[str, Any]] = []
    for section, seen in sorted(met.items()):
        for place, (metres, outlet, ended) in enumerate(sorted(seen), 1):
            rows.append(
                {"section": section, "place": place, "outlet": outlet, "metres": f"{metres:f}", "closed": ended}
            )
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output})


def read_network(table: Table) -> dict[str, ReachBelow]:
    """The reaches by name; those that flow into nothing known or around in a ring are rejected.

    Source: docs/adr/0340 (directed networks with chainage).
    """
    names, downs = table["reach"].text(), table["down"].text()
    lengths = [Decimal(text) for text in table["length_m"].values()]
    known = {name: ReachBelow(length, down) for name, length, down in zip(names, lengths, downs, strict=True)}
    for row, name in enumerate(names):
        seen, at = {name}, known[name].down
        while at and at in known and at not in seen:
            seen.add(at)
            at = known[at].down
        if downs[row] and downs[row] not in known:
            table.refuse(row, "down", "没有这一河段 · no such reach", "补入或改正 · add or correct it")
            known[name] = ReachBelow(known[name].length, "")
        elif at == name:
            table.refuse(row, "down", "河段成环 · the reaches run in a ring", "改正流向 · correct where it flows")
            known[name] = ReachBelow(known[name].length, "")
    return known


def _good(table: Table, what: str, reaches: dict[str, ReachBelow]) -> list[tuple[int, str, Decimal]]:
    """Rows whose reach is known and as long as their chainage."""
    found = []
    for row, (reach, text) in enumerate(zip(table["reach"].text(), table["chainage"].values(), strict=True)):
        if reach not in reaches:
            table.refuse(row, "reach", "没有这一河段 · no such reach", "补入河段 · add the reach")
        elif not 0 <= Decimal(text) <= reaches[reach].length:
            table.refuse(row, "chainage", "桩号超出河段 · outside of its reach", f"0 … {reaches[reach].length}")
        else:
            found.append((row, reach, Decimal(text)))
    return found


def _placed(table: Table, what: str, reaches: dict[str, ReachBelow]) -> Places:
    names, placed = table[what].text(), defaultdict(list)
    for row, reach, chainage in _good(table, what, reaches):
        placed[reach].append((chainage, names[row]))
    return {reach: sorted(each) for reach, each in placed.items()}


def _first_below(
    reach: str, chainage: Decimal, reaches: dict[str, ReachBelow], sections: Places
) -> tuple[str, Decimal] | None:
    """The first section below a point, and the metres to it."""
    walked = -chainage
    while reach:
        for at, section in sections.get(reach, ()):
            if at >= chainage:
                return section, walked + at
        walked += reaches[reach].length
        reach, chainage = reaches[reach].down, Decimal(0)
    return None


def _chainage() -> Column:
    return Column("chainage", "河段内桩号", "Chainage within the reach", "decimal", unit="m")


METHOD = Method(
    name="upstream-outlets",
    zh="断面上游排口",
    en="Outlets upstream of sections",
    inputs=(
        Input(
            "reaches", "河段", "Reaches",
            (
                Column("reach", "河段", "Reach"), Column("down", "下游河段", "Flows into", required=False),
                Column("length_m", "长度", "Length", "decimal", unit="m"),
            ),
            unique=("reach",),
        ),
        Input(
            "sections", "断面", "Sections",
            (Column("section", "断面", "Section"), Column("reach", "河段", "Reach"), _chainage()), unique=("section",),
        ),
        Input(
            "outlets", "排口", "Outlets",
            (
                Column("outlet", "排口", "Outlet"), Column("reach", "河段", "Reach"), _chainage(),
                Column("closed", "封堵日期", "Closed on", "date", required=False, absent=True),
            ),
            unique=("outlet",),
        ),
    ),
    output=(
        Column("section", "断面", "Section"), Column("place", "次序", "Order", "count"), Column("outlet", "排口", "Outlet"),
        Column("metres", "沿程距离", "Metres along the water", "decimal", unit="m"),
        Column("closed", "封堵日期", "Closed on", "date", required=False),
    ),
    key=("section", "place"),
    run=trace_upstream,
    source="docs/adr/0340",
    peer="a walk over random trees",
    cost="depth × n",
)  # fmt: skip
