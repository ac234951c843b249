"""A question of somebody else to the lake."""

from __future__ import annotations

from typing import Any

from bihuan.extend import Question


def questions() -> tuple[Question, ...]:
    """One question."""
    return (Question("toys", _count, "有多少案件", "How many cases there are"),)


def _count(lake: Any, month: str | None) -> Any:
    """Every case counts once."""
    cases = lake.table("cases")
    return cases.aggregate(cases=cases.count())
