"""What an area owes for indicators of a month or year that missed their targets, in the groups of the rules in force.

In: values beside targets by area, period and indicator, and the amounts as an officer entered them with their citation.
How an indicator is judged stands in the table of the rules: `class` (classes worse than the target), `shortfall` (units
below it), `excess` (units above it), `missed` (a yearly task that was not done). What is short times the amount is owed;
whole fen, half to even. An indicator without an amount for its day is refused, not guessed.
Out: one row for each indicator that costs something; JSON: the sum, and sums by group. Exact. n log n.
Source: table `water.compensation_indicators` (京政办发〔2022〕31号: flow, environment, ecology), edition by the period's first day.
Compared with: the sum of a loop over values with fractions (tests/methods/test_compensation_indicators.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts import water
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import InputError, NoRuleError

POOL = "pool"
_DONE = {"yes": Fraction(1), "no": Fraction(0)}


class EnteredAmount(NamedTuple):
    """What an officer entered of one indicator: yuan for each `per` units, between two days."""

    yuan: Fraction
    per: Fraction
    begins: str
    ends: str
    citation: str


def charge_indicators(given: Given) -> Answer:
    """What every area owes for its indicators. Source: table `water.compensation_indicators`."""
    values, amounts = given["values"], _amounts(given["amounts"])
    columns = {name: values[name].text() for name in ("area", "period", "indicator", "target", "value", "payee")}
    rows: list[dict[str, Any]] = []
    editions: set[str] = set()
    for row in range(len(values)):
        cells = {name: column[row] for name, column in columns.items()}
        rule = _rule(values, row, cells)
        if rule is None:
            continue
        edition, group, judged = rule
        short = _short(values, row, cells, judged)
        amount = _entered(values, row, cells, amounts) if short is not None else None
        if short is None or amount is None:
            continue
        editions.add(edition)
        if short <= 0:
            continue
        owed = round(short / amount.per * amount.yuan * 100)
        rows.append({
            "area": cells["area"], "period": cells["period"], "indicator": cells["indicator"], "group": group, "judged": judged,
            "target": cells["target"], "value": cells["value"], "short": _plain(short),
            "amount": f"{owed // 100}.{owed % 100:02d}", "payee": cells["payee"] or POOL, "citation": amount.citation, "fen": owed,
        })  # fmt: skip
    groups: dict[str, int] = defaultdict(int)
    for each in rows:
        groups[each["group"]] += each["fen"]
    return Answer(
        {column.name: [each[column.name] for each in rows] for column in METHOD.output},
        {"total": _yuan(sum(groups.values())), "groups": {name: _yuan(fen) for name, fen in sorted(groups.items())}},
        {"water.compensation_indicators": "|".join(sorted(editions))} if editions else {},
    )


def _rule(values: Table, row: int, cells: dict[str, str]) -> tuple[str, str, str] | None:
    """Edition, group and way of judging of an indicator on its day; None with a reject."""
    try:
        table = method_rules().table("water.compensation_indicators", date.fromisoformat(cells["period"]))
        found = table.lookup(indicator=cells["indicator"])
    except NoRuleError as error:
        values.refuse(row, "period", f"当期无版本 · {error.message}", "录入当期适用的办法 · enter the rules that hold")
        return None
    except InputError as error:
        values.refuse(
            row, "indicator", f"办法中没有该指标 · {error.message}", "按表中代码填写 · use a code of the table"
        )
        return None
    return table.meta.edition, str(found["group"]), str(found["judged"])


def _short(values: Table, row: int, cells: dict[str, str], judged: str) -> Fraction | None:
    """By how much the target was missed; None with a reject where a text is none."""
    readers: dict[str, Callable[[str], Fraction | None]] = {"class": _class_number, "missed": _DONE.get}
    read = readers.get(judged, _number)
    told = {name: read(cells[name]) for name in ("target", "value")}
    for name, number in told.items():
        if number is None:
            values.refuse(row, name, f"不是该指标的值（{judged}） · is no value of it", _REMEDIES[judged])
            return None
    target, value = (Fraction(told[name] or 0) for name in ("target", "value"))
    return max(Fraction(0), value - target if judged in ("class", "excess") else target - value)


_REMEDIES = {
    "class": "写 I…V 或 VI · write I…V, or VI", "missed": "写 yes 或 no · write yes or no",
    "shortfall": "写数字 · write a number", "excess": "写数字 · write a number",
}  # fmt: skip


def _class_number(text: str) -> Fraction | None:
    return Fraction(water.CLASSES.index(text)) if text and text in water.CLASSES else None


def _number(text: str) -> Fraction | None:
    try:
        found = Decimal(text)
    except ArithmeticError:
        return None
    return Fraction(found) if found.is_finite() else None


def _amounts(table: Table) -> dict[str, list[EnteredAmount]]:
    found: dict[str, list[EnteredAmount]] = defaultdict(list)
    names = ("indicator", "yuan", "per", "from", "to", "citation")
    for row, (indicator, yuan, per, begins, ends, citation) in enumerate(
        zip(*(table[name].text() for name in names), strict=True)
    ):
        if Decimal(yuan) < 0 or Decimal(per) <= 0:
            table.refuse(
                row, "per", "金额不得为负，单位须大于零 · an amount below nothing, or of no units", "更正 · correct it"
            )
            continue
        found[indicator].append(EnteredAmount(Fraction(yuan), Fraction(per), begins, ends, citation))
    return found


def _entered(
    values: Table, row: int, cells: dict[str, str], amounts: dict[str, list[EnteredAmount]]
) -> EnteredAmount | None:
    """The one amount that holds on the period's first day; None with a reject for none and for several."""
    day = cells["period"]
    held = [
        each
        for each in amounts.get(cells["indicator"], [])
        if each.begins <= day and (not each.ends or day <= each.ends)
    ]
    if len(held) == 1:
        return held[0]
    rule = "当期金额未录入 · no amount entered for it" if not held else "当期有两个金额 · two amounts hold at once"
    values.refuse(row, "indicator", rule, "在金额表录入并注明出处 · enter one amount with its citation")
    return None


