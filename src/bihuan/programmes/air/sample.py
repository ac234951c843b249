"""Two weeks of a district's air, hour by hour, with what an honest house must find planted in them. See README.md.

Planted: stations that stand out from their neighbours, remedies that were none (the wind cleared everybody's air),
instruments that the handler keeps, dust of sites, streets that come late while a warning is in force, values that are
corrected afterwards, silent and stuck instruments, warnings of the wrong level, sites that do not answer an order.
Look-alikes: haze over everybody, peaks of two hours, calibrations, sentinels, dust at its limit, short gaps, a street
that takes five hours on an ordinary day, a value that repeats for some hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow, ClockRow
from bihuan.loop.store import history
from bihuan.programmes.air.planting import Plan, plant_dust, plant_instruments, plant_smells, plant_sources
from bihuan.programmes.air.roads import roads_and_machines
from bihuan.programmes.air.sky import Oddity, Sky, Source
from bihuan.programmes.air.warnings import find_silent_sites, issue_warnings, keep_measures, send_measures
from bihuan.registers.isolation import in_district

if TYPE_CHECKING:
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

Row = dict[str, Any]
DAYS, STEP, STREET, CITY, SITES = 13, 12, 26, 3, 14
"""Days played, hours between two looks, stations of streets, of the city, building sites."""
ITEMS = ("pm25", "pm10", "so2", "no2", "co", "o3")
LASTS = 14
"""The most days that the sample plays."""


class Air:
    """The sample: stations, sites, the air above them, and who does what."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("air")
        self.sky = Sky(play.luck.stream("sky"), play.day(0))
        self.spots: dict[str, Spot] = {}
        self.plans: dict[str, Plan] = {}
        self.dusty: dict[str, Oddity] = {}
        self.stations = [self._station(n, "street", f"ST{n:03d}") for n in range(STREET)]
        self.stations += [self._station(n, "municipal", f"CT{n:03d}") for n in range(CITY)]
        self.monitors = [self._station(n, "site", f"DU{n:03d}") for n in range(SITES)]
        self.left = self.luck.sample([row["number"] for row in self.stations if row["kind"] == "street"], STREET)
        self.pm25 = [row["number"] for row in self.stations]
        self.done: set[tuple[str, int]] = set()
        self.unshown: list[str] = []
        self.smells: dict[str, Matter] = {}

    def _station(self, number: int, kind: str, key: str) -> Row:
        spot = self.play.district.spot("site" if kind == "site" else f"air/{kind}", number)
        self.spots[key] = spot
        keeper = {"street": "ecology", "municipal": "outside:city-centre"}.get(kind, "")
        row = {
            "number": key, "name": f"{spot.name}{'工地' if kind == 'site' else ''}站", "kind": kind,
            "street": spot.street,
            "keeper": keeper or self.play.district.site(number)["holder"], "answers": "ecology", "class": "2",
            "department": "housing-construction" if kind == "site" else "urban-management", "crs": "EPSG:4490",
            "position": spot.text(), "inlet": "3.5" if kind == "street" else "12", "begun": self.play.on(-300),
        }  # fmt: skip
        return row | ({"site": f"ES{number:03d}"} if kind == "site" else {})

    def take(self) -> str:
        """A street's station that nothing was planted at yet."""
        return str(self.left.pop())

    def load(self) -> None:
        """Load the registers as files, as a city's own would come."""
        play, on = self.play, self.play.on(-300)
        play.load("enterprise", [play.district.enterprise(n) for n in range(SITES)], at=on)
        play.load("site", [play.district.site(n) for n in range(SITES)], at=on)
        sites = [
            {"number": f"ES{n:03d}", "name": f"{self.spots[f'DU{n:03d}'].name}{n + 1}号工地", "kind": "construction",
             "site": play.district.site(n)["number"], "holder": play.district.site(n)["holder"],
             "street": self.spots[f"DU{n:03d}"].street, "position": self.spots[f"DU{n:03d}"].text(),
             "begun": play.on(-200), "fenced": True, "covered": self.luck.chance(0.7), "washed": True}
            for n in range(SITES)
        ]  # fmt: skip
        stations = [*self.stations, *self.monitors]
        roads, machines = roads_and_machines(play, {spot.street for spot in self.spots.values()}, sites)
        for kind, rows in (
            ("emission-site", sites), ("air-station", stations), ("road-dust", roads), ("road-machine", machines),
        ):  # fmt: skip
            loaded = play.load(kind, rows, at=on, source="air desk")
            assert not loaded.rejected, loaded.rejects

    # -- what is planted ----------------------------------------------------------------------------------

    def source(self, kind: str, day: int, hours: float, adds: int, **more: Any) -> str:
        """Let a source begin at a station some hours before a look, and remember what is played there."""
        station, begins = self.take(), self.play.day(day, hours)
        self.sky.sources[station] = [Source(begins, adds)]
        self.plans[station] = Plan(kind, begins, **more)
        self.play.plant("hot_cell", station, f"{adds} µg/m³ above its neighbours from {begins.isoformat()} on")
        return station

    def odd(self, rule: str, day: int, hours: float, lasts: float, how: str, **what: Any) -> str:
        """Let an instrument do something that must be left alone, at a station of its own."""
        station, begins = self.take(), self.play.day(day, hours)
        oddity = Oddity(begins, begins + timedelta(hours=lasts), **what)
        self.sky.oddities.setdefault(station, []).append(oddity)
        self.play.look_alike(rule, station, how)
        return station


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E50; docs/topics/play.md."""
    air = Air(play)
    plant_sources(air)
    plant_instruments(air)
    plant_dust(air)
    plant_smells(air)
    air.load()
    issue_warnings(air)
    order: list[Any] = []
    for look in range(1, DAYS * 24 // STEP + 1):
        first, last = play.day(0, (look - 1) * STEP), play.day(0, look * STEP)
        play.to(last)
        observe(air, first, last)
        play.meanwhile()
        play.letters()
        if not order and play.subjects("air-warning", on=play.local(last)):
            order.append(send_measures(air))
        react(air, look)
        keep_measures(air)
    play.to(play.day(DAYS, 5))
    measure_cities(air)
    find_everything(air)
    find_silent_sites(air, order[0])
    prove_index(air)
    play.prove("letters", len(play.letters()))


# -- the days ---------------------------------------------------------------------------------------------


def observe(air: Air, first: datetime, last: datetime) -> None:
    """The hours of all stations and of the monitors of sites since the last look; what is corrected the next day."""
    play = air.play
    play.observe("pm25-hour", air.sky.rows(air.pm25, first, last), source="station", follow=False)
    luck, monitors = play.luck.stream(f"dust/{last.isoformat()}"), [row["number"] for row in air.monitors]
    rows = [_dust(air.dusty.get(each), luck, each, when) for when in _hours(first, last) for each in monitors]
    play.observe("tsp-hour", rows, source="site", follow=False)
    for station, plan in air.plans.items():
        if plan.kind == "corrected" and plan.rounds == 0 and last >= plan.begins + timedelta(hours=24):
            plan.rounds = 1
            wrong = air.sky.oddities[station][0]
            play.observe("pm25-hour", [
                {"subject": station, "time": when.isoformat(), "value": str(wrong.value), "flag": "cal"}
                for when in _hours(wrong.begins, wrong.ends)
            ], source="station", follow=False)  # fmt: skip


def measure_cities(air: Air) -> None:
    """Measure the other items of the city's stations, so that their index of the day is whole."""
    play, luck = air.play, air.luck.stream("city")
    stations = [row["number"] for row in air.stations if row["kind"] == "municipal"]
    ends = {"pm10": (30, 120), "so2": (2, 20), "no2": (10, 90), "co": (3, 14), "o3": (5, 110)}
    for item, (low, high) in ends.items():
        rows = [
            {
                "subject": station,
                "time": when.isoformat(),
                "value": _gas(item, luck.whole(low, high)),
                "flag": "ok",
            }
            for station in stations
            for when in _hours(play.day(0), play.day(DAYS))
        ]
        play.observe(f"{item}-hour", rows, source="station", follow=False)
    play.meanwhile()


