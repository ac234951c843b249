"""Two months of a district's evenings, school gates and stairwells, with what an honest house must find. See README.md.

Planted: stretches that stay dark, one that is said to be mended and is not, disputes that return within half a year, a
lost person who is found after the hours of the table, shifts that nobody kept, drawn households that nobody visited,
two files that would have held what no installation may hold. Look-alikes: a stretch off by approval, one bad night,
dimmed lamps, the same sides about another matter, a dispute told twice, one that returns after half a year, people
found in time, a day without school, a household where nobody was at home.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.intake.reports import Reporter
from bihuan.loop.models import CaseRow
from bihuan.simulator.model_district import Spot
from bihuan.subjects.pure.types import read_type

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

Row = dict[str, Any]
LASTS = 60
STRETCHES, GATES, HOUSEHOLDS = 24, 6, 30
EVERY = 4
MATTERS = ("noise", "water", "parking", "corridor", "pets")
SMUGGLED = {
    "informant": ("informant", "线人", "Informants"),
    "watchlist": ("watch_list", "重点人员名单", "Watch list"),
}
SOUND_ALIKE = {"duplicate": ("suspected_duplicate", "疑似重复登记", "Suspected duplicate")}
FILE = """id: neighbour-note
edition: "2026"
name: {{zh: 邻里记录, en: Note of neighbours}}
about: {{zh: 邻里记录, en: a note of neighbours}}
key: number
fields:
  number: {{type: code, required: true, name: {{zh: 编号, en: Number}}}}
  {0}: {{type: text, name: {{zh: {1}, en: {2}}}}}
