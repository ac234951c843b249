"""Of each visit of schools to bases why it does not count; the order of reading is that of `school-coverage`.

In: schools, bases, visits as for `school-coverage`, without a year. Out: one row for each visit: `counts`, or the first of
`no_school` (unknown or not open that day), `base_not_accredited` (unknown or outside of its days), `no_evidence`,
`repeated` (same school, base and day as one that counts). n log n.
Source: 爱国主义教育法 (2023) 第二十八条 on bases; the order of reading is declared in `school-coverage`.
Compared with: `school-coverage` over the same rows, reason by reason (tests/methods/test_school_visits.py).
"""

from __future__ import annotations

from bihuan.methods.declared.model import Answer, Column, Method, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.school_coverage import INPUTS, OpenDays, days_of, reasons_of, terms_of

COUNTS = "counts"
ALWAYS = OpenDays(-(1 << 60), 1 << 60)


def judge_visits(given: Given) -> Answer:
    """The reason of each visit. Source: rules in the docstring of `school-coverage`."""
    schools, bases = days_of(given["schools"]), terms_of(given["bases"])
    reasons = {visit: reason or COUNTS for visit, _, reason in reasons_of(given["visits"], ALWAYS, schools, bases)}
    table = given["visits"]
    names = [table[name].text() for name in ("visit", "school", "base", "day")]
    rows = sorted(zip(*names, strict=True))
    columns = {name: [row[n] for row in rows] for n, name in enumerate(("visit", "school", "base", "day"))}
    return Answer(columns | {"reason": [reasons[row[0]] for row in rows]})


METHOD = Method(
    name="school-visits",
    zh="走访是否计入及原因",
    en="Which visits of schools count, and why not",
    inputs=INPUTS,
    output=(
        Column("visit", "走访", "Visit"), Column("school", "学校", "School"), Column("base", "基地", "Base"),
        Column("day", "日期", "Day", "date"),
        Column("reason", "结论", "Reason", "choice", choices=one_of(
            counts="计入|Counts", no_school="学校未登记或未开办|No such school that day",
            base_not_accredited="基地当日未认定|Base not accredited", no_evidence="无佐证|No evidence",
            repeated="重复填报|Reported twice")),
    ),
    key=("visit",),
    run=judge_visits,
    source="爱国主义教育法 (2023) 第二十八条",
    peer="school-coverage, reason by reason",
)  # fmt: skip
