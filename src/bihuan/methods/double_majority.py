"""Votes of owners counted twice, by heads and by area, by the law of the day on which the vote was held.

In: parts of an estate with owner and area; ballots; items with matter and day. Heads are distinct owners: several parts
are one head, their areas add. Equal votes of an owner count once; different ones on one item void each other, that owner
is a conflict and takes no part; who abstains takes part; ballots of strangers and on unknown items are rejected.
From 2021-01-01 (`civil-code`) at least two thirds of heads and of area must take part; `raise_fund`, `rebuild` and
`change_use` need at least three quarters of those taking part, all else more than half, of heads and of area each. Before
(`property-law`) nothing is asked of those taking part; `use_fund`, `raise_fund` and `rebuild` need two thirds of all heads
and all area, all else more than half of all.
Out: what was counted, areas to two decimals, and the result. Whole numbers (areas in millionths); n.
Source: 民法典 (2020) 第二百七十八条; 物权法 (2007) 第七十六条; 民法典 第一千二百六十条 (in force 2021-01-01).
Compared with: fractions, ballot by ballot (tests/methods/test_deliberation.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.quantities import digits_text

SCALE = 6
"""Areas are whole millionths of a square metre."""
CIVIL_CODE = (date(2021, 1, 1) - date(1970, 1, 1)).days
HALF, TWO_THIRDS, THREE_QUARTERS = Fraction(1, 2), Fraction(2, 3), Fraction(3, 4)
GRAVE = {"civil-code": ("raise_fund", "rebuild", "change_use"), "property-law": ("use_fund", "raise_fund", "rebuild")}
VOTES = ("for", "against", "abstain")
type Ints = NDArray[np.int64]


class EstateOwners(NamedTuple):
    """Owners by name, and int64[owners] their area in millionths."""

    names: list[str]
    areas: Ints


class ItemCounts(NamedTuple):
    """int64[items] heads and area taking part and for it; conflicts."""

    heads_voted: Ints
    heads_for: Ints
    area_voted: Ints
    area_for: Ints
    conflicts: Ints


def count_votes(given: Given) -> Answer:
    """The count of every item. Source: 民法典 第二百七十八条; 物权法 第七十六条."""
    owners, items = _owners(given["parts"]), given["items"]
    counts = _counts(given["ballots"], owners, items["item"].text())
    heads, area = len(owners.names), int(owners.areas.sum())
    rows: list[dict[str, Any]] = []
    sheet: list[dict[str, Any]] = []
    matters, days = items["matter"].text(), items["held_on"].days().tolist()
    for n, (name, matter, day) in enumerate(zip(items["item"].text(), matters, days, strict=True)):
        edition = "civil-code" if day >= CIVIL_CODE else "property-law"
        voted, agreed = (int(counts.heads_voted[n]), int(counts.area_voted[n])), (
            int(counts.heads_for[n]), int(counts.area_for[n]))  # fmt: skip
        rows.append({
            "item": name, "edition": edition, "heads": heads, "heads_voted": voted[0], "heads_for": agreed[0],
            "area": _metres(area), "area_voted": _metres(voted[1]), "area_for": _metres(agreed[1]),
            "conflicts": int(counts.conflicts[n]), "result": result_of(edition, matter, (heads, area), voted, agreed),
        })  # fmt: skip
        sheet += [{"item": name, **each} for each in sheet_of(edition, matter, (heads, area), voted, agreed)]
    columns = {column.name: [row[column.name] for row in rows] for column in METHOD.output}
    in_order = sorted(sheet, key=lambda each: str(each["item"]))
    return Answer(columns, {"sheet": in_order})


def result_of(edition: str, matter: str, all_: Sequence[int], voted: Sequence[int], agreed: Sequence[int]) -> str:
    """Return what a vote came to.

    Args:
        edition: `civil-code` or `property-law`. matter: What was voted on.
        all_, voted, agreed: Heads and area of everybody, of those taking part, of those for it.

    Source: 民法典 (2020) 第二百七十八条; 物权法 (2007) 第七十六条.
    """
    grave = matter in GRAVE[edition]
    if edition == "civil-code":
        if any(part < TWO_THIRDS * whole for part, whole in zip(voted, all_, strict=True)):
            return "no_quorum"
        share, base = THREE_QUARTERS, voted
    else:
        share, base = TWO_THIRDS, all_
    pairs = list(zip(agreed, base, strict=True))
    passed = all(part >= share * whole for part, whole in pairs) if grave else all(
        part > HALF * whole for part, whole in pairs)  # fmt: skip
    return "passed" if passed and all(agreed) else "rejected"


def sheet_of(
    edition: str, matter: str, all_: Sequence[int], voted: Sequence[int], agreed: Sequence[int]
) -> list[dict[str, Any]]:
    """Return every comparison that `result_of` makes, in its order: what is held against which share of what.

    Args: as of `result_of`.

    Returns: for each line `zh`, `en`, `have`, `of` (the whole), `share` (as a fraction), `rule` (`at_least`,
    `more_than`), `bar` (share of the whole, for people: rounded) and whether it is `met`, by the exact fraction.

    Source: 民法典 (2020) 第二百七十八条; 物权法 (2007) 第七十六条.
    """
    grave, civil = matter in GRAVE[edition], edition == "civil-code"
    lines: list[dict[str, Any]] = []
    if civil:
        lines = [_line(n, "参与", "taking part", voted[n], all_[n], TWO_THIRDS, "at_least") for n in range(2)]
    share, base = (THREE_QUARTERS if civil else TWO_THIRDS) if grave else HALF, voted if civil else all_
    rule = "at_least" if grave else "more_than"
    return [*lines, *(_line(n, "同意", "for it", agreed[n], base[n], share, rule) for n in range(2))]


def _line(place: int, zh: str, en: str, have: int, whole: int, share: Fraction, rule: str) -> dict[str, Any]:
    bar = share * whole
    shown = digits_text(bar / 10**SCALE, 3) if place else digits_text(bar, 2) if bar.denominator > 1 else str(bar)
    return {
        "zh": f"{zh}{('人数', '面积')[place]}", "en": f"{('Heads', 'Area')[place]} {en}",
        "have": _metres(have) if place else str(have), "of": _metres(whole) if place else str(whole),
        "share": f"{share.numerator}/{share.denominator}", "rule": rule, "bar": shown,
        "met": have >= bar if rule == "at_least" else have > bar,
    }  # fmt: skip


def _owners(parts: Table) -> EstateOwners:
    codes, texts = parts["owner"].codes, parts["owner"].texts
    areas = np.zeros(len(texts), dtype=np.int64)
    np.add.at(areas, codes, parts["area_m2"].scaled(SCALE))
    used = np.unique(codes)
    return EstateOwners([texts[code] for code in used.tolist()], areas[used])


def _counts(ballots: Table, owners: EstateOwners, items: list[str]) -> ItemCounts:
    """What was voted on every item."""
    owner = _places(
        ballots, "owner", owners.names, "不是业主 · no owner of that number", "更正业主 · correct the owner"
    )
    item = _places(ballots, "item", items, "没有此议题 · no item of that number", "更正议题 · correct the item")
    vote = ballots["vote"].mapped(VOTES.index, -1, np.int64)
    good = (owner >= 0) & (item >= 0)
    pair = item[good] * max(len(owners.names), 1) + owner[good]
    keys, back = np.unique(pair, return_inverse=True)
    least = np.full(len(keys), len(VOTES), dtype=np.int64)
    most = np.full(len(keys), -1, dtype=np.int64)
    np.minimum.at(least, back, vote[good])
    np.maximum.at(most, back, vote[good])
    which, who = np.divmod(keys, max(len(owners.names), 1))
    clear, agreed = least == most, (least == most) & (least == VOTES.index("for"))
    size = len(items)

    def heads(mask: NDArray[np.bool_]) -> Ints:
        return np.bincount(which[mask], minlength=size).astype(np.int64)

    def area(mask: NDArray[np.bool_]) -> Ints:
        total = np.zeros(size, dtype=np.int64)
        np.add.at(total, which[mask], owners.areas[who[mask]])
        return total

    return ItemCounts(heads(clear), heads(agreed), area(clear), area(agreed), heads(~clear))


def _places(ballots: Table, name: str, known: list[str], rule: str, remedy: str) -> Ints:
    """The place of each ballot's owner or item among those known; -1 and refused where there is none."""
    place = {text: number for number, text in enumerate(known)}
    cells = ballots[name]
    found = np.array([*(place.get(text, -1) for text in cells.texts), -1], dtype=np.int64)[cells.codes]
    for row in np.flatnonzero(found < 0).tolist():
        ballots.refuse(row, name, rule, remedy)
    return found


