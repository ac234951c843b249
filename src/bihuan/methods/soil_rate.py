"""How much polluted farmland is used safely, and which licences on listed land came before its clearance.

In: parcels. Farmland is met when slight pollution has priority protection, moderate pollution is used safely and its
produce met the limits, severe pollution is under strict control; all slight, moderate and severe farmland is the
denominator. A licence on listed land fails when the land was not cleared, or only after the day of the licence; the
same day is in time. A parcel counts once: of rows with one number the one under strict control, else the worst grade;
of a parcel that was split (`split_from` of others) and its parts the parts.
Out: what each parcel counts for and why; the two rates, exact. n log n.
Source: 受污染耕地安全利用率核算方法（试行） [S37] (terms not compared with the text); 土壤污染防治法 (2018) 第六十六条、第六十七条.
Compared with: sums by hand (tests/methods/test_soil.py).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given

POLLUTED = ("slight", "moderate", "severe")
_OWED = {"slight": "priority", "moderate": "safe_use", "severe": "strict"}


class SoilParcel(NamedTuple):
    """A row of the register of parcels."""

    id: str
    use: str
    area: Decimal
    grade: str
    measure: str
    produce: bool | None
    licence: str
    licensed: str
    cleared: str
    split_from: str


def count_parcels(given: Given) -> Answer:
    """The two rates and what each parcel counts for.

    Source: 受污染耕地安全利用率核算方法（试行）; 土壤污染防治法 第六十七条.
    """
    parcels = _once(given)
    split = {each.split_from for each in parcels} - {""}
    told = [_TWICE if each.id in split else _judged(each) for each in parcels]
    counted = [row for row in range(len(parcels)) if told[row][0] != "twice"]
    polluted = [row for row in counted if parcels[row].use == "farmland" and parcels[row].grade in POLLUTED]
    whole = sum((parcels[row].area for row in polluted), Decimal(0))
    met = sum((parcels[row].area for row in polluted if told[row][0] == "met"), Decimal(0))
    licensed = [row for row in counted if parcels[row].use == "construction" and parcels[row].licence]
    failing = sorted(parcels[row].licence for row in licensed if told[row][0] == "failed")
    rate = Fraction(met) / Fraction(whole) if whole else None
    facts: dict[str, Any] = {
        "farmland": {
            "numerator": _plain(met), "denominator": _plain(whole), "rate": None if rate is None else str(rate),
            "percent": None if rate is None else float(round(rate * 100, 6)),
        },
        "construction": {"licensed": len(licensed), "failed": len(failing), "failing_licences": failing},
        "met_mu": _plain(met), "polluted_mu": _plain(whole),
        "farmland_percent": None if rate is None else int(rate * 1000) / 10,  # cut, so that 99.99 is not told as all
        "licensed": len(licensed), "failed": len(failing),
    }  # fmt: skip
    columns: dict[str, Any] = {
        "id": [each.id for each in parcels],
        "use": [each.use for each in parcels],
        "area_mu": [_plain(each.area) for each in parcels],
        "counts": [counts for counts, _ in told],
        "why": [why for _, why in told],
    }
    return Answer(columns, facts)


def _once(given: Given) -> list[SoilParcel]:
    """Every parcel once."""
    table, found = given["parcels"], defaultdict[str, list[SoilParcel]](list)
    texts = (table[name].text() for name in ("id", "use", "area_mu", "grade", "measure"))
    marks = table["produce_met"].flags().tolist()
    more = (table[name].text() for name in ("licence", "licensed_on", "cleared_on", "split_from"))
    for row, (key, use, area, grade, measure, *rest) in enumerate(zip(*texts, *more, strict=True)):
        licence, licensed, cleared, split = rest
        if licence and not licensed:
            table.refuse(row, "licensed_on", "许可缺少日期 · a licence without its day", "补填发证日期 · write the day")
            continue
        produce = None if marks[row] < 0 else bool(marks[row])
        found[key].append(
            SoilParcel(key, use, Decimal(area), grade, measure, produce, licence, licensed, cleared, split)
        )
    return [max(rows, key=_weight) for _, rows in sorted(found.items())]


def _weight(parcel: SoilParcel) -> tuple[bool, int, tuple[str, ...]]:
    worst = POLLUTED.index(parcel.grade) if parcel.grade in POLLUTED else -1
    return parcel.measure == "strict", worst, tuple(map(str, parcel))


def _judged(parcel: SoilParcel) -> tuple[str, str]:
    """What a parcel counts for, and why."""
    if parcel.use == "construction":
        if not parcel.licence:
            return "none", "无许可 · no licence"
        if not parcel.cleared:
            return "failed", f"{parcel.licence} 发证时未移出名录 · licensed and never cleared"
        if parcel.licensed < parcel.cleared:
            return "failed", f"{parcel.licence} 早于移出日期 {parcel.cleared} · licensed before {parcel.cleared}"
        return "met", "移出后发证 · licensed after clearance"
    if parcel.grade not in POLLUTED:
        return "none", "未受污染 · not polluted"
    if parcel.measure != _OWED[parcel.grade]:
        return "failed", f"应为 {_OWED[parcel.grade]} · owes {_OWED[parcel.grade]}, has {parcel.measure or 'none'}"
    if parcel.grade == "moderate" and parcel.produce is not True:
        return "failed", "农产品未达标或未检 · its produce did not meet the limits or was not tested"
    return "met", "措施到位 · the measure it owes"


_TWICE = ("twice", "分割后仍在册，由分出的地块计算 · split and still listed; its parts count")


def _plain(value: Decimal) -> str:
    return f"{value:f}"


_USES = one_of(farmland="耕地|Farmland", construction="建设用地|Building land")
METHOD = Method(
    name="soil-rate",
    zh="土壤安全利用率",
    en="Safe use of polluted land",
    inputs=(
        Input(
            "parcels", "地块", "Parcels",
            (
                Column("id", "地块编号", "Parcel"),
                Column("use", "用途", "Use", "choice", choices=_USES),
                Column("area_mu", "面积", "Area", "decimal", unit="mu"),
                Column("grade", "污染程度", "Grade", "choice", required=False, choices=one_of(
                    clean="未受污染|Not polluted", slight="轻度|Slight", moderate="中度|Moderate", severe="重度|Severe",
                    listed="在名录|Listed")),
                Column("measure", "措施", "Measure", "choice", required=False, absent=True, choices=one_of(
                    priority="优先保护|Priority protection", safe_use="安全利用|Safe use", strict="严格管控|Strict control",
                    none="无|None")),
                Column("produce_met", "农产品达标", "Produce met the limits", "yes_no", required=False, absent=True),
                Column("licence", "许可", "Licence", required=False, absent=True),
                Column("licensed_on", "发证日期", "Day of the licence", "date", required=False, absent=True),
                Column("cleared_on", "移出名录日期", "Day of clearance", "date", required=False, absent=True),
                Column("split_from", "由何地块分割", "Split from", required=False, absent=True),
            ),
        ),
    ),
    output=(
        Column("id", "地块编号", "Parcel"), Column("use", "用途", "Use", "choice", choices=_USES),
        Column("area_mu", "面积", "Area", "decimal", unit="mu"),
        Column("counts", "结论", "Counts as", "choice", choices=one_of(met="达标|Met", failed="未达标|Failed", none="不计|Not counted", twice="重复|Listed twice")),
        Column("why", "理由", "Why"),
    ),
    facts=(
        AnswerKey("farmland", "耕地", "Farmland: numerator, denominator, rate, percent", {"type": "object"}),
        AnswerKey("construction", "建设用地", "Building land: licensed, failed, failing_licences", {"type": "object"}),
        AnswerKey("met_mu", "安全利用面积", "Farmland used safely, in mu", {"type": "string"}),
        AnswerKey("polluted_mu", "受污染耕地面积", "Polluted farmland, in mu", {"type": "string"}),
        AnswerKey("farmland_percent", "耕地安全利用率", "Rate of farmland in percent, cut", {"type": ["number", "null"]}),
        AnswerKey("licensed", "已许可建设用地", "Parcels of building land with a licence", {"type": "integer"}),
        AnswerKey("failed", "先许可后移出", "Of them licensed before clearance", {"type": "integer"}),
    ),
    key=("id",),
    run=count_parcels,
    source="受污染耕地安全利用率核算方法（试行）",
    peer="sums by hand",
)  # fmt: skip
