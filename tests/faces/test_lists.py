"""Lists go on after their last line, count to an end, and read no wide row or table from one end to the other."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.faces.parts import lists
from bihuan.loop.models import CaseRow
from bihuan.registers.models import Organisation, User
from tests.faces import cases, crowd

pytestmark = pytest.mark.slow
BUDGETS = {
    # Three statements say who looks (session, person, grants), two of every two seconds whether registers changed.
    "operator /desk/": 8,  # + counts, lines, notes, alarms, saved views
    "operator /desk/?queue=out": 8,
    "operator /desk/?urgency=general&area=110108011": 8,
    "operator /desk/?q=路灯": 9,  # + the search
    "operator /desk/?q=灯": 10,  # + the headings of the newest
    "handler /unit/": 8,  # + counts, lines, what may be opened, notices, unseen notices
    "head /unit/": 9,  # + who has what
    "handler /unit/?list=ended": 8,
    "handler /unit/?list=away": 8,
    "callback /callback/": 5,
    "callback /callback/?list=later": 5,
    "arbiter /approvals/": 8,  # + lines, count, people, and for requests: their events, their words
    "inspector /inbox/": 6,
}


@pytest.fixture(scope="module")
def some(loaded: None, django_db_blocker: Any) -> Iterator[list[str]]:
    """Cases at the desk, with a unit, in arbitration and to be verified; their numbers."""
    with django_db_blocker.unblock():
        numbers = []
        for n in range(7):
            mine, _code = cases.opened(f"第{n}号楼路灯不亮\n三单元的老人晚上摔了一跤")
            numbers.append(mine.number)
            if n >= 3:
                cases.then(mine, "operator", "dispatch", unit="street-110108011")
        yield numbers


def _in(user: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=user), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _walk(size: int, **kwargs: Any) -> list[str]:
    """The numbers of every line, page by page."""
    seen: list[str] = []
    page = lists.page_of(CaseRow.objects.all(), None, size, **kwargs)
    while True:
        seen += [line.row.number for line in page.lines]
        if page.next is None:
            return seen
        page = lists.page_of(CaseRow.objects.all(), page.next, size, **kwargs)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "order", [("deadline", "opened_at", "id"), ("next_attempt_at", "deadline", "id"), ("-opened_at", "id")]
)
def test_every_line_stands_on_one_page(db: None, loaded: None, order: tuple[str, ...], size: int) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    made = [cases.opened("路灯不亮")[0].number for _ in range(7)]
    for n, number in enumerate(made):  # what is empty, what is equal, and what only the id tells apart
        CaseRow.objects.filter(number=number).update(
            deadline=None if n % 3 == 0 else at + timedelta(days=n % 2), opened_at=at + timedelta(days=n // 4)
        )
    chosen = lists.ListOrder(order)
    whole = [row.number for row in chosen.of(CaseRow.objects.all())]
    assert _walk(size, order=chosen) == whole
    assert set(made) <= set(whole)


def test_a_case_that_arrives_meanwhile_hides_no_line(db: None, loaded: None) -> None:
    before = [cases.opened("路灯不亮")[0].number for _ in range(4)]
    first = lists.page_of(CaseRow.objects.all(), None, 2)
    urgent = cases.opened("路灯不亮")[0].number
    CaseRow.objects.filter(number=urgent).update(deadline=datetime(2020, 1, 1, tzinfo=UTC))
    second = lists.page_of(CaseRow.objects.all(), first.next, 2)
    seen = [line.row.number for line in (*first.lines, *second.lines)]
    assert set(before) <= set(seen)
    assert len(set(seen)) == len(seen)


def test_addresses_of_earlier_versions_lead_somewhere(db: None, loaded: None) -> None:
    for _ in range(5):
        cases.opened("路灯不亮")
    whole = [line.row.number for line in lists.page_of(CaseRow.objects.all(), None, 100).lines]
    assert [line.row.number for line in lists.page_of(CaseRow.objects.all(), "2", 2).lines] == whole[2:4]
    bad = [base64.urlsafe_b64encode(json.dumps(said).encode()).decode() for said in (
        {}, [], [1, 2, 3], ["2026-01-01T00:00:00", None, "x"], [None, None, None], "x" * 900,
    )]  # fmt: skip
    for nonsense in ("0", "-1", "99999", "9" * 400, "²", "x", "=", "%00", *bad):
        assert [line.row.number for line in lists.page_of(CaseRow.objects.all(), nonsense, 2).lines] == whole[:2]


def test_counting_ends_and_says_so(db: None, loaded: None, built: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        cases.opened("路灯不亮")
    monkeypatch.setattr(lists, "MOST_COUNTED", 2)
    assert str(lists.tally({"all": (CaseRow.objects.all(),)})["all"]) == "2+"
    page = _in("operator").get("/desk/", headers={"accept-language": "zh-hans"}).content.decode()
    assert re.search(r'badge">2\+<', page)
    assert "2+" in page.rpartition("</ul>")[2]


@pytest.mark.parametrize("asked", BUDGETS)
def test_a_list_keeps_to_its_statements(db: None, some: list[str], built: None, asked: str) -> None:
    user, path = asked.split(" ", 1)
    client = _in(user)
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as said:
        client.get(path)
    seldom = re.compile("registers_district|calendaredition|set_config")
    kept = [q["sql"] for q in said if not seldom.search(q["sql"])]
    assert len(kept) <= BUDGETS[asked], "\n".join(kept)


@pytest.fixture(scope="module")
def crowded(some: list[str], django_db_blocker: Any) -> list[str]:
    """The same among twenty thousand others."""
    with django_db_blocker.unblock():
        crowd.gather(some[0], [str(pk) for pk in Organisation.objects.order_by("code").values_list("pk", flat=True)])
    return some


PAGES = [
    *BUDGETS, "operator /desk/?category=roads", "operator /desk/?queue=arbitration", "operator /desk/?q=T1999",
    "operator /desk/?q=噪音扰民", "operator /desk/?q=电梯", "handler /unit/?list=late",
    "handler /unit/?urgency=general",
    "operator /desk/{}/", "operator /cases/{}/", "handler /cases/{}/", "callback /callback/{}/",
    "operator /desk/?page=7", "operator /desk/?queue=out&page=30",
]  # fmt: skip
LARGE = re.compile(r"Seq Scan on (loop_case|loop_event|loop_event_private|loop_unit_queue)\b")


@pytest.mark.parametrize("asked", PAGES)
def test_a_page_reads_no_table_from_one_end_to_the_other(
    db: None, crowded: list[str], built: None, app_role: None, asked: str
) -> None:
    user, path = asked.split(" ", 1)
    client = _in(user)
    with CaptureQueriesContext(connection) as said:
        assert client.get(path.format(crowded[3])).status_code == 200
    for query in said.captured_queries:
        if query["sql"].lstrip().startswith(("SELECT", "WITH")) and "loop_" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"), [])
                plan = "\n".join(row[0] for row in cursor.fetchall())
            assert not LARGE.search(plan), f"{query['sql']}\n{plan}"
