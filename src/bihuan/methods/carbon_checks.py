"""What is wrong with monthly statements of energy: counted twice, a thousand times too large, another year's factor, a jump.

In: statements (unit, month, meter, source, quantity, unit of measure, year of the factor, whether explained), and the factors
that are known. Findings, each with what it rests on: `double`: one meter's month stated by two; `scale`: a quantity at
least 300 times the median of the same unit's and source's months, or less than a 300th; `factor_year`: a factor of another year than
the latest that is not after the statement; `jump`: the unit's month changed against the month before by more than a
share beyond how its peers with the same source changed, and nobody said why. Peers take cold months out; a new unit has
no month before; of two meters in one month the sum counts. Exact fractions; n log n.
Source: 企业温室气体排放核算与报告指南 (cross-checks of activity data); docs/adr/0353-carbon.md.
Compared with: planted faults of a year of statements (tests/methods/test_carbon_checks.py).
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from statistics import median
from typing import NamedTuple

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.quantities import digits_text, unit_named

SCALE = 300
PEERS = 3
"""So many others must have stated both months before their change says anything."""
_UOM = "没有这个计量单位 · there is no such unit of measure"
_UOM_REMEDY = "写 kWh、MWh、10^4 kWh、MJ、GJ、kg、t、m3 或 10^4 m3 · write one of these"


class EnergyStatement(NamedTuple):
    """One statement: who, the first day of the month, meter, source, exact amount, year of its factor, explained."""

    number: str
    unit: str
    month: str
    meter: str
    source: str
    amount: Fraction
    factor_year: int
    explained: bool


class StatementFinding(NamedTuple):
    """What is wrong with a statement: the kind, the other statement or the year that is right, a ratio."""

    statement: str
    finding: str
    other: str
    ratio: str


def check_statements(given: Given) -> Answer:
    """Every finding. Source: docs/adr/0353-carbon.md."""
    rows = _statements(given)
    years: dict[str, list[int]] = defaultdict(list)
    for source, year in zip(given["factors"]["source"].text(), given["factors"]["year"].values(), strict=True):
        years[source].append(int(year))
    share = Fraction(str(given.option("jump")))
    wrong = _scaled(rows)
    odd = {each.statement for each in wrong}
    found = [
        *_doubled(rows),
        *wrong,
        *_other_years(rows, years),
        *_jumps([r for r in rows if r.number not in odd], share),
    ]
    counts = {kind: sum(each.finding == kind for each in found) for kind in ("double", "scale", "factor_year", "jump")}
    columns = {name: [getattr(each, name) for each in found] for name in StatementFinding._fields}
    return Answer(columns, facts=counts)


def _statements(given: Given) -> list[EnergyStatement]:
    table, rows = given["statements"], []
    names = ("statement", "unit", "month", "meter", "source", "quantity", "uom", "factor_year", "explained")
    for row, told in enumerate(zip(*(table[name].values() for name in names), strict=True)):
        number, unit, month, meter, source, quantity, uom, year, explained = told
        measure = unit_named(uom)
        if measure is None:
            table.refuse(row, "uom", _UOM, _UOM_REMEDY)
            continue
        amount = Fraction(quantity) * measure.size
        first = f"{month[:7]}-01"
        rows.append(
            EnergyStatement(number, unit, first, meter or "", source, amount, int(year or first[:4]), bool(explained))
        )
    return sorted(rows)


def _doubled(rows: list[EnergyStatement]) -> list[StatementFinding]:
    """Each later statement of a meter's month that somebody else stated too."""
    first: dict[tuple[str, str], EnergyStatement] = {}
    found = []
    for each in rows:
        if not each.meter:
            continue
        known = first.setdefault((each.meter, each.month), each)
        if known is not each:
            found.append(StatementFinding(each.number, "double", known.number, ""))
    return found


