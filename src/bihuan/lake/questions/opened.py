"""The cases a question is about."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions.months import month_bounds


def cases_of(lake: Lake, month: str | None) -> ir.Table:
    """Cases opened in a month of the lake's zone; all of them when no month is named.

    Source: docs/topics/lake.md, "Questions".
    """
    cases = lake.table("cases")
    if month is None:
        return cases
    start, until = month_bounds(lake.manifest, month)
    return cases.filter(cases.opened_at >= ibis.literal(start), cases.opened_at < ibis.literal(until))