def _gas(item: str, value: int) -> str:
    return str(value / 10 if item == "co" else value)


def _dust(odd: Oddity | None, luck: Any, monitor: str, when: datetime) -> Row:
    value, flag = luck.whole(120, 460), "ok"
    if odd is not None and odd.at(when):
        value, flag = odd.value or value, odd.flag or flag
    return {"subject": monitor, "time": when.isoformat(), "value": str(value), "flag": flag}


def _hours(first: datetime, last: datetime) -> Iterator[datetime]:
    when = first
    while when < last:
        when += timedelta(hours=1)
        yield when


def react(air: Air, look: int) -> None:
    """Streets go where they are sent; sources stop when they are put right; inspectors look where a sensor may not."""
    play = air.play
    for row in play.cases(ended_at__isnull=True):
        if row.kind in ("warning", "obligation"):
            continue
        station, done = str(row.about).partition("/")[2], (row.number, look)
        plan = air.plans.get(station)
        events = [(each.kind, each.data) for each in history(row.id)]
        told = [data for kind, data in events if kind == "observed"]
        if plan is not None and plan.kind == "corrected":
            _give_back(air, row, retracted=any(data["what"] == "retracted" for data in told))
        elif row.state == "dispatched":
            _handle(air, row, plan, play.now)
        elif row.state == "verifying" and done not in air.done and _needs_a_person(row, events):
            air.done.add(done)
            _verify(air, row, plan)


