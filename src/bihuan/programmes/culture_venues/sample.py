"""Forty venues, their network of paths, a month of door counts, and what goes wrong.

Planted: closings without a substitute that ask to be admitted, venues that are closed with nothing in their place, days
on which a door stayed shut although it was promised open, rooms of new estates that are not handed over or too small,
and closings that take the nearest open venue away from somebody. Look-alikes: a closing with a substitute, a closing
for safety, an announced day off, a broken counter, a quiet hour, a room as large as the plan asks.
Everything is drawn from the seed; names and places are invented.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.effects.background import write_effects
from bihuan.loop.sequencing import sequence
from bihuan.loop.store import current_facts
from bihuan.programmes.culture_venues.loans import find_items, lend_items
from bihuan.programmes.culture_venues.visits import announce_slots, book_visits
from bihuan.registers.live import default_district
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.availability import hours_on
from bihuan.watches.catalogue import current_catalogue
from bihuan.watches.running import run_watches

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
VENUES, DAYS, FIRST = 40, 21, 14
HOURS = ("Tu-Su 09:00-17:00", "Mo-Su 09:00-21:00", "We-Su 10:00-18:00")
KINDS = ("library", "museum", "culture_room", "theatre")
LOOKER = Looker("system:play", frozenset())
GRID = 12
LASTS = 55
"""The most days that the sample plays."""


class Town:
    """The venues, and the network that people walk on: a grid of paths with a river that has two bridges."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("venues")
        kept_by = play.graph.units("department")[1]
        self.unit, self.code = kept_by.id, kept_by.code
        self.venues = [self._venue(number) for number in range(VENUES)]
        self.cells = [
            {"cell": f"C{x:02}{y:02}", "node": f"N{x:02}{y:02}", "population": self.luck.whole(200, 3000)}
            for x in range(GRID) for y in range(GRID)
        ]  # fmt: skip
        self.network = [
            {"from": f"N{x:02}{y:02}", "to": f"N{x + dx:02}{y + dy:02}", "minutes": self.luck.whole(3, 7)}
            for x in range(GRID) for y in range(GRID) for dx, dy in ((1, 0), (0, 1))
            if x + dx < GRID and y + dy < GRID and not (dx and x == 5 and y not in (2, 9))
        ]  # fmt: skip

    def _venue(self, number: int) -> Row:
        row, luck = self.play.district.venue(number), self.luck
        spot = self.play.district.spot("venue", number)
        return {
            "number": row["number"], "name": row["name"], "kind": KINDS[number % len(KINDS)], "keeper": self.code,
            "community": spot.community, "position": row["position"], "status": "open", "hours": luck.pick(list(HOURS)),
            "capacity": row["capacity"], "floor_m2": str(row["capacity"] * 4) if number % 7 else None,
            "step_free": luck.chance(0.8),
            "node": f"N{luck.whole(0, GRID - 1):02}{luck.whole(0, GRID - 1):02}",
        }  # fmt: skip


def play_sample(play: Play) -> None:
    """Play the month."""
    town = Town(play)
    loaded = play.load("venue", town.venues, at=play.on(-30), source="culture office")
    assert not loaded.rejected, loaded.rejects
    play.load("service-standard", [
        {"number": "S-1", "kind": "library", "item": "weekly_hours", "value": "64", "unit": "h", "verified": False,
         "citation": "公共图书馆评估标准（工作默认值，待核对）"},
    ], source="culture office")  # fmt: skip
    play.load("living-cell", town.cells, at=play.on(-30), source="census")
    paths = [
        {"number": f"W-{n}", "begins": each["from"], "ends": each["to"], "minutes": str(each["minutes"])}
        for n, each in enumerate(town.network)
    ]
    play.load("walking-path", paths, at=play.on(-30), source="survey")
    closed = _close(play, town)
    _estates(play, town)
    slots = announce_slots(play, town)
    lend_items(play, town)
    play.to(play.day(12))
    while sequence(50_000):
        pass
    while write_effects():
        pass
    _look_for_substitutes(play)
    find_items(play, town)
    _look_for_reopenings(play, town)
    _count_doors(play, town)
    _complain(play, town)
    play.to(play.day(FIRST + DAYS + 20))
    book_visits(play, slots)
    _cover(play, town, closed)


