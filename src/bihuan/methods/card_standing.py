"""What a card would come to today, with and without what is unproven, and what is cheapest to mend first.

In: the YAML of a CARD; ITEMS with the months that a proof holds, the number of the house that an item is counted by
(`measure`), and the days of work that its gap takes (`effort`); PROOFS: value, day, who handed it in, who of another
unit looked at it and when, from which day it has ended; FINDINGS: codes of the card while they are open; NUMBERS of the house; THINGS of a register
that were to be done, met or not, each with its weight.
A proof stands from the day of that look until its term is over; a look by the unit that handed it in is none. `claimed`
believes the newest proof of each item; `proven` only one that stands, and for a counted item the house's own number, never
what was typed. Findings take points off in both; a veto strikes both. A claim whose points exceed those of the number by
more than `margin` is `above`. Gaps are ranked by points for each day of work; the first `most` of them have their turn.
`forecast`: the proven total on each day of the next `ahead` on which a proof runs out, if nothing is renewed.
Out: points as they count in the total (weighted). Exact fractions. n log n in proofs, days × proofs in the forecast.
Source: packs E17; the card's own edition (docs/topics/rules.md, "A scorecard").
Compared with: `bihuan score` on the evidence that stands, and a query of DuckDB for what stands (tests/methods/test_card_standing.py).
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.card_evidence import CardEvidence, read_evidence
from bihuan.methods.parts.quantities import digits_text
from bihuan.rules.scorecards import CardScore, Item

_EPOCH = date(1970, 1, 1)
DIGITS = 6


def stand(given: Given) -> Answer:
    """Every item of the card as it stands. Source: rules in the module docstring."""
    known = read_evidence(given)
    size, at = len(known.card.items), known.at
    newest, standing = known.proofs.newest(size, at), known.proofs.standing(size, at)
    claimed, proven = known.score(newest, counted=False), known.score(standing, counted=True)
    before, last = known.proofs.looked_at(size, at), known.proofs.last_days(size, at)
    margin, efforts = Fraction(str(given.option("margin"))), _efforts(given["items"])
    rows = []
    for place, item in enumerate(known.card.items):
        said, held = claimed.items[place], proven.items[place]
        counted = known.measures.get(item.id, "")
        ending = 0 <= last[place] < at + int(given.option("warn"))
        proof = "ending" if ending else "proven"
        state = proof if standing[place] >= 0 else "stale" if before[place] >= 0 else _unseen(newest[place])
        state = _state(known, item, counted, state, held.vetoes)
        stated = newest[place] >= 0 and known.values[int(newest[place])] != ""
        gap = item.worth - held.weighted
        rows.append({
            "item": item.id, "section": item.section, "worth": item.worth, "claimed": said.weighted,
            "proven": held.weighted, "gap": gap, "effort": efforts.get(item.id, Fraction(1)), "state": state,
            "claim": _claim(said.weighted - held.weighted, margin) if counted in known.numbers and stated else "none",
            "until": _day(int(last[place])) if not counted and last[place] >= 0 else "",
        })  # fmt: skip
    _rank(rows, int(given.option("most")))
    facts = _facts(known, claimed, proven, rows) | {"forecast": _forecast(known, int(given.option("ahead")), proven)}
    return Answer({column.name: [_cell(row[column.name]) for row in rows] for column in METHOD.output}, facts)


def _unseen(newest: int) -> str:
    return "unchecked" if newest >= 0 else "missing"


def _state(known: CardEvidence, item: Item, counted: str, proof: str, struck: bool) -> str:
    """The first that applies: a veto, what the house counts, what the proof is."""
    if struck or (item.veto and item.veto.codes & {each.code for each in known.findings.get(item.id, [])}):
        return "veto"
    if counted:
        return "counted" if counted in known.numbers else "uncounted"
    return proof


def _claim(more: Fraction, margin: Fraction) -> str:
    return "above" if more > margin else "below" if more < -margin else "agrees"


def _efforts(table: Table) -> dict[str, Fraction]:
    told = zip(table["item"].text(), table["effort"].text(), strict=True)
    return {name: max(Fraction(text), Fraction(1, 1000)) for name, text in told if text}


def _rank(rows: list[dict[str, Any]], most: int) -> None:
    """Gaps in the order of points for each day of work; ties to the larger gap, then the smaller id."""
    order = sorted(
        (row for row in rows if row["gap"] > 0), key=lambda row: (-row["gap"] / row["effort"], -row["gap"], row["item"])
    )
    for row in rows:
        row["place"], row["turn"] = None, "none"
    for place, row in enumerate(order, 1):
        row["place"], row["turn"] = place, "now" if place <= most else "later"


def _facts(known: CardEvidence, claimed: CardScore, proven: CardScore, rows: list[dict[str, Any]]) -> dict[str, Any]:
    meta = known.card.meta
    return {
        "claimed": float(claimed.total), "proven": float(proven.total), "full": float(known.card.full),
        "vetoed_by": list(proven.vetoed_by), "states": dict(sorted(Counter(row["state"] for row in rows).items())),
        "above": [row["item"] for row in rows if row["claim"] == "above"],
        "sections": {name: float(points) for name, points in proven.sections.items()},
        "card": meta.id, "edition": meta.edition, "citation": meta.citation, "verified": meta.verified,
    }  # fmt: skip


def _forecast(known: CardEvidence, ahead: int, today: CardScore) -> list[dict[str, Any]]:
    """The proven total on the day after each end that lies ahead, if nothing is renewed."""
    ends = known.proofs.ends[(known.proofs.ends >= known.at) & (known.proofs.ends < known.at + ahead)]
    told, before = [{"day": _day(known.at), "total": float(today.total)}], today.total
    for day in np.unique(ends + 1).tolist():
        total = known.score(known.proofs.standing(len(known.card.items), day), counted=True).total
        if total != before:
            told.append({"day": _day(day), "total": float(total)})
        before = total
    return told


def _day(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def _cell(value: Any) -> Any:
    return digits_text(value, DIGITS) if isinstance(value, Fraction) else value


METHOD = Method(
    name="card-standing",
    zh="评分卡现状：含与不含未证实项、缺口次序、得分预测",
    en="How a card stands: with and without what is unproven, which gap first, what comes",
    inputs=(
        Input("card", "评分卡", "Card (YAML)", kind="bytes"),
        Input(
            "items", "项目", "Items",
            (
                Column("item", "项目", "Item"),
                Column("months", "证明有效月数", "Months that a proof holds", "number"),
                Column("measure", "取数指标", "Number that it is counted by", required=False, absent=True),
                Column("effort", "补齐所需人日", "Days of work that its gap takes", "decimal", required=False, absent=True),
            ),
            unique=("item",),
        ),
        Input(
            "proofs", "证明材料", "Proofs",
            (
                Column("proof", "编号", "Proof"), Column("item", "项目", "Item"),
                Column("value", "自报数", "Value that is stated", required=False, absent=True),
                Column("dated", "材料日期", "Dated", "date"),
                Column("owner", "报送单位", "Handed in by", required=False, absent=True),
                Column("checker", "核对单位", "Looked at by", required=False, absent=True),
                Column("checked", "核对日期", "Looked at on", "date", required=False, absent=True),
                Column("ended", "失效日期", "Ended on", "date", required=False, absent=True),
            ),
            unique=("proof",),
        ),
        Input(
            "findings", "扣分情形", "Findings",
            (
                Column("finding", "编号", "Finding"), Column("item", "项目", "Item"), Column("code", "扣分项", "Code"),
                Column("count", "处数", "How many", "number", required=False, absent=True),
                Column("found", "发现日期", "Found on", "date"),
                Column("closed", "销号日期", "Struck off on", "date", required=False, absent=True),
            ),
            unique=("finding",),
        ),
        Input(
            "numbers", "系统指标", "Numbers of the house",
            (
                Column("measure", "指标", "Number"), Column("numerator", "分子", "Numerator", "decimal"),
                Column("denominator", "分母", "Denominator", "decimal", required=False, note="empty: a count"),
            ),
            unique=("measure",),
        ),
        Input(
            "things", "清点对象", "Things that are counted",
            (
                Column("thing", "编号", "Thing"), Column("measure", "指标", "Number"),
                Column("met", "达标", "Met", "yes_no"),
                Column("weight", "权重", "Weight", "decimal", required=False, absent=True),
            ),
            unique=("thing",),
        ),
    ),
    output=(
        Column("item", "项目", "Item"), Column("section", "部分", "Section", required=False),
        Column("worth", "满分", "Worth", "decimal"), Column("claimed", "自报得分", "As claimed", "decimal"),
        Column("proven", "可证实得分", "Proven", "decimal"), Column("gap", "差距", "Gap", "decimal"),
        Column("effort", "所需人日", "Days of work", "decimal"),
        Column("state", "证明状态", "Proof", "choice", choices=one_of(
            proven="有效|Stands", ending="将到期|Runs out soon", counted="系统取数|Counted", stale="已过期|Run out", unchecked="未核对|Not looked at",
            missing="缺材料|Missing", uncounted="暂无取数|Not counted yet", veto="一票否决|Veto")),
        Column("claim", "自报与取数", "Claim beside the number", "choice", choices=one_of(
            above="高于系统数|Above the number", agrees="一致|Agrees", below="低于系统数|Below the number", none="无须比较|Nothing to compare")),
        Column("until", "有效期至", "Stands until", "date", required=False),
        Column("place", "次序", "Place among gaps", "number", required=False),
        Column("turn", "轮到", "Turn", "choice", choices=one_of(now="先补|Now", later="后补|Later", none="无差距|No gap")),
    ),
    key=("item",),
    options=(
        Option("at", "截至日", "As of", "date"),
        Option("ahead", "预测天数", "Days ahead", "number", default="90"),
        Option("warn", "提前提醒天数", "Days before its end", "number", default="30"),
        Option("most", "先补几项", "How many have their turn", "number", default="10"),
        Option("margin", "容许差（分）", "Margin in points", "decimal", default="0"),
    ),
    facts=(
        AnswerKey("claimed", "自报总分", "Total as claimed", {"type": "number"}),
        AnswerKey("proven", "可证实总分", "Proven total", {"type": "number"}),
        AnswerKey("full", "满分", "Full total", {"type": "number"}),
        AnswerKey("vetoed_by", "否决项", "Items with a veto", {"type": "array", "items": {"type": "string"}}),
        AnswerKey("states", "各状态项数", "Items by state", {"type": "object"}),
        AnswerKey("above", "自报高于系统数", "Claims above the number", {"type": "array", "items": {"type": "string"}}),
        AnswerKey("sections", "各部分得分", "Points by section", {"type": "object"}),
        AnswerKey("forecast", "得分预测", "Total on the days ahead", {"type": "array", "items": {"type": "object"}}),
        AnswerKey("card", "评分卡", "Card", {"type": "string"}),
        AnswerKey("edition", "版本", "Edition", {"type": "string"}),
        AnswerKey("citation", "依据", "Citation", {"type": "string"}),
        AnswerKey("verified", "已对照原文", "Compared with the text", {"type": "boolean"}),
    ),
    run=stand,
    source="packs E17; docs/topics/rules.md (scorecards)",
    peer="bihuan score; DuckDB",
    cost="n log n",
)  # fmt: skip
