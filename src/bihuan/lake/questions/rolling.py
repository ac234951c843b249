"""Rolling counts: cases of the last 7 and 28 days, per street and first-level category, for every day with a case."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions.opened import cases_of

STREET = r"^(?:\d{9}|.*)"  # an official code down to the sub-district (9 digits, GB/T 10114); other names whole
TOP = r"^[^.]*"  # first level of a dotted category; `split` takes a pattern on one engine and a text on the other


def rolling_counts(lake: Lake, month: str | None) -> ir.Table:
    """Per street, top category and day: cases of that day, of 7 days and of 28 days up to it.

    Source: docs/topics/lake.md, "Questions".
    """
    cases = cases_of(lake, month)
    keyed = cases.select(
        area=cases.area.fill_null("").re_extract(STREET, 0),
        category=cases.category.fill_null("").re_extract(TOP, 0),
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
