"""How an index would have done: replayed day by day with only what was known then.

In: observations with the day of the value and the day on which it was recorded; weights; what happened to entities later.
On every `every`-th day from `from` to `to` the index of `composite-index` is worked out from rows recorded by that day; the
`k` entities with the highest scores that are not `insufficient` (ties to the smaller id) are an alarm. An alarm is right
when the entity's event lies within the `horizon` days after that day; entities whose event lies on or before it are out.
Out: a row for each day: alarms, right ones, their share with its 95 % Wilson interval, the median of the days between
alarm and event. The JSON says how many events were ever foreseen, and the median lead of their first alarm: compare two
files of weights on the same rows, and a change of weights is judged before it is taken. Days × (n log n).
Source: OECD & JRC (2008), step 7 (uncertainty of choices); E. B. Wilson (1927); packs E25 (bitemporal backtest).
Compared with: a literal replay of `composite-index` on rows cut by hand (tests/methods/test_finance_index.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np

from bihuan.methods.composite_index import METHOD as INDEX
from bihuan.methods.composite_index import latest_parts, weights_of
from bihuan.methods.declared.cells import day_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given
from bihuan.rules.intervals import wilson

EPOCH = date(1970, 1, 1)


def replay_index(given: Given) -> Answer:
    """Alarms of every day and how many of them were right.

    Raises:
        WrongCallError: the days do not rise, or a step is none.

    Source: packs E25 (every change of weights is replayed on the past with only what was known then).
    """
    first, last = (date.fromisoformat(str(given.option(name))) for name in ("from", "to"))
    every, most = int(given.option("every")), int(given.option("k"))
    if last < first or every < 1 or most < 1:
        raise WrongCallError("from、to、every、k：起止须递增，步长和个数不小于1 · days rise, steps and k are at least 1",
                             "--option from=2024-01-01 to=2024-12-31 every=30 k=20")  # fmt: skip
    happened = _events(given)
    rows, leads = [], dict[str, int]()
    day = first
    while day <= last:
        at = (day - EPOCH).days
        alarms = [name for name in _ranked(given, at) if not happened.get(name, at + 1) <= at][:most]
        ahead = {name: happened[name] - at for name in alarms if name in happened}
        right = sorted(days for days in ahead.values() if days <= int(given.option("horizon")))
        for name in alarms:
            if name in ahead and ahead[name] <= int(given.option("horizon")):
                leads.setdefault(name, ahead[name])
        rows.append(_row(at, len(alarms), right))
        day += timedelta(days=every)
    columns = {column.name: [row[column.name] for row in rows] for column in METHOD.output}
    lead = {"lead_days": median(leads.values())} if leads else {"lead_days": None}
    return Answer(columns, {"events": len(happened), "foreseen": len(leads), **lead})


def _events(given: Given) -> dict[str, int]:
    """The first event of every entity, in days since 1970-01-01."""
    found: dict[str, int] = {}
    table = given["events"]
    for name, day in zip(table["entity"].text(), table["happened_on"].days().tolist(), strict=True):
        found[name] = min(found.get(name, day), day)
    return found


def _ranked(given: Given, at: int) -> list[str]:
    """Entities of which enough was seen, the highest score first."""
    table = given["indicators"]
    known = table.kept(np.asarray(table["recorded_on"].days() <= at))
    weights = weights_of(given["weights"])
    names, parts = latest_parts(known, weights, at)
    whole = sum((each.weight for each in weights.values()), Fraction(0))
    least = Fraction(str(given.option("coverage"))) * whole
    scores = []
    for name in names:
        seen = [(part, weights[each].weight) for each in weights if (part := parts.get((name, each))) is not None]
        if sum((weight for _, weight in seen), Fraction(0)) >= least and seen:
            scores.append((-sum((part for part, _ in seen), Fraction(0)), name))
    return [name for _, name in sorted(scores)]


def _row(at: int, alarms: int, right: list[int]) -> dict[str, Any]:
    ends = wilson(len(right), alarms) if alarms else None
    return {
        "day": day_text(at), "alarms": alarms, "right": len(right),
        "precision": f"{len(right) / alarms:.6f}" if alarms else "",
        "low": f"{ends.low:.6f}" if ends else "", "high": f"{ends.high:.6f}" if ends else "",
        "lead_days": f"{median(right):.1f}" if right else "",
    }  # fmt: skip


METHOD = Method(
    name="index-backtest",
    zh="综合指数回测",
    en="How an index would have done",
    inputs=(
        Input("indicators", "指标观测", "Observations", (
            *INDEX.inputs[0].columns, Column("recorded_on", "入库日", "Recorded on", "date"))),
        INDEX.inputs[1],
        Input("events", "后来发生的事", "What happened", (
            Column("entity", "对象", "Entity"), Column("happened_on", "发生日", "Happened on", "date"))),
    ),
    options=(
        Option("from", "起", "First day", "date"), Option("to", "止", "Last day", "date"),
        Option("every", "步长", "Days between", "count", "30"),
        Option("k", "名单长度", "Alarms of a day", "count", "20"),
        Option("horizon", "命中期限", "Days within which an alarm is right", "count", "365"),
        Option("coverage", "最低覆盖度", "Least coverage", "decimal", "0.6"),
    ),
    output=(
        Column("day", "日期", "Day", "date"), Column("alarms", "预警数", "Alarms", "count"),
        Column("right", "命中数", "Right", "count"),
        Column("precision", "命中率", "Share right", "decimal", required=False),
        Column("low", "下限", "Low", "decimal", required=False),
        Column("high", "上限", "High", "decimal", required=False),
        Column("lead_days", "提前天数中位数", "Median days ahead", "decimal", required=False),
    ),
    facts=(
        AnswerKey("events", "事件数", "Events", {"type": "integer"}),
        AnswerKey("foreseen", "曾预警的事件", "Events that were foreseen", {"type": "integer"}),
        AnswerKey("lead_days", "首次预警提前天数中位数", "Median days ahead of their first alarm",
                  {"type": ["number", "null"]}),
    ),
    key=("day",),
    run=replay_index,
    source="OECD & JRC (2008), step 7; E. B. Wilson (1927)",
    peer="composite-index on rows cut by hand",
    cost="days × n log n",
)  # fmt: skip
