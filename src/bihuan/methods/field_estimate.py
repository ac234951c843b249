"""The share of points that a whole district would get, from sites drawn in strata, with its interval.

In: how many sites each stratum has; what was found at sites drawn: points of max for each item, points empty where the
item does not apply. Combined ratio R = Σ N_h ȳ_h / Σ N_h x̄_h with y the points and x the max, 0 where it does not apply,
means over all sites drawn in the stratum; variance Σ N_h² (1 − n_h/N_h) s²_e / n_h / X̂² of e = y − R·x; 95 %, cut to
[0, 1]. With one site drawn in a stratum the interval is empty, and that is said; strata of which nobody was drawn too.
Out: rate and ends to six decimals, and at how many sites the item applied. The rate is exact before rounding. n.
Source: W. G. Cochran (1977), Sampling Techniques, 3rd ed., §6.11–6.12 (combined ratio estimate).
Compared with: R's survey::svyratio by its published formula, and repeated draws (tests/methods/test_civility.py).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from bihuan.methods.declared.model import Answer, Column, Input, Method
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.quantities import digits_text

Z, DIGITS = 1.959963984540054, 6


class DrawnStratum(NamedTuple):
    """Sites of the frame, and the sites that were drawn."""

    sites: int
    drawn: tuple[str, ...]


class ItemPoints(NamedTuple):
    """Points and max of an item at a site where it applies."""

    points: Fraction
    most: Fraction


def estimate_rates(given: Given) -> Answer:
    """The rate of every item. Source: Cochran (1977) §6.11."""
    frame = dict(zip(given["frame"]["stratum"].text(), given["frame"]["sites"].whole().tolist(), strict=True))
    found, drawn = _observed(given["observations"], frame)
    strata = {name: DrawnStratum(sites, tuple(sorted(drawn[name]))) for name, sites in frame.items()}
    rows = [_row(item, strata, points) for item, points in sorted(found.items())]
    remarks = []
    if lone := sorted(name for name, each in strata.items() if len(each.drawn) == 1):
        remarks.append(
            f"只抽 1 处的层无法估计区间：{'、'.join(lone)} · no interval with one site drawn: {', '.join(lone)}"
        )
    if empty := sorted(name for name, each in strata.items() if not each.drawn):
        remarks.append(
            f"未抽取的层不在估计内：{'、'.join(empty)} · strata without a site drawn are left out: {', '.join(empty)}"
        )
    columns = {column.name: [row[column.name] for row in rows] for column in METHOD.output}
    return Answer(columns, remarks=tuple(remarks))


def _observed(
    table: Table, frame: dict[str, int]
) -> tuple[dict[str, dict[tuple[str, str], ItemPoints]], dict[str, set[str]]]:
    """Points by item and site, and the sites drawn by stratum."""
    found: dict[str, dict[tuple[str, str], ItemPoints]] = defaultdict(dict)
    drawn: dict[str, set[str]] = defaultdict(set)
    names = (table[name].text() for name in ("stratum", "site", "item", "points", "max"))
    for row, (stratum, site, item, points, most) in enumerate(zip(*names, strict=True)):
        if stratum not in frame:
            table.refuse(
                row, "stratum", "抽样框没有此层 · the frame has no such stratum", "补入抽样框 · add it to the frame"
            )
            continue
        if points and Decimal(points) > Decimal(most):
            table.refuse(row, "points", "得分不得高于满分 · no more points than max", "更正得分 · correct the points")
            continue
        if site not in drawn[stratum] and len(drawn[stratum]) == frame[stratum]:
            table.refuse(
                row,
                "site",
                "抽到的点位多于该层点位数 · more sites than the stratum has",
                "更正抽样框 · correct the frame",
            )
            continue
        drawn[stratum].add(site)
        known = found[item]
        if points:
            known[stratum, site] = ItemPoints(Fraction(Decimal(points)), Fraction(Decimal(most)))
    return found, drawn


def _row(item: str, strata: dict[str, DrawnStratum], points: dict[tuple[str, str], ItemPoints]) -> dict[str, Any]:
    totals = [Fraction(0), Fraction(0)]
    for name, each in strata.items():
        own = [points[name, site] for site in each.drawn if (name, site) in points]
        if each.drawn:
            weight = Fraction(each.sites, len(each.drawn))
            totals[0] += weight * sum((one.points for one in own), Fraction(0))
            totals[1] += weight * sum((one.most for one in own), Fraction(0))
    told: dict[str, Any] = {"item": item, "rate": None, "low": None, "high": None, "observed": len(points)}
    if not totals[1]:
        return told
    rate = totals[0] / totals[1]
    told["rate"] = digits_text(rate, DIGITS)
    if all(len(each.drawn) != 1 for each in strata.values()):
        reach = Z * float(_variance(rate, strata, points)) ** 0.5 / float(totals[1])
        told["low"], told["high"] = (f"{min(max(float(rate) + side * reach, 0), 1):.6f}" for side in (-1, 1))
    return told


def _variance(rate: Fraction, strata: dict[str, DrawnStratum], points: dict[tuple[str, str], ItemPoints]) -> Fraction:
    """Σ N_h² (1 − n_h/N_h) s²_e / n_h."""
    total = Fraction(0)
    for name, each in strata.items():
        drawn = len(each.drawn)
        if not drawn:
            continue
        own = (points.get((name, site)) for site in each.drawn)
        left = [one.points - rate * one.most if one is not None else Fraction(0) for one in own]
        mean = sum(left, Fraction(0)) / drawn
        spread = sum(((value - mean) ** 2 for value in left), Fraction(0)) / (drawn - 1)
        total += each.sites**2 * (1 - Fraction(drawn, each.sites)) * spread / drawn
    return total


METHOD = Method(
    name="field-estimate",
    zh="实地点位抽样估计",
    en="Rates of a district from sites drawn in strata",
    inputs=(
        Input("frame", "抽样框", "Frame", (
            Column("stratum", "层", "Stratum"), Column("sites", "点位数", "Sites", "number")), unique=("stratum",)),
        Input(
            "observations", "实地记录", "Observations",
            (
                Column("stratum", "层", "Stratum"), Column("site", "点位", "Site"), Column("item", "项目", "Item"),
                Column("points", "得分", "Points", "decimal", required=False, note="empty: does not apply"),
                Column("max", "满分", "Most points", "decimal"),
            ),
            unique=("stratum", "site", "item"),
        ),
    ),
    output=(
        Column("item", "项目", "Item"), Column("rate", "得分率", "Rate", "decimal", required=False),
        Column("low", "下限", "Lower end", "decimal", required=False),
        Column("high", "上限", "Upper end", "decimal", required=False),
        Column("observed", "适用点位数", "Sites where it applied", "number"),
    ),
    key=("item",),
    run=estimate_rates,
    source="Cochran (1977) §6.11",
    peer="R survey::svyratio (formula)",
    error="six decimals",
    cost="n",
)  # fmt: skip
