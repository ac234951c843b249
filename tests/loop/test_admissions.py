"""The list of a gate between two days: on the page, by command, and as its events say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from typer.testing import CliRunner

from bihuan.cli.admissions import app
from bihuan.console import bootstrap, output
from bihuan.loop import admissions
from bihuan.loop.kernel.model import CLOCK, Actor, Command
from bihuan.loop.store import Order, append
from bihuan.registers import live
from tests.loop.district import ARBITER, facts, handler, registers
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db
GATE = ("community-access", "item")
DAY = datetime(2026, 10, 5, 4, tzinfo=UTC)


@pytest.fixture
def district() -> Iterator[None]:
    load_shipped()
    yield
    live.forget_snapshots()


def admitted(item: str, since: datetime, days: int) -> tuple[UUID, str]:
    """An item applied for an hour before `since`, admitted for so many days."""
    unit = next(u.id for u in registers().organisations if u.kind == "department")
    form = {"item": item, "starts_on": "2027-06-01", "minutes_per_month": "30", "funding": "区财政"}
    command = Command("open", handler(unit), since - timedelta(hours=1), {"channel": "web", "fields": form})
    case = append([Order(command, programme=GATE[0], kind=GATE[1])], facts=late())[0].case
    assert case is not None
    act(case.id, "approve", ARBITER, since, until=(since + timedelta(days=days)).isoformat())
    return case.id, case.number


def act(case: UUID, step: str, actor: Actor, at: datetime, **data: Any) -> None:
    result = append([Order(Command(step, actor, at, data), case)], facts=late())[0]
    assert result.refusal is None, result.refusal


def late() -> Any:
    return facts(DAY + timedelta(days=400))


@pytest.fixture
def listed(district: None) -> dict[str, str]:
    """Four items: one stays, one enters, one is revoked, one runs out by itself and is noticed a day late."""
    stays = admitted("stays", DAY - timedelta(days=30), 300)
    enters = admitted("enters", DAY + timedelta(days=9), 60)
    revoked = admitted("revoked", DAY, 60)
    lapsed = admitted("lapsed", DAY, 10)
    act(revoked[0], "revoke", ARBITER, DAY + timedelta(days=15), reason="负担过重")
    act(lapsed[0], "expire", CLOCK, DAY + timedelta(days=11))
    return {"stays": stays[1], "enters": enters[1], "revoked": revoked[1], "lapsed": lapsed[1]}


def between(first: date, last: date) -> tuple[set[str], dict[str, str | None], int]:
    found = admissions.difference(*GATE, first, last, registers().calendar.zone)
    return {a.number for a in found.entered}, {a.number: a.ended_by for a in found.left}, found.stayed


def test_what_entered_and_left(listed: dict[str, str]) -> None:
    one, four = listed["enters"], listed
    assert between(date(2026, 10, 5), date(2026, 11, 1)) == (
        {one},
        {four["revoked"]: "revoked", four["lapsed"]: "expired"},
        1,
    )
    assert between(date(2026, 10, 1), date(2026, 10, 5)) == ({four["revoked"], four["lapsed"]}, {}, 1)
    assert between(date(2026, 10, 1), date(2026, 11, 1)) == ({one}, {}, 1), "came and went in between"
    assert between(date(2026, 10, 14), date(2026, 10, 15))[1] == {four["lapsed"]: "expired"}, (
        "on its day, not when seen"
    )
    with pytest.raises(ValueError, match="before"):
        between(date(2026, 11, 1), date(2026, 10, 1))


def test_the_command_says_the_same(listed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    done = CliRunner().invoke(app, [*GATE, "--from", "2026-10-05", "--to", "2026-11-01", "--json"])
    told = json.loads(done.stdout.splitlines()[-1])
    assert [a["number"] for a in told["entered"]] == [listed["enters"]]
    assert (len(told["left"]), told["stayed"]) == (2, 1)
    for words in (
        ("hotline", "request", "--from", "2026-10-05", "--to", "2026-11-01"),
        (*GATE, "--from", "x", "--to", "y"),
    ):
        assert isinstance(CliRunner().invoke(app, [*words]).exception, output.Failure)


def test_the_page_is_public_and_shows_it_in_both_languages(listed: dict[str, str]) -> None:
    path = "/programmes/community-access/item/list/"
    for language, entered in (("zh-hans", "新进入"), ("en", "Entered")):
        client = Client()
        client.cookies["django_language"] = language
        page = client.get(path, {"from": "2026-10-05", "to": "2026-11-01"})
        assert page.status_code == 200
        text = page.content.decode()
        assert entered in text
        assert listed["enters"] in text
        assert listed["revoked"] in text
        assert listed["stays"] not in text
    assert Client().get(path, {"from": "2026-11-01", "to": "2026-10-01"}).status_code == 422
    assert Client().get("/programmes/hotline/request/list/").status_code == 404
