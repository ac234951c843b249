"""Places of a base under many hands: as many bookings as come, one connection each, sell what there is and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.posting import Act, post_acts
from bihuan.registers.isolation import in_district
from tests.books.declared import DAY, DISTRICT, balance, working
from tests.books.test_concurrency import in_threads

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]
PLACES, PUPILS, SCHOOLS = 120, 35, 12


def post(entry: str, number: str, amount: int, **names: str) -> str:
    """One entry of the book of places; its state, or why it was refused."""
    book = book_named("base-places").book
    draft = draft_kind(book, entry, number, DAY, {"amount": str(amount), **names})
    with in_district(DISTRICT):
        verdict = post_acts([Act((draft,), "user:1")])[0][0]
    return str(verdict.reason or verdict.state)


@pytest.fixture
def offered(transactional_db: None) -> Iterator[None]:
    """A slot with its places, committed."""
    assert post("offer", "offer", PLACES, slot="SL1") == "posted"
    yield
    for other in connections.all(initialized_only=True):
        other.close()


def test_twelve_classes_in_one_second_take_three_slots_of_places(offered: None) -> None:
    answers = in_threads(SCHOOLS, lambda number: post("take", f"t{number}", PUPILS, slot="SL1", booking=f"B{number}"))
    assert sorted(answers) == ["below_floor"] * (SCHOOLS - PLACES // PUPILS) + ["posted"] * (PLACES // PUPILS)
    with working():
        assert balance("free", "SL1") == PLACES - PLACES // PUPILS * PUPILS
