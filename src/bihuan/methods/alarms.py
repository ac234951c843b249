"""When alarms opened and closed, and how high values went, whatever order readings arrived in.

In: READINGS (series, time, value, flag, instant of arrival) and RULES (a glob over series, bounds, counts). Of readings
of one series and time the last that arrived counts (of those that arrived together the greater value, then the flag
that sorts last), whatever its flag; only those flagged N are looked at. An alarm opens at the first of `on_count`
values above `high` in a row and closes at the last of `off_count` values below `clear` in a row; `peak` is the greatest
value from opening to closing. A gap of more than `max_gap_minutes` between readings that count starts counting anew
while the alarm is closed, and never ends an open one. An alarm that is still open has no `closed`.
Out: one row an incident. JSON `incidents`, `open`, `corrected` (readings that a later arrival replaced), `ignored` (those
not flagged N). Exact: values are compared as decimals. n log n.
Source: DESIGN §14 (incidents); ISA-18.2 (on and off delay, deadband).
Compared with: a loop over the readings in any order (tests/methods/test_alarms.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import NamedTuple

from bihuan.methods.declared.cells import second_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.tables import Given

GOOD = "N"


class AlarmReading(NamedTuple):
    """A value that counts: its second, the value, and how it was written."""

    second: int
    value: Decimal
    text: str


class DelayedRule(NamedTuple):
    """When an alarm opens and closes."""

    name: str
    series: str
    high: Decimal
    clear: Decimal
    on_count: int
    off_count: int
    max_gap: Decimal


class AlarmSpan(NamedTuple):
    """An alarm from its opening to its closing; `closed` is None while it is open."""

    opened: int
    closed: int | None
    peak: str


def find_incidents(given: Given) -> Answer:
    """The incidents of every series under every rule that names it. Source: DESIGN §14 (incidents)."""
    series, corrected, ignored = _series(given)
    out: list[tuple[str, str, str, str, str]] = []
    still = 0
    rules = list(_rules(given))
    for name, readings in series.items():
        for rule in rules:
            if fnmatchcase(name, rule.series):
                for found in incidents_of(readings, rule):
                    closed = "" if found.closed is None else second_text(found.closed)
                    still += not closed
                    out.append((name, rule.name, second_text(found.opened), closed, found.peak))
    columns = [list(each) for each in zip(*out, strict=True)] if out else [[], [], [], [], []]
    names = ("series", "rule", "opened", "closed", "peak")
    facts = {"incidents": len(out), "open": still, "corrected": corrected, "ignored": ignored}
    return Answer(dict(zip(names, columns, strict=True)), facts=facts)


@dataclass(slots=True)
class _State:
    opened: int | None = None
    first: int = 0
    run: int = 0
    peak: tuple[Decimal, str] = (Decimal(0), "")


def incidents_of(readings: Sequence[AlarmReading], rule: DelayedRule) -> Iterator[AlarmSpan]:
    """The incidents of one series under one rule.

    Args:
        readings: In the order of their times, each time once.

    Source: ISA-18.2 (on and off delay, deadband).
    """
    gap = int(rule.max_gap * 60)
    state, last = _State(), None
    for each in readings:
        if state.opened is None and last is not None and each.second - last > gap:
            state.run = 0
        last = each.second
        if state.opened is None:
            _count_up(state, each, rule)
        elif _counted_down(state, each, rule):
            yield AlarmSpan(state.opened, each.second, state.peak[1])
            state = _State()
    if state.opened is not None:
        yield AlarmSpan(state.opened, None, state.peak[1])


def _count_up(state: _State, each: AlarmReading, rule: DelayedRule) -> None:
    if each.value <= rule.high:
        state.run = 0
        return
    said = (each.value, each.text)
    state.first, state.peak = (each.second, said) if state.run == 0 else (state.first, _higher(state.peak, said))
    state.run += 1
    if state.run >= rule.on_count:
        state.opened, state.run = state.first, 0


def _counted_down(state: _State, each: AlarmReading, rule: DelayedRule) -> bool:
    state.peak = _higher(state.peak, (each.value, each.text))
    state.run = state.run + 1 if each.value < rule.clear else 0
    return state.run >= rule.off_count


def _higher(a: tuple[Decimal, str], b: tuple[Decimal, str]) -> tuple[Decimal, str]:
    return b if b[0] > a[0] else a


def _series(given: Given) -> tuple[dict[str, list[AlarmReading]], int, int]:
    """Readings that count by series, in the order of their times; how many were replaced, and how many not looked at."""
    table = given["readings"]
    last: dict[tuple[str, int], tuple[datetime, Decimal, str, str]] = {}
    instants = [datetime.fromisoformat(each) for each in table["arrived"].values()]
    rows = zip(
        table["series"].text(), table["time"].seconds().tolist(), instants,
        map(Decimal, table["value"].text()), table["flag"].text(), table["value"].text(), strict=True,
    )  # fmt: skip
    total = 0
    for name, second, *said in rows:
        total += 1
        key, reading = (name, second), (said[0], said[1], said[2], said[3])
        if key not in last or reading > last[key]:
            last[key] = reading
    found: dict[str, list[AlarmReading]] = {}
    ignored = 0
    for (name, second), (_, value, flag, text) in last.items():
        if flag == GOOD:
            found.setdefault(name, []).append(AlarmReading(second, value, text))
        else:
            ignored += 1
    return {name: sorted(found[name]) for name in sorted(found)}, total - len(last), ignored


def _rules(given: Given) -> Iterator[DelayedRule]:
    """The rules; one whose `clear` lies above its `high` is refused."""
    table = given["rules"]
    columns = [
        table[name].text() for name in ("rule", "series", "high", "clear", "on_count", "off_count", "max_gap_minutes")
    ]
    for row, (name, series, high, clear, on, off, gap) in enumerate(zip(*columns, strict=True)):
        rule = DelayedRule(name, series, Decimal(high), Decimal(clear), int(on), int(off), Decimal(gap))
        if rule.clear > rule.high:
            table.refuse(
                row, "clear", "解除值高于触发值 · clear lies above high", "解除值不得高于触发值 · lower `clear`"
            )
        else:
            yield rule


METHOD = Method(
    name="alarms",
    zh="报警的触发与解除",
    en="When alarms opened and closed",
    inputs=(
        Input(
            "readings", "读数", "Readings",
            (
                Column("series", "序列", "Series"), Column("time", "时间", "Instant", "instant"),
                Column("value", "数值", "Value", "decimal"), Column("flag", "标记", "Flag, N for good"),
                Column("arrived", "到达", "Instant of arrival", "instant"),
            ),
        ),
        Input(
            "rules", "规则", "Rules",
            (
                Column("rule", "规则", "Rule"), Column("series", "序列", "Series, a glob"),
                Column("high", "触发值", "Opens above", "decimal"), Column("clear", "解除值", "Closes below", "decimal"),
                Column("on_count", "触发次数", "Values above in a row", "count"),
                Column("off_count", "解除次数", "Values below in a row", "count"),
                Column("max_gap_minutes", "最长间隔", "Gap that starts counting anew", "decimal", unit="min"),
            ),
            unique=("rule",),
        ),
    ),
    output=(
        Column("series", "序列", "Series"), Column("rule", "规则", "Rule"), Column("opened", "触发", "Opened", "instant"),
        Column("closed", "解除", "Closed", "instant", required=False), Column("peak", "最高值", "Peak", "decimal"),
    ),
    facts=(
        AnswerKey("incidents", "事件", "Incidents", {"type": "integer"}),
        AnswerKey("open", "未解除", "Still open", {"type": "integer"}),
        AnswerKey("corrected", "被更正的读数", "Readings replaced by a later arrival", {"type": "integer"}),
        AnswerKey("ignored", "不参与的读数", "Readings not flagged N", {"type": "integer"}),
    ),
    key=("series", "opened", "rule"),
    run=find_incidents,
    source="ISA-18.2; DESIGN §14",
    peer="a loop over readings in any order",
)  # fmt: skip
