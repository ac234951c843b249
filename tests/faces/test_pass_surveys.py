"""After the event: whoever was let in answers once by the code; figures name nobody; nothing is settled before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.books.catalogue import book_named
from bihuan.books.models import PassAnswerRow
from bihuan.books.passes import DoorScan, admit_scans
from bihuan.books.survey_door import wrong_of
from bihuan.books.surveys import NOT_THERE, OVER, REPEATED, TAKEN, UNKNOWN, answer_survey, days_left, surveyed
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from tests.faces.test_pass_pages import evening
from tests.faces.test_views import visitor
from tests.subjects.makers import HERE

__all__ = ["evening"]
pytestmark = pytest.mark.slow
FORM = "/forms/evening-survey/"
SAID = {"evening": "5", "order": "4", "again": "yes", "words": "座位很好", "key": "k"}


def let_in(code: str, at: datetime) -> None:
    """One ticket is used at the door."""
    kind = book_named("seats").book.passes["ticket"]
    with in_district(HERE):
        assert admit_scans(kind, "P1", at, [DoorScan(code, at)], "user:1")[0].state == "admitted"


def test_who_was_let_in_answers_once_and_no_other(evening: dict[str, str]) -> None:
    book, now = book_named("seats").book, timezone.now()
    let_in(evening["a"], now)
    week = timedelta(days=7)
    with in_district(HERE):
        for code, kind, at, state in (
            (evening["b"], "ticket", now, NOT_THERE), ("0123456789", "ticket", now, UNKNOWN),
            (evening["a"], "ticket", now + week + timedelta(seconds=1), OVER),
            (evening["a"], "ticket", now + week, TAKEN),
            (evening["a"].lower(), "ticket", now, REPEATED),
        ):  # fmt: skip
            assert answer_survey(book, kind, code, {"evening": 4, "again": 1}, at) == state, state
        found = surveyed(book)["P1"]
        assert (found.admitted, found.answered) == (1, 1)
        assert (found.questions["evening"].mean, found.questions["evening"].half) == (4.0, None), "no interval of one"
        assert [days_left(book, "P1", now + timedelta(days=n)) for n in (0, 6, 7, 9)] == [7, 1, 0, 0]
        row = PassAnswerRow.objects.get()
    assert evening["a"] not in repr(vars(row)), "the answer does not say whose it is"


def test_a_form_hands_the_answer_in_and_says_what_is_wrong(evening: dict[str, str], built: None) -> None:
    let_in(evening["a"], timezone.now())
    client = Client(headers={"accept-language": "en"})
    wrong: Any = client.post(FORM, {**SAID, "code": evening["b"], "evening": "6"})
    assert wrong.status_code == 422
    refused: Any = client.post(FORM, {**SAID, "code": evening["b"]})
    assert "nobody was let in with this pass" in refused.content.decode()
    sent: Any = client.post(FORM, {**SAID, "code": evening["a"]})
    assert sent.status_code == 302, sent.content.decode()[-3000:]
    assert client.get(sent["Location"]).status_code == 200
    again: Any = client.post(FORM, {**SAID, "code": evening["a"], "key": "other"})
    assert "this pass has answered" in again.content.decode()
    with in_district(HERE):
        assert [row.said for row in PassAnswerRow.objects.all()] == [{"evening": 5, "order": 4, "again": 1}]
    client.post("/passes/", {"code": evening["a"]})
    assert FORM in client.get("/passes/").content.decode(), "my ticket leads to it"
    page: Any = visitor("season_manager", "performances").get("/programmes/performances/page/overview/")
    assert "观众评价" in page.content.decode()


def test_a_loop_asks_how_long_it_still_runs(evening: dict[str, str]) -> None:
    now = timezone.now()
    let_in(evening["a"], now)
    told = current_facts(now).ask("seats.survey_days", "P1", now, "performances")
    assert told is not None
    assert told[0] == 7


def test_a_survey_without_its_pass_is_set_aside() -> None:
    whole = ("code", "answer.evening")
    assert not wrong_of("performances", "ticket", whole, True)
    assert [told for told, _ in wrong_of("performances", "cake", whole, True)] == [
        "no pass 'cake' of performances has a survey"
    ]
    assert len(wrong_of("performances", "ticket", ("answer.evening",), True)) == 1
