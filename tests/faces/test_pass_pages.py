"""Tickets in a browser and at the door: opened by their code alone, given back once, let in once; bars to be read."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.passes import NewPass, issue_passes
from bihuan.books.posting import Act, post_acts
from bihuan.faces.parts.barcode import PATTERNS, bars_of
from bihuan.loop.codes import code_of
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from tests.faces.test_feeds import performance, rows_of
from tests.faces.test_views import visitor
from tests.subjects.makers import HERE


def test_bars_are_code_39() -> None:
    assert len(PATTERNS) == len(set(PATTERNS.values())) == 37
    assert all((len(each), each.count("w")) == (9, 3) for each in PATTERNS.values())
    bars, width = bars_of("A")
    assert width == 3 * 15 + 2  # six narrow and three wide elements a symbol, and a gap between two
    assert bars[:5] == [(0, 1), (4, 1), (6, 3), (10, 3), (14, 1)], "the start symbol, bar narrow, space wide, …"


@pytest.fixture
def evening(loaded: None, db: None) -> dict[str, str]:
    """An evening in an hour with two tickets, and the codes of both."""
    today, now = timezone.localdate(), timezone.now()
    row = performance(today, "P1", 0) | {
        "starts": (now + timedelta(hours=1)).isoformat(),
        "ends": (now + timedelta(hours=3)).isoformat(),
    }
    rows_of("performance", [row], today)
    book = book_named("seats").book
    with in_district(HERE):
        for kind, key, amount in (("offer", "o", 9), ("take", "a", 2), ("take", "b", 1)):
            draft = draft_kind(book, kind, key, today, {"amount": str(amount), "performance": "P1"})
            assert post_acts([Act((draft,), "user:1")])[0][0].reason is None
        wanted = [NewPass("a", "P1", 2, {"name": "某人"}), NewPass("b", "P1", 1), NewPass("late", "P1", 1)]
        rows = issue_passes("seats", "ticket", wanted, current_registers().district, "user:1", now)
    return {each.key: code_of(each.id) for each in rows}


@pytest.mark.slow
def test_a_ticket_is_opened_by_its_code_alone(evening: dict[str, str], built: None) -> None:
    client = Client()
    wrong: Any = client.post("/passes/", {"code": "0123456789"})
    assert wrong.status_code == 422
    assert "a" * 3 not in wrong.content.decode().split("<main")[0]
    assert client.post("/passes/", {"code": evening["a"].lower()}).status_code == 302
    for language, words in (("zh-hans", "入场时出示此码"), ("en", "Show this at the door")):
        page: Any = client.get("/passes/", headers={"accept-language": language})
        text = page.content.decode()
        assert words in text
        assert f"{evening['a'][:5]} {evening['a'][5:]}" in text
        assert text.count("<rect") > 50
        assert "某人" not in text
    other: Any = Client().get("/passes/")
    assert evening["a"][:5] not in other.content.decode()
    assert client.post("/passes/clear/").status_code == 302
    assert evening["a"][:5] not in client.get("/passes/").content.decode()


@pytest.mark.slow
def test_the_door_lets_in_once_and_says_when(evening: dict[str, str], built: None) -> None:
    address = "/books/seats/passes/ticket/door/"
    assert Client().get(address).status_code == 302
    keeper = visitor("operator")
    assert "?subject=P1" in keeper.get(address).content.decode()
    for code, words in (
        (evening["a"], "可以入场"), (evening["a"], "此票已入场"), ("NOTHING", "没有此票码"),
        (evening["late"], "尚未得票"),
    ):  # fmt: skip
        page: Any = keeper.post(address, {"subject": "P1", "code": code}, headers={"accept-language": "zh-hans"})
        assert words in page.content.decode()
    holder = Client()
    holder.post("/passes/", {"code": evening["a"]})
    assert "Let in" in holder.get("/passes/", headers={"accept-language": "en"}).content.decode()
    today = timezone.localdate()
    rows_of("performance", [performance(today, "P1", 0, cancelled=today.isoformat())], today)
    off: Any = keeper.post(address, {"subject": "P1", "code": evening["b"]}, headers={"accept-language": "en"})
    assert "called off" in off.content.decode()
    assert keeper.get("/books/seats/passes/none/door/").status_code == 404


@pytest.mark.slow
def test_a_ticket_is_given_back_from_its_own_browser(evening: dict[str, str], built: None) -> None:
    today = timezone.localdate()
    rows_of("performance", [performance(today, "P1", 5)], today)
    client = Client()
    client.post("/passes/", {"code": evening["b"]})
    text = client.get("/passes/").content.decode()
    address = next(part for part in text.split('"') if part.endswith("/back/"))
    assert Client().post(address).status_code == 404
    assert client.post(address).status_code == 302
    assert "Given back" in client.get("/passes/", headers={"accept-language": "en"}).content.decode()


@pytest.mark.slow
def test_a_door_compares_alone_and_hands_in_its_scans(evening: dict[str, str], built: None) -> None:
    keeper, address = visitor("operator"), "/books/seats/passes/ticket/door/"
    told: Any = keeper.get(address, {"subject": "P1", "list": "1"})
    listed = json.loads(told.content)
    digest = hashlib.pbkdf2_hmac("sha256", evening["a"].encode(), listed["salt"].encode(), listed["rounds"], 16)
    assert listed["passes"][digest.hex()] == ["a", 2, "holds", ""]
    assert evening["a"] not in told.content.decode()
    at = timezone.now() - timedelta(minutes=5)
    scans = [
        [evening["a"], at.isoformat()],
        [evening["a"].lower(), timezone.now().isoformat()],
        ["NONE", at.isoformat()],
    ]
    done: Any = keeper.post(address, {"subject": "P1", "scans": json.dumps(scans)})
    verdicts = json.loads(done.content)["verdicts"]
    assert [each["state"] for each in verdicts] == ["admitted", "again", "unknown"]
    for wrong in ("", "{}", '[["x"]]', '[["x", "yesterday"]]'):
        bad: Any = keeper.post(address, {"subject": "P1", "scans": wrong})
        assert bad.status_code in (200, 400)
        assert json.loads(bad.content)["verdicts"] == []
