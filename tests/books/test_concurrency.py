"""Many writers at once, with kill -9 in between: no floor is broken, Σ is exact, what was answered is there once."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.models import Sum

from bihuan.books import checking
from bihuan.books.combining import combined
from bihuan.books.models import AccountRow, EntryRow, HoldRow
from bihuan.books.posting import Act, post_acts
from bihuan.books.releasing import expire_holds
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id
from tests.books.declared import DAY, DISTRICT, balance, book, pay, posted, seats, take, working
from tests.crashing import run_and_kill

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]


def as_application() -> None:
    """This connection acts as the application from now on."""
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{settings.BIHUAN_APP_ROLE}"')


@pytest.fixture
def filled(books: None, transactional_db: None) -> Iterator[None]:
    """A till with a hundred yuan and a hall of a hundred seats, committed."""
    with working():
        posted(take("in", "100"))
        posted(seats("offer", "o", 100))
    yield
    for other in connections.all(initialized_only=True):
        other.close()


def in_threads(count: int, work: object) -> list[str]:
    """What `work(number)` gives in as many threads at once."""
    answers: list[str] = []
    gate = threading.Barrier(count)

    def one(number: int) -> None:
        try:
            as_application()
            gate.wait()
            answers.append(work(number))  # type: ignore[operator]
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def sell(number: int) -> str:
    """One of many who want a seat at the same moment, each with a connection of its own."""
    with in_district(DISTRICT):
        verdict = post_acts([Act((seats("sell", f"s{number}", 3),), "user:1")])[0][0]
    return str(verdict.reason or verdict.state)


def test_no_seat_is_sold_twice_by_connections_of_their_own(filled: None) -> None:
    answers = in_threads(50, sell)
    assert sorted(set(answers)) == ["below_floor", "posted"]
    assert answers.count("posted") == 33
    with working():
        assert (balance("free", "e1"), balance("sold", "e1")) == (1, 99)


def test_combined_writers_get_their_own_answers(filled: None) -> None:
    def work(number: int) -> str:
        told = []
        for turn in range(20):
            draft = pay(f"{number}-{turn}", "0.30", "in") if turn % 2 else seats("sell", f"{number}-{turn}", 1)
            verdict = combined(DISTRICT, Act((draft,), "user:1"))[0]
            told.append(str(verdict.reason or verdict.state))
        return " ".join(told)

    answers = " ".join(in_threads(50, work)).split()
    assert answers.count("posted") == 333 + 100
    assert answers.count("below_floor") == 1000 - 433
    with working():
        assert (balance("till"), balance("free", "e1")) == (10, 0)
        assert checking.check_book("toy-cash").faults == checking.check_book("toy-seats").faults == ()


def test_one_number_sent_by_many_at_once_has_one_effect(filled: None) -> None:
    answers = in_threads(20, lambda number: str(combined(DISTRICT, Act((take("same", "1"),), "user:1"))[0].state))
    assert sorted(set(answers)) == ["posted", "repeated"]
    assert answers.count("posted") == 1
    with working():
        assert balance("till") == 10100


def writer() -> str:
    """One acknowledged act of a random kind; the numbers of what it posted."""
    if not getattr(connection, "as_app", False):
        as_application()
        connection.as_app = True  # type: ignore[attr-defined]
        random.seed(os.getpid())
    key = str(new_id())
    with in_district(DISTRICT):
        what = random.randrange(5)
        if what == 0:
            drafts = [take(key, f"0.{random.randint(10, 99)}")]
        elif what == 1:
            drafts = [pay(key, f"{random.randint(1, 9)}.05", "in", payee=f"p{random.randrange(3)}")]
        elif what == 2:
            drafts = [pay(key, "0.01", "in"), seats("sell", key, 1)]
        elif what == 3:
            drafts = [hold(key)]
        else:
            expire_holds()
            held = HoldRow.objects.filter(remaining__gt=0).order_by("?").first()
            drafts = [seats("sell", key, 1, hold=held.key)] if held else []
        verdicts = post_acts([Act(tuple(drafts), "user:1")])[0] if drafts else []
    return key if verdicts and not any(v.reason for v in verdicts) else ""


def hold(key: str) -> object:
    from bihuan.books.drafting import draft_hold

    return draft_hold(book("toy-seats"), key, DAY, "sold:e1", "free:e1", "2")


def test_kill_9_among_fifty_writers_loses_and_doubles_nothing(filled: None) -> None:
    acknowledged: set[str] = set()
    for _ in range(3):
        acknowledged |= set(run_and_kill([writer] * 50, longest=2.0))
    with working():
        there = set(EntryRow.objects.values_list("key", flat=True)) | set(HoldRow.objects.values_list("key", flat=True))
        assert acknowledged <= there
        assert len(acknowledged) > 50
        assert AccountRow.objects.filter(unit="CNY").aggregate(s=Sum("posted"))["s"] == 0
        assert AccountRow.objects.filter(unit="seats").aggregate(s=Sum("posted"))["s"] == 0
        free = AccountRow.objects.get(name="free")
        assert free.posted - free.pending_credit >= 0
        assert balance("till") >= 0
        assert checking.check_book("toy-cash").faults == checking.check_book("toy-seats").faults == ()