def _scaled(rows: list[EnergyStatement]) -> list[StatementFinding]:
    amounts: dict[tuple[str, str], list[EnergyStatement]] = defaultdict(list)
    for each in rows:
        amounts[each.unit, each.source].append(each)
    found = []
    for stated in amounts.values():
        middle = median(each.amount for each in stated)
        for each in stated:
            if len(stated) >= 3 and middle and not Fraction(1, SCALE) < each.amount / middle < SCALE:
                found.append(StatementFinding(each.number, "scale", "", digits_text(each.amount / middle, 3)))
    return found


def _other_years(rows: list[EnergyStatement], years: dict[str, list[int]]) -> list[StatementFinding]:
    found = []
    for each in rows:
        right = max((year for year in years.get(each.source, []) if year <= int(each.month[:4])), default=None)
        if right is not None and each.factor_year not in (right, int(each.month[:4])):
            found.append(StatementFinding(each.number, "factor_year", str(right), ""))
    return found


def _jumps(rows: list[EnergyStatement], share: Fraction) -> list[StatementFinding]:
    sums: dict[tuple[str, str], dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    last: dict[tuple[str, str, str], EnergyStatement] = {}
    for each in rows:
        sums[each.unit, each.source][each.month] += each.amount
        key = (each.unit, each.source, each.month)
        last[key] = last[key]._replace(explained=last[key].explained or each.explained) if key in last else each
    changes: dict[tuple[str, str], dict[str, Fraction]] = defaultdict(dict)
    for (unit, source), months in sums.items():
        for month, amount in months.items():
            before = months.get(_month_before(month), Fraction())
            if before:
                changes[source, month][unit] = amount / before
    found = []
    for (source, month), units in changes.items():
        for unit, change in units.items():
            others = [each for other, each in units.items() if other != unit]
            usual = median(others) if len(others) >= PEERS else Fraction(1)
            said = last[unit, source, month]
            if usual and abs(change / usual - 1) > share and not said.explained:
                found.append(StatementFinding(said.number, "jump", "", digits_text(change / usual, 3)))
    return found


def _month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:7])
    return f"{year - (number == 1)}-{(number - 2) % 12 + 1:02}-01"


METHOD = Method(
    name="carbon-checks",
    zh="能源月报核对",
    en="What is wrong with monthly statements of energy",
    inputs=(
        Input("statements", "月报", "Statements", (
            Column("statement", "编号", "Number"), Column("unit", "报告单位", "Unit"), Column("month", "月份", "A day of the month", "date"),
            Column("meter", "计量表", "Meter", required=False, absent=True), Column("source", "能源品种", "Source"),
            Column("quantity", "数量", "Quantity", "decimal"), Column("uom", "计量单位", "Unit of measure"),
            Column("factor_year", "所用因子年份", "Year of its factor", "count", required=False, absent=True),
            Column("explained", "已作说明", "Explained", "yes_no", required=False, absent=True),
        ), unique=("statement",)),
        Input("factors", "排放因子", "Factors", (Column("source", "能源品种", "Source"), Column("year", "年份", "Year", "count"))),
    ),
    options=(Option("jump", "突变幅度", "Share that is a jump", "decimal", "0.3"),),
    output=(
        Column("statement", "编号", "Statement"),
        Column("finding", "发现", "Finding", "choice", choices=one_of(
            double="重复计算|Counted twice", scale="数量级错误|Wrong by a power of ten", factor_year="因子年份不符|Factor of another year",
            jump="突变未说明|A jump that nobody explained")),
        Column("other", "对照", "Beside it", required=False), Column("ratio", "倍数", "Times", "decimal", required=False),
    ),
    facts=tuple(AnswerKey(name, zh, en, {"type": "integer"}) for name, zh, en in (
        ("double", "重复计算", "Counted twice"), ("scale", "数量级错误", "Wrong by a power of ten"),
        ("factor_year", "因子年份不符", "Factors of another year"), ("jump", "突变未说明", "Jumps"))),
    key=("statement", "finding"),
    run=check_statements,
    source="企业温室气体排放核算与报告指南",
    peer="planted faults of a year of statements",
)  # fmt: skip
