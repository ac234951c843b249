"""Whether a task that is given to a community stands on the admitted list, in time, for it, within its minutes.

In: items of the list with days, communities and minutes a month; tasks with day, minutes and the fields they ask for.
Tasks are taken by day, then id; the first that applies: `not_listed`, `not_yet`, `ended` (day ≥ to), `wrong_community`,
`over_minutes` (admitted minutes of the item in this community and calendar month and these exceed the month's),
`asks_again` (at least 80 % of its fields were delivered by this community in admitted tasks of the last 90 days, those
before it in this order; a task without fields never), `admitted`. Only admitted tasks use minutes and deliver fields.
Out: the verdict on each task. Whole numbers; n log n.
Source: 关于加强社区工作事项准入的规定; shares and days are working values (options).
Compared with: the rule read literally, task by task against all before it (tests/methods/test_community_work.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

EVERYWHERE, HUNDRED = "*", 100
_NEVER = 1 << 60
_EPOCH = date(1970, 1, 1)


class ListedItem(NamedTuple):
    """An item of the list: from, to (excluded) as days, minutes a month (None: no bound), communities (None: all)."""

    first: int
    last: int
    minutes: int | None
    communities: frozenset[str] | None


class GivenTask(NamedTuple):
    """A task as it was given."""

    id: str
    item: str
    community: str
    day: int
    minutes: int
    fields: frozenset[str]


class _Record:
    """What admitted tasks have used and delivered so far."""

    def __init__(self, share: int, days: int) -> None:
        self._share, self._days = share, days
        self._used: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self._delivered: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def verdict(self, task: GivenTask, item: ListedItem | None) -> str:
        if item is None:
            return "not_listed"
        if task.day < item.first:
            return "not_yet"
        if task.day >= item.last:
            return "ended"
        if item.communities is not None and task.community not in item.communities:
            return "wrong_community"
        month = (task.item, task.community, _month(task.day))
        if item.minutes is not None and self._used[month] + task.minutes > item.minutes:
            return "over_minutes"
        if self._asked_before(task):
            return "asks_again"
        self._used[month] += task.minutes
        self._delivered[task.community].update(dict.fromkeys(task.fields, task.day))
        return "admitted"

    def _asked_before(self, task: GivenTask) -> bool:
        known, since = self._delivered[task.community], task.day - self._days
        again = sum(known.get(name, -_NEVER) >= since for name in task.fields)
        return bool(task.fields) and HUNDRED * again >= self._share * len(task.fields)


def check_tasks(given: Given) -> Answer:
    """The verdict on every task. Source: 社区工作事项准入; rules of this method in its module docstring."""
    items, tasks = _items(given["items"]), _tasks(given["tasks"])
    record = _Record(int(given.option("share")), int(given.option("days")))
    told = {task.id: record.verdict(task, items.get(task.item)) for task in sorted(tasks, key=lambda t: (t.day, t.id))}
    return Answer({"task": list(told), "verdict": list(told.values())})


def _items(table: Table) -> dict[str, ListedItem]:
    first, last = (table[name].days().tolist() for name in ("from", "to"))
    minutes = table["minutes_month"].whole(-1).tolist()
    known = table["minutes_month"].known.tolist()
    return {
        name: ListedItem(
            -_NEVER if first[row] == NO_DAY else first[row], _NEVER if last[row] == NO_DAY else last[row],
            minutes[row] if known[row] else None, None if where in ("", EVERYWHERE) else _words(where),
        )
        for row, (name, where) in enumerate(zip(table["item"].text(), table["communities"].text(), strict=True))
    }  # fmt: skip


def _tasks(table: Table) -> list[GivenTask]:
    texts = (table[name].text() for name in ("task", "item", "community"))
    numbers = table["day"].days().tolist(), table["minutes"].whole().tolist()
    return [
        GivenTask(name, item, where, day, minutes, _words(fields))
        for name, item, where, day, minutes, fields in zip(*texts, *numbers, table["fields"].text(), strict=True)
    ]


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, (word.strip() for word in text.split(";"))))


def _month(day: int) -> int:
    found = _EPOCH + timedelta(days=day)
    return 12 * found.year + found.month


METHOD = Method(
    name="access-check",
    zh="社区任务准入核验",
    en="Tasks of communities against the admitted list",
    inputs=(
        Input(
            "items", "准入事项", "Admitted items",
            (
                Column("item", "事项", "Item"), Column("from", "准入日", "From", "date", required=False),
                Column("to", "退出日", "To", "date", required=False, note="the first day on which it is not admitted"),
                Column("minutes_month", "每月时长上限", "Minutes a month", "number", required=False, unit="minute"),
                Column("communities", "适用社区", "Communities", required=False, note="* for all, else a;b"),
            ),
            unique=("item",),
        ),
        Input(
            "tasks", "任务", "Tasks",
            (
                Column("task", "任务", "Task"), Column("item", "事项", "Item"), Column("community", "社区", "Community"),
                Column("day", "下达日", "Day", "date"), Column("minutes", "用时", "Minutes", "number", unit="minute"),
                Column("fields", "索要字段", "Fields asked for", required=False, absent=True, note="a;b"),
            ),
            unique=("task",),
        ),
    ),
    options=(
        Option("share", "重复索要占比", "Share of fields from which it asks again", "number", "80", unit="percent"),
        Option("days", "重复索要期限", "Days for which what was delivered is known", "number", "90"),
    ),
    output=(
        Column("task", "任务", "Task"),
        Column("verdict", "结论", "Verdict", "choice", choices=one_of(
            not_listed="未列入清单|Not on the list", not_yet="尚未准入|Not yet", ended="已退出|Ended",
            wrong_community="非适用社区|Not this community", over_minutes="超出时长|Over its minutes",
            asks_again="重复索要|Asks again", admitted="准入|Admitted")),
    ),
    key=("task",),
    run=check_tasks,
    source="社区工作事项准入清单; DESIGN §14",
    peer="the rule read literally",
)  # fmt: skip
