"""Residents who ask for tickets themselves: one performance is drawn in public, three are still to come.

Who is drawn depends on the installation's key, as digests of telephone numbers do: only what does not is proved.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bihuan.books.applying import Applicant, PassOffer, ask_for_pass, use_by_area
from bihuan.books.models import PassRow
from bihuan.books.pass_draws import commit_list, draw_list, text_of_list
from bihuan.books.passes import HOLDS, DoorScan, admit_scans, close_passes, states_of
from bihuan.programmes.performances.evenings import ACTOR, BOOK, entry, post_entries, seats_book
from bihuan.programmes.performances.season import CLOSES, DRAWN, Row, Season
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play

PROGRAMME, ASKED, PLACES, COME, BEGINS = "performances", 56, 40, 32, 56
"""How many ask, for how many places, how many come, and on which day the performance is that they ask for."""
COMING, OPENS, UNTIL = 3, 100, 190
"""Performances that are still to come when the play ends, and between which days one asks for them."""


def announce(play: Play, season: Season) -> None:
    """The performance that residents ask for, and those to come: on the register, with seats in the book."""
    base = season.performances[0]
    rows = [_row(play, base, f"{season.code}-R", "居民专场", BEGINS, 40, CLOSES, "draw")]
    rows += [
        _row(play, base, f"{season.code}-N{n + 1}", f"新春惠民演出（{n + 1}）", UNTIL + 2 + n, OPENS, UNTIL,
             "draw" if n == 1 else "turn")
        for n in range(COMING)
    ]  # fmt: skip
    play.load("performance", rows, at=play.on(0), source="plan")
    post_entries([entry("offer", f"offer:{row['number']}", row["number"], PLACES, play.on(0)) for row in rows])


def _row(play: Play, base: Row, number: str, name: str, day: int, opens: int, closes: int, handing: str) -> Row:
    begins = play.day(day, 19)
    return {
        **base, "number": number, "name": name, "starts_on": play.local(begins).isoformat(), "handing": handing,
        "starts": begins.isoformat(), "ends": (begins + timedelta(hours=2)).isoformat(), "seats": PLACES,
        "public_seats": PLACES, "expected": PLACES, "opens": play.day(opens, 9).isoformat(),
        "closes": play.day(closes, 18).isoformat(),
    }  # fmt: skip


def ask_in_public(play: Play, season: Season) -> None:
    """They ask, some twice, for too many or too late; the list is closed, then drawn, and anybody recomputes it."""
    luck, number = play.luck.stream("residents"), f"{season.code}-R"
    offer = PassOffer(number, play.day(40, 9), play.day(CLOSES, 18), 4, drawn=True)
    streets = [area.code for area in play.registers.areas.at_level("street")]
    phones = [f"1380001{luck.whole(0, 9)}{n:03}" for n in range(ASKED)]
    again, many = luck.sample(phones, 3), [f"1380002{n:04}" for n in range(2)]
    with in_district(default_district()):
        facts = play.script.facts_at(play.day(CLOSES, 12))
        for phone in [*phones, *again, *many]:
            who, first = Applicant(f"居民{phone[-3:]}", phone, luck.pick(streets)), phone not in many
            key = f"{number}/{phone}"
            if not first:
                play.plant("too_many", key, "more than one may ask for")
            answer = ask_for_pass(seats_book(), "ticket", offer, 1 if first else 5, who, facts, PROGRAMME)
            if answer.state == "too_many":
                play.find("too_many", key, answer.state)
            if answer.state == "repeated":
                play.find("repeated", key, "known by a digest of the number")
        for phone in again:
            play.plant("repeated", f"{number}/{phone}", "asked a second time")
        facts = play.script.facts_at(play.day(DRAWN, 9))
        late = f"{number}/late"
        play.plant("closed", late, "after the closing second")
        answer = ask_for_pass(seats_book(), "ticket", offer, 1, Applicant("迟到", "13800039999"), facts, PROGRAMME)
        if answer.state == "closed":
            play.find("closed", late, answer.state)
        season.requests += len(phones) + len(again) + len(many) + 1
        _drawn(play, number, offer, luck)
    play.prove("rates", {"areas": len(_used(play, number)), **_sums(number)})


def _drawn(play: Play, number: str, offer: PassOffer, luck: Luck) -> None:
    """The list first, the seed afterwards; whoever has the list comes to the same order."""
    facts = play.script.facts_at(play.now)
    listed = commit_list(
        seats_book(), "ticket", offer, "双色球次日开奖号码 · the lottery of the next day", ACTOR, facts
    )
    seed = " ".join(f"{luck.whole(1, 33):02}" for _ in range(7))
    order = draw_list(seats_book(), listed, seed, ACTOR, facts)
    names, *lines = text_of_list(listed, facts).splitlines()
    rows = [dict(zip(names.split(","), line.split(","), strict=True)) for line in lines]
    events = [{"event": number, "seats": PLACES, "closes": offer.closes.isoformat(), "max_per_person": offer.most}]
    told = play.calc("ticket-draw", rows, events, seed=seed)
    mine = [(each.application, each.rank, each.result) for each in order]
    theirs = sorted(
        zip(*(told.columns[name] for name in ("application", "rank", "result")), strict=True), key=lambda r: r[1]
    )
    play.prove("draw_recomputed", mine == [tuple(row) for row in theirs])


def _used(play: Play, number: str) -> dict[str, dict[str, int]]:
    """The evening: most come, the others are closed as missed."""
    starts = play.day(BEGINS, 19)
    play.to(max(play.now, starts))
    kind = seats_book().passes["ticket"]
    with in_district(default_district()):
        held = states_of(list(PassRow.objects.filter(book=BOOK, subject=number).order_by("key")))
        scans = [DoorScan(each.code, starts) for each in held if each.state == HOLDS][:COME]
        admit_scans(kind, number, starts, scans, ACTOR)
        close_passes(kind, BOOK, number, ACTOR, starts + timedelta(hours=2))
        return use_by_area(BOOK, "ticket", [number])


def _sums(number: str) -> dict[str, int]:
    with in_district(default_district()):
        lines = list(use_by_area(BOOK, "ticket", [number]).values())
    return {name: sum(line[name] for line in lines) for name in ("asked", "given", "used", "missed")}
