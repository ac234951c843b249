"""Booked visits of the sample: who books twice, for too many, and who does not come again and again.

Look-alikes: somebody who missed two bookings, and somebody whose time without booking is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.books.applying import Applicant, PassOffer, ask_for_pass, person_of
from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.models import PassRow
from bihuan.books.passes import HOLDS, DoorScan, admit_scans, close_passes, states_of
from bihuan.books.posting import Act, post_acts
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bihuan.programmes.culture_venues.sample import Row, Town
    from bihuan.simulator.plays.play import Play

PROGRAMME, BOOK, KIND, ACTOR = "culture-venues", "visits", "visit", "play"
FIRST, AGAIN, LATER, TO_COME = 15, 22, 52, 70
"""Days: of the first slot, of bookings after four misses and after the bar, of the first slot to come."""
PEOPLE, BOOKED, PLACES = 30, 21, 30
"""Who books, how many may be booked in a slot, how many it lets in."""


def announce_slots(play: Play, town: Town) -> list[Row]:
    """Slots of two museums: four that are played, a day each, two later, and four weeks to come."""
    venues = [row for row in town.venues if row["kind"] == "museum"][:2]
    days = [*range(FIRST, FIRST + 4), AGAIN + 1, LATER + 1]
    rows = [_slot(play, venues[0], day, play.day(10, 9)) for day in days]
    rows += [_slot(play, venue, TO_COME + n, play.day(50, 9)) for n in range(28) for venue in venues]
    play.load("visit-slot", rows, at=play.on(5), source="culture office")
    book = book_named(BOOK).book
    with in_district(default_district()):
        values = [{"amount": str(BOOKED), "slot": row["number"]} for row in rows]
        drafts = [draft_kind(book, "offer", f"offer:{each['slot']}", play.on(5), each) for each in values]
        post_acts([Act((draft,), ACTOR) for draft in drafts])
    return rows[: len(days)]


def _slot(play: Play, venue: Row, day: int, opens: Any) -> Row:
    begins = play.day(day, 14)
    return {
        "number": f"{venue['number']}-{play.local(begins):%m%d}", "name": f"{venue['name']}下午场",
        "venue": venue["number"], "starts_on": play.local(begins).isoformat(), "starts": begins.isoformat(),
        "ends": (begins + timedelta(hours=2)).isoformat(), "capacity": PLACES, "bookable": BOOKED,
        "walk_in_percent": "30", "opens": opens.isoformat(), "most": 3,
        "closes": (begins - timedelta(hours=1)).isoformat(),
    }  # fmt: skip


def book_visits(play: Play, slots: Sequence[Row]) -> None:
    """Four afternoons: three people never come, two come once; the house's rule then bars the three for thirty days."""
    luck = play.luck.stream("visits")
    people = [f"1391{luck.whole(100, 999)}{n:04}" for n in range(PEOPLE)]
    never, mild = people[:3], people[3:5]
    played, later, after = slots[:4], slots[4], slots[5]
    states: dict[str, int] = {}
    for place, slot in enumerate(played):
        for phone in people[: 5 + 6 * place]:
            _ask(play, slot, phone, FIRST - 1, states)
        twice, many = luck.sample(people[:5], 1)[0], f"1392{place:07}"
        play.plant("repeated", f"{slot['number']}/{twice}", "booked a second time")
        _ask(play, slot, twice, FIRST - 1, states)
        play.plant("too_many", f"{slot['number']}/{many}", "more than a booking may bring")
        _ask(play, slot, many, FIRST - 1, states, amount=4)
    for place, slot in enumerate(played):
        _hold(play, slot, FIRST + place, {*never, *(mild if place < 2 else [])})
    for phone in never:
        play.plant("barred", f"{later['number']}/{phone}", "did not come four times")
        play.look_alike("barred", f"{after['number']}/{phone}", "the time without booking is over")
    for phone in mild:
        play.look_alike("barred", f"{later['number']}/{phone}", "did not come twice")
    for slot, day, wanting in ((later, AGAIN, (*never, *mild)), (after, LATER, never)):
        for phone in wanting:
            _ask(play, slot, phone, day, states)
    play.prove("bookings", dict(sorted(states.items())))


def _ask(play: Play, slot: Row, phone: str, day: int, states: dict[str, int], amount: int = 1) -> None:
    offer = PassOffer(
        slot["number"], datetime.fromisoformat(slot["opens"]), datetime.fromisoformat(slot["closes"]), slot["most"]
    )
    facts = play.script.facts_at(play.day(day, 10))
    with in_district(default_district()):
        told = ask_for_pass(book_named(BOOK).book, KIND, offer, amount, Applicant("观众", phone), facts, PROGRAMME)
    states[told.state] = states.get(told.state, 0) + 1
    if told.state in ("repeated", "too_many", "barred"):
        play.find(told.state, f"{slot['number']}/{phone}", told.state)


def _hold(play: Play, slot: Row, day: int, absent: set[str]) -> None:
    """The afternoon: everybody but the absent comes, then the slot is closed."""
    book, starts = book_named(BOOK).book, play.day(day, 14)
    away = {person_of(BOOK, KIND, phone) for phone in absent}
    with in_district(default_district()):
        held = states_of(list(PassRow.objects.filter(book=BOOK, subject=slot["number"]).order_by("key")))
        scans = [DoorScan(e.code, starts) for e in held if e.state == HOLDS and bytes(e.row.person or b"") not in away]
        admit_scans(book.passes[KIND], slot["number"], starts, scans, ACTOR)
        close_passes(book.passes[KIND], BOOK, slot["number"], ACTOR, starts + timedelta(hours=2))
