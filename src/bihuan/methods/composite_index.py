"""A weighted index that fades with the age of what was seen, and says how much it did not see.

In: observations of indicators; for each indicator the bounds, weight and half-life in days (0: does not fade). Of an
entity's observations of an indicator the latest up to `at` counts (of equal days the greatest contribution). It adds
weight · clip((v − low) / (high − low), 0, 1) · 2^(−age / half-life); a missing one adds nothing and lowers the coverage,
weights observed over all weights. Below `coverage` nothing is said (`insufficient`): a missing indicator is no good one.
Else `low` below the first bound, `medium` below the second, `high` from there.
Out: contribution and state of every indicator of every entity; score, coverage and level by entity. Fading to forty
digits, all else exact before rounding; a level is decided by those, never by a float. n log n.
Source: OECD & JRC (2008), Handbook on Constructing Composite Indicators, steps 5–7; DESIGN §14.
Compared with: the formula with mpmath's precision (tests/methods/test_finance_watch.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.quantities import digits_text

DIGITS, EXACT = 6, Context(prec=40)
type Entity = str


class IndexWeight(NamedTuple):
    """Bounds, weight and half-life of an indicator."""

    low: Fraction
    high: Fraction
    weight: Fraction
    half_life: int


def index_entities(given: Given) -> Answer:
    """Contributions, scores and levels.

    Raises:
        WrongCallError: the bounds are not two rising numbers.

    Source: OECD & JRC (2008), steps 5–7.
    """
    at = (date.fromisoformat(str(given.option("at"))) - date(1970, 1, 1)).days
    weights = weights_of(given["weights"])
    try:
        bounds = [Fraction(part.strip()) for part in str(given.option("bands")).split(",")]
    except ValueError:
        bounds = []
    if len(bounds) != 2 or bounds[0] >= bounds[1]:
        raise WrongCallError("bands：须为两个递增的界限 · two rising bounds", "--option bands=60,80")
    least = Fraction(Decimal(str(given.option("coverage"))))
    names, latest = latest_parts(given["indicators"], weights, at)
    whole = sum((each.weight for each in weights.values()), Fraction(0))
    rows: list[tuple[str, str, str, str]] = []
    entities: dict[Entity, dict[str, Any]] = {}
    for name in names:
        score = seen = Fraction(0)
        for indicator, weight in weights.items():
            part = latest.get((name, indicator))
            rows.append(
                (name, indicator, digits_text(part or Fraction(0), DIGITS), "missing" if part is None else "observed")
            )
            if part is not None:
                score, seen = score + part, seen + weight.weight
        coverage = seen / whole if whole else Fraction(0)
        entities[name] = {
            "score": float(digits_text(score, DIGITS)), "coverage": float(digits_text(coverage, DIGITS)),
            "level": _level(score, coverage, bounds, least),
        }  # fmt: skip
    columns = (
        zip(("entity", "indicator", "contribution", "state"), zip(*rows, strict=True), strict=True) if rows else ()
    )
    told: dict[str, Any] = {column.name: [] for column in METHOD.output} | {name: list(c) for name, c in columns}
    return Answer(told, {"entities": entities})


def _level(score: Fraction, coverage: Fraction, bounds: list[Fraction], least: Fraction) -> str:
    if coverage < least:
        return "insufficient"
    return "low" if score < bounds[0] else "medium" if score < bounds[1] else "high"


def weights_of(table: Table) -> dict[str, IndexWeight]:
    """Bounds, weight and half-life of every indicator; a row that makes no sense is refused. Source: DESIGN §14."""
    found = {}
    names = (table[name].text() for name in ("indicator", "low", "high", "weight"))
    lives = table["half_life_days"].whole().tolist()
    for row, ((name, low, high, weight), life) in enumerate(zip(zip(*names, strict=True), lives, strict=True)):
        each = IndexWeight(Fraction(Decimal(low)), Fraction(Decimal(high)), Fraction(Decimal(weight)), life)
        if each.low == each.high or each.weight < 0:
            rule = "上下界须不同、权重不得为负 · bounds differ and a weight is not negative"
            table.refuse(row, "high", rule, "更正界限或权重 · correct bounds or weight")
        else:
            found[name] = each
    return dict(sorted(found.items()))


def latest_parts(
    table: Table, weights: dict[str, IndexWeight], at: int
) -> tuple[list[Entity], dict[tuple[Entity, str], Fraction]]:
    """Return every entity that was ever observed, and the latest contribution of each of its indicators.

    Args:
        at: Days since 1970-01-01; what was observed later does not count.

    Source: OECD & JRC (2008), steps 5–7.
    """
    found: dict[tuple[Entity, str], tuple[int, Fraction]] = {}
    entities: set[Entity] = set()
    for row, name, indicator, value, day in _observed(table):
        if indicator not in weights:
            table.refuse(
                row, "indicator", "权重表没有此指标 · no weight for this indicator", "补入权重 · add its weight"
            )
            continue
        entities.add(name)
        if day > at or value is None:
            continue
        part = (day, _contribution(weights[indicator], value, at - day))
        found[name, indicator] = max(found.get((name, indicator), part), part)
    return sorted(entities), {key: part for key, (_, part) in found.items()}


def _observed(table: Table) -> Iterator[tuple[int, Entity, str, Decimal | None, int]]:
    texts = (table[name].text() for name in ("entity", "indicator", "value"))
    for row, (name, indicator, value, day) in enumerate(zip(*texts, table["observed_on"].days().tolist(), strict=True)):
        assert day != NO_DAY
        yield row, name, indicator, Decimal(value) if value else None, day


def _contribution(weight: IndexWeight, value: Decimal, age: int) -> Fraction:
    share = min(max((Fraction(value) - weight.low) / (weight.high - weight.low), Fraction(0)), Fraction(1))
    return weight.weight * share * (_left(age, weight.half_life) if weight.half_life else 1)


@cache
def _left(age: int, half_life: int) -> Fraction:
    """2^(−age / half-life)."""
    whole, part = divmod(age, half_life)
    faded: Decimal = EXACT.power(Decimal(2), EXACT.divide(Decimal(-part), Decimal(half_life)))
    return Fraction(faded) / Fraction(2**whole)


METHOD = Method(
    name="composite-index",
    zh="综合指数（随时间衰减，注明覆盖度）",
    en="A weighted index that fades, with its coverage",
    inputs=(
        Input("indicators", "指标观测", "Observations", (
            Column("entity", "对象", "Entity"), Column("indicator", "指标", "Indicator"),
            Column("value", "数值", "Value", "decimal", required=False),
            Column("observed_on", "观测日", "Observed on", "date"))),
        Input("weights", "权重", "Weights", (
            Column("indicator", "指标", "Indicator"), Column("low", "下界", "Low", "decimal"),
            Column("high", "上界", "High", "decimal"), Column("weight", "权重", "Weight", "decimal"),
            Column("half_life_days", "半衰期", "Half-life", "number", unit="d", note="0: does not fade")),
            unique=("indicator",)),
    ),
    options=(
        Option("at", "基准日", "Day of the index", "date"),
        Option("bands", "等级界限", "Bounds of medium and high", "text", "60,80"),
        Option("coverage", "最低覆盖度", "Least coverage", "decimal", "0.6"),
    ),
    output=(
        Column("entity", "对象", "Entity"), Column("indicator", "指标", "Indicator"),
        Column("contribution", "贡献", "Contribution", "decimal"),
        Column("state", "状态", "State", "choice", choices=one_of(observed="有观测|Observed", missing="缺失|Missing")),
    ),
    facts=(AnswerKey("entities", "对象", "Score, coverage and level by entity", {"type": "object"}),),
    key=("entity", "indicator"),
    run=index_entities,
    source="OECD & JRC (2008), steps 5–7",
    peer="the formula in high precision",
)  # fmt: skip