"""


class PeaceWeeks:
    """The sample: what is where, and what becomes of it."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("peace")
        self.spots: dict[str, Spot] = {}
        self.dark: dict[str, range] = {}
        self.how: dict[str, str] = {}
        self.lost: dict[str, Matter] = {}
        self.due: list[datetime] = []
        self.done: set[tuple[str, int]] = set()

    def code(self, spot: Spot) -> str:
        """The code of the office of a place."""
        play = self.play
        return str(play.registers.organisations.spans(play.office(spot.street))[-1].code)

    def load(self, kind: str, rows: list[Row], day: int = 0, source: str = "peace office") -> None:
        """Load rows that must all be taken."""
        loaded = self.play.load(kind, rows, at=self.play.on(day), source=source)
        assert not loaded.rejected, (kind, loaded.rejects)


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E24; docs/topics/play.md."""
    weeks = PeaceWeeks(play)
    plant_stretches(weeks)
    plant_disputes(weeks)
    plant_shifts(weeks)
    plant_outreach(weeks)
    plant_lost(weeks)
    smuggle_fields(weeks)
    for day in range(EVERY, LASTS + 1, EVERY):
        for due in [each for each in weeks.due if each < play.day(day, 9)]:
            play.to(max(due, play.now))  # hours count here: the clock is looked at when it falls due
            weeks.due.remove(due)
        play.to(play.day(day, 9))
        measure_nights(weeks, day)
        play.meanwhile()
        play.letters()
        react(weeks, day)
    play.to(play.day(LASTS + 1, 9))
    tell_found(weeks)
    play.prove("letters", len(play.letters()))


# -- stretches --------------------------------------------------------------------------------------------


def plant_stretches(weeks: PeaceWeeks) -> None:
    """Twenty-four stretches; three of them go dark and stay so until somebody mends them."""
    play, luck = weeks.play, weeks.luck
    kinds = luck.sample(["dark", "dark", "claimed", "approved", "one_night", "dimmed", *["lit"] * 18], STRETCHES)
    rows = []
    for n, how in enumerate(kinds):
        spot, key = play.district.spot("light", n), f"LS{n:03d}"
        weeks.spots[key], weeks.how[key] = spot, how
        row: Row = {
            "number": key, "name": f"{spot.name}路段{n + 1}", "street": spot.street, "keeper": "urban-management",
            "position": spot.text(), "lamps": luck.whole(12, 60),
        }  # fmt: skip
        begins = luck.whole(6, 20)
        if how in ("dark", "claimed"):
            weeks.dark[key] = range(begins, LASTS)
            play.plant("dark", key, "fewer than seventy of a hundred lamps for two nights")
        elif how == "approved":
            weeks.dark[key] = range(begins, begins + 12)
            row |= {"off_from": play.on(begins).isoformat(), "off_until": play.on(begins + 12).isoformat()}
            play.look_alike("dark", key, "off by approval while a cable is laid")
        elif how == "one_night":
            weeks.dark[key] = range(begins, begins + 1)
            play.look_alike("dark", key, "one night without current")
        elif how == "dimmed":
            play.look_alike("dark", key, "dimmed, eighty of a hundred stay lit")
        if how == "claimed":
            play.plant("still_dark", key, "said to be mended while it is dark")
        rows.append(row)
    weeks.load("light-stretch", rows)


def measure_nights(weeks: PeaceWeeks, day: int) -> None:
    """What the controllers measured in the nights since the last look."""
    play, luck, rows = weeks.play, weeks.luck, list[Row]()
    for night in range(day - EVERY, day):
        at = play.day(night, 23)
        for key, how in weeks.how.items():
            off = night in weeks.dark.get(key, range(0))
            lit = luck.between(20, 60) if off else luck.between(78, 88) if how == "dimmed" else luck.between(97, 100)
            row = {"subject": key, "time": at.isoformat(), "value": f"{lit:.1f}"}
            rows.append(row | {"flag": "P" if off and how == "approved" else "N"})
    play.observe("lamps-lit", rows, source="controller")


# -- disputes ---------------------------------------------------------------------------------------------


def plant_disputes(weeks: PeaceWeeks) -> None:
    """Two disputes return within half a year; others only look as if they did."""
    play, luck = weeks.play, weeks.luck
    matters = list(MATTERS)
    rows: list[Row] = []
    sides: dict[str, Row] = {}

    def tell(number: int, pair: int, matter: str, day: int, **more: Any) -> str:
        spot, key = play.district.spot("dispute", pair), f"ND{number:03d}"
        about = f"{sha256(f'{play.seed}/{pair}'.encode()).hexdigest()[:12]}-{matter}"
        sides[about] = {"number": about, "matter": matter, "street": spot.street}
        rows.append({"number": key, "sides": about, "street": spot.street, "told": play.on(day).isoformat(), **more})
        return about

    for pair in range(2):
        matter, first = luck.pick(matters), luck.whole(-150, -20)
        tell(pair * 2, pair, matter, first, settled=play.on(first + 6).isoformat(), way="talk")
        again = tell(pair * 2 + 1, pair, matter, luck.whole(4, 24))
        play.plant("returns", again, "the same two sides about the same matter again")
    first = luck.whole(-60, -10)
    tell(10, 2, "noise", first, settled=play.on(first + 3).isoformat(), way="talk")
    play.look_alike("returns", tell(11, 2, "parking", luck.whole(4, 20)), "the same sides about another matter")
    tell(12, 3, "water", -200, settled=play.on(-190).isoformat(), way="mediation")
    play.look_alike("returns", tell(13, 3, "water", luck.whole(5, 30)), "it was talked over more than half a year ago")
    told = luck.whole(3, 20)
    tell(14, 4, "pets", told)
    twice = tell(15, 4, "pets", told + 1, joined=play.on(told + 1).isoformat(), same_as="ND014")
    play.look_alike("returns", twice, "told twice by both sides, joined on the same day")
    for n in range(16, 40):
        tell(n, n, luck.pick(matters), luck.whole(-100, 40))
    weeks.load("dispute-sides", list(sides.values()))
    past = [row for row in rows if row["told"] <= play.on(0).isoformat()]
    weeks.load("neighbour-dispute", past)
    weeks.load("neighbour-dispute", [row for row in rows if row not in past], day=1)


# -- shifts and outreach ----------------------------------------------------------------------------------


def plant_shifts(weeks: PeaceWeeks) -> None:
    """Shifts of six gates on school days; two are kept by nobody."""
    play, luck, rows = weeks.play, weeks.luck, list[Row]()
    for gate in range(GATES):
        spot = play.district.spot("gate", gate)
        for n, day in enumerate(d for d in range(1, 40) if play.on(d).weekday() < 5):
            key = f"GS{gate}-{n:02d}"
            weeks.spots[key] = spot
            on = play.on(day).isoformat()
            rows.append({
                "number": key, "gate": f"{spot.name}小学南门", "street": spot.street, "keeper": weeks.code(spot),
                "day": on, "begins": "07:20–07:50", "came": on,
            })  # fmt: skip
    for n, row in enumerate(luck.sample(rows, 3)):
        del row["came"]
        if n < 2:
            play.plant("unkept", row["number"], "nobody signed in at the gate")
        else:
            row["called_off"] = row["day"]
            play.look_alike("unkept", row["number"], "no school on that day")
    weeks.load("gate-shift", rows)


def plant_outreach(weeks: PeaceWeeks) -> None:
    """Thirty of three hundred households are drawn by a public seed; two are not visited by their term."""
    play, luck = weeks.play, weeks.luck
    doors = [f"D{n:03d}" for n in range(300)]
    lots = {door: sha256(f"public-{play.seed}|{door}".encode()).hexdigest() for door in doors}
    rows = []
    for n, door in enumerate(sorted(doors, key=lots.__getitem__)[:HOUSEHOLDS]):
        spot = play.district.spot("outreach", n)
        due = luck.whole(14, 30)
        rows.append({
            "number": f"OH-{door}", "campaign": "反诈进家", "community": spot.community, "unit": weeks.code(spot),
            "lot": lots[door][:16], "due": play.on(due).isoformat(),
            "visited": play.on(due - luck.whole(1, 10)).isoformat(),
            "told": luck.pick(("brushing", "refund", "invest", "family")),
        })  # fmt: skip
    for n, row in enumerate(luck.sample(rows, 4)):
        del row["visited"], row["told"]
        if n < 2:
            play.plant("unvisited", row["number"], "its term passed without a visit")
        else:
            row["nobody"] = row["due"]
            play.look_alike("unvisited", row["number"], "nobody was at home twice")
    weeks.load("outreach-household", rows)


# -- lost people ------------------------------------------------------------------------------------------


def plant_lost(weeks: PeaceWeeks) -> None:
    """Five calls of families: one is answered after the hours of the table."""
    play, luck = weeks.play, weeks.luck
    hours = {"peace.child": 4, "peace.elder": 8, "peace.other": 24}
    for n, (who, late) in enumerate((("elder", True), ("child", False), ("elder", False), ("other", False))):
        spot, category, key = play.district.spot("lost", n), f"peace.{who}", f"LP{n}"
        at = play.day(luck.whole(4, 36), luck.between(9, 17))
        family = Reporter(name="家属", phone=f"1380000{luck.whole(1000, 9999)}")
        officer = play.person("peace_officer")
        matter = play.report(
            "missing_person", at, officer, key=f"lost:{key}", title="走失求助", channel="phone", category=category,
            spot=spot, urgency="emergency", reporter=family,
            fields={"seen_at": (at - timedelta(hours=1)).isoformat(), "wore": "深色外套"},
        )  # fmt: skip
        weeks.lost[key] = matter
        least, most = (1.3, 1.6) if late else (0.2, 0.8)
        weeks.due = sorted([*weeks.due, at + timedelta(hours=hours[category], minutes=1)])
        found = at + timedelta(hours=hours[category] * luck.between(least, most))
        handler = play.person("handler", play.office(spot.street))
        play.act(matter, "accept", at + timedelta(minutes=8), handler)
        play.act(matter, "submit", found, handler, {"text": "已团聚 · together again"})
        play.act(matter, "verify", found + timedelta(hours=2), play.person("callback_agent"), result="solved")
        rule = play.plant if late else play.look_alike
        rule("over_clock", key, "together again after the table's hours" if late else "together again in time")


# -- the fence --------------------------------------------------------------------------------------------


def smuggle_fields(weeks: PeaceWeeks) -> None:
    """Two files of a register would hold what no installation may hold; one only sounds alike."""
    play = weeks.play
    refused = 0
    for key, words in {**SMUGGLED, **SOUND_ALIKE}.items():
        blocked = key in SMUGGLED
        (play.plant if blocked else play.look_alike)("fence", key, words[2])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "neighbour_note.yaml"
            path.write_text(FILE.format(*words), encoding="utf-8")
            try:
                read_type(Document(path, "neighbour_note.yaml"))
            except DeclarationError as error:
                first = error.problems[0]
                refused += 1
                play.find("fence", key, f"{first.file}:{first.line} {first.what}")
    play.prove("fields_refused", refused)


# -- people -----------------------------------------------------------------------------------------------


def react(weeks: PeaceWeeks, day: int) -> None:
    """Keepers mend, streets explain, mediators mediate; inspectors look again by night."""
    for row in weeks.play.cases(ended_at__isnull=True):
        if (row.number, day) in weeks.done or row.kind == "missing_person":
            continue
        weeks.done.add((row.number, day))
        if row.state == "dispatched":
            _handle(weeks, row, day)
        elif row.state == "verifying":
            _verify(weeks, row, day)
        elif row.state == "opened":
            justice = weeks.play.unit("justice")
            weeks.play.act(
                weeks.play.matter(row), "dispatch", weeks.play.now + timedelta(minutes=30),
                weeks.play.person("peace_officer"), unit=justice,
            )  # fmt: skip


def _key(row: CaseRow) -> str:
    return str(row.about).partition("/")[2]


def _handle(weeks: PeaceWeeks, row: CaseRow, day: int) -> None:
    play, key = weeks.play, _key(row)
    at, matter = play.now + timedelta(hours=1), play.matter(row)
    handler = play.person("handler", row.fold["lead"])
    play.act(matter, "accept", at, handler)
    if row.kind != "dispute_again":
        play.photo(matter, at + timedelta(minutes=20), handler, weeks.spots[key], picture=f"{play.seed}/{row.number}")
    play.act(matter, "submit", at + timedelta(hours=2), handler, {"text": "已处理 · done"})
    if weeks.how.get(key) == "dark":
        weeks.dark[key] = range(weeks.dark[key].start, day)


def _verify(weeks: PeaceWeeks, row: CaseRow, day: int) -> None:
    play, key = weeks.play, _key(row)
    matter, at = play.matter(row), play.now + timedelta(hours=1)
    if row.kind == "dispute_again":
        play.act(matter, "verify", at, play.person("peace_officer"), result="passed")
        return
    inspector = play.person("inspector", play.unit("urban-enforcement"), 3)
    if weeks.how.get(key) == "claimed" and day in weeks.dark[key]:
        play.attempt("still_dark", key, matter, "verify", at, inspector, result="passed")
        weeks.dark[key] = range(weeks.dark[key].start, day)
    else:
        play.act(matter, "verify", at, inspector, result="passed")


# -- what was found ---------------------------------------------------------------------------------------


def tell_found(weeks: PeaceWeeks) -> None:
    """What the house says: incidents of its watches, clocks that were missed."""
    play = weeks.play
    rules = {"stretch_dark": "dark", "dispute_returns": "returns", "gate_unkept": "unkept", "visit_unmade": "unvisited"}
    for each in play.incidents():
        if each.watch != "dispute_returns":
            play.find(rules[each.watch], each.subject, f"{each.watch} on {play.local(each.opened_at)}")
    for row in play.cases(kind="dispute_again"):
        play.find("returns", _key(row), f"case {row.number}")
    called = {matter.number: key for key, matter in weeks.lost.items()}
    for row in play.cases(kind="missing_person"):
        missed = [name for name, clock in row.fold["clocks"].items() if clock.get("missed")]
        if "remedy" in missed:
            play.find("over_clock", called[row.number], f"case {row.number}: {missed}")
