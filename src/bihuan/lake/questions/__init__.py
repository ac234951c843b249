"""The analytical questions, one module each: what is asked, as an Ibis expression, and what it means.

A question answers alike on every engine: counts and whole seconds only; percentiles are nearest-rank values that
occurred; a share is numerator and denominator. Asking needs the lake's files and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.questions import funnel, handling, rates, repeats, rolling, topic_inputs


class Question(NamedTuple):
    """One question: its expression given the lake and a month (YYYY-MM or None for everything), and its words."""

    ask: Callable[[Lake, str | None], ir.Table]
    zh: str
    en: str


QUESTIONS: dict[str, Question] = {
    "three-rates": Question(rates.three_rates, "某月三率（按单位）", "The three rates of a month, by unit"),
    "handling-time": Question(
        handling.handling_time, "办理时长分位数（按类别和单位）", "Handling-time percentiles by category and unit"
    ),
    "funnel": Question(funnel.funnel, "状态流转漏斗", "How many cases go from state to state"),
    "repeat-places": Question(repeats.repeat_places, "重复反映点位", "Places that report the same subject again"),
    "rolling-counts": Question(
        rolling.rolling_counts, "滚动 7 日、28 日诉求量", "Rolling 7- and 28-day counts by area and category"
    ),
    "topic-inputs": Question(
        topic_inputs.topic_inputs, "每月一题的输入", "What topics are ranked by, per category and place"
    ),
}
