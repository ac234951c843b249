"""What later visits say of a survey: what was lost again after it was put right, and what was dressed up for the day.

In: RECORDS (site, item, day, purpose, points of max; points empty: the item did not apply, works with a notice too).
Purposes: `round` (the survey), `relook` (somebody else looks at what was put right), `after` (drawn again later);
`second` (measured twice on the day) decides nothing here. A record of `after` that lost points is a `relapse` when the
last record of its site and item before it that is no `second` is a `relook` without loss and the loss of the round lies
at most `days` before. A site whose round has points and lost none is `dressed` when records of `after` of one day within
`days` lost points in at least `least` items: told once, by the record that sorts first. All else of `after` is `fresh`
(lost, nothing of the kind before). Out: one row for each record of `after` that lost points, or that stands for its
site. Records of one site and item on one day count in the order relook, after. Exact; n log n.
Source: packs E05 (sites drawn again within 60 days); docs/topics/methods.md.
Compared with: a reading of each site and item one by one (tests/methods/test_survey_checks.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

PURPOSES = ("round", "second", "relook", "after")
TOO_MANY = "得分不得高于满分 · no more points than max"


class FieldRecord(NamedTuple):
    """A record that applies: day (since 1970), order within it, its code, site, item, purpose, whether it lost points."""

    day: int
    order: int
    code: str
    site: str
    item: str
    purpose: str
    lost: bool


class SurveyFinding(NamedTuple):
    """What a record says: finding, the record before it that it rests on, days since that of the round."""

    finding: str
    before: str
    days: int


def check_survey(given: Given) -> Answer:
    """Judge what was seen after the round. Source: packs E05."""
    days, least = int(given.option("days")), int(given.option("least"))
    records = sorted(_records(given))
    of_spot: dict[tuple[str, str], list[FieldRecord]] = defaultdict(list)
    of_site: dict[str, list[FieldRecord]] = defaultdict(list)
    for each in records:
        if each.purpose != "second":
            of_spot[each.site, each.item].append(each)
            of_site[each.site].append(each)
    told: dict[str, tuple[FieldRecord, SurveyFinding]] = {}
    for mine in of_spot.values():
        for place, each in enumerate(mine):
            if each.purpose == "after" and each.lost:
                told[each.code] = each, _relapse(mine[:place], each, days)
    for mine in of_site.values():
        found = _dressed(mine, days, least)
        if found is not None:
            told[found[0].code] = found
    rows = [told[code] for code in sorted(told)]
    columns: dict[str, Sequence[Any]] = {
        "record": [each.code for each, _ in rows], "site": [each.site for each, _ in rows],
        "item": [each.item for each, _ in rows], "finding": [finding.finding for _, finding in rows],
        "before": [finding.before for _, finding in rows], "days": [finding.days for _, finding in rows],
    }  # fmt: skip
    return Answer(columns)


def _records(given: Given) -> list[FieldRecord]:
    table = given["records"]
    days = table["seen"].days()
    names = (table[name].text() for name in ("record", "site", "item", "purpose", "points", "max"))
    found = []
    for row, (code, site, item, purpose, points, most) in enumerate(zip(*names, strict=True)):
        if points and Decimal(points) > Decimal(most):
            table.refuse(row, "points", TOO_MANY, "更正得分 · correct the points")
        elif points:
            lost = Decimal(points) < Decimal(most)
            found.append(FieldRecord(int(days[row]), PURPOSES.index(purpose), code, site, item, purpose, lost))
    return found


def _relapse(before: list[FieldRecord], record: FieldRecord, days: int) -> SurveyFinding:
    """Lost in the round, put right at the last look, lost again."""
    last = before[-1] if before else None
    lost = next((each for each in reversed(before) if each.purpose == "round" and each.lost), None)
    if last is None or lost is None or last.purpose != "relook" or last.lost or record.day - lost.day > days:
        return SurveyFinding("fresh", "", 0)
    return SurveyFinding("relapse", lost.code, record.day - lost.day)


def _dressed(records: list[FieldRecord], days: int, least: int) -> tuple[FieldRecord, SurveyFinding] | None:
    """Nothing lost in the round, and much on one day soon after it."""
    survey = [each for each in records if each.purpose == "round"]
    if not survey or any(each.lost for each in survey):
        return None
    by_day: dict[int, list[FieldRecord]] = defaultdict(list)
    for each in records:
        if each.purpose == "after" and each.lost and 0 <= each.day - survey[-1].day <= days:
            by_day[each.day].append(each)
    for day, lost in sorted(by_day.items()):
        if len({each.item for each in lost}) >= least:
            first = min(lost, key=lambda each: each.code)
            return first, SurveyFinding("dressed", survey[-1].code, day - survey[-1].day)
    return None


METHOD = Method(
    name="survey-checks",
    zh="测评后的回潮与粉饰",
    en="What fell back after a survey, and what was dressed up for it",
    inputs=(
        Input(
            "records", "实地记录", "Records",
            (
                Column("record", "编号", "Record"), Column("site", "点位", "Site"), Column("item", "项目", "Item"),
                Column("seen", "日期", "Day", "date"), Column("purpose", "目的", "Purpose", "choice", choices=one_of(
                    round="测评|Round", second="复测|Measured twice", relook="整改复看|Looked at again", after="测后抽查|After")),
                Column("points", "得分", "Points", "decimal", required=False, note="empty: does not apply"),
                Column("max", "满分", "Most points", "decimal"),
            ),
            unique=("record",),
        ),
    ),
    output=(
        Column("record", "编号", "Record"), Column("site", "点位", "Site"), Column("item", "项目", "Item"),
        Column("finding", "结论", "SurveyFinding", "choice", choices=one_of(
            relapse="回潮|Lost again", dressed="粉饰|Dressed up", fresh="新失分|Lost for the first time")),
        Column("before", "依据的测评记录", "Record of the round", required=False),
        Column("days", "相隔天数", "Days between", "number"),
    ),
    key=("record",),
    options=(
        Option("days", "多少天内", "Within days", "number", default="60"),
        Option("least", "至少几项", "At least so many items", "number", default="3"),
    ),
    run=check_survey,
    source="packs E05",
    peer="a reading spot by spot",
    error="exact",
    cost="n log n",
)  # fmt: skip
