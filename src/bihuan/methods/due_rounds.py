"""What is owed at each place round by round: patrol, drill, assessment; done when, due by when, missed since when.

In: places with the day since when they are in use, rounds with place, kind and day, and the days within which each kind comes again
(`kind,days`). A round is due so many days after the last one, or after the place came into use; on its last day it is still in time.
Due soon: within `soon` days. A round of a place or a kind that is not known is rejected; one after `at` does not count yet.
Out: a row for each place and kind; JSON: how many are done, due soon and missed. n log n.
Source: HJ 773-2015 (patrols, drills and assessments of sources; how often is data).
Compared with: a loop over places by hand (tests/methods/test_campaigns.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given

STATES = ("done", "due_soon", "missed")


def owe_rounds(given: Given) -> Answer:
    """A row for each place and kind. Source: HJ 773-2015."""
    places, rounds, kinds = given["places"], given["rounds"], given["kinds"]
    asked = given.option("at")
    at = asked if isinstance(asked, date) else date.fromisoformat(str(asked))
    every = {kind: int(days) for kind, days in zip(kinds["kind"].text(), kinds["days"].text(), strict=True)}
    since = dict(zip(places["place"].text(), places["since"].text(), strict=True))
    last: dict[tuple[str, str], str] = defaultdict(str)
    cells = zip(*(rounds[name].text() for name in ("place", "kind", "done_on")), strict=True)
    for row, (place, kind, done) in enumerate(cells):
        if place not in since:
            rounds.refuse(row, "place", "没有这一对象 · no such place", "核对编号 · check its number")
        elif kind not in every:
            rounds.refuse(row, "kind", "没有这一频次 · no days are entered for it", "在频次表录入 · enter them")
        elif done <= at.isoformat():
            last[place, kind] = max(last[place, kind], done)
    told = []
    for place, begun in since.items():
        for kind, days in every.items():
            done = last[place, kind]
            start = done or begun
            if not start or start > at.isoformat():
                continue
            due = date.fromisoformat(start) + timedelta(days=days)
            soon = due - timedelta(days=int(given.option("soon")))
            state = "missed" if at > due else "due_soon" if at >= soon else "done"
            told.append({"place": place, "kind": kind, "last": done, "due": due.isoformat(), "state": state,
                         "late_days": max(0, (at - due).days)})  # fmt: skip
    counts = {state: sum(row["state"] == state for row in told) for state in STATES}
    return Answer({column.name: [row[column.name] for row in told] for column in METHOD.output}, counts)


METHOD = Method(
    name="due-rounds",
    zh="应巡应练应评",
    en="Rounds that are due",
    inputs=(
        Input("places", "对象", "Places", (
            Column("place", "编号", "Number"), Column("since", "启用日期", "In use since", "date", required=False, absent=True),
        ), unique=("place",)),
        Input("rounds", "记录", "Rounds", (
            Column("place", "对象编号", "Place"), Column("kind", "类别", "Kind"), Column("done_on", "完成日期", "Done on", "date"),
        )),
        Input("kinds", "频次", "How often", (
            Column("kind", "类别", "Kind"), Column("days", "天数", "Within days", "count"),
        ), unique=("kind",)),
    ),
    options=(
        Option("at", "截至日期", "As of", "date"),
        Option("soon", "提前天数", "Days before it is due", "count", default="15"),
    ),
    output=(
        Column("place", "对象", "Place"), Column("kind", "类别", "Kind"), Column("last", "最近完成", "Last done", "date", required=False),
        Column("due", "应完成", "Due by", "date"), Column("state", "状态", "State", note="done|due_soon|missed"),
        Column("late_days", "逾期天数", "Days late", "count"),
    ),
    facts=tuple(AnswerKey(name, zh, en, {"type": "integer"}) for name, zh, en in (
        ("done", "已完成", "Done"), ("due_soon", "即将到期", "Due soon"), ("missed", "缺项", "Missed"))),
    key=("place", "kind"),
    run=owe_rounds,
    source="HJ 773-2015",
    peer="a loop over places",
)  # fmt: skip
