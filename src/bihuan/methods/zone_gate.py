"""A permit against protection zones: refused, to be reviewed, or free.

In: permits (points, lines, areas) with whether they discharge, zones with their level, both GeoJSON in WGS-84 unless `crs`
says otherwise, for all of them as option or for one as a property. Any touch of a zone of level I refuses; a touch of
level II refuses what discharges and sends everything else to review; what touches neither is allowed, also in a quasi
zone, which is named beside. The edge belongs to the zone, a hole is outside. A permit that lies where a border
cannot be read is not answered. Out: level, zones by name, decision. Exact; n log n.
Source: 水污染防治法（2017修正）第六十五条至第六十七条; docs/adr/0352-zone-gates.md.
Compared with: shapely, every permit with every zone (tests/methods/test_zone_gate.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import shapely

from bihuan.methods.declared.inputs import REPEATED, REPEATED_REMEDY, SAME, SAME_REMEDY
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.zones import ZoneFault, fault_of, placed, system_of, touching

CORE, WIDER, QUASI = "I", "II", "quasi"
SYSTEM = "没有这个坐标系 · there is no such coordinate system"
SYSTEM_REMEDY = "写 wgs84、gcj02 或 bd09 · write wgs84, gcj02 or bd09"
UNKNOWN_BORDER = "所在地的保护区边界有误，无法判定 · lies where the border of a zone cannot be read"
UNKNOWN_BORDER_REMEDY = "先修正保护区边界 · correct the zone first"


class _Placed(NamedTuple):
    """A feature that can be judged: its place in the file, properties, shape in WGS-84."""

    row: int
    properties: Any
    shape: Any


def judge_permits(given: Given) -> Answer:
    """The decision on every permit. Source: 水污染防治法（2017修正）第六十五条至第六十七条."""
    usual = str(given.option("crs"))
    zones, unread = _placed(given["zones"], usual)
    once = _unrepeated(given["permits"])
    permits, _ = _placed(once, usual)
    lost = [shapely.convex_hull(given["zones"].features[row].geometry) for row in unread]
    near = touching([each.shape for each in permits], lost)
    rows = []
    for permit, met, doubt in zip(permits, _met(permits, zones), near, strict=True):
        told = _decided(permit, [zones[place].properties for place in met])
        if doubt and told["decision"] != "refuse":
            once.refuse(permit.row, "geometry", UNKNOWN_BORDER, UNKNOWN_BORDER_REMEDY)
        else:
            rows.append(told)
    counts = Counter(row["decision"] for row in rows)
    left_out = bool(given["zones"].refused)
    return Answer(
        {name: [row[name] for row in rows] for name in _NAMES},
        facts={"zones": len(zones), **{word: counts[word] for word in ("refuse", "review", "allow")}},
        remarks=("有保护区被退回，结论未计入该区 · a zone was rejected; the decisions leave it out",)
        if left_out
        else (),
    )


def _met(permits: Sequence[_Placed], zones: Sequence[_Placed]) -> list[list[int]]:
    return touching([each.shape for each in permits], [each.shape for each in zones])


def _decided(permit: _Placed, met: list[Any]) -> dict[str, str]:
    levels = {each["level"] for each in met}
    level = CORE if CORE in levels else WIDER if WIDER in levels else ""
    worse = level == CORE or (level == WIDER and permit.properties["discharges"])
    named = {wide: {str(each["zone"]) for each in met if (each["level"] == QUASI) == wide} for wide in (False, True)}
    return {
        "permit": str(permit.properties["permit"]), "level": level, "zones": "|".join(sorted(named[False])),
        "decision": "refuse" if worse else "review" if level else "allow", "quasi": "|".join(sorted(named[True])),
    }  # fmt: skip


def _placed(table: Table, usual: str) -> tuple[list[_Placed], list[int]]:
    """The features that can be judged, and the places of those whose border cannot be read."""
    good, bad = [], []
    for row, each in enumerate(table.features):
        system = system_of(each.properties.get("crs"), usual)
        fault = fault_of(each.geometry) if system else ZoneFault(SYSTEM, SYSTEM_REMEDY)
        if fault is None and system:
            good.append(_Placed(row, each.properties, placed(each.geometry, system)))
        elif fault:
            table.refuse(row, "geometry" if system else "crs", fault.rule, fault.remedy)
            bad.append(row)
    return good, bad


def _unrepeated(table: Table) -> Table:
    """Of permits with one number: none, when they differ; the first, when they are the same."""
    seen: dict[str, list[int]] = {}
    for row, each in enumerate(table.features):
        seen.setdefault(str(each.properties["permit"]), []).append(row)
    dropped: set[int] = set()
    for rows in (rows for rows in seen.values() if len(rows) > 1):
        first = table.features[rows[0]]
        same = all(
            table.features[row].geometry.equals_exact(first.geometry, 0)
            and table.features[row].properties == first.properties
            for row in rows
        )
        for row in rows[1:] if same else rows:
            table.refuse(row, "permit", *((SAME, SAME_REMEDY) if same else (REPEATED, REPEATED_REMEDY)))
            dropped.add(row)
    if not dropped:
        return table
    kept = [each for row, each in enumerate(table.features) if row not in dropped]
    return Table(table.file, table.lines, features=kept, refused=table.refused)


_CRS = Column("crs", "坐标系", "Coordinate system", required=False, absent=True, note="wgs84, gcj02, bd09")
_NAMES = ("permit", "level", "zones", "decision", "quasi")
METHOD = Method(
    name="zone-gate",
    zh="许可与保护区的空间准入",
    en="Permits against protection zones",
    inputs=(
        Input("permits", "许可", "Permits", (
            Column("permit", "许可编号", "Permit"), Column("discharges", "是否排放", "Discharges", "yes_no"), _CRS,
        ), kind="geojson"),
        Input("zones", "保护区", "Zones", (
            Column("zone", "保护区", "Zone"),
            Column("level", "级别", "Level", "choice", choices=one_of(
                I="一级保护区|Level I", II="二级保护区|Level II", quasi="准保护区|Quasi zone")),
            _CRS,
        ), kind="geojson"),
    ),
    options=(Option("crs", "坐标系", "Coordinate system", "choice", "wgs84", choices=one_of(
        wgs84="WGS-84、CGCS2000|WGS-84, CGCS2000", gcj02="GCJ-02|GCJ-02", bd09="BD-09|BD-09")),),
    output=(
        Column("permit", "许可编号", "Permit"), Column("level", "级别", "Level", required=False),
        Column("zones", "所涉保护区", "Zones it touches", required=False),
        Column("decision", "结论", "Decision", "choice", choices=one_of(
            refuse="不予许可|Refuse", review="提交审查|Review", allow="可以许可|Allow")),
        Column("quasi", "所涉准保护区", "Quasi zones it touches", required=False),
    ),
    facts=(
        AnswerKey("zones", "保护区", "Zones", {"type": "integer"}), AnswerKey("refuse", "不予许可", "Refused", {"type": "integer"}),
        AnswerKey("review", "提交审查", "To review", {"type": "integer"}), AnswerKey("allow", "可以许可", "Allowed", {"type": "integer"}),
    ),
    key=("permit",),
    run=judge_permits,
    source="水污染防治法（2017修正）第六十五条至第六十七条",
    peer="shapely, every permit with every zone",
)  # fmt: skip
