"""A season: halls reserved, large events licensed, seats drawn or taken in turn, doors, cancellations, the calendar.

Planted: two performances in one hall at one time, ticket sales without a licence, licences asked for too late or of the
wrong authority, applications sent twice, tickets shown twice at the door, cancellations that are submitted before every
ticket is back. Look-alikes: a performance that begins when the last one has been taken down, a small one without a
licence, a person who asks for two performances, a ticket of a cancelled performance that is returned.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import connection

from bihuan.books import intervals
from bihuan.books.balances import balances
from bihuan.books.combining import combined
from bihuan.books.drafting import draft_hold, draft_kind
from bihuan.books.passes import NewPass, issue_passes
from bihuan.books.posting import Act, post_acts
from bihuan.books.releasing import expire_holds
from bihuan.books.waiting import Waiting, join_queue
from bihuan.loop.codes import code_of
from bihuan.loop.sequencing import sequence
from bihuan.programmes.performances.evenings import ACTOR, BOOK, entry, play_evenings, post_entries, seats_book
from bihuan.programmes.performances.residents import announce, ask_in_public
from bihuan.programmes.performances.season import CITY, DRAWN, LARGE, Row, Season, draw_season, first_day
from bihuan.readers.calendars import CANCELLED, CONFIRMED, CalendarEntry, read_calendar, write_calendar
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

WANTED, OFFERED, CLIENTS = 600, 150, 12
"""How many want one of how many seats at the same moment, over how many connections."""
LASTS = 130
"""The most days that the sample plays."""


def play_sample(play: Play) -> None:
    """Play the season."""
    season = draw_season(play)
    _registers(play, season)
    _halls(play, season)
    _licences(play, season)
    _sales(play, season)
    _rush(play, season)
    ask_in_public(play, season)
    play_evenings(play, season)
    _calendar(play, season)
    _answer(play, season)


# -- before the season --------------------------------------------------------------------------------------


def _registers(play: Play, season: Season) -> None:
    luck = play.luck.stream("registers")
    begins = first_day(season)
    play.load("facility", season.halls, source="venues")
    play.load(
        "season",
        [{"code": season.code, "name": "艺术季", "organiser": "culture-tourism", "begins": begins.isoformat(),
          "ends": (begins + timedelta(days=120)).isoformat()}],
        source="plan",
    )  # fmt: skip
    ensembles = [
        {"code": f"ENS{n:03}", "name": f"{luck.pick('云澄朗青鹿舟')}{luck.pick('野溪帆禾岚')}剧社{n}",
         "kind": "ensemble", "permit": f"PX{n:05}", "permit_until": (begins + timedelta(days=400)).isoformat()}
        for n in range(8)
    ]  # fmt: skip
    play.load("performer", ensembles, source="permits")
    play.load("performance", season.performances, at=play.on(0), source="plan")
    links = [{"from": p["number"], "to": luck.pick(ensembles)["code"]} for p in season.performances]
    play.load("performance:by", links, source="plan")
    announce(play, season)
    with in_district(default_district()):
        allot = draft_kind(seats_book(), "allot", "allot", play.on(0), {"amount": "2600000.00", "season": season.code})
        post_acts([Act((allot,), ACTOR)])


def _halls(play: Play, season: Season) -> None:
    """Every performance reserves its hall; some ask for one that somebody has."""
    luck = play.luck.stream("halls")
    with in_district(default_district()):
        for each in season.performances:
            told = intervals.reserve(seats_book(), "hall", each["number"], [_part(each)], ACTOR)
            assert told.state in ("posted", "repeated"), told
            intervals.confirm(BOOK, "hall", each["number"], ACTOR)
        chosen = luck.sample(season.performances, 6)
        for number, each in enumerate(chosen[:3]):
            key = f"{each['number']}-again"
            play.plant("hall_taken", key, f"the hall of {each['number']}, while it is set up or played")
            part = _part(each, shift=timedelta(hours=-2, minutes=-30 * number))
            evening = [_part(each, shift=timedelta(days=40 + number)), part]  # the second evening of a series
            told = intervals.reserve(seats_book(), "hall", key, evening, ACTOR)
            if told.reason == "taken":
                play.find("hall_taken", key, told.taken_by)
        for each in chosen[3:]:
            key = f"{each['number']}-late"
            play.look_alike("hall_taken", key, "set up after the last one was taken down")
            told = intervals.reserve(seats_book(), "hall", key, [_part(each, shift=timedelta(hours=7))], ACTOR)
            if told.reason == "taken":
                play.find("hall_taken", key, told.taken_by)
    play.to(play.day(4))  # nobody confirms the late ones: three days, and they are free again
    with in_district(default_district()):
        play.prove("halls_expired", intervals.expire_intervals(now=play.now))


def _part(each: Row, shift: timedelta = timedelta()) -> intervals.IntervalPart:
    starts, ends = datetime.fromisoformat(each["starts"]), datetime.fromisoformat(each["ends"])
    return intervals.IntervalPart(each["venue"], starts + shift, ends + shift)


def _licences(play: Play, season: Season) -> None:
    """Large events ask for a licence in time; one asks too late, one is beyond the authority."""
    officer, manager = play.person("licence_officer"), play.person("season_manager")
    large = [each for each in season.performances if each["expected"] >= LARGE]
    for each in large[:2]:
        matter = _licence(play, each, 5)
        until = datetime.fromisoformat(each["ends"]) + timedelta(days=1)
        play.act(matter, "approve", play.day(8, 10), officer, until=until.isoformat())
    city = _copy(season, large[0], "city", expected=CITY)
    late = _copy(season, large[1], "late", expected=LARGE, starts_on=play.on(15).isoformat())
    play.load("performance", [city, late], at=play.on(0), source="plan")
    play.plant("not_this_authority", city["number"], f"{CITY} expected: the city decides")
    matter = _licence(play, city, 6)
    until = datetime.fromisoformat(city["ends"]) + timedelta(days=1)
    play.attempt(
        "not_this_authority", city["number"], matter, "approve", play.day(9, 10), officer, until=until.isoformat()
    )
    play.act(matter, "reject", play.day(9, 11), officer, {"reason": "由市级公安机关许可 · the city decides"})
    play.plant("late_licence", late["number"], "asked ten days before")
    asked = _licence(play, late, 5, may_be_refused=True)
    play.to(play.day(10))
    _effects(play.now)
    if asked.refusal is not None:
        play.find("late_licence", late["number"], asked.refusal.code)
    play.plant("no_licence", large[2]["number"], f"{LARGE} expected, no licence")
    for each in season.performances:
        if each["handing"] == "turn" and each not in large:
            play.look_alike("no_licence", each["number"], "small: none is needed")
    for each in season.performances:
        matter = play.report(
            "performance", play.day(10, 9), manager, key=f"open:{each['number']}", title=each["name"],
            subject=each["number"], may_be_refused=True,
        )  # fmt: skip
        each["case"] = matter
    play.to(play.day(10, 12))
    for each in season.performances:
        if each["case"].refusal is not None:
            play.find("no_licence", each["number"], each["case"].refusal.code)


def _licence(play: Play, each: Row, day: int, **more: Any) -> Any:
    fields = {"starts_on": each["starts_on"], "plan": f"AQ-{each['number']}", "manager": "culture-tourism"}
    applicant = play.person("handler", play.unit("culture-tourism"))
    return play.report(
        "licence", play.day(day, 9), applicant, key=f"licence:{each['number']}", dispatch=False,
        title=f"{each['name']}安全许可", subject=each["number"], fields=fields, **more,
    )  # fmt: skip


def _copy(season: Season, each: Row, mark: str, **other: Any) -> Row:
    row = {**each, "number": f"{each['number']}-{mark}", **other}
    row.pop("case", None)
    return row


def _effects(now: datetime) -> None:
    """What a licence decides reaches the register of performances, as the worker does it."""
    from bihuan.effects.following import follow_events

    while sequence(10_000):
        pass
    while follow_events(default_district(), now):
        pass


# -- tickets ------------------------------------------------------------------------------------------------


def _sales(play: Play, season: Season) -> None:
    """Draws and first come, first served; whoever gets nothing waits in the public order."""
    luck = play.luck.stream("sales")
    play.to(play.day(DRAWN))
    for each in [p for p in season.performances if p["case"].refusal is None]:
        number, parties = each["number"], season.parties[each["number"]]
        day, closes = play.on(DRAWN), datetime.fromisoformat(each["closes"])
        if number.endswith(("2", "5", "8")):
            before = luck.pick(parties)
            later = datetime.fromisoformat(before["time"]) + timedelta(seconds=30)
            twice = {**before, "application": f"{number}-TWICE", "time": min(later, closes).isoformat()}
            parties.append(twice)
            play.plant("duplicate", twice["application"], f"the same person as {before['application']}")
        season.requests += len(parties)
        post_entries([entry("offer", f"offer:{number}", number, each["public_seats"], day)])
        events = [
            {"event": number, "seats": each["public_seats"], "closes": each["closes"], "max_per_person": each["most"]}
        ]
        seed = f"{season.code}-{number}" if each["handing"] == "draw" else "turn"
        told = play.calc("ticket-draw", parties, events, seed=seed)
        rows = [dict(zip(told.columns, row, strict=True)) for row in zip(*told.columns.values(), strict=True)]
        if each["handing"] == "turn":
            rows = _in_turn(rows, parties, each["public_seats"])
        _hand_out(play, season, each, rows, day)


def _in_turn(rows: list[Row], parties: Sequence[Row], seats: int) -> list[Row]:
    """The same applications, served by their instants."""
    asked = {party["application"]: party for party in parties}
    valid = sorted(
        (r for r in rows if r["result"] != "rejected"),
        key=lambda r: (asked[r["application"]]["time"], r["application"]),
    )
    for rank, row in enumerate(valid, 1):
        wanted = int(asked[row["application"]]["seats"])
        served = wanted <= seats
        seats -= wanted if served else 0
        row |= {"rank": rank, "result": "seat" if served else "waiting", "seats": wanted if served else 0}
    return rows


def _hand_out(play: Play, season: Season, each: Row, rows: Sequence[Row], day: date) -> None:
    number, asked = each["number"], {p["application"]: int(p["seats"]) for p in season.parties[each["number"]]}
    served = [row for row in rows if row["result"] == "seat"]
    for row in rows:
        if row["result"] == "rejected":
            play.find(row["reason"], row["application"], "ticket-draw")
    told = post_entries([entry("take", r["application"], number, asked[r["application"]], day) for r in served])
    season.tickets[number] = {
        r["application"]: asked[r["application"]] for r, no in zip(served, told, strict=True) if not no
    }
    waiting = [
        Waiting(r["application"], asked[r["application"]], int(r["rank"]), {"performance": number})
        for r in rows if r["result"] == "waiting"
    ]  # fmt: skip
    with in_district(default_district()):
        join_queue(seats_book(), f"free:{number}", "take", waiting, ACTOR, play.now)
        applied = [
            NewPass(r["application"], number, asked[r["application"]]) for r in rows if r["result"] != "rejected"
        ]
        for held in issue_passes(BOOK, "ticket", applied, play.registers.district, ACTOR, play.now):
            season.codes[held.key] = code_of(held.id)


def _rush(play: Play, season: Season) -> None:
    """Six hundred want one of a hundred and fifty seats at one moment, over many connections; some only hold them."""
    number = f"{season.code}-rush"
    post_entries([entry("offer", f"offer:{number}", number, OFFERED, play.on(DRAWN))])
    district, day, told = default_district(), play.on(DRAWN), list[str]()

    def client(start: int) -> None:
        try:
            for turn in range(start, WANTED, CLIENTS):
                draft = entry("take", f"rush-{turn}", number, 1, day)
                told.append(combined(district, Act((draft,), ACTOR))[0].state)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(start,)) for start in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    season.requests += WANTED
    held = f"{season.code}-held"
    post_entries([entry("offer", f"offer:{held}", held, 40, day)])
    with in_district(district):
        holds = [draft_hold(seats_book(), f"h{n}", day, f"taken:{held}", f"free:{held}", "1") for n in range(50)]
        verdicts = post_acts([Act((hold,), ACTOR, play.now + timedelta(minutes=15)) for hold in holds])
    reserved = sum(each[0].state == "posted" for each in verdicts)
    post_entries(
        [
            draft_kind(seats_book(), "take", f"paid{n}", day, {"amount": "1", "performance": held}, hold=f"h{n}")
            for n in range(25)
        ]
    )
    play.to(play.now + timedelta(minutes=20))
    with in_district(district):
        expired = expire_holds(now=play.now)
    play.prove("rush", {"wanted": WANTED, "offered": OFFERED, "sold": told.count("posted")})
    play.prove("holds", {"asked": 50, "reserved": reserved, "paid": 25, "expired": expired})


# -- the calendar and the answer ----------------------------------------------------------------------------


def _calendar(play: Play, season: Season) -> None:
    """The season as an iCalendar file, read back; what is cancelled stays in it, one version further."""
    zone: ZoneInfo = play.zone
    entries = [
        CalendarEntry(
            f"{each['number']}@seats.bihuan", _part(each).starts, _part(each).ends, each["name"],
            play.now.replace(microsecond=0), each["venue"], sequence=int("cancelled" in each),
            status=CANCELLED if "cancelled" in each else CONFIRMED,
        )
        for each in season.performances
    ]  # fmt: skip
    text = write_calendar(entries, season.code, zone)
    back = read_calendar(text)
    play.prove("calendar_ok", back == sorted(entries, key=lambda e: (e.starts, e.uid)) and "BEGIN:VTIMEZONE" in text)
    play.prove("calendar", {"entries": len(back), "cancelled": sum(each.status == CANCELLED for each in back)})


def _answer(play: Play, season: Season) -> None:
    with in_district(default_district()):
        held: dict[str, dict[str, int]] = {}
        for line in balances(BOOK):
            held.setdefault(line.subject, {})[line.account] = line.balance
    over = sum(
        max(0, sum(a.get(name, 0) for name in ("taken", "used", "missed")) - a["capacity"])
        for a in held.values() if "capacity" in a
    )  # fmt: skip
    play.prove("oversold", over)
    play.prove("requests", season.requests)