def _needs_a_person(row: CaseRow, events: list[tuple[str, Any]]) -> bool:
    submitted = max(n for n, (kind, _) in enumerate(events) if kind == "submitted")
    return row.kind == "instrument" or any(
        kind == "observed" and data["what"] == "not_verified" for kind, data in events[submitted:]
    )


def _handle(air: Air, row: CaseRow, plan: Plan | None, begun: datetime) -> None:
    """Accept, two photographs on the spot, hand in; a real remedy stops the source."""
    play, matter = air.play, air.play.matter(row)
    station = str(row.about).partition("/")[2]
    handler = play.person("handler", row.fold["lead"])
    there = begun + timedelta(hours=plan.late if plan else 1.5)
    round_ = plan.rounds if plan else 0
    play.act(matter, "accept", begun + timedelta(minutes=20), handler)
    for n in (1, 2):
        spot = air.spots[station].moved(air.luck.whole(-900, 900), air.luck.whole(-700, 700))
        picture = f"{play.seed}/{row.number}/{round_}/{n}"
        play.photo(matter, there + timedelta(minutes=n), handler, spot, picture=picture)
    handed_in = there + timedelta(minutes=30)
    play.act(matter, "submit", handed_in, handler, words={"text": "已到场核查并整改 · looked and put right"})
    if plan is not None:
        plan.rounds += 1
        if plan.kind != "weather" or plan.rounds > 1:
            air.sky.sources[station][0].ends = handed_in


def _verify(air: Air, row: CaseRow, plan: Plan | None) -> None:
    """An inspector looks where the numbers do not suffice; a source that is still there is no remedy."""
    play = air.play
    failed = plan is not None and plan.kind == "weather" and plan.rounds == 1
    inspector = play.person("inspector", play.unit("urban-enforcement"), len(air.done) % 3)
    at = play.now + timedelta(hours=2)
    play.act(play.matter(row), "verify", at, inspector, result="failed" if failed else "passed")
    if failed:
        _handle(air, row, plan, at + timedelta(minutes=5))


