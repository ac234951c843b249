"""After an evening: some of those who came say how it was; the code is asked for once, and only of who was let in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.books.surveys import REPEATED, TAKEN, answer_survey, surveyed
from bihuan.programmes.performances.season import Row, Season
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play

SHARE, MOST = 0.3, 12
"""How many of those who came answer, and how many at most of one evening: what is proved is the way, not the volume."""


def ask_audience(play: Play, season: Season, each: Row, came: list[str], luck: Luck, book: Any) -> None:
    """Some answer; one answers twice, and one of those who did not come tries."""
    number, evening = each["number"], datetime.fromisoformat(each["ends"]) + timedelta(hours=12)
    answering = [key for key in came if luck.chance(SHARE)][:MOST]
    away = sorted(season.tickets[number].keys() - set(came))[:1]
    with in_district(default_district()):
        for key in answering:
            said = {"evening": luck.whole(3, 5), "order": luck.whole(2, 5), "again": int(luck.chance(0.9))}
            assert answer_survey(book, "ticket", season.codes[key], said, evening) == TAKEN
        for key in answering[:1]:
            play.plant("answered_twice", key, "each ticket answers once")
            if answer_survey(book, "ticket", season.codes[key], {"evening": 1}, evening) == REPEATED:
                play.find("answered_twice", key, "known by a digest of the ticket")
        for key in away:
            play.plant("not_there", key, "was not let in")
            if answer_survey(book, "ticket", season.codes[key], {"evening": 1}, evening) != TAKEN:
                play.find("not_there", key, "only who was let in answers")


def prove_surveys(play: Play, book: Any) -> None:
    """How many answered of how many, and the mean of all evenings."""
    with in_district(default_district()):
        found = surveyed(book)
    answers = [each.questions["evening"] for each in found.values() if "evening" in each.questions]
    count = sum(each.answers for each in answers)
    mean = sum(each.mean * each.answers for each in answers) / count if count else 0.0
    play.prove("survey", {"let_in": sum(each.admitted for each in found.values()), "answered": count,
                          "evening": round(mean, 2)})  # fmt: skip
