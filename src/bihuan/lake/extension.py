"""What the lake adds to the house: the questions that can be asked of it."""

from __future__ import annotations

from bihuan.extend import Holds, PersonalPlace, Question, Standard


def questions() -> tuple[Question, ...]:
    """Each needs the lake's files and nothing else."""
    from bihuan.lake.questions import funnel, handling, rates, repeats, rolling, topic_inputs

    return (
        Question("three-rates", rates.three_rates, "某月三率（按单位）", "The three rates of a month, by unit"),
        Question(
            "handling-time",
            handling.handling_time,
            "办理时长分位数（按类别和单位）",
            "Handling-time percentiles by category and unit",
        ),
        Question("funnel", funnel.funnel, "状态流转漏斗", "How many cases go from state to state"),
        Question("repeat-places", repeats.repeat_places, "重复反映点位", "Places that report the same subject again"),
        Question(
            "rolling-counts",
            rolling.rolling_counts,
            "滚动 7 日、28 日诉求量",
            "Rolling 7- and 28-day counts by area and category",
        ),
        Question(
            "topic-inputs",
            topic_inputs.topic_inputs,
            "每月一题的输入",
            "What topics are ranked by, per category and place",
        ),
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    return (
        PersonalPlace(
            "lake/", Holds.TRACE, "codes, times, public reasons; no words; `bihuan lake sync` writes months anew"
        ),
    )


def standards() -> tuple[Standard, ...]:
    """What analysts read the lake by."""
    return (
        Standard(
            "Apache Parquet",
            "2",
            "out",
            "bihuan lake sync",
            "案件与事件的分析副本",
            "Cases and events for analysts",
            "tests/lake/test_spark.py",
        ),
    )
