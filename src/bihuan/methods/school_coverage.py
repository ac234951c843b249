"""How many schools a year were really taken to an accredited base, by stage; schools count, not visits.

In: schools with stage and days open; bases with the days of their accreditation, both included, one row for each time that
they were accredited; visits with evidence. A
visit is excluded by the first of `other_year`, `no_school` (unknown or not open that day), `base_not_accredited`
(unknown or outside of its days), `no_evidence`, `repeated` (same school, base and day as one that counts). An empty end
runs on. A school belongs to the year when it is open on any day of it.
Out: schools, those served, and visits that count, by stage. Whole numbers; n log n.
Source: 爱国主义教育法 (2023) 第二十八条 on bases; the order of reading is declared here.
Compared with: the rule read literally (tests/methods/test_bases.py).
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, NamedTuple

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table

REASONS = ("other_year", "no_school", "base_not_accredited", "no_evidence", "repeated")
_EVER = 1 << 60


class OpenDays(NamedTuple):
    """First and last day, both included."""

    first: int
    last: int

    def holds(self, day: int) -> bool:
        """Whether a day lies in them."""
        return self.first <= day <= self.last


def cover_schools(given: Given) -> Answer:
    """Schools, served ones and visits by stage. Source: rules in the module docstring."""
    year = int(given.option("year"))
    whole = OpenDays(_day(date(year, 1, 1)), _day(date(year, 12, 31)))
    schools, bases = days_of(given["schools"]), terms_of(given["bases"])
    stages = dict(zip(given["schools"]["school"].text(), given["schools"]["stage"].text(), strict=True))
    excluded: Counter[str] = Counter(dict.fromkeys(REASONS, 0))
    counted: Counter[str] = Counter()
    for _, school, reason in reasons_of(given["visits"], whole, schools, bases):
        if reason:
            excluded[reason] += 1
        else:
            counted[school] += 1
    rows = [_stage(stage, whole, schools, stages, counted) for stage in sorted(set(stages.values()))]
    facts: dict[str, Any] = {
        "counted": sum(counted.values()),
        "excluded": {name: n for name, n in excluded.items() if n},
    }
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output}, facts)


def _stage(
    stage: str, year: OpenDays, schools: dict[str, OpenDays], stages: dict[str, str], counted: Counter[str]
) -> dict[str, Any]:
    """A stage's schools of the year, those of them that were served, and the visits of the stage."""
    own = [name for name, told in stages.items() if told == stage]
    there = [name for name in own if schools[name].first <= year.last and schools[name].last >= year.first]
    return {
        "stage": stage, "schools": len(there), "served": sum(counted[name] > 0 for name in there),
        "visits": sum(counted[name] for name in own),
    }  # fmt: skip


def reasons_of(
    visits: Table, year: OpenDays, schools: dict[str, OpenDays], bases: dict[str, list[OpenDays]]
) -> list[tuple[str, str, str]]:
    """Return visit, school and why it does not count; "" when it does. Source: rules in the module docstring.

    Args:
        visits: As `INPUTS` has them. year: Days of which a visit is told. schools, bases: Their days.
    """
    never = OpenDays(_EVER, -_EVER)
    texts = (visits[name].text() for name in ("visit", "school", "base"))
    rows = sorted(zip(*texts, visits["day"].days().tolist(), visits["evidence"].flags().tolist(), strict=True))
    seen: set[tuple[str, str, int]] = set()
    told = []
    for visit, school, base, day, evidence in rows:
        key = (school, base, day)
        checks = (
            not year.holds(day), not schools.get(school, never).holds(day), not any(each.holds(day) for each in bases.get(base, ())),
            evidence != 1, key in seen,
        )  # fmt: skip
        reason = next((name for name, wrong in zip(REASONS, checks, strict=True) if wrong), "")
        if not reason:
            seen.add(key)
        told.append((visit, school, reason))
    return told


def days_of(schools: Table) -> dict[str, OpenDays]:
    """Return the days on which each school is open. Source: rules in the module docstring."""
    return dict(zip(schools["school"].text(), _spells(schools, "open"), strict=True))


def terms_of(bases: Table) -> dict[str, list[OpenDays]]:
    """Return the days of each accreditation of each base. Source: rules in the module docstring."""
    terms: dict[str, list[OpenDays]] = {}
    for base, spell in zip(bases["base"].text(), _spells(bases, "accredited"), strict=True):
        terms.setdefault(base, []).append(spell)
    return terms


def _spells(table: Table, what: str) -> list[OpenDays]:
    first, last = (table[f"{what}_{end}"].days().tolist() for end in ("from", "to"))
    return [
        OpenDays(-_EVER if one == NO_DAY else one, _EVER if other == NO_DAY else other)
        for one, other in zip(first, last, strict=True)
    ]


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


INPUTS = (
    Input("schools", "学校", "Schools", (
        Column("school", "学校", "School"), Column("stage", "学段", "Stage"),
        Column("open_from", "开办日", "Open from", "date", required=False),
        Column("open_to", "停办日", "Open to", "date", required=False)), unique=("school",)),
    Input("bases", "基地", "Bases", (
        Column("base", "基地", "Base"), Column("accredited_from", "认定起", "Accredited from", "date", required=False),
        Column("accredited_to", "认定止", "Accredited to", "date", required=False)), unique=("base", "accredited_from")),
    Input("visits", "参访", "Visits", (
        Column("visit", "参访", "Visit"), Column("school", "学校", "School"), Column("base", "基地", "Base"),
        Column("day", "日期", "Day", "date"),
        Column("students", "学生数", "Pupils", "number", required=False, absent=True),
        Column("evidence", "有凭证", "Evidence", "yes_no", required=False)), unique=("visit",)),
)  # fmt: skip
METHOD = Method(
    name="school-coverage",
    zh="教育基地覆盖学校",
    en="Schools taken to accredited bases",
    inputs=INPUTS,
    options=(Option("year", "年度", "Year", "count"),),
    output=(
        Column("stage", "学段", "Stage"), Column("schools", "学校数", "Schools", "number"),
        Column("served", "覆盖学校数", "Schools served", "number"), Column("visits", "有效参访", "Visits that count", "number"),
    ),
    facts=(
        AnswerKey("counted", "有效参访", "Visits that count", {"type": "integer"}),
        AnswerKey("excluded", "不计原因", "Visits excluded by reason", {"type": "object"}),
    ),
    key=("stage",),
    run=cover_schools,
    source="爱国主义教育法 (2023)",
    peer="the rule read literally",
)  # fmt: skip