def _give_back(air: Air, row: CaseRow, *, retracted: bool) -> None:
    """The street finds no source and gives the case back; a correction lets the desk strike it off."""
    play, matter = air.play, air.play.matter(row)
    if row.state == "dispatched":
        handler = play.person("handler", row.fold["lead"])
        play.act(matter, "return", play.now + timedelta(hours=1.5), handler, reason="no_source")
    elif retracted and row.state == "received":
        play.act(matter, "invalidate", play.now + timedelta(hours=1), play.person("air_officer"), reason="nuisance")


# -- the order, and what was found ------------------------------------------------------------------------


def find_everything(air: Air) -> None:
    """What the house says: its cases, what their sensors said, their clocks."""
    play = air.play
    by_station = 0
    for row in play.cases():
        if not row.about:
            continue
        station, events = str(row.about).partition("/")[2], [(each.kind, each.data) for each in history(row.id)]
        told = {(data["what"], (data.get("facts") or {}).get("why")) for kind, data in events if kind == "observed"}
        for why, rule in (("no_drop", "not_its_own_drop"), ("not_independent", "own_instrument")):
            if ("not_verified", why) in told:
                play.find(rule, station, f"case {row.number}: {why}")
        if row.kind == "hotspot":
            retracted = any(what == "retracted" for what, _ in told)
            play.find("retracted" if retracted else "hot_cell", station, f"case {row.number}")
            seen = any(kind == "verified" and data.get("observation") for kind, data in events)
            by_station += seen
            if seen and air.plans[station].begins < play.day(4):
                play.find("closed_by_station", station, f"case {row.number}")
        elif row.kind == "site_dust":
            play.find("site_dust", station, f"case {row.number}")
        elif row.kind == "instrument":
            play.find((row.category or "").removeprefix("instrument."), station, f"case {row.number}")
        clock = ClockRow.objects.filter(case_id=row.id, name="on_site").first()
        if (
            row.kind != "obligation"
            and clock is not None
            and (clock.missed or (clock.stopped is not None and clock.stopped > clock.due))
        ):
            play.find("late_on_site", station, f"case {row.number}: its clock ran until {clock.stopped}")
    play.prove("closed_by_station", by_station)
    for incident in play.incidents():
        if incident.watch == "smell_near_hot_cell":
            (key,) = [key for key, matter in air.smells.items() if matter.number == incident.subject]
            play.find("smell", key, f"near {incident.part}")
    proposed = CaseRow.objects.filter(programme="street-scene", kind="finding", channel="watch")
    play.prove("dust_proposed", proposed.count())


def prove_index(air: Air) -> None:
    """All six items of one station over three days: the series' own index is that of the method."""
    play = air.play
    luck, station = play.luck.stream("six"), "CT000"
    first = play.day(-6)
    hours: list[Row] = []
    for when in _hours(first, first + timedelta(days=3)):
        values = {"pm25": luck.whole(5, 160), "pm10": luck.whole(20, 260), "so2": luck.whole(2, 40),
                  "no2": luck.whole(10, 120), "co": luck.whole(2, 30) / 10, "o3": luck.whole(5, 260)}  # fmt: skip
        hours.append({"station": station, "time": when.isoformat(), **values})
    for item in ITEMS:
        play.observe(f"{item}-hour", [
            {"subject": station, "time": row["time"], "value": str(row[item]), "flag": "ok"} for row in hours
        ], source="station", follow=item == ITEMS[-1])  # fmt: skip
    told = play.calc("air-days", hours, hour_label="end", co_unit="mg/m3")
    play.prove("index_by_method", dict(zip(map(str, told.columns["date"]), told.columns["aqi"], strict=True)))
    play.prove("index_by_series", _kept(play, "aqi-day", station))


def _kept(play: Play, name: str, station: str) -> dict[str, str]:
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.showing import values_between

    district = play.registers.district.code
    first, last = play.day(-6).isoformat(), play.day(-3).isoformat()
    with in_district(district):
        told = values_between(district, current_catalogue().get(name), station, first, last)
    return {each["time"][:10]: each["value"] for each in told["values"]}


__all__ = ["play_sample"]
