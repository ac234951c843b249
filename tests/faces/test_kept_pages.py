"""Pages of figures read what the worker kept: no request counts, each says as of when, and costs few statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bihuan.faces.numbers import cockpit
from bihuan.ledger import store
from bihuan.loop.models import CaseRow
from bihuan.numbers.keeping import catch_up
from bihuan.numbers.models import KeptProgress
from tests.faces import cases
from tests.plans import statements

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
As = Callable[..., Client]
ENGLISH = {"accept-language": "en"}
BUDGETS = {"/": 6, "/programmes/": 8, "/cockpit/": 20, "/cockpit/volume/": 16, "/cockpit/resolution_rate/?by=unit": 16}


@pytest.fixture
def five(district: None) -> list[str]:
    """Five cases of this month, in the log, not counted yet."""
    numbers = sorted(cases.opened(f"case {n}")[0].number for n in range(5))
    while store.sequence_leaves():
        continue
    return numbers


def month() -> str:
    """The month in the district when the cases were received, which may be the one before during its first hours."""
    return f"{datetime.now(ZoneInfo('Asia/Shanghai')) - timedelta(minutes=90):%Y-%m}"


def page(client: Client, path: str) -> str:
    answer = client.get(path, headers=ENGLISH)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("path", BUDGETS)
def test_nothing_is_counted_and_nothing_is_walked_through(path: str, five: list[str], as_: As) -> None:
    catch_up()
    leader = as_("leader")
    page(leader, path)
    with statements() as asked:
        page(leader, path)
    assert len(asked) <= BUDGETS[path], asked.texts()
    assert [text for text in asked.texts() if "loop_event" in text or 'COUNT("loop_case' in text] == []
    assert asked.walks() == []


def test_before_the_first_count_pages_say_so(five: list[str], as_: As) -> None:
    assert "Not counted yet" in page(as_("leader"), "/cockpit/")
    assert "Not counted yet" in page(Client(), "/")
    answer = as_("leader").get("/cockpit/", headers={"accept-language": "zh-hans"})
    assert "尚未统计" in answer.content.decode()


def test_a_page_says_until_when_it_counts_and_what_waits(five: list[str], as_: As) -> None:
    now = datetime.now(UTC)
    catch_up(now=now)
    leader, volume = as_("leader"), f"/cockpit/volume/?month={month()}"
    assert "As of" in page(leader, "/cockpit/")
    assert "5 cases" in page(leader, volume)
    cases.opened("one more")
    store.sequence_leaves()
    assert "5 cases" in page(leader, volume), "what the worker has not counted is not shown"
    progress = KeptProgress.objects.get()
    KeptProgress.objects.update(size=progress.size + 3)
    assert "3 entries of the log wait to be counted" in page(leader, "/cockpit/")
    catch_up()
    assert "6 cases" in page(leader, volume)


def test_a_month_that_has_just_begun_leads_to_the_one_before(five: list[str], as_: As) -> None:
    catch_up()
    before = f"{datetime.fromisoformat(f'{month()}-01') - timedelta(days=1):%Y-%m}"
    shown = page(as_("leader"), f"/cockpit/?month={month()}")
    assert f"Nothing of {month()} has been asked back yet." in shown
    assert f"See {before}" in shown


def test_the_longest_overdue_are_listed(five: list[str], as_: As) -> None:
    leader = as_("leader")
    assert "Nothing is overdue." in page(leader, "/cockpit/")
    CaseRow.objects.filter(number=five[2]).update(deadline=datetime.now(UTC) - timedelta(days=3))
    shown = page(leader, "/cockpit/")
    assert "Nothing is overdue." not in shown
    assert [number for number in five if number in shown] == [five[2]]


def test_every_case_behind_a_number_is_reached_page_by_page(
    five: list[str], as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cockpit, "CASES_A_PAGE", 2)
    catch_up()
    leader, found, after = as_("leader"), [], ""
    while True:
        answer = leader.get(
            "/cockpit/volume/", {"part": "numerator", "after": after, "month": month()}, headers=ENGLISH
        )
        (part,) = [p for p in answer.context["behind"] if p.part == "numerator"]
        assert part.total == 5
        found += part.numbers
        if not part.next:
            break
        after = part.next
    assert found == five


def test_the_portal_and_the_programmes_count_in_the_background(five: list[str], as_: As) -> None:
    catch_up()
    answer = Client().get("/", headers=ENGLISH)
    figures: list[dict[str, Any]] = answer.context["figures"]
    assert [f["value"] for f in figures] == [5, 0, 5, 0]
    listed = {p["programme"].id: p["counts"] for p in Client().get("/programmes/").context["programmes"]}
    assert listed["hotline"] == {"all": 5, "open": 5}
