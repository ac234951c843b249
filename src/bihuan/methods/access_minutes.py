"""Minutes that admitted items really took in each community and month, beside what the list allows.

In: items with their sender and minutes a month; tasks with community, day and minutes. A task of an item that is not on
the list is told under its item without a bound.
Out: item, sender, community, month, tasks, minutes, what is allowed and what is left (below zero: too much). Exact; n log n.
Source: 西城区社区工作准入办法 (2018 model); 社区工作事项准入 (working value: minutes of a calendar month).
Compared with: a loop over dictionaries (tests/methods/test_shares.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from bihuan.methods.declared.model import Answer, Column, Input, Method
from bihuan.methods.declared.tables import Given

EPOCH = date(1970, 1, 1)


def add_minutes(given: Given) -> Answer:
    """Minutes by item, community and month. Source: 西城区社区工作准入办法 (2018 model)."""
    items, tasks = given["items"], given["tasks"]
    limits = (None if text == "" else int(text) for text in items["minutes_month"].text())
    known = dict(zip(items["item"].text(), zip(items["sender"].text(), limits, strict=True), strict=True))
    months = {day: f"{EPOCH + timedelta(days=day):%Y-%m}" for day in set(tasks["day"].days().tolist())}
    spent: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    columns = (tasks["item"].text(), tasks["community"].text(), tasks["day"].days().tolist())
    for item, community, day, minutes in zip(*columns, tasks["minutes"].whole().tolist(), strict=True):
        told = spent[item, community, months[day]]
        told[0] += 1
        told[1] += minutes
    rows = []
    for (item, community, month), (count, minutes) in spent.items():
        sender, most = known.get(item, ("", None))
        left = None if most is None else most - minutes
        rows.append((item, sender, community, month, count, minutes, most, left))
    names = [column.name for column in METHOD.output]
    return Answer(dict(zip(names, (list(cells) for cells in zip(*rows, strict=True)), strict=True)) if rows else
                  {name: [] for name in names})  # fmt: skip


METHOD = Method(
    name="access-minutes",
    zh="准入事项实际用时",
    en="Minutes that admitted items really took",
    inputs=(
        Input("items", "准入事项", "Items", (
            Column("item", "事项", "Item"), Column("sender", "下达单位", "Sender"),
            Column("minutes_month", "每月时长上限", "Minutes a month", "number", required=False, unit="min")), unique=("item",)),
        Input("tasks", "任务", "Tasks", (
            Column("item", "事项", "Item"), Column("community", "社区", "Community"), Column("day", "下达日", "Day", "date"),
            Column("minutes", "用时", "Minutes", "number", unit="min"))),
    ),
    output=(
        Column("item", "事项", "Item"), Column("sender", "下达单位", "Sender", required=False), Column("community", "社区", "Community"),
        Column("month", "月份", "Month"), Column("tasks", "任务数", "Tasks", "number"),
        Column("minutes", "用时", "Minutes", "number", unit="min"),
        Column("allowed", "上限", "Allowed", "number", required=False, unit="min"),
        Column("left", "剩余", "Left", "number", required=False, unit="min"),
    ),
    key=("month", "community", "item"),
    run=add_minutes,
    source="西城区社区工作准入办法 (2018 model)",
    peer="a loop over dictionaries",
    cost="n log n",
)  # fmt: skip