def _close(play: Play, town: Town) -> list[str]:
    """Closings: three without a substitute, three with one, one for safety; two were closed before anybody asked."""
    officer, chosen = play.person("culture_officer"), town.luck.sample(range(VENUES), 9)
    closed = []
    for place, number in enumerate(chosen[:7]):
        venue = town.venues[number]
        first, back = play.on(FIRST), play.on(FIRST + 60)
        fields = {"first_day": first.isoformat(), "reopens_on": back.isoformat(),
                  "reason": "safety" if place == 6 else "renovation"}  # fmt: skip
        if 3 <= place < 6:
            fields["substitute"] = ("mobile_library", "longer_hours", "other_room")[place - 3]
        matter = play.report(
            "closing", play.day(1, 9 + place % 6), play.person("handler", town.unit), key=f"closing:{venue['number']}",
            title="停开改造", subject=venue["number"], fields=fields, dispatch=False,
        )  # fmt: skip
        until = play.day(200).isoformat()
        if place < 3:
            play.plant("no_substitute", venue["number"], "a closing that offers nothing in its place")
            play.attempt("no_substitute", venue["number"], matter, "approve", play.day(3, 10), officer, until=until)
        else:
            play.look_alike("no_substitute", venue["number"], "has a substitute, or closes for safety")
            play.act(matter, "approve", play.day(3, 11), officer, until=until)
            closed.append(venue["number"])
    for number in chosen[7:]:
        venue = town.venues[number]
        play.load("venue", [venue | {"status": "closed"}], at=play.on(2), source="culture office")
        play.plant("closed_without_substitute", venue["number"], "closed, and nothing stands in for it")
        closed.append(venue["number"])
    for key in closed[:3]:
        play.look_alike("closed_without_substitute", key, "closed with a substitute")
    play.plant("closed_without_substitute", closed[3], "closed for safety, still without a substitute")
    return closed


def _look_for_substitutes(play: Play) -> None:
    """The watch looks on the first day of the closings: every closed venue without a substitute has a case, once."""
    play.to(play.day(FIRST + 1, 8))
    for _ in range(2):
        run_watches(
            current_catalogue(), play.now, play.now, names=("closed_without_substitute",), facts=current_facts(play.now)
        )
    opened = play.cases(kind="substitute")
    play.script.received += len(opened)
    for row in opened:
        play.find("closed_without_substitute", str(row.about).partition("/")[2], row.number)


def _look_for_reopenings(play: Play, town: Town) -> None:
    """Renovations: two venues do not reopen on their day, one reopened late, one has time until later."""
    chosen = play.luck.stream("renovations").sample([row for row in town.venues if row["number"] not in _shut(play)], 4)
    rows: list[Row] = []
    for number, venue in enumerate(chosen):
        planned = play.on(FIRST + 40 if number == 3 else FIRST - 3)
        row = {"number": f"R-{number}", "name": f"{venue['name']}改造", "venue": venue["number"],
               "planned_start": play.on(-90).isoformat(), "started": play.on(-88).isoformat(),
               "planned_reopening": planned.isoformat()}  # fmt: skip
        if number == 2:
            row["reopened"] = play.on(FIRST - 1).isoformat()
        tell = play.plant if number < 2 else play.look_alike
        tell("not_reopened", venue["number"], "its day passed" if number < 2 else "reopened late, or has time")
        rows.append(row)
    play.load("renovation", rows, source="culture office")
    before = {row.number for row in play.cases(kind="substitute")}
    run_watches(current_catalogue(), play.now, play.now, names=("reopening_overdue",), facts=current_facts(play.now))
    opened = [row for row in play.cases(kind="substitute") if row.number not in before]
    play.script.received += len(opened)
    for case in opened:
        play.find("not_reopened", str(case.about).partition("/")[2], case.number)


