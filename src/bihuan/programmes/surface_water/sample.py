"""Two weeks of a district's waters, with what an honest house must find planted in them. See README.md.

Planted: outlets without a permit that make a section worse than its target, pumps that stand still (one for days), a
remedy that was none, an instrument that the handler keeps, values that are corrected afterwards, sections that drift
for two years, items that cost compensation. Look-alikes: storms of two days, values at the limit and below detection,
a typo of one day, pumps stopped for hours or for maintenance, seasons, outlets that need no permit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow, ClockRow
from bihuan.loop.store import history
from bihuan.programmes.surface_water.money import find_drifts, settle_compensation
from bihuan.programmes.surface_water.river import LIMIT, Foulness, River
from bihuan.simulator.model_district import Spot

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
DAYS, RIVERS, ALONG, OUTLETS, PUMPS, PUMPED = 13, 3, 4, 8, 4, 8
"""Days played; rivers, reaches of each, registered outlets, pumps; days on which pumps report."""
LOOK, TAKEN, OXYGEN = 9, 8, 4
"""Hours of the day at which the house looks and at which samples are taken; oxygen comes every so many days."""


@dataclass
class Plan:
    """What is played at a section.

    Args:
        kind: `outlet`, `pump`, `no_remedy`, `own_instrument` or `corrected`. cause: Outlet or pump that does it.
    """

    kind: str
    begins: datetime
    cause: str = ""
    rounds: int = 0


class Waters:
    """The sample: reaches, sections, outlets, pumps, and who does what."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("waters")
        self.river = River(play.luck.stream("values"))
        self.spots: dict[str, Spot] = {}
        self.plans: dict[str, Plan] = {}
        self.pumped: dict[str, Plan] = {}
        count = len(play.district.words.rivers)
        chosen = self.luck.sample(list(range(count)), RIVERS)
        self.lines = [[play.district.reach(along * count + river) for along in range(ALONG)] for river in chosen]
        self.reaches: list[Row] = []
        self.sections: list[Row] = []
        for line in self.lines:
            self._line(line)
        self.outlets = [self._outlet(n, "storm") for n in range(OUTLETS)]
        self.pumps = [self._outlet(n, "pump") for n in range(PUMPS)]
        self.left = self.luck.sample([row["number"] for row in self.sections], len(self.sections))
        self.done: set[tuple[str, int]] = set()

    def code(self, street: str) -> str:
        """The code of the office whose head is the chief of a reach."""
        return str(self.play.registers.organisations.spans(self.play.office(street))[-1].code)

    def _line(self, line: list[Row]) -> None:
        """The reaches of a river and the sections at their lower ends."""
        first = len(self.sections)
        for place, reach in enumerate(line):
            n = len(self.sections)
            area = self.play.district.spot("reach", n)
            lon, lat = (round(float(part) * 1_000_000) for part in str(reach["position"]).split(","))
            spot = Spot(area.community, area.street, area.name, lon, lat)
            key, office = f"WS{n:03d}", self.code(spot.street)
            self.spots[key] = spot
            self.reaches.append({
                "number": reach["number"], "name": reach["name"], "river": str(reach["name"]).partition("第")[0],
                "length_m": "800", "street": spot.street, "chief_office": office, "shape": reach["shape"],
                "begun": "2015-01-01", **({"down": line[place + 1]["number"]} if place + 1 < len(line) else {}),
            })  # fmt: skip
            self.sections.append({
                "number": key, "name": f"{reach['name']}断面", "kind": "river", "reach": reach["number"],
                "level": ("national", "municipal", "street", "street")[place], "target": str(self.luck.pick((3, 4))),
                "chainage": "800", "street": spot.street, "chief_office": office, "desk": "water-affairs",
                "keeper": "outside:city-centre", "position": spot.text(), "begun": "2018-01-01",
                **({"inflow": f"WS{n - 1:03d}"} if n > first else {}),
            })  # fmt: skip
            if n > first:
                self.sections[n - 1]["below"] = spot.street

    def _outlet(self, number: int, kind: str) -> Row:
        mark = {"storm": "WO", "pump": "PU", "unknown": "UK"}[kind]
        n = (number * 5 + (2 if kind == "pump" else 0)) % len(self.sections)
        return self.outlet_at(f"{mark}{number:03d}", kind, self.sections[n], number)

    def outlet_at(self, key: str, kind: str, section: Row, number: int) -> Row:
        """An outlet on the reach of a section, some metres above it."""
        metres = self.luck.whole(60, 700)
        spot = self.spots[section["number"]].moved(metres * 3, metres // 3)
        self.spots[key] = spot
        name = f"{section['name'].removesuffix('断面')}{metres}米{'泵站' if kind == 'pump' else '排口'}"
        firm = self.play.district.enterprise(number)["credit_code"]
        return {
            "number": key, "name": name,
            "kind": kind, "reach": section["reach"], "chainage": str(800 - metres),
            "chief_office": section["chief_office"],
            "street": section["street"], "position": spot.text(), "holder": firm,
            "keeper": "water-affairs", "needs_permit": kind != "storm", "found": self.play.on(-200).isoformat(),
            **({"permit": f"京排{number:04d}"} if kind == "pump" else {}),
        }  # fmt: skip

    def take(self) -> str:
        """A section that nothing was planted at yet."""
        return str(self.left.pop())

    def section(self, key: str) -> Row:
        """The row of a section."""
        return next(row for row in self.sections if row["number"] == key)

    def load(self) -> None:
        """Load the registers as files, as a city's own would come."""
        play, on = self.play, self.play.on(-1_000)
        play.load("enterprise", [play.district.enterprise(n) for n in range(12)], at=on)
        for kind, rows in (("river-reach", self.reaches[::-1]), ("water-section", self.sections),
                           ("water-outlet", [*self.outlets, *self.pumps])):  # fmt: skip
            loaded = play.load(kind, rows, at=on, source="water desk")
            assert not loaded.rejected, loaded.rejects


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E51; docs/topics/play.md."""
    waters = Waters(play)
    plant_discharges(waters)
    plant_pumps(waters)
    plant_look_alikes(waters)
    waters.load()
    settle_compensation(waters)
    find_drifts(waters)
    for day in range(DAYS + 1):
        play.to(play.day(day, LOOK))
        observe(waters, day)
        play.meanwhile()
        play.letters()
        react(waters, day)
    play.to(play.day(DAYS + 1, 5))
    find_everything(waters)
    prove_tracing(waters)
    play.prove("letters", len(play.letters()))


def plant_discharges(waters: Waters) -> None:
    """Sections that become worse than their target, each with another end."""
    play, luck = waters.play, waters.luck
    for n, kind in enumerate(("outlet", "outlet", "outlet", "no_remedy", "own_instrument", "corrected")):
        section, begins = waters.take(), play.day(1 + n // 3, luck.whole(0, 6))
        waters.river.foul[section] = [Foulness(begins)]
        waters.plans[section] = Plan(kind, begins, f"UK{n:03d}" if kind == "outlet" else "")
        if kind != "corrected":
            play.plant("section_over", section, f"worse than class V from {begins.isoformat()} on")
        if kind == "outlet":
            play.plant("outlet_without_permit", f"UK{n:03d}", f"found by tracing above {section}")
            play.plant("closed_by_section", section, "the next two valid samples are back in the class")
        elif kind == "no_remedy":
            play.plant("not_recovered", section, "said to be done; the section is as bad as before")
        elif kind == "own_instrument":
            row = waters.section(section)
            row["keeper"] = row["chief_office"]
            play.plant("own_instrument", section, "the office keeps the instrument itself")
        else:
            waters.river.foul[section][0].ends = begins + timedelta(days=3)
            play.plant("retracted", section, "three days of a calibration that was flagged only afterwards")
            play.look_alike("section_over", section, "a calibration, as the correction says")


def plant_pumps(waters: Waters) -> None:
    """A pump that is repaired within a day, one that stands for days, and pumps that are only stopped."""
    play, river = waters.play, waters.river
    pumps = [row["number"] for row in waters.pumps]
    for n, pump in enumerate(pumps[:2]):
        begins = play.day(2 + n, waters.luck.whole(0, 1))
        river.still[pump] = [Foulness(begins)]
        waters.pumped[pump] = Plan("late" if n else "soon", begins)
        play.plant("pump_still", pump, f"nothing lifted from {begins.isoformat()} on")
    play.plant("late_repair", pumps[1], "repaired after two days; the term is 24 hours")
    play.look_alike("late_repair", pumps[0], "repaired within hours")
    river.still[pumps[2]] = [Foulness(play.day(3, 1), play.day(3, 5))]
    play.look_alike("pump_still", pumps[2], "four hours without inflow at night")
    river.still[pumps[3]] = [Foulness(play.day(4, 1), play.day(4, 20), "maintenance")]
    play.look_alike("pump_still", pumps[3], "announced maintenance")


def plant_look_alikes(waters: Waters) -> None:
    """Storms, limits, results below detection, a typo, outlets that need no permit."""
    play, river = waters.play, waters.river
    for n in range(2):
        section, begins = waters.take(), play.day(4 + n, 2)
        river.foul[section] = [Foulness(begins, begins + timedelta(days=2))]
        play.look_alike("section_over", section, "the overflow of a storm, two days")
    section = waters.take()
    river.fixed[section] = dict(LIMIT[int(waters.section(section)["target"])])
    play.look_alike("section_over", section, "at the limit all the time")
    section = waters.take()
    river.fixed[section] = {"nh3n": "0.025L", "tp": "0.01L"}
    play.look_alike("section_over", section, "below the limit of detection")
    section, begins = waters.take(), play.day(6, 0)
    river.foul[section] = [Foulness(begins, begins + timedelta(days=1))]
    play.look_alike("section_over", section, "a typo of one day, corrected the next")
    waters.plans[section] = Plan("corrected", begins, "typo")
    for row in waters.outlets:
        play.look_alike("outlet_without_permit", row["number"], "storm water needs none")


# -- the days ---------------------------------------------------------------------------------------------


def observe(waters: Waters, day: int) -> None:
    """The samples of the morning (oxygen on some days), the hours of the pumps since yesterday, what is corrected."""
    play, taken = waters.play, waters.play.day(day, TAKEN)
    for item, rows in waters.river.rows(waters.sections, taken).items():
        if item != "do" or day % OXYGEN == 0:
            play.observe(f"water-{item}", rows, source="station", follow=False)  # the worker follows, as for loggers
    pumps = [row["number"] for row in waters.pumps]
    if day <= PUMPED:
        flows = waters.river.flows(pumps, play.day(day, LOOK - 24), 24)
        play.observe("pump-flow", flows, source="pump", follow=False)
    for section, plan in waters.plans.items():
        if plan.kind != "corrected" or plan.rounds:
            continue
        ends = waters.river.foul[section][0].ends
        if ends is not None and taken > ends + timedelta(hours=20):
            plan.rounds = 1
            _correct(waters, section)


def _correct(waters: Waters, section: str) -> None:
    """The laboratory sends the days again: a typo with the right numbers, a calibration with its flag."""
    play, foul = waters.play, waters.river.foul[section][0]
    days = [day for day in range(DAYS + 1) if foul.at(play.day(day, TAKEN))]
    waters.river.foul[section] = []
    target, typo = int(waters.section(section)["target"]), waters.plans[section].cause == "typo"
    for day in days:
        when = play.day(day, TAKEN)
        for item, (value, _) in waters.river.values(section, target, when).items():
            row = {"subject": section, "time": when.isoformat(), "value": value, "flag": "ok" if typo else "cal"}
            play.observe(f"water-{item}", [row], source="station", follow=False)


def react(waters: Waters, day: int) -> None:
    """Offices trace where they are sent, stop what they find, repair pumps; inspectors look where numbers do not do."""
    for row in waters.play.cases(ended_at__isnull=True):
        key, done = str(row.about).partition("/")[2], (row.number, day)
        plan = waters.plans.get(key) or waters.pumped.get(key)
        events = [(each.kind, each.data) for each in history(row.id)]
        if plan is not None and plan.kind == "corrected":
            _give_back(waters, row, retracted=_said(events, "retracted"))
        elif row.state == "dispatched" and row.kind == "exceedance":
            _trace(waters, row, key, plan)
        elif row.state == "dispatched":
            _handle(waters, row, key, plan)
        elif row.state == "verifying" and done not in waters.done and _needs_a_person(row, events):
            waters.done.add(done)
            _verify(waters, row, key, plan)


def _said(events: list[tuple[str, Any]], what: str) -> bool:
    return any(kind == "observed" and data["what"] == what for kind, data in events)


def _needs_a_person(row: CaseRow, events: list[tuple[str, Any]]) -> bool:
    submitted = max(n for n, (kind, _) in enumerate(events) if kind == "submitted")
    return row.kind != "exceedance" or _said(events[submitted:], "not_verified")


def _trace(waters: Waters, row: CaseRow, section: str, plan: Plan | None) -> None:
    """Look at the outlets upstream; an unknown one comes into the register without a permit, and is closed."""
    play = waters.play
    if plan is not None and plan.kind == "outlet" and plan.rounds == 0:
        number = int(plan.cause[2:])
        found = waters.outlet_at(plan.cause, "unknown", waters.section(section), number)
        found["found"] = play.local(play.now).isoformat()
        loaded = play.load("water-outlet", [found], source="tracing")
        assert not loaded.rejected, loaded.rejects
    _hand_in(waters, row, section, play.now + timedelta(hours=1.5))
    if plan is not None:
        plan.rounds += 1
        if plan.kind != "no_remedy" or plan.rounds > 1:
            waters.river.foul[section][0].ends = play.now + timedelta(hours=2)


def _handle(waters: Waters, row: CaseRow, key: str, plan: Plan | None) -> None:
    """Close an outlet, repair a pump (one only after two days), find out why a section drifts."""
    play, hours = waters.play, 3.0
    if plan is not None and plan.kind == "late":
        hours = 48.0
    if (row.number, -1) in waters.done:
        return
    waters.done.add((row.number, -1))
    at = play.now + timedelta(hours=hours)
    _hand_in(waters, row, key, at)
    for foul in waters.river.still.get(key, []):
        foul.ends = foul.ends or at


def _hand_in(waters: Waters, row: CaseRow, key: str, there: datetime) -> None:
    play, matter = waters.play, waters.play.matter(row)
    handler = play.person("handler", row.fold["lead"])
    play.act(matter, "accept", play.now + timedelta(minutes=20), handler)
    spot = waters.spots[key]
    for n in (1, 2):
        seen = spot.moved(waters.luck.whole(-900, 900), waters.luck.whole(-700, 700))
        picture = f"{play.seed}/{row.number}/{len(waters.done)}/{there.isoformat()}/{n}"
        play.photo(matter, there + timedelta(minutes=n), handler, seen, picture=picture)
    words = {"text": "已沿上游排口溯源并整改 · traced upstream and put right"}
    play.act(matter, "submit", there + timedelta(minutes=20), handler, words=words)


def _verify(waters: Waters, row: CaseRow, key: str, plan: Plan | None) -> None:
    """An inspector looks where the numbers do not suffice; what is still foul is no remedy."""
    play = waters.play
    failed = plan is not None and plan.kind == "no_remedy" and plan.rounds == 1
    inspector = play.person("inspector", play.unit("urban-enforcement"), len(waters.done) % 3)
    at = play.now + timedelta(hours=2)
    play.act(play.matter(row), "verify", at, inspector, result="failed" if failed else "passed")


def _give_back(waters: Waters, row: CaseRow, *, retracted: bool) -> None:
    """The office finds no source and gives the case back; a correction lets the desk strike it off."""
    play, matter = waters.play, waters.play.matter(row)
    if row.state == "dispatched":
        handler = play.person("handler", row.fold["lead"])
        play.act(matter, "return", play.now + timedelta(hours=1.5), handler, reason="no_source")
    elif retracted and row.state == "received":
        play.act(matter, "invalidate", play.now + timedelta(hours=1), play.person("water_officer"), reason="nuisance")


# -- what was found ---------------------------------------------------------------------------------------


def find_everything(waters: Waters) -> None:
    """What the house says: its cases, what their sections said, their clocks."""
    play, closed = waters.play, 0
    rules = {"outlet": "outlet_without_permit", "pump": "pump_still"}
    for row in play.cases():
        key, events = str(row.about).partition("/")[2], [(each.kind, each.data) for each in history(row.id)]
        told = {(data["what"], (data.get("facts") or {}).get("why")) for kind, data in events if kind == "observed"}
        for why, rule in (("no_drop", "not_recovered"), ("not_independent", "own_instrument")):
            if ("not_verified", why) in told:
                play.find(rule, key, f"case {row.number}: {why}")
        if row.kind == "exceedance":
            play.find("retracted" if _said(events, "retracted") else "section_over", key, f"case {row.number}")
            if any(kind == "verified" and data.get("observation") for kind, data in events):
                closed += 1
                if waters.plans[key].kind == "outlet":
                    play.find("closed_by_section", key, f"case {row.number}")
        elif row.kind in rules:
            play.find(rules[row.kind], key, f"case {row.number}")
        clock = ClockRow.objects.filter(case_id=row.id, name="remedy").first()
        if row.kind == "pump" and clock is not None and (clock.missed or (clock.stopped or clock.due) > clock.due):
            play.find("late_repair", key, f"case {row.number}: its clock ran until {clock.stopped}")
    play.prove("closed_by_section", closed)


def prove_tracing(waters: Waters) -> None:
    """Above each section where an outlet was found, the method names that outlet."""
    play = waters.play

    def placed(what: str, rows: list[tuple[str, Row]]) -> list[Row]:
        return [{what: key, "reach": row["reach"], "chainage": row["chainage"]} for key, row in rows]

    told = play.calc(
        "upstream-outlets",
        [
            {"reach": key, "down": row.get("down", ""), "length_m": row["length_m"]}
            for key, row in play.subjects("river-reach")
        ],
        placed("section", play.subjects("water-section")),
        placed("outlet", play.subjects("water-outlet")),
    ).columns
    above = set(zip(map(str, told["section"]), map(str, told["outlet"]), strict=True))
    traced = [(key, plan.cause) in above for key, plan in waters.plans.items() if plan.kind == "outlet"]
    play.prove("traced", f"{sum(traced)}/{len(traced)}")


__all__ = ["play_sample"]
