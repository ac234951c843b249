"""Handling time: whole seconds from opening to the last submission, nearest-rank percentiles."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions.opened import cases_of

PERCENTS = (50, 75, 90, 95)


def handling_time(lake: Lake, month: str | None) -> ir.Table:
    """Per category and unit: cases, and the 50th, 75th, 90th and 95th percentile in seconds.

    Cases opened in the month that have ended and are not merged. The p-th percentile is the value at rank ⌈p·n/100⌉.

    Source: docs/topics/lake.md, "Questions" (nearest-rank percentiles)
    """
    cases = cases_of(lake, month)
    done = cases.filter(cases.ended_at.notnull(), cases.parent_id.isnull())
    end = ibis.coalesce(done.submitted_at, done.ended_at)
    taken = done.select(
        category=done.category.fill_null(""), unit=done.lead.fill_null(""), case_id=done.case_id,
        seconds=end.epoch_seconds().cast("int64") - done.opened_at.epoch_seconds().cast("int64"),
    )  # fmt: skip
    keys = [taken.category, taken.unit]
    rank = ibis.row_number().over(group_by=keys, order_by=[taken.seconds, taken.case_id]) + 1
    ranked = taken.mutate(rank=rank, n=taken.count().over(group_by=keys))
    picked = {
        f"p{p}": ranked.seconds.max(where=ranked.rank == ((ranked.n * p + 99) // 100).cast("int64")) for p in PERCENTS
    }
    return ranked.group_by("category", "unit").agg(cases=ranked.case_id.count().cast("int64"), **picked)