def _plain(number: Fraction) -> str:
    """An exact decimal: values and targets are decimals, so that their difference is one."""
    return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


METHOD = Method(
    name="compensation-indicators",
    zh="水生态区域补偿指标核算",
    en="Compensation by indicators",
    inputs=(
        Input(
            "values", "指标值与目标", "Values and targets",
            (
                Column("area", "责任区", "Who answers"), Column("period", "考核期（首日）", "First day of the period", "date"),
                Column("indicator", "指标", "Indicator", note="a code of table `water.compensation_indicators`"),
                Column("target", "目标", "Target"), Column("value", "实际", "Value"),
                Column("payee", "受偿方", "Who receives", required=False, absent=True, note="empty: the city's pool"),
            ),
            unique=("area", "period", "indicator"),
        ),
        Input(
            "amounts", "已录入的金额", "Amounts entered",
            (
                Column("indicator", "指标", "Indicator"), Column("yuan", "金额", "Amount", "decimal", unit="CNY"),
                Column("per", "每多少单位", "For so many units", "decimal"), Column("from", "起", "From", "date"),
                Column("to", "止", "Until", "date", required=False, absent=True), Column("citation", "出处", "Citation"),
            ),
        ),
    ),
    output=(
        Column("area", "责任区", "Who answers"), Column("period", "考核期", "Period"), Column("indicator", "指标", "Indicator"),
        Column("group", "指标组", "Group"), Column("judged", "核算方式", "How it is judged"), Column("target", "目标", "Target"),
        Column("value", "实际", "Value"), Column("short", "差额", "Short by", "decimal"),
        Column("amount", "补偿金额", "Amount", "decimal", unit="CNY"), Column("payee", "受偿方", "Who receives"),
        Column("citation", "金额出处", "Citation of the amount"),
    ),
    facts=(
        AnswerKey("total", "合计（元）", "Sum in yuan", {"type": "string"}),
        AnswerKey("groups", "各组合计（元）", "Sums by group", {"type": "object"}),
    ),
    key=("area", "period", "indicator"),
    run=charge_indicators,
    source="京政办发〔2022〕31号 (table `water.compensation_indicators`)",
    peer="a loop with fractions",
)  # fmt: skip
