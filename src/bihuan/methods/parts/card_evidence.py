"""What the files of a card say, read once: its items, which proofs stand, open findings, the house's own numbers.

Source: packs E17; docs/adr/0425-standing-of-a-card.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from bihuan.declare.problems import DeclarationError
from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.running import TooLittleError
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.proofs import NEVER, Proofs, Whole, proofs_of
from bihuan.rules.book import read_editions
from bihuan.rules.errors import InputError
from bihuan.rules.quantities import fraction_of
from bihuan.rules.rates import Rate
from bihuan.rules.scorecard_methods import (
    BandMethod,
    CappedDeduction,
    Deduction,
    Evidence,
    MedianOfSurvey,
    RatioWithExclusions,
)
from bihuan.rules.scorecards import CardScore, Item, Scorecard

_EPOCH = date(1970, 1, 1)
_WIDE = Context(prec=80)
NO_CARD = "没有当日有效的评分卡 · no card is in force on the day"
NO_ITEM = "评分卡或清单中没有此项 · neither the card nor the list has this item"
NO_CODE = "评分卡没有此扣分项 · the card has no such code there"
NO_NUMBER = "须为数字或件数之比，如 0.9、41/50 · must be a number, or counts such as 41/50"


@dataclass(frozen=True)
class CardEvidence:
    """What the files say, once: the card, its items in order, evidence by item."""

    card: Scorecard
    at: int
    proofs: Proofs
    values: list[str]
    findings: Mapping[str, list[Deduction]]
    numbers: Mapping[str, Rate | Fraction]
    measures: Mapping[str, str]

    def score(self, chosen: Whole, counted: bool) -> CardScore:
        """The card on one proof of each item (-1: none).

        Args:
            chosen: Row of the proof of each item. counted: The house's number stands for what was typed.
        """
        told = {
            item.id: self._evidence(item, int(chosen[place]), counted) for place, item in enumerate(self.card.items)
        }
        items = tuple(  # what the card says of too few cases is not said of none
            replace(item, too_few="zero") if told[item.id] is None else item for item in self.card.items
        )
        card = self.card
        return Scorecard(card.meta, card.full, card.rounding, items, card.grades).score(told)

    def _evidence(self, item: Item, row: int, counted: bool) -> Evidence:
        measure = self.measures.get(item.id, "")
        typed = self.values[row] if row >= 0 else ""
        if measure and (counted or not typed):
            return _counted(item, self.numbers.get(measure))
        if isinstance(item.method, CappedDeduction):
            return self.findings.get(item.id, []) if row >= 0 else None
        return _stated(item, typed) if typed else None


def _counted(item: Item, number: Rate | Fraction | None) -> Evidence:
    """A number of the house as the item's method takes it; None where it has none of that kind."""
    if number is None or isinstance(item.method, RatioWithExclusions):
        return number if isinstance(number, Rate) else None
    return _measure(item, number.value if isinstance(number, Rate) else number)


def _measure(item: Item, value: Fraction | None) -> Evidence:
    """One number; a band takes a decimal: rounded as it says, else with so many digits that no bound is crossed."""
    if value is None:
        return None
    if isinstance(item.method, MedianOfSurvey):
        return [value]
    if not isinstance(item.method, BandMethod):
        return value
    rounded = item.method.rounding.exact(value)
    return (
        rounded if isinstance(rounded, Decimal) else _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    )


