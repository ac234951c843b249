"""What topics are ranked by: distinct events, reports, spread and persistence per category and street."""

from __future__ import annotations

import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions.opened import cases_of
from bihuan.lake.questions.rolling import STREET

WEEK = 7


def topic_inputs(lake: Lake, month: str | None) -> ir.Table:
    """Per category and street: events (cases that are no duplicates), reports, cells, weeks, first and last day.

    Source: docs/topics/topics.md, "Rank"; docs/topics/lake.md, "Questions".
    """
    cases = cases_of(lake, month)
    keyed = cases.mutate(
        street=cases.area.fill_null("").re_extract(STREET, 0), subject=cases.category.fill_null(""),
        week=(cases.day - 4) // WEEK,  # day 4 was Monday 5 January 1970
    )  # fmt: skip
    return keyed.group_by("subject", "street").agg(
        events=keyed.case_id.count(where=keyed.parent_id.isnull()).cast("int64"),
        reports=keyed.reporters.cast("int64").sum(where=keyed.parent_id.isnull()),
        cells=keyed.h3_9.nunique().cast("int64"),
        weeks=keyed.week.nunique().cast("int64"),
        first_day=keyed.day.min(),
        last_day=keyed.day.max(),
    )
