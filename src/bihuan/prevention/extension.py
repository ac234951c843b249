"""What prevention adds to the house: its commands, the plans it keeps, its chapter of the briefings."""

from __future__ import annotations

from typing import Any

from bihuan.extend import Chapter, CliCommand, Detector, Holds, Kept, PersonalPlace


def commands() -> tuple[CliCommand, ...]:
    """Visits drawn in public, and topics taken up."""
    return (
        CliCommand("prevent", "Next week's visits by forecast and public draw · 未诉先办", _visits),
        CliCommand("monthly-topic", "Take up ranked topics with a public reason · 每月一题", _topics),
    )


def kept() -> tuple[Kept, ...]:
    """Drawn plans and selected topics."""
    return (Kept("prevention", "prevention", "*.json"),)


def chapters() -> tuple[Chapter, ...]:
    """Whether visits and taken-up topics made reports fewer."""
    from bihuan.prevention import chapter

    return (Chapter("visits", chapter.add_plans), Chapter("topics", chapter.add_taken_up))


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    return (PersonalPlace("prevention/", Holds.TRACE, "plans by area and category"),)


def detectors() -> tuple[Detector, ...]:
    """Where to go next, and what lies behind many reports; only when somebody asks."""
    return (
        Detector(
            "visits",
            "下周诉求可能集中的地点",
            "Places where next week's reports are expected",
            "上门走访计划：由人批准后公开抽取，另留候补名单",
            "A plan of visits, approved by a person and drawn in public, with a waiting list beside it",
            "bihuan.insight.forecast",
            asked="prevent",
        ),
        Detector(
            "topics",
            "多件诉求背后的共同问题",
            "What lies behind many reports",
            "每月一题的候选及理由；由人选定后成为专项行动",
            "Ranked topics with reasons; a person takes one up as a campaign",
            "bihuan.insight.topics",
            asked="monthly-topic",
        ),
    )


def _visits() -> Any:
    from bihuan.prevention.visits_command import app

    return app


def _topics() -> Any:
    from bihuan.prevention.topics_command import app

    return app