def _stated(item: Item, text: str) -> Evidence:
    """What somebody typed: counts are a share; a plain share is believed whatever it was counted on."""
    top, slash, bottom = text.replace(" ", "").partition("/")
    if isinstance(item.method, RatioWithExclusions):
        if slash:
            return Rate(item.id, "stated", int(top), int(bottom))
        share = fraction_of(top, item.id)
        scale = -(-max(item.method.min_n, 1) // share.denominator)
        return Rate(item.id, "stated", share.numerator * scale, share.denominator * scale)
    return _measure(item, fraction_of(top, item.id) / (fraction_of(bottom, item.id) if slash else 1))


def read_evidence(given: Given) -> CardEvidence:
    """The evidence of all files as of the day of `at`.

    Raises:
        TooLittleError: no card is in force on the day, or its file is none.

    Source: packs E17
    """
    at = (given.option("at") - _EPOCH).days if isinstance(given.option("at"), date) else _count(given.option("at"))
    card = _card(given["card"], _EPOCH + timedelta(days=at))
    items = {item.id: item for item in card.items}
    listed, measures, months = _items(given["items"], items)
    proofs, values = _proofs(given["proofs"], card, listed, months)
    found = _findings(given["findings"], items, at)
    return CardEvidence(card, at, proofs, values, found, _numbers(given), measures)


def _count(text: Any) -> int:
    return (date.fromisoformat(str(text)) - _EPOCH).days


def _card(table: Table, day: date) -> Scorecard:
    """The one card of the file that is in force on the day.

    Raises:
        TooLittleError: there is none, or the file is faulty.
    """
    if not table.raw.strip():
        raise TooLittleError(NO_CARD, "check its effective_from")
    try:
        found = _read_cards(table.file, table.raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TooLittleError(f"{table.file}：不是 UTF-8 文本 · is no UTF-8 text", "give the YAML of a card") from error
    except DeclarationError as error:
        raise TooLittleError(f"{table.file}：{error}", "mend the card; `bihuan score` checks it too") from error
    cards = [each for each in found if each.meta.in_force(day)]
    if len(cards) != 1:
        raise TooLittleError(f"{NO_CARD} ({table.file}, {day}: {len(cards)})", "one card, one edition of a day")
    if cards[0].to_enter:
        rule = f"{cards[0].meta.id}：权重尚未录入 · its weights are to be entered"
        raise TooLittleError(rule, "give a card with weights")
    return cards[0]


@lru_cache(maxsize=8)
def _read_cards(file: str, text: str) -> tuple[Scorecard, ...]:
    """The cards of a text; watches ask the same one every few minutes."""
    return tuple(each for each in read_editions(file, text) if isinstance(each, Scorecard))


def _items(table: Table, items: Mapping[str, Item]) -> tuple[set[str], dict[str, str], dict[str, int]]:
    """Items that are listed, the measure of each, how many months its proof holds."""
    measures, months = {}, {}
    columns = (table["item"].text(), table["measure"].text(), table["months"].whole().tolist())
    for row, (name, measure, term) in enumerate(zip(*columns, strict=True)):
        if name not in items:
            table.refuse(row, "item", NO_ITEM, "核对项目编号 · check its id")
        elif not 1 <= term <= 120:
            rule = "有效期须为 1—120 个月 · a proof holds for 1 to 120 months"
            table.refuse(row, "months", rule, "更正月数 · correct the months")
        elif isinstance(items[name].method, CappedDeduction) and measure:
            rule = "扣分项不取指标数 · an item of deductions takes no number"
            table.refuse(row, "measure", rule, "留空，或改卡 · leave it empty, or change the card")
        else:
            measures[name], months[name] = measure, term
    return set(months), measures, months


def _proofs(table: Table, card: Scorecard, listed: set[str], months: Mapping[str, int]) -> tuple[Proofs, list[str]]:
    place = {item.id: n for n, item in enumerate(card.items) if item.id in listed}
    methods = {item.id: item for item in card.items}
    names, values = table["item"], table["value"].text()
    item = names.mapped(lambda name: place.get(str(name), -1), -1, np.int64)
    term = names.mapped(lambda name: months.get(str(name), 1), 1, np.int64)
    for row in np.flatnonzero(names.mapped(lambda name: str(name) not in place, False, np.bool_)).tolist():
        table.refuse(row, "item", NO_ITEM, "核对项目编号 · check its id")
    said = names.text()
    for row in np.flatnonzero(table["value"].known & (item >= 0)).tolist():
        if not _readable(methods[said[row]], values[row]):
            table.refuse(row, "value", NO_NUMBER, "更正数值 · correct the value")
            item[row] = -1
    checked = table["checked"].days()
    units = {text: n for n, text in enumerate(dict.fromkeys((*table["owner"].texts, *table["checker"].texts)))}
    own = np.equal(*(table[name].mapped(units.__getitem__, -1, np.int64) for name in ("owner", "checker")))
    checked = np.where((checked == NO_DAY) | own, NEVER, checked)
    ended = table["ended"].days()
    ends = np.where(ended == NO_DAY, NEVER, ended - 1)
    order = np.argsort(np.argsort(np.array(table["proof"].text(), dtype=object), kind="stable"), kind="stable")
    return proofs_of(item, table["dated"].days(), checked, term, order, ends), values


def _readable(item: Item, text: str) -> bool:
    if isinstance(item.method, CappedDeduction):
        return True
    try:
        return _stated(item, text) is not None
    except (InputError, ValueError, ZeroDivisionError):
        return False


def _findings(table: Table, items: Mapping[str, Item], at: int) -> dict[str, list[Deduction]]:
    """Findings that are open on the day, by item: found and not yet closed."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    begun, closed = table["found"].days(), table["closed"].days()
    live = (begun <= at) & ((closed == NO_DAY) | (closed > at))
    codes, counts, names = table["code"].text(), table["count"].whole(1).tolist(), table["item"].text()
    for row, name in enumerate(names):
        item = items.get(name)
        if item is None:
            table.refuse(row, "item", NO_ITEM, "核对项目编号 · check its id")
        elif not isinstance(item.method, CappedDeduction) or codes[row] not in item.method.points:
            table.refuse(row, "code", NO_CODE, "核对扣分项 · check the code")
        elif counts[row] < 0:
            table.refuse(row, "count", "不得为负 · must not be negative", "更正次数 · correct the count")
        elif live[row]:
            found[name][codes[row]] += counts[row]
    return {name: [Deduction(code, count) for code, count in sorted(told.items())] for name, told in found.items()}


def _numbers(given: Given) -> dict[str, Rate | Fraction]:
    """Numbers of the house, and shares of registers: met weight of all weight; a share of whole counts is a `Rate`."""
    found: dict[str, Rate | Fraction] = {}
    table = given["numbers"]
    columns = (table[name].text() for name in ("measure", "numerator", "denominator"))
    for row, (measure, top, bottom) in enumerate(zip(*columns, strict=True)):
        upper, lower = Fraction(top), Fraction(bottom) if bottom else None
        if upper < 0 or (lower is not None and (lower < upper or lower < 0)):
            rule = "分子不得大于分母，均不得为负 · 0 ≤ numerator ≤ denominator"
            table.refuse(row, "numerator", rule, "重新取数 · ask the number again")
        elif lower is None:
            found[measure] = upper
        elif lower:
            found[measure] = _share(measure, upper, lower)
    things, sums = given["things"], defaultdict[str, list[Fraction]](lambda: [Fraction(0), Fraction(0)])
    met = things["met"].flags().tolist()
    weights = things["weight"].text()
    for row, measure in enumerate(things["measure"].text()):
        weight = Fraction(weights[row]) if weights[row] else Fraction(1)
        if weight <= 0:
            things.refuse(row, "weight", "权重须大于 0 · must be more than 0", "更正权重 · correct the weight")
            continue
        sums[measure][0] += weight if met[row] == 1 else 0
        sums[measure][1] += weight
    return found | {name: _share(name, *pair) for name, pair in sums.items()}


def _share(name: str, top: Fraction, bottom: Fraction) -> Rate:
    scale = max(top.denominator, bottom.denominator)
    return Rate(name, "counted", int(top * scale), int(bottom * scale))
