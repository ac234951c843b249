"""Whether the grade at which a community worker is kept follows from the register, and how far the next one is.

In: workers and spells as `community-grade` takes them; records of the grade that is kept, as of a day. A worker's grade is
worked out anew for the day of the newest record; spells of one worker that share a day are told, for they would count
twice where somebody adds them up. A worker without a record has `none`; records of strangers are refused.
Out: the grade that is kept and the one that follows, years until the next one by years alone (empty at the cap of the
post), and the first that is wrong: `double_spell`, `wrong_grade`, `no_record`, else `right`. n log n.
Source: 三岗十八级 (see `community-grade`); an objection is decided by repeating this.
Compared with: `community-grade` one worker at a time (tests/methods/test_grade_check.py).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from bihuan.methods.community_grade import (
    BASE,
    CAP,
    CREDIT,
    FOUR_YEARS,
    STEP,
    YEARS_A_GRADE,
    days_of_union,
    spells_of,
)
from bihuan.methods.community_grade import METHOD as GRADES
from bihuan.methods.declared.model import Answer, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given, Table


def check_grades(given: Given) -> Answer:
    """What is kept, what follows, and the first that is wrong of every worker. Source: rules in the module docstring."""
    workers = given["workers"]
    names = workers["worker"].text()
    spells, kept = spells_of(given["spells"], set(names)), _newest(given["records"], set(names))
    out: dict[str, list[Any]] = {column.name: [] for column in METHOD.output}
    columns = (workers[name].text() for name in ("post", "education", "certificate"))
    for name, post, education, certificate in zip(names, *columns, strict=True):
        record = kept.get(name)
        grade, credited = None, None
        if record is not None:
            years = 4 * days_of_union(spells[name], record[0]) // FOUR_YEARS
            credited = years + CREDIT[education or "none"]
            grade = min(CAP[post], BASE[post] + credited // YEARS_A_GRADE + STEP[certificate or "none"])
        out["worker"].append(name)
        out["kept"].append(None if record is None else record[1])
        out["grade"].append(grade)
        out["next_in"].append(_next(credited, grade, CAP[post]))
        out["verdict"].append(_verdict(spells[name], record, grade))
    return Answer(out)


def _next(credited: int | None, grade: int | None, cap: int) -> int | None:
    """Years until the next grade; None at the cap, and where nothing is kept."""
    if credited is None or grade is None or grade >= cap:
        return None
    return YEARS_A_GRADE - credited % YEARS_A_GRADE


def _verdict(spells: list[tuple[int, int]], record: tuple[int, int] | None, grade: int | None) -> str:
    ordered = sorted(spells)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        return "double_spell"
    if record is None:
        return "no_record"
    return "right" if record[1] == grade else "wrong_grade"


def _newest(records: Table, known: set[str]) -> dict[str, tuple[int, int]]:
    """The newest record of each worker: its day, as days since 1970 with that day worked, and the grade."""
    found: dict[str, tuple[int, int]] = {}
    days, grades = records["at"].days().tolist(), records["grade"].whole().tolist()
    for row, name in enumerate(records["worker"].text()):
        if name not in known:
            records.refuse(row, "worker", "人员名册中没有此人 · nobody of that number", "更正编号 · correct the number")
        elif name not in found or days[row] > found[name][0]:
            found[name] = days[row], grades[row]
    return found


METHOD = Method(
    name="grade-check",
    zh="岗位等级复核",
    en="Grades that are kept against grades that follow",
    inputs=(
        *GRADES.inputs,
        Input(
            "records", "等级登记", "Grades that are kept",
            (Column("worker", "人员", "Worker"), Column("at", "基准日", "As of", "date"),
             Column("grade", "等级", "Grade", "number")),
        ),
    ),
    output=(
        Column("worker", "人员", "Worker"), Column("kept", "登记等级", "Grade that is kept", "number", required=False),
        Column("grade", "应为等级", "Grade that follows", "number", required=False),
        Column("next_in", "距下一等级", "Years to the next grade", "number", required=False, unit="a"),
        Column("verdict", "结论", "Says", "choice", choices=one_of(
            double_spell="在岗时段重叠|Spells overlap", no_record="无登记|No record", wrong_grade="等级有误|Wrong grade",
            right="无误|Right")),
    ),
    key=("worker",),
    run=check_grades,
    source="三岗十八级 (published summary)",
    peer="community-grade one worker at a time",
)  # fmt: skip
