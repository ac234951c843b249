"""What prevention adds to the house: its commands, the plans it keeps, its chapter of the briefings."""

from __future__ import annotations

from typing import Any

from bihuan.extend import Chapter, Command, Holds, Kept, PersonalPlace


def commands() -> tuple[Command, ...]:
    """Visits drawn in public, and topics taken up."""
    return (
        Command("prevent", "Next week's visits by forecast and public draw · 未诉先办", _visits),
        Command("monthly-topic", "Take up ranked topics with a public reason · 每月一题", _topics),
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


def _visits() -> Any:
    from bihuan.prevention.visits_command import app

    return app


def _topics() -> Any:
    from bihuan.prevention.topics_command import app

    return app
