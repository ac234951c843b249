"""Black or odorous waters: which points are heavy, which stretches, and the water as a whole.

In: samples of points, numbered downstream. A point is heavy when one factor is heavy in 60 % of its samples or two in 30 %
each; three heavy points in a row are a heavy stretch; 60 % heavy points make the water heavy, else it is light. Fewer than
three points, or samples of a point: said, not graded (`why`). A factor is heavy as the table `water.black_odour` says.
Out: one row a water. Exact. Linear.
Source: 城市黑臭水体整治工作指南（建城〔2015〕130号） (table `water.black_odour`), as a monitoring association prints it.
Compared with: a count by hand over points and factors (tests/methods/test_black_water.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.decisions import DecisionTable
from bihuan.rules.errors import InputError

FACTORS = ("transparency", "do", "orp", "nh3n")
MOST, SOME, WHOLE, LEAST, STRETCH = 60, 30, 100, 3, 3
"""Per cent of samples of one factor, of each of two; points, samples and points in a row at least."""
FEW_POINTS, FEW_SAMPLES = "points", "samples"
type Counts = dict[str, list[bool]]


def grade_waters(given: Given) -> Answer:
    """Points, stretches and grade of every water. Source: 建城〔2015〕130号."""
    table = method_rules().decision("water.black_odour", date.fromisoformat(given.option("at")), "*")
    waters = _counted(given, table)
    rows = []
    for water, points in sorted(waters.items()):
        order = sorted(points, key=_in_order)
        heavy = [_is_heavy(points[point]) for point in order]
        few = FEW_POINTS if len(order) < LEAST else ""
        few = few or (FEW_SAMPLES if any(_samples(points[point]) < LEAST for point in order) else "")
        share = WHOLE * sum(heavy) >= MOST * len(heavy)
        rows.append({
            "water": water, "points": len(order), "heavy_points": sum(heavy), "stretches": "|".join(_stretches(order, heavy)),
            "grade": "" if few else "heavy" if share else "light", "why": few,
        })  # fmt: skip
    names = [column.name for column in METHOD.output]
    return Answer({name: [row[name] for row in rows] for name in names}, editions={table.meta.id: table.meta.edition})


def _counted(given: Given, table: DecisionTable) -> dict[str, dict[str, Counts]]:
    """Whether each factor of each sample is heavy, by water and point."""
    samples = given["samples"]
    waters: defaultdict[str, dict[str, Counts]] = defaultdict(dict)
    names, points = samples["water"].text(), samples["point"].text()
    values = {factor: samples[factor].text() for factor in FACTORS}
    known: dict[tuple[str, str], bool | InputError] = {}
    for row, (name, point) in enumerate(zip(names, points, strict=True)):
        mine: Counts = {}
        for factor in FACTORS:
            text = values[factor][row]
            if not text:
                continue
            if (factor, text) not in known:
                known[factor, text] = _heavy(table, factor, text)
            found = known[factor, text]
            if isinstance(found, InputError):
                samples.refuse(row, factor, f"{found}", "更正或留空 · correct it or leave it out")
                break
            mine[factor] = [found]
        else:
            counts = waters[name].setdefault(point, {factor: [] for factor in (*FACTORS, "")})
            counts[""].append(True)
            for factor, told in mine.items():
                counts[factor] += told
    return waters


def _heavy(table: DecisionTable, factor: str, text: str) -> bool | InputError:
    try:
        return str(table.decide(**{factor: text})["grade"]) == "heavy"
    except InputError as error:
        return error


def _samples(counts: Counts) -> int:
    return len(counts[""])


def _is_heavy(counts: Counts) -> bool:
    """One factor in most of its samples, or two in some of them. Source: 建城〔2015〕130号."""
    shares = [(WHOLE * sum(counts[factor]), len(counts[factor])) for factor in FACTORS if counts[factor]]
    return (
        any(heavy >= MOST * size for heavy, size in shares) or sum(heavy >= SOME * size for heavy, size in shares) > 1
    )


def _in_order(point: str) -> tuple[int, int, str]:
    """Numbers by their value, before words."""
    return (0, int(point), "") if point.isdigit() else (1, 0, point)


def _stretches(order: list[str], heavy: list[bool]) -> list[str]:
    found, first = [], None
    for place, each in enumerate([*heavy, False]):
        if each and first is None:
            first = place
        elif not each and first is not None:
            if place - first >= STRETCH:
                found.append(f"{order[first]}-{order[place - 1]}")
            first = None
    return found


METHOD = Method(
    name="black-water",
    zh="黑臭水体分级",
    en="Grade of black waters",
    inputs=(
        Input(
            "samples", "样品", "Samples",
            (
                Column("water", "水体", "Water"), Column("point", "点位", "Point", note="in order downstream"),
                Column("sample", "样次", "Sample"),
                Column("transparency", "透明度", "Transparency", required=False, absent=True, unit="cm", note="or bottom"),
                Column("do", "溶解氧", "Dissolved oxygen", "real", required=False, absent=True, unit="mg/L"),
                Column("orp", "氧化还原电位", "Redox potential", "real", required=False, absent=True, unit="mV"),
                Column("nh3n", "氨氮", "Ammonia nitrogen", "real", required=False, absent=True, unit="mg/L"),
            ),
            unique=("water", "point", "sample"),
        ),
    ),
    options=(Option("at", "适用版本的日期", "Day whose edition holds", "date", default="2026-01-01"),),
    output=(
        Column("water", "水体", "Water"), Column("points", "点位数", "Points", "count"),
        Column("heavy_points", "重度点位数", "Heavy points", "count"),
        Column("stretches", "重度河段", "Heavy stretches", required=False, note="first-last|…"),
        Column("grade", "级别", "Grade", "choice", required=False, choices=one_of(light="轻度|Light", heavy="重度|Heavy")),
        Column("why", "未定级原因", "Why there is no grade", "choice", required=False, choices=one_of(
            points="点位少于三个|Fewer than three points", samples="有点位少于三次|A point with fewer than three samples")),
    ),
    key=("water",),
    run=grade_waters,
    source="建城〔2015〕130号",
    peer="a count by hand",
    cost="n",
)  # fmt: skip
