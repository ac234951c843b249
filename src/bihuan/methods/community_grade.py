"""The grade of a community worker: post, education, certificate and years, each step in the open.

In: workers with post, education and certificate; spells of work, the day of leaving excluded, an open one runs on. Days
of the *union* of a worker's spells up to `at` count once; years are ⌊4 · days / 1461⌋ (the day-exact year of 365.25).
Credited years are years + 0, 3, 5 or 7 by education; grade = min(cap, base + ⌊credited / 3⌋ + 0, 1, 2 or 3 by
certificate); base 1, 4, 7 and cap 12, 15, 18 by post (three posts, eighteen grades).
Out: years, credited years and grade. Whole numbers; n log n.
Source: 社区工作者 “三岗十八级” 薪酬体系 as published in summary; steps of certificates and credits are working values.
Compared with: sets of days, one by one (tests/methods/test_community_work.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

BASE = {"staff": 1, "deputy": 4, "chief": 7}
CAP = {"staff": 12, "deputy": 15, "chief": 18}
CREDIT = {"none": 0, "bachelor": 3, "master": 5, "doctor": 7}
STEP = {"none": 0, "assistant": 1, "social_worker": 2, "senior": 3}
YEARS_A_GRADE, FOUR_YEARS = 3, 1461
_OPEN = 1 << 60


def grade_workers(given: Given) -> Answer:
    """Years, credited years and grade of every worker. Source: 三岗十八级 (see the module docstring)."""
    workers, at = given["workers"], (date.fromisoformat(str(given.option("at"))) - date(1970, 1, 1)).days
    names = workers["worker"].text()
    spells = spells_of(given["spells"], set(names))
    out: dict[str, list[Any]] = {"worker": names, "years": [], "credited": [], "grade": []}
    columns = (workers[name].text() for name in ("post", "education", "certificate"))
    for name, post, education, certificate in zip(names, *columns, strict=True):
        years = 4 * days_of_union(spells[name], at) // FOUR_YEARS
        credited = years + CREDIT[education or "none"]
        grade = BASE[post] + credited // YEARS_A_GRADE + STEP[certificate or "none"]
        out["years"].append(years)
        out["credited"].append(credited)
        out["grade"].append(min(CAP[post], grade))
    return Answer(out)


def days_of_union(spells: list[tuple[int, int]], at: int) -> int:
    """Return how many days up to `at` lie in at least one spell.

    Args:
        spells: First day, and the day that is no longer in it. at: The first day that does not count any more.

    Source: rules of this method in its module docstring.
    """
    days, reached = 0, -_OPEN
    for first, last in sorted(spells):
        end = min(last, at)
        days += max(0, end - max(first, reached))
        reached = max(reached, end)
    return days


def spells_of(table: Table, known: set[str]) -> dict[str, list[tuple[int, int]]]:
    """Return the spells of every worker; those of strangers and those that end before they begin are refused."""
    found = defaultdict[str, list[tuple[int, int]]](list)
    first, last = (table[name].days().tolist() for name in ("from", "to"))
    for row, name in enumerate(table["worker"].text()):
        end = _OPEN if last[row] == NO_DAY else last[row]
        if name not in known:
            table.refuse(row, "worker", "人员名册中没有此人 · nobody of that number", "更正编号 · correct the number")
        elif end < first[row]:
            table.refuse(row, "to", "离岗不得早于到岗 · nobody leaves before coming", "更正日期 · correct the day")
        else:
            found[name].append((first[row], end))
    return found


METHOD = Method(
    name="community-grade",
    zh="社区工作者岗位等级",
    en="Grades of community workers",
    inputs=(
        Input(
            "workers", "社区工作者", "Workers",
            (
                Column("worker", "人员", "Worker"),
                Column("post", "岗位", "Post", "choice", choices=one_of(
                    staff="工作人员|Staff", deputy="副职|Deputy", chief="正职|Chief")),
                Column("education", "学历", "Education", "choice", required=False, choices=one_of(
                    none="专科及以下|Below bachelor", bachelor="本科|Bachelor", master="硕士|Master", doctor="博士|Doctor")),
                Column("certificate", "职业资格", "Certificate", "choice", required=False, choices=one_of(
                    none="无|None", assistant="助理社会工作师|Assistant social worker",
                    social_worker="社会工作师|Social worker", senior="高级社会工作师|Senior social worker")),
            ),
            unique=("worker",),
        ),
        Input(
            "spells", "在岗时段", "Spells of work",
            (Column("worker", "人员", "Worker"), Column("from", "到岗日", "First day", "date"),
             Column("to", "离岗日", "Day of leaving", "date", required=False, note="not in the spell; empty: still there")),
        ),
    ),
    options=(Option("at", "基准日", "Day up to which days count", "date"),),
    output=(
        Column("worker", "人员", "Worker"), Column("years", "工作年限", "Years", "number", unit="a"),
        Column("credited", "折算年限", "Credited years", "number", unit="a"), Column("grade", "等级", "Grade", "number"),
    ),
    key=("worker",),
    run=grade_workers,
    source="三岗十八级 (published summary)",
    peer="sets of days, one by one",
)  # fmt: skip
