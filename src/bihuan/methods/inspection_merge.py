"""The fewest visits to each firm such that every task falls on a working day of its window.

In: tasks of any departments with the earliest and latest day. A window is first cut to the working days in it (make-up
days count); a task without one is `impossible`. Then the task that ends first decides: its last working day is a visit,
and every task of that firm whose window holds the day is done on it. No plan has fewer visits.
Out: visits with their day and tasks. JSON: visits, tasks, impossible, over_cap (firms that need more than `cap`).
Exact. n log n.
Source: stabbing of intervals (T. Gallai: fewest points = most disjoint intervals); 国办发〔2024〕54号 on announced caps.
Compared with: every choice of days for small firms (tests/methods/test_merge.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from bihuan.methods.declared.cells import day_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Workdays

_EPOCH = date(1970, 1, 1)


def merge_visits(given: Given) -> Answer:
    """The visits of every firm.

    Source: Gallai's duality of stabbing points and disjoint intervals.
    """
    tasks, cap = given["tasks"], given.option("cap")
    names, firms = tasks["task"].text(), tasks["enterprise"].text()
    first, last = tasks["earliest"].days().tolist(), tasks["latest"].days().tolist()
    windows: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    impossible = []
    for row, name in enumerate(names):
        if last[row] < first[row]:
            rule = "最晚日不得早于最早日 · latest is not before earliest"
            tasks.refuse(row, "latest", rule, "更正日期 · correct the day")
            continue
        ends = _last_worked(first[row], last[row], given.calendar)
        if ends is None:
            impossible.append(name)
        else:
            windows[firms[row]].append((ends, first[row], name))
    out: list[tuple[str, str, str, str]] = []
    for firm in sorted(windows):
        out += [(firm, f"{firm}-{n:02}", day_text(day), ";".join(done)) for n, (day, done) in _visits(windows[firm])]
    count: defaultdict[str, int] = defaultdict(int)
    for firm, *_ in out:
        count[firm] += 1
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(
        dict(zip(_NAMES, map(list, columns), strict=True)),
        facts={
            "visits": len(out),
            "tasks": sum(map(len, windows.values())),
            "impossible": sorted(impossible),
            "over_cap": sorted(firm for firm, visits in count.items() if cap is not None and visits > cap),
        },
        editions={"calendar": given.calendar.edition},
    )


def _last_worked(first: int, last: int, calendar: Workdays) -> int | None:
    day = last
    while day >= first:
        if calendar.worked(_EPOCH + timedelta(days=day))[0]:
            return day
        day -= 1
    return None


def _visits(windows: list[tuple[int, int, str]]) -> list[tuple[int, tuple[int, list[str]]]]:
    """Visits in order, numbered from 1, each with its day and its tasks."""
    visits: list[tuple[int, list[str]]] = []
    for ends, first, name in sorted(windows):
        if not visits or visits[-1][0] < first:
            visits.append((ends, []))
        visits[-1][1].append(name)
    return [(number, (day, sorted(done))) for number, (day, done) in enumerate(visits, 1)]


_NAMES = ("enterprise", "visit", "date", "tasks")
METHOD = Method(
    name="inspection-merge",
    zh="合并入企检查",
    en="Fewest visits that serve every task",
    inputs=(
        Input(
            "tasks", "检查任务", "Tasks",
            (
                Column("task", "任务", "Task"), Column("enterprise", "企业", "Enterprise"),
                Column("department", "部门", "Department", absent=True, required=False),
                Column("earliest", "最早日", "Earliest day", "date"), Column("latest", "最晚日", "Latest day", "date"),
            ),
            unique=("task",),
        ),
    ),
    options=(Option("cap", "每企业上限", "Announced most visits a firm", "number", default=""),),
    output=(
        Column("enterprise", "企业", "Enterprise"), Column("visit", "入企", "Visit"),
        Column("date", "日期", "Day", "date"), Column("tasks", "任务", "Tasks, joined by ;"),
    ),
    facts=(
        AnswerKey("visits", "入企次数", "Visits", {"type": "integer"}),
        AnswerKey("tasks", "任务数", "Tasks served", {"type": "integer"}),
        AnswerKey("impossible", "窗口内无工作日的任务", "Tasks without a working day in their window", {"type": "array"}),
        AnswerKey("over_cap", "超过上限的企业", "Firms whose fewest visits exceed the cap", {"type": "array"}),
    ),
    key=("enterprise", "visit"),
    run=merge_visits,
    workdays=True,
    source="国办发〔2024〕54号",
    peer="every choice of days",
)  # fmt: skip