def _count_doors(play: Play, town: Town) -> None:
    """Three weeks of doors: promised by the register of each day, counted by the doors."""
    district, kind, luck = default_district(), subject_type("venue"), play.luck.stream("doors")
    promised, counts, observed = [], [], []
    steady = [row["number"] for row in town.venues if row["number"] not in _shut(play)]
    broken = {key: luck.whole(0, DAYS - 1) for key in luck.sample(steady, 8)}
    silent = {key: luck.whole(0, DAYS - 1) for key in luck.sample([k for k in steady if k not in broken], 5)}
    for number in range(DAYS):
        day = play.on(FIRST + number)
        for held in asking.stream(district, kind, asking.Viewpoint(day), LOOKER):
            spans = hours_on(held.values["hours"], day) if held.values["status"] == "open" else []
            promised += [{"venue": held.key, "date": day.isoformat(), "from": a.hour, "to": b.hour} for a, b in spans]
            hours = [hour for a, b in spans for hour in range(a.hour, b.hour)]
            if not hours or (silent.get(held.key) == number):
                if hours:
                    play.look_alike("hours", f"{held.key}/{day}", "the counter said nothing all day")
                continue
            shut = broken.get(held.key) == number
            if shut:
                play.plant("hours", f"{held.key}/{day}", "the door stayed shut for an afternoon")
            lost = set(hours[-4:]) if shut else {luck.pick(hours)}
            for hour in hours:
                people = 0 if hour in lost else luck.whole(1, 90)
                counts.append({"venue": held.key, "date": day.isoformat(), "hour": hour, "count": people})
                at = play.day(FIRST + number, hour).astimezone(play.zone)
                observed.append({"subject": held.key, "time": at.isoformat(), "value": str(people)})
    taken = play.observe("door-count", observed, source="counter")
    play.prove("observations", len(observed))
    _tell_statistics(play, counts)
    assert taken is not None
    told = play.calc("opening-kept", promised, counts)
    rows = zip(told.columns["venue"], told.columns["date"], told.columns["state"], strict=True)
    for number, (venue, day, state) in enumerate(each for each in rows if each[2] == "broken"):
        play.find("hours", f"{venue}/{day}", state)
        matter = play.report(
            "hours", play.day(FIRST + DAYS + 1, 9 + number % 8), play.person("culture_officer"),
            key=f"hours:{venue}:{day}", title="未按公告时间开放", subject=venue, fields={"day": str(day)},
        )  # fmt: skip
        play.act(matter, "accept", play.day(FIRST + DAYS + 2, 9), play.person("handler", town.unit))
    play.prove("days_kept", sum(state == "kept" for state in told.columns["state"]))


def _tell_statistics(play: Play, counts: list[Row]) -> None:
    """The return of libraries from registers and doors: what it answers, and what no register has."""
    days: Counter[tuple[str, str]] = Counter()
    for row in counts:
        days[row["venue"], row["date"]] += row["count"]
    day = play.on(FIRST + DAYS)

    def held(kind: str) -> list[Row]:
        found = asking.stream(default_district(), subject_type(kind), asking.Viewpoint(day), LOOKER)
        return [{"key": each.key, **each.values} for each in found]

    told = play.calc(
        "venue-statistics",
        [
            {"venue": row["key"], **{name: row.get(name) for name in ("kind", "hours", "floor_m2", "capacity")}}
            for row in held("venue")
        ],
        [{"venue": venue, "date": date, "count": people} for (venue, date), people in sorted(days.items())],
        [{"item": row["key"], "venue": row["venue"]} for row in held("collection-item")],
        [{"loan": row["key"], "venue": row["venue"], "date": row["begins"]} for row in held("item-loan")],
        at=day.isoformat(), kind="library",
    )  # fmt: skip
    headings = {each["item"]: f"{each['value'] or '-'} {each['state']}" for each in told.facts["headings"]}
    play.prove("library_headings", headings)


