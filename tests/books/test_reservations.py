"""Halls and queues: no two at once, all of a party or none, what comes back goes to those who wait, in their order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from bihuan.books.waiting import Waiting, who_fits
from tests.books.declared import DAY, book, posted, seats

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def part(hall: str, start: float, end: float) -> object:
    from bihuan.books.intervals import IntervalPart

    return IntervalPart(hall, NOON + timedelta(hours=start), NOON + timedelta(hours=end))


def reserve(key: str, *parts: object, kind: str = "hall", **more: object) -> object:
    from bihuan.books import intervals

    return intervals.reserve(book("toy-seats"), kind, key, list(parts), "user:1", **more)  # type: ignore[arg-type]


def test_set_up_time_belongs_to_a_reservation_and_the_second_party_is_told_who_has_it(desk: None) -> None:
    assert reserve("a", part("h1", 0, 2)).state == "posted"
    assert reserve("a", part("h1", 0, 2)).state == "repeated"
    assert reserve("a", part("h1", 0, 3)).reason == "number_used"
    told = reserve("b", part("h1", 2.5, 4))  # an hour before it is set up, half an hour after the first is taken down
    assert (told.state, told.reason, told.taken_by) == ("refused", "taken", "hall/a")
    assert reserve("b", part("h1", 3.5, 4)).state == "posted", "the edge is nobody's"
    assert reserve("c", part("h2", 0, 2)).state == "posted", "another hall"


def test_a_series_gets_every_evening_or_none(desk: None) -> None:
    from bihuan.books.intervals import busy

    assert reserve("one", part("h1", 48, 50)).state == "posted"
    assert reserve("series", *(part("h1", 24 * n, 24 * n + 2) for n in range(4))).reason == "taken"
    assert [each.key for each in busy("toy-seats", "h1", NOON, NOON + timedelta(days=9))] == ["one"]


def test_what_is_given_back_or_expires_is_free_and_a_closure_keeps_out(desk: None) -> None:
    from bihuan.books.intervals import confirm, expire_intervals, give_back

    reserve("a", part("h1", 0, 2))
    assert confirm("toy-seats", "hall", "a", "user:2") == 1
    assert expire_intervals(now=NOON + timedelta(days=999)) == 0, "what is confirmed does not expire"
    assert give_back("toy-seats", "hall", "a", "user:2") == 1
    assert give_back("toy-seats", "hall", "a", "user:2") == 0
    past = datetime.now(UTC) - timedelta(minutes=1)
    assert reserve("b", part("h1", 0, 2), expires=past).state == "posted"
    assert expire_intervals() == 1
    assert reserve("works", part("h1", -24, 24), kind="closed", confirmed=True).state == "posted"
    assert reserve("c", part("h1", 0, 2)).taken_by == "closed/works"


def test_the_database_refuses_an_overlap_and_a_changed_state_that_no_program_asked_for(desk: None) -> None:
    reserve("a", part("h1", 0, 2))
    copy = (
        "INSERT INTO book_interval (id, district_id, book, kind, key, number, resource, starts, ends, span, state,"
        " made_at, actor, salt) SELECT gen_random_uuid(), district_id, book, kind, 'x', number, resource, starts, ends,"
        " span, 'posted', made_at, actor, salt FROM book_interval"
    )
    with (
        pytest.raises(IntegrityError, match="book_interval_apart"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(copy)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE book_interval SET state = 'void'")


def test_returned_seats_go_to_the_queue_in_its_order(desk: None) -> None:
    from bihuan.books.posting import post
    from bihuan.books.waiting import join_queue, leave_queue, queue_of, serve_queue

    posted(seats("offer", "o", 4))
    posted(seats("sell", "t1", 4))
    parties = [Waiting(key, amount, place, {"event": "e1"}) for key, amount, place in
               (("w1", 3, 1), ("w2", 1, 2), ("w3", 2, 3), ("w4", 1, 4))]  # fmt: skip
    join_queue(book("toy-seats"), "free:e1", "sell", parties, "user:1")
    join_queue(book("toy-seats"), "free:e1", "sell", parties, "user:1")
    assert serve_queue(book("toy-seats"), "free:e1", DAY, "user:1") == []
    post(seats("back", "r1", 2), actor="user:1")
    assert serve_queue(book("toy-seats"), "free:e1", DAY, "user:1") == ["w2", "w4"], (
        "three do not fit, one does, and one"
    )
    assert leave_queue("toy-seats", "free:e1", ["w3", "w9"], "user:1") == 1
    post(seats("back", "r2", 2), actor="user:1")
    assert serve_queue(book("toy-seats"), "free:e1", DAY, "user:1") == []
    assert [each.key for each in queue_of("toy-seats", "free:e1")] == ["w1"]


@given(st.integers(0, 30), st.lists(st.integers(1, 9), max_size=20))
def test_nobody_who_fits_is_passed_over_and_no_more_is_given_than_there_is(free: int, asked: list[int]) -> None:
    queue = [Waiting(str(n), amount, n, {}) for n, amount in enumerate(asked)]
    served = who_fits(free, queue)
    assert sum(party.amount for party in served) <= free
    left = free
    for party in queue:
        assert (party in served) == (party.amount <= left)
        left -= party.amount if party in served else 0


def test_a_period_ends_by_its_rules_once(desk: None) -> None:
    from bihuan.books.balances import balances
    from bihuan.books.drafting import draft_hold
    from bihuan.books.ending import NotEnded, end_period
    from bihuan.books.posting import post
    from bihuan.books.releasing import NotClosable

    posted(seats("offer", "o", 4))
    posted(seats("offer", "p", 3, "e2"))
    posted(draft_hold(book("toy-seats"), "h", DAY, "sold:e2", "free:e2", "1"))
    with pytest.raises(NotEnded):
        end_period(book("toy-seats"), DAY, "user:1", date(2026, 4, 1))
    post(seats("sell", "t", 1, "e2", hold="h"), actor="user:1")
    done = end_period(book("toy-seats"), DAY, "user:1", date(2026, 4, 1))
    assert done.posted == {"lapse": 2}
    left = {line.subject: line.balance for line in balances("toy-seats") if line.account == "free"}
    assert left == {"e1": 0, "e2": 0}
    with pytest.raises(NotClosable):
        end_period(book("toy-seats"), DAY, "user:1", date(2026, 4, 1))
    assert posted(seats("offer", "late", 1)) == "period_closed"
