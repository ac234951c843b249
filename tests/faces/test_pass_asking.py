"""Asking for tickets and slots: in turn, drawn in public, once a person, barred for a while by the house's rule."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.books.applying import Applicant, PassOffer, ask_for_pass, barred_until, person_of, use_by_area
from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.models import PassListRow, PassRow
from bihuan.books.pass_draws import NoDraw, commit_list, draw_list, text_of_list
from bihuan.books.passes import close_passes, states_of
from bihuan.books.posting import Act, post_acts
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from tests.faces.test_feeds import performance, rows_of
from tests.faces.test_views import visitor
from tests.subjects.makers import HERE

PHONE = "138000010{:02}"


@pytest.fixture
def evening(loaded: None, db: None) -> PassOffer:
    """An evening in five days with four seats in turn (P1) and one that is drawn (P2); applications end in two days."""
    today, now = timezone.localdate(), timezone.now()
    asked = {
        "opens": (now - timedelta(days=1)).isoformat(),
        "closes": (now + timedelta(days=2)).isoformat(),
        "most": "3",
    }
    rows = [performance(today, "P1", 5, **asked), performance(today, "P2", 5, **asked) | {"handing": "draw"}]
    rows_of("performance", rows, today)
    book = book_named("seats").book
    with in_district(HERE):
        for number in ("P1", "P2"):
            draft = draft_kind(book, "offer", f"o-{number}", today, {"amount": "4", "performance": number})
            assert post_acts([Act((draft,), "user:1")])[0][0].reason is None
    return PassOffer("P2", now - timedelta(days=1), now + timedelta(days=2), 3, drawn=True)


def answered(page: Any) -> str:
    """The words of an answer."""
    return str(page.content.decode())


@pytest.mark.slow
def test_a_resident_asks_and_has_a_ticket_at_once(evening: PassOffer, built: None) -> None:
    client = Client(headers={"accept-language": "en"})
    assert "?subject=P1" in answered(client.get("/passes/apply/"))
    address, form = "/passes/apply/seats/ticket/?subject=P1", {"subject": "P1", "name": "某人", "area": ""}
    assert "4 left now" in answered(client.get(address))
    for amount, phone, words in (
        ("4", PHONE.format(1), "more than one person may ask"), ("0", PHONE.format(1), "for how many"),
        ("1", "12", "telephone number that reaches"),
    ):  # fmt: skip
        refused: Any = client.post(address, form | {"amount": amount, "phone": phone})
        assert refused.status_code == 422
        assert words in answered(refused)
    assert client.post(address, form | {"amount": "3", "phone": PHONE.format(1)}).status_code == 302
    assert "Show this at the door" in answered(client.get("/passes/"))
    again: Any = client.post(address, form | {"amount": "1", "phone": PHONE.format(1)})
    assert "asked for it already" in answered(again)
    other = Client(headers={"accept-language": "en"})
    assert other.post(address, form | {"amount": "2", "phone": PHONE.format(2)}).status_code == 302
    assert "Number 1 in the queue" in answered(other.get("/passes/"))
    assert client.get("/passes/apply/seats/none/?subject=P1").status_code == 404
    assert client.get("/passes/apply/seats/ticket/?subject=P9").status_code == 404


@pytest.mark.slow
def test_a_draw_is_a_list_first_and_a_seed_afterwards(evening: PassOffer, built: None) -> None:
    book, facts = book_named("seats").book, current_facts(timezone.now())
    with in_district(HERE):
        for n in range(6):
            who = Applicant("某人", PHONE.format(n), "")
            assert ask_for_pass(book, "ticket", evening, 1 + n % 2, who, facts, "performances").state == "asked"
        with pytest.raises(NoDraw):
            commit_list(book, "ticket", evening, "the lottery", "user:1", facts)
        later = current_facts(evening.closes + timedelta(seconds=1))
        too_late = ask_for_pass(book, "ticket", evening, 1, Applicant("某人", PHONE.format(9)), later, "performances")
        assert too_late.state == "closed"
        listed = commit_list(book, "ticket", evening, "the lottery", "user:1", later)
        assert commit_list(book, "ticket", evening, "another", "user:2", later).pk == listed.pk
        assert hashlib.sha256(text_of_list(listed, later).encode()).digest() == bytes(listed.digest)
        order = draw_list(book, listed, "01 02 03", "user:1", later)
        assert draw_list(book, listed, "01 02 03", "user:1", later) == order
        with pytest.raises(NoDraw):
            draw_list(book, listed, "01 02 04", "user:1", later)
        states = {each.row.key: each for each in states_of(list(PassRow.objects.filter(subject="P2")))}
    served = [each for each in order if each.result == "seat"]
    assert sum(each.seats for each in served) <= 4
    assert {states[each.application].state for each in served} == {"holds"}
    waiting = [each.application for each in order if each.result == "waiting"]
    assert [states[key].place for key in waiting] == list(range(1, len(waiting) + 1))
    page = answered(Client(headers={"accept-language": "en"}).get(f"/passes/draws/{listed.pk}/"))
    assert bytes(listed.digest).hex() in page
    assert "01 02 03" in page
    file: Any = Client().get(f"/passes/draws/{listed.pk}.csv")
    assert hashlib.sha256(file.content).digest() == bytes(listed.digest)
    assert PHONE.format(1).encode() not in file.content


@pytest.mark.slow
def test_an_officer_closes_the_list_and_draws_it(evening: PassOffer, built: None) -> None:
    today, now = timezone.localdate(), timezone.now()
    closed = {
        "opens": (now - timedelta(days=3)).isoformat(),
        "closes": (now - timedelta(hours=1)).isoformat(),
        "most": "3",
    }
    rows_of("performance", [performance(today, "P2", 5, **closed) | {"handing": "draw"}], today)
    book, before = book_named("seats").book, current_facts(now - timedelta(hours=2))
    offer = PassOffer("P2", now - timedelta(days=3), now - timedelta(hours=1), 3, drawn=True)
    with in_district(HERE):
        ask_for_pass(book, "ticket", offer, 1, Applicant("某人", PHONE.format(1)), before, "performances")
    officer, address = visitor("operator"), "/books/seats/passes/ticket/handing/"
    assert Client().get(address).status_code == 302
    assert officer.post(address, {"subject": "P2", "source": ""}).status_code == 422
    assert officer.post(address, {"subject": "P2", "source": "the lottery"}).status_code == 302
    with in_district(HERE):
        assert PassListRow.objects.get(subject="P2").asked == 1
    assert officer.post(address, {"subject": "P2", "seed": "7"}).status_code == 302
    page = answered(officer.get(address, headers={"accept-language": "en"}))
    assert "Drawn" in page
    assert "Others" in page, "few people of one street are not shown alone"
    assert officer.post(address, {"subject": "P9"}).status_code == 404


@pytest.mark.slow
def test_who_does_not_come_is_barred_for_a_while(loaded: None, db: None) -> None:
    book, now, today = book_named("visits").book, timezone.now(), timezone.localdate()
    person = person_of("visits", "visit", PHONE.format(1))
    with in_district(HERE):
        for n in range(4):
            facts = current_facts(now + timedelta(days=n))
            assert barred_until(book, "visit", person, facts, "culture-venues") is None or n == 3
            draft = draft_kind(book, "offer", f"o{n}", today, {"amount": "1", "slot": f"S{n}"})
            post_acts([Act((draft,), "user:1")])
            offer = PassOffer(f"S{n}", now, now + timedelta(days=9), 1)
            who = Applicant("某人", PHONE.format(1), "110108001")
            told = ask_for_pass(book, "visit", offer, 1, who, facts, "culture-venues")
            assert told.state == ("barred" if n == 3 else "holds")
            close_passes(book.passes["visit"], "visits", f"S{n}", "user:1", facts.now + timedelta(hours=1))
        assert told.until == now + timedelta(days=2, hours=1) + timedelta(days=30)
        assert barred_until(book, "visit", person, current_facts(told.until), "culture-venues") is None
        assert use_by_area("visits", "visit", ["S0", "S1"])["110108001"] == {
            "asked": 2,
            "given": 2,
            "used": 0,
            "missed": 2,
        }