def _shut(play: Play) -> set[str]:
    day = play.on(FIRST + 1)
    found = asking.stream(default_district(), subject_type("venue"), asking.Viewpoint(day), LOOKER)
    return {each.key for each in found if each.values["status"] != "open"}


def _estates(play: Play, town: Town) -> None:
    """Rooms of new estates: one is not handed over, one is too small, one is as large as the plan asks."""
    officer, handler = play.person("culture_officer"), play.person("handler", town.unit)
    community = play.district.spot("site", 1).community
    rows: list[Row] = [
        {"number": f"E-{n}", "name": f"新居{n}号院", "community": community, "promised_m2": 300 + 50 * n}
        for n in range(6)
    ]
    play.load("culture-room-duty", rows, source="planning")
    for number, row in enumerate(rows):
        area = row["promised_m2"] - (40 if number in (1, 4) else 0)
        handed = None if number in (0, 3) else play.on(0).isoformat()
        fields = {"room_m2": str(area)} | ({"handed_on": handed} if handed else {})
        matter = play.report(
            "acceptance", play.day(2, 9 + number), handler, key=f"estate:{row['number']}", title="配套用房移交",
            subject=row["number"], fields=fields, dispatch=False,
        )  # fmt: skip
        until = play.day(3000).isoformat()
        rule = "not_handed_over" if not handed else "room_too_small"
        if number in (2, 5):
            play.look_alike("room_too_small", row["number"], "exactly as large as the plan asks")
            play.act(matter, "approve", play.day(6, 10), officer, until=until)
        else:
            play.plant(rule, row["number"], "the estate's acceptance must wait")
            play.attempt(rule, row["number"], matter, "approve", play.day(6, 10), officer, until=until)


def _complain(play: Play, town: Town) -> None:
    """Visitors complain; the venue answers in seven days and the visitor judges."""
    for number in range(6):
        venue = town.venues[number]
        opened = play.day(FIRST + 2 + number, 11)
        matter = play.report(
            "complaint", opened, play.person("operator"), key=f"complaint:{number}", title="服务态度",
            subject=venue["number"], channel="phone",
        )  # fmt: skip
        handler = play.person("handler", town.unit)
        play.act(matter, "accept", opened + timedelta(hours=4), handler)
        play.act(matter, "submit", opened + timedelta(days=3), handler, {"text": "已致歉并整改 · put right"})
        result = "unsolved" if number == 0 else "solved"
        play.act(matter, "verify", opened + timedelta(days=4), play.person("callback_agent"), result=result)


def _cover(play: Play, town: Town, closed: list[str]) -> None:
    """Who reaches an open venue within a quarter of an hour, before and after the closings: as of each day."""
    shares = {}
    before: set[str] = set()
    for name, offset in (("before", 0), ("after", FIRST + 1)):
        day = play.on(offset)
        held = asking.stream(default_district(), subject_type("venue"), asking.Viewpoint(day), LOOKER)
        venues = [
            {"venue": each.key, "kind": each.values["kind"], "node": each.values["node"],
             "capacity": each.values["capacity"], "status": "open" if each.values["status"] == "open" else "closed"}
            for each in held
        ]  # fmt: skip
        times = play.calc("walk-times", town.network, town.cells, venues, max="40")
        minutes = [dict(zip(times.columns, row, strict=True)) for row in zip(*times.columns.values(), strict=True)]
        told = play.calc("coverage", town.cells, venues, minutes, at=day.isoformat(), minutes="15", kinds="library")
        shares[name] = told.facts["share"]
        covered = {c for c, yes in zip(told.columns["cell"], told.columns["covered"], strict=True) if yes == "yes"}
        if name == "before":
            before = covered
        else:
            play.prove("cells_lost", len(before - covered))
    play.prove("coverage", shares)
    play.prove("closed", len(closed))
