"""What a place says of itself beside what was drawn there: far above only when it lies above the whole interval.

In: STATEMENTS (place and its own rate, 0 to 1), RECORDS of sites drawn in places: points of max for each item, empty
where it does not apply. The rate of a place is Σ points / Σ max over its sites; its variance that of a ratio of sums over
sites as drawn, Σ(y − R·x)² / (n(n−1)x̄²); 95 %, cut to [0, 1], six decimals. `far_above` when the statement exceeds the
upper end by more than `margin`; `below` when it lies under the lower end; `too_few` under five sites; else `inside`.
Items with a street's own site of nought points are not treated apart. It says nothing of a person. Linear.
Source: W. G. Cochran (1977), Sampling Techniques, 3rd ed., §6.11 with one stratum, no correction for a finite frame.
Compared with: statsmodels' cluster-robust variance of a ratio (tests/methods/test_survey_checks.py).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.quantities import digits_text

Z, DIGITS, ENOUGH = 1.959963984540054, 6, 5
TOO_MANY = "得分不得高于满分 · no more points than max"
OUTSIDE = "自评须在 0 与 1 之间 · a self-score lies between 0 and 1"


class PlaceRate(NamedTuple):
    """Sites, rate and ends of a place."""

    sites: int
    rate: Fraction
    low: float
    high: float


def compare_self_scores(given: Given) -> Answer:
    """Every statement beside the estimate of its place. Source: Cochran (1977) §6.11."""
    rates, margin = _rates(given), float(given.option("margin"))
    table = given["statements"]
    columns: dict[str, list[object]] = {column.name: [] for column in METHOD.output}
    names = (table[name].text() for name in ("statement", "street", "score"))
    for row, (statement, street, score) in enumerate(zip(*names, strict=True)):
        if not 0 <= Decimal(score) <= 1:
            table.refuse(row, "score", OUTSIDE, "填写得分率，不是百分数 · state a rate, not per cent")
            continue
        known = rates.get(street)
        enough = known is not None and known.sites >= ENOUGH
        told = {
            "statement": statement, "street": street, "score": score, "sites": known.sites if known else 0,
            "rate": digits_text(known.rate, DIGITS) if known else None,
            "low": f"{known.low:.6f}" if known and enough else None,
            "high": f"{known.high:.6f}" if known and enough else None,
            "verdict": _verdict(float(score), known, margin) if known and enough else "too_few",
        }  # fmt: skip
        for name, value in told.items():
            columns[name].append(value)
    return Answer(columns)


def _verdict(score: float, known: PlaceRate, margin: float) -> str:
    if score > known.high + margin:
        return "far_above"
    return "below" if score < known.low else "inside"


def _rates(given: Given) -> dict[str, PlaceRate]:
    """The rate of each place from the sums of its sites."""
    table = given["records"]
    sums: dict[str, dict[str, list[Fraction]]] = defaultdict(dict)
    names = (table[name].text() for name in ("street", "site", "points", "max"))
    for row, (street, site, points, most) in enumerate(zip(*names, strict=True)):
        if points and Decimal(points) > Decimal(most):
            table.refuse(row, "points", TOO_MANY, "更正得分 · correct the points")
            continue
        mine = sums[street].setdefault(site, [Fraction(0), Fraction(0)])
        if points:
            mine[0] += Fraction(Decimal(points))
            mine[1] += Fraction(Decimal(most))
    found = {}
    for street, sites in sums.items():
        points, most = (sum((each[place] for each in sites.values()), Fraction(0)) for place in (0, 1))
        if most:
            found[street] = _rate(list(sites.values()), points, most)
    return found


def _rate(sites: list[list[Fraction]], points: Fraction, most: Fraction) -> PlaceRate:
    count, rate = len(sites), points / most
    left = sum(((each[0] - rate * each[1]) ** 2 for each in sites), Fraction(0))
    reach = Z * float(left * count / (count - 1)) ** 0.5 / float(most) if count > 1 else 1.0
    return PlaceRate(count, rate, max(float(rate) - reach, 0.0), min(float(rate) + reach, 1.0))


METHOD = Method(
    name="self-score",
    zh="自评与抽样估计比较",
    en="Self-scores beside what was drawn",
    inputs=(
        Input(
            "statements", "自评", "Statements",
            (
                Column("statement", "编号", "Statement"), Column("street", "街镇", "Place"),
                Column("score", "自评得分率", "Self-score", "decimal"),
            ),
            unique=("statement",),
        ),
        Input(
            "records", "实地记录", "Records",
            (
                Column("street", "街镇", "Place"), Column("site", "点位", "Site"), Column("item", "项目", "Item"),
                Column("points", "得分", "Points", "decimal", required=False, note="empty: does not apply"),
                Column("max", "满分", "Most points", "decimal"),
            ),
            unique=("site", "item"),
        ),
    ),
    output=(
        Column("statement", "编号", "Statement"), Column("street", "街镇", "Place"),
        Column("score", "自评得分率", "Self-score", "decimal"), Column("sites", "点位数", "Sites", "number"),
        Column("rate", "抽样得分率", "Rate drawn", "decimal", required=False),
        Column("low", "下限", "Lower end", "decimal", required=False),
        Column("high", "上限", "Upper end", "decimal", required=False),
        Column("verdict", "结论", "Verdict", "choice", choices=one_of(
            far_above="远高于抽样|Far above", inside="在区间附近|Inside", below="低于抽样|Below", too_few="点位太少|Too few")),
    ),
    key=("statement",),
    options=(Option("margin", "容许差", "Margin", "decimal", default="0.05"),),
    run=compare_self_scores,
    source="Cochran (1977) §6.11",
    peer="statsmodels (cluster-robust ratio)",
    error="six decimals",
    cost="n",
)  # fmt: skip
