"""What the suggestions add to the house."""

from __future__ import annotations

from bihuan.extend import App, Detector, Kept, Loop, PersonalPlace, PlainColumns, SetAside

SLOW_SECONDS = 300
"""Patience with loops whose first batch reads models."""


def apps() -> tuple[App, ...]:
    """Suggestions and what people made of them."""
    return (App("bihuan.suggestions", order=90),)


def loops() -> tuple[Loop, ...]:
    """What became of suggestions, and what they are made from."""
    from bihuan.suggestions import background

    return (
        Loop("answers", background.record_answers, 5.0, "建议采纳统计", "answers to suggestions"),
        Loop(
            "shares", background.count_months, 60.0, "建议采纳月度统计", "monthly counts of suggestions", SLOW_SECONDS
        ),
        Loop("places", background.learn_decided_places, 300.0, "地名学习", "learning of places", SLOW_SECONDS),
    )


def kept() -> tuple[Kept, ...]:
    """Models, and the places that texts named."""
    return (
        Kept("places", "places", "gazetteer.csv", edited=True),
        Kept("places", "places", "corrections.jsonl", history=False),
        Kept("corrections", "models/triage", "corrections.jsonl", history=False),
        Kept("models", "models", "*/*/*"),
        Kept("models", "models", "*/state.json"),
    )


def aside() -> tuple[SetAside, ...]:
    """What the desk is not offered."""
    return (
        SetAside(
            "suggestions",
            "智能建议没有算出",
            "Suggestions could not be worked out",
            "请人工分类和派单，不影响办理",
            "Classify and send by hand; nothing else waits for it",
        ),
        SetAside(
            "answers",
            "建议的采纳情况没有记下",
            "What became of suggestions is not recorded",
            "不影响办理，请告知系统管理员",
            "Nothing else waits for it; tell the administrator",
        ),
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.suggestions.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.suggestions.personal import PLAIN

    return PLAIN


def detectors() -> tuple[Detector, ...]:
    """What is worked out after a report has been received; nothing waits for it."""
    from bihuan.suggestions import background

    return (
        Detector(
            "suggestions",
            "分类建议",
            "Suggestions of category, urgency, place and unit",
            "立案与派单时的建议，坐席一键采纳、改正或不理会",
            "Suggestions at intake and on the desk, which a person takes, corrects or leaves",
            "bihuan.insight.triage",
            background.suggest_words,
            interval=0.25,
            patience=SLOW_SECONDS,
        ),
        Detector(
            "duplicates",
            "疑似重复",
            "Search for reports of the same matter",
            "建议并入的案件，坐席决定并案，可再分开",
            "A case that a report may belong to; a person merges, and may split again",
            "bihuan.insight.duplicates",
            background.suggest_parents,
            interval=0.25,
            patience=SLOW_SECONDS,
        ),
    )
