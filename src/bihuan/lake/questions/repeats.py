"""Repeat places: cells where the same subject was reported on several days."""

from __future__ import annotations

import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions.opened import cases_of

LEAST = 3  # days, so that one burst about one event does not count


def repeat_places(lake: Lake, month: str | None) -> ir.Table:
    """Per H3 cell and category with reports on at least three days: cases, reports, days, first and last day.

    Source: docs/topics/lake.md, "Questions".
    """
    cases = cases_of(lake, month)
    placed = cases.filter(cases.h3_9.notnull(), cases.category.notnull())
    found = placed.group_by("h3_9", "category").agg(
        cases=placed.case_id.count().cast("int64"),
        reports=placed.reporters.cast("int64").sum(),
        days=placed.day.nunique().cast("int64"),
        first_day=placed.day.min(),
        last_day=placed.day.max(),
    )
    return found.filter(found.days >= LEAST)
