"""What the briefings add to the house."""

from __future__ import annotations

from bihuan.extend import Chapter, Holds, Kept, PersonalPlace, Standard


def kept() -> tuple[Kept, ...]:
    """Weekly and monthly briefings as they were published."""
    return (Kept("briefings", "briefings", "*.*"),)


def chapters() -> tuple[Chapter, ...]:
    """What the district's own cases say by themselves."""
    from bihuan.briefings import found

    return (Chapter("subjects", found.add_topics, order=10), Chapter("forecast", found.add_forecast, order=20))


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    return (PersonalPlace("briefings/", Holds.WORDS, "documents for leaders; counts and public reasons"),)


def standards() -> tuple[Standard, ...]:
    """What leaders read."""
    return (
        Standard(
            "ISO/IEC 29500 (Office Open XML), text",
            "2016",
            "out",
            "/cockpit/briefings/",
            "周报月报文档",
            "Weekly and monthly briefings",
            "tests/briefings/test_texts.py",
        ),
    )