def _metres(area: int) -> str:
    return digits_text(Fraction(area, 10**SCALE), 2)


METHOD = Method(
    name="double-majority",
    zh="业主双过半计票",
    en="Votes of owners by heads and by area",
    inputs=(
        Input("parts", "专有部分", "Parts", (
            Column("part", "专有部分", "Part"), Column("owner", "业主", "Owner"),
            Column("area_m2", "面积", "Area", "decimal", unit="m2")), unique=("part",)),
        Input("ballots", "选票", "Ballots", (
            Column("owner", "业主", "Owner"), Column("item", "议题", "Item"),
            Column("vote", "意见", "Vote", "choice", choices=one_of(**{
                "for": "同意|For", "against": "反对|Against", "abstain": "弃权|Abstain"})),
            Column("channel", "渠道", "Channel", required=False, absent=True))),
        Input("items", "议题", "Items", (
            Column("item", "议题", "Item"),
            Column("matter", "事项", "Matter", "choice", choices=one_of(
                rules_of_procedure="议事规则|Rules of procedure", management_rules="管理规约|Management rules",
                committee="业委会|Committee", manager="物业服务人|Manager", use_fund="使用维修资金|Use of the fund",
                raise_fund="筹集维修资金|Raising the fund", rebuild="改建重建|Rebuilding", change_use="改变用途|Change of use",
                other="其他|Other")),
            Column("held_on", "表决日", "Held on", "date")), unique=("item",)),
    ),
    output=(
        Column("item", "议题", "Item"),
        Column("edition", "依据", "Law", "choice", choices=one_of(**{
            "civil-code": "民法典|Civil Code", "property-law": "物权法|Property Law"})),
        Column("heads", "业主人数", "Heads", "number"), Column("heads_voted", "参与人数", "Heads taking part", "number"),
        Column("heads_for", "同意人数", "Heads for", "number"), Column("area", "总面积", "Area", "decimal", unit="m2"),
        Column("area_voted", "参与面积", "Area taking part", "decimal", unit="m2"),
        Column("area_for", "同意面积", "Area for", "decimal", unit="m2"),
        Column("conflicts", "前后不一", "Conflicts", "number"),
        Column("result", "结果", "Result", "choice", choices=one_of(
            passed="通过|Passed", rejected="未通过|Rejected", no_quorum="参与不足|No quorum")),
    ),
    facts=(AnswerKey("sheet", "逐行说明", "Every comparison of every item", {"type": "array"}),),
    key=("item",),
    run=count_votes,
    source="民法典 (2020) 第二百七十八条; 物权法 (2007) 第七十六条",
    peer="fractions, ballot by ballot",
    cost="n",
)  # fmt: skip
