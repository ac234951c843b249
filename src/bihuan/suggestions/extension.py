"""What the suggestions add to the house."""

from __future__ import annotations

from bihuan.extend import App, Kept, Loop, PersonalPlace, PlainColumns, SetAside

SLOW_SECONDS = 300
"""Patience with loops whose first batch reads models."""


def apps() -> tuple[App, ...]:
    """Suggestions and what people made of them."""
    return (App("bihuan.suggestions", order=90),)


def loops() -> tuple[Loop, ...]:
    """What is worked out after a report has been received."""
    from bihuan.suggestions import background

    return (
        Loop("suggestions", background.suggest_words, 0.25, "分类建议", "suggestions", SLOW_SECONDS),
        Loop("duplicates", background.suggest_parents, 0.25, "疑似重复", "search for duplicates", SLOW_SECONDS),
        Loop("answers", background.record_answers, 5.0, "建议采纳统计", "answers to suggestions"),
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
