"""Surface water in columns: the items of the standard, their classes, what takes part of a laboratory's result.

Values are exact decimals; each distinct text is classified once by the rule table of its day. No float takes part.
Source: GB 3838-2002 表1; 地表水环境质量评价办法（试行）(2011); table `water.class`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.declare.types.laboratory import exact_result
from bihuan.methods.declared.model import Column, one_of
from bihuan.methods.declared.tables import Table
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import NoRuleError
from bihuan.rules.tables import RuleTable

ITEMS = (
    "ph", "do", "codmn", "cod", "bod5", "nh3n", "tp", "cu", "zn", "f", "se", "as", "hg", "cd", "cr6", "pb", "cn",
    "phenol", "oil", "las", "s",
)  # fmt: skip
WORST, THIRD = 6, 3
CLASSES = ("", "I", "II", "III", "IV", "V", "VI")
"""By number; VI is 劣V."""
NEGATIVE = "不得为负 · must not be negative"
NEGATIVE_REMEDY = "删去或更正；低于检出限写检出限加 L · remove or correct it; below detection: the limit and L"
_EPOCH = date(1970, 1, 1)
_NO_LIMIT = frozenset({"ph", "do"})


class WaterRules(NamedTuple):
    """The standard of some days: its table, and the saturation that makes oxygen class I."""

    table: RuleTable
    saturation: Decimal

    def class_of(self, item: str, value: Decimal) -> int:
        """The class of one item's value, 1–6; 0 for one that is none.

        Source: GB 3838-2002 表1 (a value at the limit is in the class).
        """
        if value < 0:
            return 0
        return int(str(self.table.lookup(item=item, concentration=value)["class"]))

    def limit_of(self, item: str, number: int) -> Decimal:
        """The greatest value that is in a class or a better one; of an item where less is better.

        Source: GB 3838-2002 表1.
        """
        return max(
            row.bounds.high
            for row in self.table.rows
            if row.key == (item,) and row.bounds is not None and int(str(row.constants["class"])) <= number
        )

    def least_of(self, item: str, number: int) -> Decimal:
        """The smallest value that is in a class or a better one; of an item where more is better.

        Source: GB 3838-2002 表1.
        """
        return min(
            row.bounds.low
            for row in self.table.rows
            if row.key == (item,) and row.bounds is not None and int(str(row.constants["class"])) <= number
        )


def rules_on(day: date) -> WaterRules:
    """The standard in force on a day.

    Raises:
        NoRuleError: none was in force.

    Source: docs/adr/0010 (the day of the observation decides).
    """
    rules = method_rules()
    least = rules.lookup("water.oxygen-saturation", day, "*", **{"class": "1"})["least"]
    return WaterRules(rules.table("water.class", day), Decimal(str(least)))


def editions_of(samples: Table, field: str = "date") -> Iterator[tuple[NDArray[np.int64], WaterRules]]:
    """The rows of each edition with its rules; rows of days without a standard are rejected."""
    days = samples[field].days()
    groups: dict[str, tuple[WaterRules, list[NDArray[np.int64]]]] = {}
    for day in np.unique(days).tolist():
        rows = np.flatnonzero(days == day)
        try:
            rules = rules_on(_EPOCH + timedelta(days=day))
        except NoRuleError as error:
            for row in rows.tolist():
                samples.refuse(row, field, f"当日无版本 · {error.message}", error.remedy)
            continue
        groups.setdefault(rules.table.meta.edition, (rules, []))[1].append(rows)
    for rules, parts in groups.values():
        yield np.sort(np.concatenate(parts)), rules


def without_wrong(samples: Table, items: tuple[str, ...]) -> Table:
    """The rows without a negative result; the others are rejected."""
    good = np.ones(len(samples), dtype=np.bool_)
    for item in items:
        bad = samples[item].mapped(lambda text: exact_result(text) < 0, False, np.bool_)
        for row in np.flatnonzero(bad & good).tolist():
            samples.refuse(row, item, NEGATIVE, NEGATIVE_REMEDY)
        good &= ~bad
    return samples if good.all() else samples.kept(good)


def named_in_table(item: str, kind: str) -> str:
    """What the table calls an item in a river or a lake. Source: GB 3838-2002 表1 (总磷: 湖、库)."""
    return "tp_lake" if item == "tp" and kind == "lake" else item


def multiple_of(value: Decimal, limit: Decimal) -> Fraction:
    """How many times a value is above a limit: value / limit − 1. Source: 地表水环境质量评价办法（试行）(2011) 超标倍数."""
    return Fraction(value) / Fraction(limit) - 1


def has_limit(item: str) -> bool:
    """Whether an item has a multiple above its limit: not pH and oxygen. Source: as `multiple_of`."""
    return item not in _NO_LIMIT


def _item(name: str, zh: str, en: str, unit: str = "mg/L") -> Column:
    return Column(name, zh, en, "laboratory", required=False, absent=True, unit=unit)


KINDS = one_of(river="河流|River", lake="湖库|Lake or reservoir")
RESULTS = (
    _item("ph", "pH值", "pH", ""), _item("do", "溶解氧", "Dissolved oxygen"), _item("codmn", "高锰酸盐指数", "Permanganate index"),
    _item("cod", "化学需氧量", "Chemical oxygen demand"), _item("bod5", "五日生化需氧量", "Five-day biochemical oxygen demand"),
    _item("nh3n", "氨氮", "Ammonia nitrogen"), _item("tp", "总磷", "Total phosphorus"), _item("cu", "铜", "Copper"), _item("zn", "锌", "Zinc"),
    _item("f", "氟化物", "Fluoride"), _item("se", "硒", "Selenium"), _item("as", "砷", "Arsenic"), _item("hg", "汞", "Mercury"),
    _item("cd", "镉", "Cadmium"), _item("cr6", "六价铬", "Chromium(VI)"), _item("pb", "铅", "Lead"), _item("cn", "氰化物", "Cyanide"),
    _item("phenol", "挥发酚", "Volatile phenol"), _item("oil", "石油类", "Petroleum"), _item("las", "阴离子表面活性剂", "Anionic surfactants"),
    _item("s", "硫化物", "Sulfide"),
)  # fmt: skip
