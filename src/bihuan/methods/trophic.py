"""The trophic state of a lake or reservoir: the weighted index of chlorophyll a, phosphorus, nitrogen, clearness, CODMn.

In: chlorophyll a in mg/m³, phosphorus, nitrogen and CODMn in mg/L, Secchi depth in m; `0.01L` takes part with half.
Index of an item = 10·(a + b·ln value); the whole is their mean weighted by r² (1, .7056, .6724, .6889, .6889). With an item
missing there is no index (`used` says how many there were); nought has no logarithm and is rejected. Linear.
Out: index with four decimals, on which the grade is decided (30 and 50 are mesotrophic, 60 light, 70 middle).
Source: 湖泊（水库）富营养化评价方法及分级技术规定 (2001) (tables `water.trophic`, `water.trophic-grade`).
Compared with: the formula by hand, (10, .05, 1, 1, 4) → 48.018 (tests/methods/test_water.py).
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from bihuan.declare.types.laboratory import exact_result
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.rulebook import method_rules

ITEMS = ("chla", "tp", "tn", "sd", "codmn")
DIGITS = 4
POSITIVE = "须大于零 · must be above nought"
REMEDY = "低于检出限写检出限加 L · below detection: the limit and L"


def grade_lakes(given: Given) -> Answer:
    """Index and grade of every sample. Source: 总站生字〔2001〕090号."""
    samples = _positive(given["samples"])
    rules, day = method_rules(), date.fromisoformat(given.option("at"))
    table, grades = rules.table("water.trophic", day), rules.table("water.trophic-grade", day)
    total, weights = np.zeros(len(samples)), 0.0
    used = np.zeros(len(samples), dtype=np.int64)
    for item in ITEMS:
        a, b, weight = (float(str(table.lookup(item=item)[name])) for name in ("a", "b", "weight"))
        logs = samples[item].mapped(_logarithm, np.nan, np.float64)
        total += weight * 10 * (a + b * logs)
        weights += weight
        used += samples[item].known
    shown = [
        Decimal(repr(value)).quantize(Decimal(1).scaleb(-DIGITS)) for value in np.nan_to_num(total / weights).tolist()
    ]
    whole = (used == len(ITEMS)).tolist()
    columns: dict[str, Any] = {
        "id": samples["id"].text(),
        "tli": [format(value, "f") if full else "" for value, full in zip(shown, whole, strict=True)],
        "grade": [str(grades.lookup(tli=v)["grade"]) if full else "" for v, full in zip(shown, whole, strict=True)],
        "used": used,
    }
    editions = {each.meta.id: each.meta.edition for each in (table, grades)}
    return Answer(columns, editions=editions, rows_of=np.arange(len(samples)))


def _logarithm(text: str) -> float:
    """Of a result; of one that is rejected (its word stays in the column) nothing."""
    value = exact_result(text)
    return math.log(value) if value > 0 else math.nan


def _positive(samples: Table) -> Table:
    good = np.ones(len(samples), dtype=np.bool_)
    for item in ITEMS:
        bad = samples[item].mapped(lambda text: exact_result(text) <= 0, False, np.bool_)
        for row in np.flatnonzero(bad & good).tolist():
            samples.refuse(row, item, POSITIVE, REMEDY)
        good &= ~bad
    return samples if good.all() else samples.kept(good)


def _item(name: str, zh: str, en: str, unit: str) -> Column:
    return Column(name, zh, en, "laboratory", required=False, absent=True, unit=unit)


METHOD = Method(
    name="trophic",
    zh="湖库综合营养状态指数",
    en="Trophic state of lakes",
    inputs=(
        Input(
            "samples", "水样", "Samples",
            (
                Column("id", "编号", "Number"), _item("chla", "叶绿素a", "Chlorophyll a", "mg/m³"),
                _item("tp", "总磷", "Total phosphorus", "mg/L"), _item("tn", "总氮", "Total nitrogen", "mg/L"),
                _item("sd", "透明度", "Secchi depth", "m"), _item("codmn", "高锰酸盐指数", "Permanganate index", "mg/L"),
            ),
            unique=("id",),
        ),
    ),
    options=(Option("at", "适用版本的日期", "Day whose edition holds", "date", default="2026-01-01"),),
    output=(
        Column("id", "编号", "Number"), Column("tli", "综合营养状态指数", "Trophic state index", "real", required=False),
        Column("grade", "营养状态", "Grade", "choice", required=False, choices=one_of(
            oligotrophic="贫营养|Oligotrophic", mesotrophic="中营养|Mesotrophic", light="轻度富营养|Lightly eutrophic",
            middle="中度富营养|Moderately eutrophic", hyper="重度富营养|Hypertrophic")),
        Column("used", "参评项目数", "Items used", "count", note="of 5"),
    ),
    key=("id",),
    run=grade_lakes,
    source="总站生字〔2001〕090号",
    peer="the formula by hand",
    error="1e-4",
    cost="n",
)  # fmt: skip
