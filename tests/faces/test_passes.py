"""Passes: shown once at one door, given back once, waited for in the public order; nobody is let in twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from bihuan.books.catalogue import book_named, forget_books
from bihuan.books.counting import CountedRejects
from bihuan.books.drafting import draft_kind
from bihuan.books.models import PassEndRow, PassRow
from bihuan.books.pass_files import UnknownPass, issue_file
from bihuan.books.passes import (
    DoorScan,
    NewPass,
    admit,
    admit_scans,
    close_passes,
    give_back,
    issue_passes,
    pass_of_code,
    states_of,
)
from bihuan.books.posting import Act, post_acts
from bihuan.books.waiting import Waiting, join_queue
from bihuan.declare.problems import DeclarationError
from bihuan.loop.codes import code_of
from bihuan.registers.live import current_registers
from bihuan.server.home import current_home
from tests.books.declared import DAY, SEATS, working

pytestmark = pytest.mark.slow
STARTS = datetime(2026, 3, 9, 19, 30, tzinfo=UTC)
NOW = STARTS - timedelta(minutes=30)
_LINES = "lines: [{debit: used, subject: event}, {credit: sold, subject: event}]"
_MORE = f"""  use: {{name: {{zh: 检票, en: Use}}, {_LINES}}}
  miss: {{name: {{zh: 缺席, en: Miss}}, {_LINES}}}
  back: {{name"""
_USED = "  used: {name: {zh: 已用, en: Used}, normal: debit, unit: seats, subject: event}\n  hall: {name: {zh: 座席"
_TICKET = """
passes:
  ticket:
    name: {zh: 票, en: Ticket}
    entry: sell
    value: event
    about: facility
    starts: since
    admit: use
    back: back
    miss: miss
"""
PASSES = SEATS.replace("  back: {name", _MORE).replace("  hall: {name: {zh: 座席", _USED, 1) + _TICKET


@pytest.fixture
def door(loaded: None, db: None) -> Iterator[Any]:
    """Six seats: `a` has two, `b` one, `c` three; `d` waits for two. Worked for as the application."""
    folder = current_home().path / "programmes" / "toy" / "books"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "seats.yaml").write_text(PASSES, encoding="utf-8")
    forget_books()
    with working():
        book = book_named("toy-seats").book
        for kind, key, amount in (("offer", "o", 6), ("sell", "a", 2), ("sell", "b", 1), ("sell", "c", 3)):
            draft = draft_kind(book, kind, key, DAY, {"amount": str(amount), "event": "e"})
            assert post_acts([Act((draft,), "user:1")])[0][0].reason is None
        join_queue(book, "free:e", "sell", [Waiting("d", 2, 1, {"event": "e"})], "user:1")
        wanted = [
            NewPass(key, "e", n, {"name": "某人"} if key == "a" else {})
            for key, n in (("a", 2), ("b", 1), ("c", 3), ("d", 2))
        ]
        issue_passes("toy-seats", "ticket", wanted, current_registers().district, "user:1", NOW)
        yield book.passes["ticket"]
    shutil.rmtree(current_home().path / "programmes" / "toy", ignore_errors=True)
    forget_books()


def held(key: str) -> PassRow:
    """A pass by its number."""
    return PassRow.objects.get(key=key)


def code(key: str) -> str:
    """What its holder shows."""
    return code_of(held(key).id)


def used() -> dict[str, int]:
    """Where the accounts of the event stand."""
    from bihuan.books.balances import balances

    return {line.account: line.balance for line in balances("toy-seats") if line.subject == "e"}


def test_a_code_lets_in_once_however_it_is_typed(door: Any) -> None:
    typed = f"{code('a')[:5]}-{code('a')[5:]}".lower()
    first = admit(door, typed, "e", STARTS, "user:door", NOW)
    again = admit(door, code("a"), "e", STARTS, "user:door", NOW + timedelta(minutes=1))
    assert (first.state, again.state, again.at) == ("admitted", "again", NOW)
    assert (used()["sold"], used()["used"]) == (4, 2)
    assert admit(door, "0000000000", "e", STARTS, "user:door", NOW).state == "unknown"
    assert admit(door, code("b"), "other", STARTS, "user:door", NOW).state == "elsewhere"
    assert admit(door, code("b"), "e", STARTS, "user:door", STARTS - timedelta(hours=3)).state == "early"
    assert admit(door, code("d"), "e", STARTS, "user:door", NOW).state == "waits"


def test_what_is_given_back_goes_to_who_waits_and_opens_no_door(door: Any) -> None:
    assert [(each.state, each.place) for each in states_of([held("d")])] == [("waits", 1)]
    assert give_back(door, held("b"), STARTS, "holder", NOW).state == "back"
    assert [each.state for each in states_of([held("d")])] == ["waits"], "one seat serves no party of two"
    assert give_back(door, held("a"), STARTS, "holder", NOW).state == "back"
    assert [each.state for each in states_of([held("d"), held("a")])] == ["holds", "back"]
    assert give_back(door, held("a"), STARTS, "holder", NOW).state == "given_back"
    assert admit(door, code("a"), "e", STARTS, "user:door", NOW).state == "given_back"
    assert give_back(door, held("c"), STARTS, "holder", STARTS + timedelta(minutes=1)).state == "over"


def test_a_door_without_a_connection_sends_its_scans_later(door: Any) -> None:
    admit(door, code("b"), "e", STARTS, "user:other-door", NOW)
    scans = [DoorScan(code(key), NOW + timedelta(minutes=n)) for n, key in enumerate(("a", "c", "a", "b"))]
    told = admit_scans(door, "e", STARTS, [*scans, DoorScan("nothing", NOW)], "user:door")
    assert [each.state for each in told] == ["admitted", "admitted", "again", "again", "unknown"]
    assert told[2].at == NOW
    assert told[3].at == NOW
    assert [each.state for each in admit_scans(door, "e", STARTS, scans, "user:door")] == ["again"] * 4
    assert used()["used"] == 6


def test_what_nobody_used_is_closed_and_nothing_is_edited(door: Any) -> None:
    admit(door, code("a"), "e", STARTS, "user:door", NOW)
    assert close_passes(door, "toy-seats", "e", "user:1", STARTS) == 2
    assert close_passes(door, "toy-seats", "e", "user:1", STARTS) == 0
    assert admit(door, code("c"), "e", STARTS, "user:door", STARTS).state == "missed"
    assert (used()["sold"], used()["used"]) == (0, 6)
    with pytest.raises(Exception, match=r"append|permission"), transaction.atomic():
        PassEndRow.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM book_pass WHERE code_index::text LIKE %s", [f"%{code('a')}%"])
        assert cursor.fetchone() == (0,)


def test_a_list_gives_the_same_codes_again_and_names_what_it_cannot_use(door: Any, tmp_path: Path) -> None:
    file, out = tmp_path / "holders.csv", tmp_path / "codes.csv"
    file.write_text("key,subject,amount,name\na,e,2,某人\nx,e,0,\n", encoding="utf-8")
    book = book_named("toy-seats").book
    with CountedRejects(tmp_path) as rejects:
        assert issue_file(book, "ticket", file, out, "user:1", rejects=rejects) == 1
        assert rejects.count == 1
    assert code("a") in out.read_text(encoding="utf-8")
    assert pass_of_code(code("a")) == held("a")
    with CountedRejects(tmp_path) as rejects, pytest.raises(UnknownPass):
        issue_file(book, "badge", file, out, "user:1", rejects=rejects)


def test_a_pass_names_entries_of_its_book(tmp_path: Path) -> None:
    from bihuan.books.declaration import load_book

    file = tmp_path / "seats.yaml"
    file.write_text(PASSES.replace("admit: use", "admit: enter"), encoding="utf-8")
    with pytest.raises(DeclarationError, match="enter"):
        load_book(file)
