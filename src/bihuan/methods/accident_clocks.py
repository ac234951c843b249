"""Who was told of an accident when, whether in time, and which class it had by what was known then.

In: ACCIDENTS (when, kind) and REPORTS (who told whom at which instant, with the numbers known then). `unit` tells the
district within its term after the accident; each level above is told within its term after the level below it was told.
Up to the city every accident is told; to the province those that are larger by the numbers known, and the term for that begins
with the number that made it larger where the city was told before. A report of numbers
after the days of its kind changes no class (`too_late`). Class: table `accident.class`; terms: `accident.report`,
`accident.supplement`, of the day of the accident.
Out: one row for each level that must be told: when it was told first, due, state (`in_time`, `late`, `missing` when the
due instant has passed at `at`, `waiting`), and the class by all reports that count. JSON `late`, `missing`, `changed`
(accidents whose class changed with a later number), `too_late` (reports).
Exact: whole seconds. n log n.
Source: 国务院令第493号 第三、九、十、十一、十三条.
Compared with: the definition accident by accident (tests/methods/test_accidents.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime

from bihuan.methods.declared.cells import second_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.rulebook import method_rules

LEVELS = ("unit", "district", "city", "province")
DAY = 86_400
type Told = tuple[int, str, tuple[str, str, str]]


def tell_reports(given: Given) -> Answer:
    """When each level was told, whether in time, and the class.

    Source: 国务院令第493号 第三、九、十、十一、十三条.
    """
    accidents, at = given["accidents"], int(datetime.fromisoformat(given.option("at")).timestamp())
    known = set(accidents["accident"].text())
    told = _reports(given, known)
    out: list[tuple[str, str, str, str, str, str]] = []
    changed = too_late = 0
    for name, happened, kind in zip(
        accidents["accident"].text(),
        accidents["happened_at"].seconds().tolist(),
        accidents["kind"].values(),
        strict=True,
    ):
        reports = sorted(each for each in told[name] if each[0] <= at)
        on = datetime.fromtimestamp(happened, UTC).date()
        rule = method_rules().lookup("accident.supplement", on, "*", kind=str(kind))
        last = happened + int(str(rule.value)) * DAY
        counted = [each for each in reports if each[0] <= last]
        too_late += len(reports) - len(counted)
        classes = [_class(numbers, on) for _, _, numbers in counted]
        changed += len(set(classes)) > 1
        grade = classes[-1] if classes else ""
        grew = next((each[0] for each, of in zip(counted, classes, strict=True) if of != "ordinary"), happened)
        out += _levels(name, happened, grew, reports, grade, on, at)
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    states = [row[4] for row in out]
    facts = {
        "late": states.count("late"), "missing": states.count("missing"), "changed": changed, "too_late": too_late,
    }  # fmt: skip
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), facts=facts)


def _reports(given: Given, known: set[str]) -> defaultdict[str, list[Told]]:
    reports = given["reports"]
    out: defaultdict[str, list[Told]] = defaultdict(list)
    numbers = zip(*(reports[name].whole().tolist() for name in _COUNTED), strict=True)
    levels, instants = reports["level"].values(), reports["at"].seconds().tolist()
    for row, (name, count) in enumerate(zip(reports["accident"].text(), numbers, strict=True)):
        if name not in known:
            reports.refuse(row, "accident", "没有该事故 · there is no such accident", "核对事故编号 · check the number")
        else:
            first, second, third = (str(each) for each in count)
            out[name].append((instants[row], str(levels[row]), (first, second, third)))
    return out


def _class(numbers: tuple[str, str, str], on: date) -> str:
    asked = dict(zip(_COUNTED, numbers, strict=True))
    return str(method_rules().decision("accident.class", on).decide(**asked)["class"])


def _levels(
    name: str, happened: int, grew: int, reports: list[Told], grade: str, on: date, at: int
) -> list[tuple[str, str, str, str, str, str]]:
    """Row by row from the unit upwards; `grew`: when a number first made it more than ordinary."""
    rows = []
    before: int | None = happened
    for level in LEVELS[: 3 if grade in ("", "ordinary") else 4]:
        if before is None:
            break  # nobody below was told, so no term has begun
        minutes = method_rules().lookup("accident.report", on, "*", level=level)
        due = (max(before, grew) if level == "province" else before) + int(str(minutes.value)) * 60
        first = next((instant for instant, to, _ in reports if to == level), None)
        untold = "missing" if due < at else "waiting"
        state = untold if first is None else "in_time" if first <= due else "late"
        rows.append((name, level, second_text(first) if first is not None else "", second_text(due), state, grade))
        before = first
    return rows


_COUNTED = ("deaths", "serious_injuries", "loss_yuan")
_NAMES = ("accident", "level", "told_at", "due", "state", "class")
_LEVELS = one_of(unit="事故单位|The unit itself", district="区级|District", city="市级|City", province="省级|Province")
METHOD = Method(
    name="accident-clocks",
    zh="事故报告时限与等级",
    en="Reports of accidents in time, and their class",
    inputs=(
        Input(
            "accidents", "事故", "Accidents",
            (
                Column("accident", "事故", "Accident"), Column("happened_at", "发生时间", "Happened at", "instant"),
                Column("kind", "类别", "Kind", "choice", choices=one_of(
                    work="生产安全|At work", traffic="道路交通|Traffic", fire="火灾|Fire")),
            ),
            unique=("accident",),
        ),
        Input(
            "reports", "报告", "Reports",
            (
                Column("accident", "事故", "Accident"), Column("level", "由谁上报", "Who told", "choice", choices=_LEVELS),
                Column("at", "报告时间", "Told at", "instant"), Column("deaths", "死亡", "Deaths", "number"),
                Column("serious_injuries", "重伤", "Serious injuries", "number"),
                Column("loss_yuan", "直接经济损失", "Loss", "number", unit="yuan"),
            ),
        ),
    ),
    options=(Option("at", "截至时刻", "As of the instant", "instant"),),
    output=(
        Column("accident", "事故", "Accident"), Column("level", "由谁上报", "Who tells", "choice", choices=_LEVELS),
        Column("told_at", "报告时间", "Told at", "instant", required=False), Column("due", "最迟", "Due", "instant"),
        Column("state", "状态", "State", "choice", choices=one_of(
            in_time="按时|In time", late="迟报|Late", missing="漏报|Missing", waiting="未到期|Waiting")),
        Column("class", "等级", "Class", required=False),
    ),
    facts=(
        AnswerKey("late", "迟报", "Late", {"type": "integer"}), AnswerKey("missing", "漏报", "Missing", {"type": "integer"}),
        AnswerKey("changed", "等级有变", "Class changed", {"type": "integer"}),
        AnswerKey("too_late", "逾期补报", "Reported too late to count", {"type": "integer"}),
    ),
    key=("accident", "level"),
    run=tell_reports,
    source="国务院令第493号",
    peer="the definition accident by accident",
)  # fmt: skip
