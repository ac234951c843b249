"""A case is found by its own number and by the words of its report, whatever list is open, by those who read words."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.loop.models import CaseRow
from bihuan.registers.models import User
from tests.faces import cases

pytestmark = pytest.mark.slow
STORY = "楼道路灯不亮\n三单元的老人晚上摔了一跤，物业说等厂家来换镇流器"


def _in(user: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=user), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_words_find_nothing_for_those_who_may_not_read_them(loaded: None, db: None, built: None) -> None:
    mine, _code = cases.opened(STORY)
    cases.then(mine, "operator", "dispatch", unit="street-110108011")
    hidden, _code = cases.opened(STORY)
    cases.then(hidden, "operator", "restrict", kind="secret")
    client = _in("operator")
    page = client.get("/desk/", {"q": "镇流器"}).content.decode()
    assert mine.number in page
    assert hidden.number not in page
    assert mine.number in _in("handler").get("/unit/", {"q": "镇流器"}).content.decode()
    assert mine.number not in _in("handler-urban").get("/unit/", {"q": "镇流器"}).content.decode()


@pytest.mark.parametrize("words", ["%", "_", "\\", "'; --", "灯", "😀😀", "a" * 5000])
def test_no_words_break_the_search(loaded: None, db: None, built: None, words: str) -> None:
    cases.opened(STORY)
    assert _in("operator").get("/desk/", {"q": words}).status_code == 200


def test_what_is_no_text_is_refused_with_a_word(loaded: None, db: None, built: None) -> None:
    assert _in("operator").get("/desk/", {"q": "\x00"}).status_code == 400


def test_a_search_keeps_to_the_budget_and_uses_the_index(loaded: None, db: None, built: None) -> None:
    for _ in range(3):
        cases.opened(STORY)
    client = _in("operator")
    for query in ({}, {"q": "镇流器"}):  # what a process reads once, it has read by now
        client.get("/desk/", query)
    with CaptureQueriesContext(connection) as plain:
        client.get("/desk/")
    with CaptureQueriesContext(connection) as searching:
        client.get("/desk/", {"q": "镇流器"})
    assert len(searching) <= len(plain) + 1  # the search itself
    assert CaseRow.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT event_id FROM loop_event_private p WHERE (p.body ? 'text' OR p.body ? 'title')"
            " AND (loop_pairs(loop_said(p.body)) COLLATE \"C\") @> loop_pairs('镇流器')"
        )
        assert "loop_event_private_pairs" in "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(("said", "words", "found"), [
    ("楼道路灯不亮", "路灯", True), ("楼道路灯不亮", "灯路", False), ("Lift OUT of order", "out of", True),
    ("两 个 字", "个 字", True), ("两个\n字", "个字", False), ("a%b_c", "%b_", True), ("表情😀😀", "😀😀", True),
])  # fmt: skip
def test_words_are_found_as_they_stand(loaded: None, db: None, said: str, words: str, found: bool) -> None:
    """In a heading or a text, among the newest and by the index alike."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT loop_pairs(%s) @> loop_pairs(%s) AND strpos(lower(%s), lower(%s)) > 0", [said, words] * 2
        )
        assert cursor.fetchone() == (found,)
        cases.opened(said)
        cursor.execute("SELECT count(*) FROM loop_search(%s, 5)", [words])
        assert cursor.fetchone() == (int(found),)
        cursor.execute("SELECT count(*) FROM loop_search(%s, 5)", ["没有这些字"])
        assert cursor.fetchone() == (0,)


def test_a_single_character_is_looked_for_in_headings(loaded: None, db: None, built: None) -> None:
    mine, _code = cases.opened("楼道路灯不亮")
    assert mine.number in _in("operator").get("/desk/", {"q": "灯"}).content.decode()
    assert mine.number not in _in("operator").get("/desk/", {"q": "水"}).content.decode()
    assert mine.number in _in("operator").get("/desk/", {"q": mine.number}).content.decode()
    assert mine.number in _in("operator").get("/desk/", {"q": mine.number[:-1]}).content.decode()
