"""What an area pays the one below it, or the city's pool, for a month in which a section's items were worse than their target.

In: monthly values of sections, and the sections with target class, what flows in, who pays and who receives. For each item
of the rules and each class by which it is worse: the amount of the table, a smaller one where what flowed in had failed.
Several items add up. A month without rules is rejected, and so is an item whose inflow was not measured: nothing is guessed.
Out: one row for each item that costs something; JSON: the sum in yuan. Exact. Linear.
Source: 北京市水环境区域补偿办法（试行）(2015) (table `water.compensation`, edition by the month); classes: `water.class`.
Compared with: the sum of a loop over months and items (tests/methods/test_water.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bihuan.declare.types.laboratory import exact_result
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts import water
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import NoRuleError
from bihuan.rules.tables import RuleTable

ITEMS = ("cod", "nh3n", "tp")
POOL = "pool"


@dataclass(frozen=True, slots=True)
class _Section:
    """Where a value was taken, and between whom money moves."""

    kind: str
    target: int
    inflow: tuple[str, ...]
    payer: str
    payee: str


@dataclass(frozen=True, slots=True)
class _Month:
    """The values of one month: classes by section and item, and the rules."""

    table: RuleTable
    classes: dict[tuple[str, str], int]


def charge_sections(given: Given) -> Answer:
    """What every section costs. Source: 北京市水环境区域补偿办法（试行）(2015); table `water.compensation`."""
    samples = water.without_wrong(given["samples"], ITEMS)
    sections = _sections(given["sections"])
    months, rows_of = _months(samples, sections)
    names, days = samples["section"].text(), samples["month"].values()
    rows = []
    for row in rows_of:
        section, month = sections[names[row]], months[days[row][:7]]
        for item in ITEMS:
            number = month.classes.get((names[row], item), 0)
            worse = number - section.target
            if worse <= 0:
                continue
            inflow = _inflow(section, item, month, sections)
            if not inflow:
                samples.refuse(
                    row, item, "入境断面当月无值 · the inflow has no value in this month", "补入后重算 · enter it"
                )
                continue
            yuan = int(str(month.table.lookup(item=item, inflow=inflow)["yuan"]))
            rows.append({
                "section": names[row], "month": days[row][:7], "item": item, "class": water.CLASSES[number],
                "target": water.CLASSES[section.target], "worse": worse, "inflow": inflow, "per_class": yuan,
                "amount": yuan * worse, "payer": section.payer, "payee": section.payee,
            })  # fmt: skip
    editions = sorted({month.table.meta.edition for month in months.values()})
    return Answer(
        {column.name: [row[column.name] for row in rows] for column in METHOD.output},
        {"total": sum(row["amount"] for row in rows)},
        {"water.compensation": "|".join(editions)} if editions else {},
    )


def _sections(table: Table) -> dict[str, _Section]:
    names = ("section", "kind", "target", "inflow", "payer", "payee")
    rows = zip(*(table[name].text() for name in names), strict=True)
    return {
        name: _Section(
            kind, water.CLASSES.index(target), tuple(part for part in inflow.split("|") if part), payer, payee or POOL
        )
        for name, kind, target, inflow, payer, payee in rows
    }


def _months(samples: Table, sections: dict[str, _Section]) -> tuple[dict[str, _Month], list[int]]:
    """The rules and classes of each month, and the rows that have both; the others are rejected."""
    months: dict[str, _Month] = {}
    kept = []
    names, days = samples["section"].text(), samples["month"].values()
    values = {item: samples[item].values() for item in ITEMS}
    for row, (name, day) in enumerate(zip(names, days, strict=True)):
        if name not in sections:
            samples.refuse(row, "section", "断面表中没有 · not among the sections", "补入断面 · add the section")
            continue
        first = date.fromisoformat(day)
        try:
            table, rules = method_rules().table("water.compensation", first), water.rules_on(first)
        except NoRuleError as error:
            samples.refuse(
                row,
                "month",
                _to_enter(first) or f"当月无版本 · {error.message}",
                "录入当月适用的标准 · enter the edition that holds",
            )
            continue
        month = months.setdefault(day[:7], _Month(table, {}))
        kept.append(row)
        for item in ITEMS:
            if (text := values[item][row]) is not None:
                called = water.named_in_table(item, sections[name].kind)
                month.classes[name, item] = rules.class_of(called, exact_result(text))
    return months, kept


def _to_enter(day: date) -> str:
    """What is said of a month whose indicators are known and whose amounts nobody has entered; empty for other months."""
    try:
        table = method_rules().table("water.compensation_indicators", day)
    except NoRuleError:
        return ""
    return f"{table.meta.source}：13项指标，用 compensation-indicators 核算 · thirteen indicators: `compensation-indicators`"


def _inflow(section: _Section, item: str, month: _Month, sections: dict[str, _Section]) -> str:
    """`met`, `failed`, or nothing where what flows in was not measured."""
    known = [(name, month.classes.get((name, item), 0)) for name in section.inflow]
    if any(name in sections and number > sections[name].target for name, number in known):
        return "failed"
    return "met" if all(number and name in sections for name, number in known) else ""


_RESULTS = tuple(column for column in water.RESULTS if column.name in ITEMS)
_TARGETS = one_of(I="I类|I", II="II类|II", III="III类|III", IV="IV类|IV", V="V类|V")
METHOD = Method(
    name="water-compensation",
    zh="水环境区域补偿核算",
    en="Cross-section compensation",
    inputs=(
        Input(
            "samples", "月均值", "Monthly values",
            (Column("section", "断面", "Section"), Column("month", "月份（首日）", "First day of the month", "date"), *_RESULTS),
            unique=("section", "month"),
        ),
        Input(
            "sections", "断面", "Sections",
            (
                Column("section", "断面", "Section"), Column("kind", "水体类型", "Kind of water", "choice", choices=water.KINDS),
                Column("target", "目标类别", "Target class", "choice", choices=_TARGETS),
                Column("inflow", "入境断面", "Sections that flow in", required=False, absent=True, note="a|b"),
                Column("payer", "补偿方", "Who pays"), Column("payee", "受偿方", "Who receives", required=False, absent=True, note="empty: the city's pool"),
            ),
            unique=("section",),
        ),
    ),
    output=(
        Column("section", "断面", "Section"), Column("month", "月份", "Month"), Column("item", "指标", "Item"),
        Column("class", "类别", "Class"), Column("target", "目标", "Target"), Column("worse", "变差类别数", "Classes worse", "count"),
        Column("inflow", "入境断面", "Inflow"), Column("per_class", "每类标准", "For each class", "count", unit="CNY"),
        Column("amount", "补偿金额", "Amount", "count", unit="CNY"), Column("payer", "补偿方", "Who pays"), Column("payee", "受偿方", "Who receives"),
    ),
    facts=(AnswerKey("total", "合计（元）", "Sum in yuan", {"type": "integer"}),),
    key=("section", "month", "item"),
    run=charge_sections,
    source="北京市水环境区域补偿办法（试行）(2015)",
    peer="a loop over months and items",
    cost="n",
)  # fmt: skip
