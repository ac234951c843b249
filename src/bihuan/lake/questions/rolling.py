"""Rolling counts: cases of the last 7 and 28 days, per street and first-level category, for every day with a case."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions.opened import cases_of

STREET = 9  # digits of an official code down to the sub-district (GB/T 10114)


def rolling_counts(lake: Lake, month: str | None) -> ir.Table:
    """Per street, top category and day: cases of that day, of 7 days and of 28 days up to it."""
    cases = cases_of(lake, month)
    keyed = cases.select(
        area=cases.area.fill_null("").substr(0, STREET),
        category=cases.category.fill_null("").split(".")[0],
        day=cases.day,
    )
    daily = keyed.group_by("area", "category", "day").agg(cases=keyed.day.count().cast("int64"))
    keys = [daily.area, daily.category]
    window = {
        f"last_{n}": daily.cases.sum().over(
            ibis.range_window(group_by=keys, order_by=daily.day, preceding=n - 1, following=0)
        )
        for n in (7, 28)
    }
    return daily.mutate(**{name: value.cast("int64") for name, value in window.items()})
