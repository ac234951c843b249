"""A scorecard applied to evidence in a file: `item,value,code,count`, several rows of an item where it needs them."""

from __future__ import annotations

import time
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from bihuan.methods.declared.inputs import read_input
from bihuan.methods.declared.model import Column, Input
from bihuan.methods.declared.running import Outcome
from bihuan.methods.declared.tables import Table
from bihuan.rules.errors import InputError
from bihuan.rules.quantities import fixed_text, fraction_of
from bihuan.rules.rates import Rate
from bihuan.rules.scorecard_methods import (
    CappedDeduction,
    Deduction,
    Evidence,
    MedianOfSurvey,
    PiecewiseLinear,
    RatioWithExclusions,
)
from bihuan.rules.scorecards import Item, Scorecard

EVIDENCE = Input(
    "evidence", "评分依据", "Evidence",
    (
        Column("item", "项目", "Item"),
        Column("value", "数值", "Number, or a fraction such as 41/50", required=False, absent=True),
        Column("code", "扣分项", "Code of a deduction", required=False, absent=True),
        Column("count", "次数", "How often", "number", required=False, absent=True),
        Column("weight", "权重", "Weight, where the card leaves it to be entered", "decimal", required=False, absent=True),
    ),
)  # fmt: skip
POINTS_DIGITS = 6


def score_file(card: Scorecard, path: Path) -> Outcome:
    """The points of every item and the total.

    Args:
        card: One edition. path: CSV of evidence; an item without rows has none.

    Raises:
        UnreadableError: the file cannot be read.
        InputError: every item is left out for want of evidence, or the card does not say what holds without any.

    Source: docs/topics/rules.md, "A scorecard"; DESIGN §14 (`bihuan score`).
    """
    table, _ = read_input(EVIDENCE, path)
    read = len(table) + len(table.refused)
    items = {item.id: item for item in card.items}
    start = time.perf_counter()
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(table["item"].text()):
        if name in items:
            rows[name].append(row)
        else:
            table.refuse(row, "item", "评分卡无此项 · the card has no such item", "核对项目编号 · check its id")
    evidence = {name: _evidence(item, table, rows.get(name, [])) for name, item in items.items()}
    entered = {table["item"].text()[row]: text for row, text in enumerate(table["weight"].text()) if text}
    if card.to_enter or entered:
        card = card.weighted({name: Decimal(text) for name, text in entered.items() if name in items})
    scored = card.score(evidence)
    seconds = time.perf_counter() - start
    names = [score.item.id for score in scored.items]
    points = ["" if s.points is None else fixed_text(s.points, POINTS_DIGITS) for s in scored.items]
    told = scored.to_json()
    facts = {
        "total": float(scored.total), "exact": fixed_text(scored.exact, POINTS_DIGITS), "grade": told["grade"],
        "sections": told["sections"], "vetoed_by": told["vetoed_by"], "left_out": told["left_out"],
        "citation": card.meta.citation, "verified": card.meta.verified, "digest": card.meta.digest,
    }  # fmt: skip
    editions = {card.meta.id: card.meta.edition}
    rejects = sorted(table.refused, key=lambda reject: reject.row)
    return Outcome({"item": names, "points": points}, facts, editions, read, rejects, seconds)


def _evidence(item: Item, table: Table, rows: list[int]) -> Evidence:
    """What the item's method takes, from its rows; a row that is none of it is rejected."""
    method = item.method
    if isinstance(method, CappedDeduction):
        return [found for row in rows if (found := _deduction(method, table, row)) is not None]
    numbers = [(row, number) for row in rows if (number := _number(table, row)) is not None]
    if isinstance(method, MedianOfSurvey):
        return [number for row, number in numbers if _on_scale(method, table, row, number)]
    if len(numbers) > 1:
        for row, _ in numbers:
            table.refuse(row, "value", "该项只取一个数 · this item takes one value", "只留一行 · keep one row")
    if len(numbers) != 1:
        return None
    row, number = numbers[0]
    if isinstance(method, RatioWithExclusions):
        return _rate(item.id, table, row)
    if isinstance(method, PiecewiseLinear):
        return number
    return table["value"].text()[row] if "/" not in table["value"].text()[row] else None


def _number(table: Table, row: int) -> Fraction | None:
    """The row's value as a fraction."""
    text = table["value"].text()[row].replace(" ", "")
    top, slash, bottom = text.partition("/")
    try:
        return fraction_of(top, "value") / (fraction_of(bottom, "value") if slash else 1)
    except (InputError, ZeroDivisionError):
        rule = "须为数字或分数，如 0.5、41/50 · must be a number or a fraction such as 0.5 or 41/50"
        table.refuse(row, "value", rule, "更正数值 · correct the value")
        return None


def _on_scale(method: MedianOfSurvey, table: Table, row: int, number: Fraction) -> bool:
    if method.low <= number <= method.high:
        return True
    rule = f"须在 {method.low}–{method.high} 之内 · must lie in {method.low}–{method.high}"
    table.refuse(row, "value", rule, "更正或删去该答卷 · correct or remove the answer")
    return False


def _rate(name: str, table: Table, row: int) -> Rate | None:
    """A share of counted cases, `41/50`."""
    top, _, bottom = table["value"].text()[row].replace(" ", "").partition("/")
    if top.isdigit() and bottom.isdigit() and int(top) <= int(bottom):
        return Rate(name, "file", int(top), int(bottom))
    rule = "须为件数之比，如 41/50 · must be a share of counted cases such as 41/50"
    table.refuse(row, "value", rule, "写成 分子/分母 · write numerator/denominator")
    return None


def _deduction(method: CappedDeduction, table: Table, row: int) -> Deduction | None:
    code, count = table["code"].text()[row], table["count"].values()[row]
    if code in method.points:
        return Deduction(code, 1 if count is None else count)
    known = "、".join(method.points)
    table.refuse(row, "code", f"须为：{known} · must be one of: {known}", "核对扣分项 · check the code")
    return None
