"""The funnel: how many times cases went from one state to the next."""

from __future__ import annotations

import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions.opened import cases_of


def funnel(lake: Lake, month: str | None) -> ir.Table:
    """From state, to state, moves and distinct cases, of the cases opened in the month. '' is the world outside.

    Source: docs/topics/lake.md, "Questions".
    """
    chosen = cases_of(lake, month).select(chosen="case_id")
    events = lake.table("events")
    told = events.filter(events.state.notnull())
    steps = told.inner_join(chosen, told.case_id == chosen.chosen)
    before = steps.state.lag().over(group_by=steps.case_id, order_by=steps.version)
    moved = steps.select("case_id", came_from=before.fill_null(""), went_to=steps.state)
    moved = moved.filter(moved.came_from != moved.went_to)
    return moved.group_by("came_from", "went_to").agg(
        moves=moved.case_id.count().cast("int64"), cases=moved.case_id.nunique().cast("int64")
    )
