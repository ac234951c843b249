"""Eight days at twenty outlets, value by value, with what an honest house must find planted in them. See README.md.

Planted: hours above the permit, data tampered with in four ways, a permit that ran out, a dead logger, a clock two
hours wrong, applications in a protection zone or for more than is left, a proposal without evidence. Look-alikes: a
start-up and calibration hours with their flags, a shutdown, a permit relaxed while the sample runs, a gap of three
hours, a clock three minutes wrong, an expired permit of a plant that was closed, applications that fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.programmes.pollution_sources.approvals import apply_for_permits, propose_enforcement, prove_quantities
from bihuan.programmes.pollution_sources.plants import Plant

if TYPE_CHECKING:
    from bihuan.loop.models import CaseRow
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
DAYS, STEP, OUTLETS = 8, 24, 20
"""Days played, hours between two looks, outlets (half of water)."""
LIMITS = {"cod": 50, "nox": 100}
HANDLED = ("exceedance", "tamper", "instrument", "permit")
TAMPERS = ("flat", "cap", "scaled", "copied")


@dataclass
class Sources:
    """The sample: plants, their permits, and who does what."""

    play: Play
    plants: dict[str, Plant] = field(default_factory=dict)
    outlets: dict[str, Row] = field(default_factory=dict)
    permits: dict[str, Row] = field(default_factory=dict)
    spots: dict[str, Spot] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    done: set[tuple[str, str]] = field(default_factory=set)

    def build(self) -> None:
        """Draw twenty plants, and in which order something is planted at them."""
        for n in range(OUTLETS):
            self._build(n, "cod" if n < OUTLETS // 2 else "nox")
        self.left = self.play.luck.stream("order").sample(list(self.plants), OUTLETS)

    def _build(self, n: int, factor: str) -> None:
        play, key = self.play, f"DA{n:03d}"
        spot, firm = play.district.spot("discharge-outlet", n), play.district.enterprise(n)["credit_code"]
        place = {"street": spot.street, "position": spot.text()}
        name = f"{spot.name}{n + 1}号"
        self.spots[key] = spot
        self.permits[key] = {
            "number": f"PW{n:03d}", "name": f"{name}厂", "holder": firm, "begins": play.on(-600),
            "ends": play.on(700), "ended": "", **place,
        }  # fmt: skip
        self.outlets[key] = {
            "number": key, "name": f"{name}{'废水' if factor == 'cod' else '废气'}口",
            "kind": "water" if factor == "cod" else "gas", "permit": f"PW{n:03d}", "holder": firm,
            "keeper": "outside:operator" if n % 2 else firm, "mn": f"110108{n:08d}",
            "verified_until": play.on(200), f"limit_{factor}": LIMITS[factor], "begun": play.on(-600), **place,
        }  # fmt: skip
        self.plants[key] = Plant(key, LIMITS[factor], play.luck.stream(f"plant/{n}"))

    def take(self) -> Plant:
        """A plant at which nothing was planted yet."""
        return self.plants[self.left.pop()]

    def factor(self, key: str) -> str:
        """What is measured at an outlet."""
        return "cod" if self.outlets[key]["kind"] == "water" else "nox"

    def load(self) -> None:
        """Load the registers as files, as a city's own would come."""
        play, on = self.play, self.play.on(-300)
        firms = [play.district.enterprise(n) for n in range(OUTLETS)]
        for kind, rows in (("enterprise", firms), ("discharge-permit", list(self.permits.values())),
                           ("discharge-outlet", list(self.outlets.values()))):  # fmt: skip
            loaded = play.load(kind, rows, at=on, source="source desk")
            assert not loaded.rejected, loaded.rejects


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E55; docs/topics/play.md."""
    sources = Sources(play)
    sources.build()
    plant_faults(sources)
    relaxed = plant_look_alikes(sources)
    sources.load()
    apply_for_permits(play)
    for look in range(1, DAYS * 24 // STEP + 1):
        hours = range((look - 1) * STEP, look * STEP)
        play.to(play.day(0, hours.stop))
        observe(sources, hours)
        if hours.start == 96:
            relax_permit(sources, relaxed)
        play.meanwhile()
        play.letters()
        for row in play.cases(ended_at__isnull=True, kind__in=HANDLED):
            react(sources, row)
    for after in (12, 24, 36):
        play.to(play.day(DAYS, after))
        for row in play.cases(ended_at__isnull=True, kind__in=HANDLED):
            react(sources, row)
    play.to(play.day(DAYS, 96))
    find_everything(sources)
    find_suspicions(sources)
    propose_enforcement(play, next(row for row in play.cases(state="closed") if row.kind == "exceedance"))
    play.to(play.day(DAYS + 6))
    prove_quantities(play)
    play.prove("letters", len(play.letters()))


def plant_faults(sources: Sources) -> None:
    """What must be found."""
    play, luck = sources.play, sources.play.luck.stream("faults")
    for n in range(5):
        plant, begins = sources.take(), 24 * (1 + n) + luck.whole(2, 18)
        plant.above = {begins + hour: luck.whole(108, 190) / 100 for hour in range(luck.whole(1, 5))}
        play.plant("above_permit", plant.outlet, f"{len(plant.above)} hours from hour {begins} on")
    for tampers in TAMPERS:
        plant = sources.take()
        plant.tampers = tampers
        play.plant("tampered", f"{plant.outlet}/{tampers}", tampers)
    silent = sources.take()
    begins = luck.whole(40, 100)
    silent.silent = range(begins, begins + 16)
    play.plant("silent", silent.outlet, "sixteen hours without data")
    slow = sources.take()
    slow.clock = 7_200
    play.plant("clock", slow.outlet, "two hours")
    expired = sources.take().outlet
    sources.permits[expired]["ends"] = play.on(luck.whole(1, 5))
    play.plant("expired", sources.permits[expired]["number"], "ran out and goes on")


def plant_look_alikes(sources: Sources) -> str:
    """What must be left alone; the outlet whose permit is relaxed on the fifth day."""
    play, luck = sources.play, sources.play.luck.stream("alike")
    for flag, told in (("S", "a start-up"), ("C", "calibration")):
        plant, begins = sources.take(), luck.whole(30, 130)
        plant.flags = dict.fromkeys(range(begins, begins + 3), flag)
        play.look_alike("above_permit", plant.outlet, f"three hours of {told}, flagged")
    idle = sources.take()
    begins = luck.whole(40, 120)
    idle.idle = range(begins, begins + 40)
    for tampers in TAMPERS:
        play.look_alike("tampered", f"{idle.outlet}/{tampers}", "a shutdown")
    relaxed = sources.take()
    relaxed.raised = 5 * 24
    play.look_alike("above_permit", relaxed.outlet, "the permit was relaxed the day before")
    play.look_alike("tampered", f"{relaxed.outlet}/scaled", "it discharges more than before with the same power")
    short = sources.take()
    begins = luck.whole(30, 130)
    short.silent = range(begins, begins + 3)
    play.look_alike("silent", short.outlet, "three hours without data")
    off = sources.take()
    off.clock = 180
    play.look_alike("clock", off.outlet, "three minutes")
    closed = sources.permits[sources.take().outlet]
    closed |= {"ends": play.on(2), "ended": play.on(-2)}
    play.look_alike("expired", closed["number"], "the plant was closed before")
    return relaxed.outlet


def observe(sources: Sources, hours: range) -> None:
    """What loggers, meters and the receiver say of some hours."""
    play, begin = sources.play, sources.play.day(0)
    for factor in LIMITS:
        rows = [row for key, each in sources.plants.items() if sources.factor(key) == factor
                for row in each.rows(begin, hours)]  # fmt: skip
        told = play.observe(f"{factor}-raw", rows, source="logger")
        assert not told.rejected, told.rejects
    times = {hour: (begin + timedelta(hours=hour)).isoformat() for hour in hours}
    play.observe("power-hour", [
        {"subject": key, "time": times[hour], "value": f"{each.power(hour):.1f}"}
        for key, each in sources.plants.items() for hour in hours
    ], source="meter")  # fmt: skip
    play.observe("logger-clock", [
        {"subject": key, "time": times[hour], "value": str(each.clock + hour % 7)}
        for key, each in sources.plants.items() for hour in hours if hour % 2 == 0
    ], source="receiver")  # fmt: skip


def relax_permit(sources: Sources, outlet: str) -> None:
    """The permit is re-issued with another limit: a new version of the outlet."""
    row = sources.outlets[outlet] | {f"limit_{sources.factor(outlet)}": 2 * LIMITS[sources.factor(outlet)]}
    loaded = sources.play.load("discharge-outlet", [row], at=sources.play.on(4), source="source desk")
    assert not loaded.rejected, loaded.rejects


def find_suspicions(sources: Sources) -> None:
    """What the watches suspect, each kind by itself; the inspection it opened is a case of its own."""
    for each in sources.play.incidents():
        if each.watch in ("cod_tampered", "nox_tampered"):
            for kind in sorted(filter(None, {*each.incident.split("|"), *each.current.split("|")})):
                sources.play.find("tampered", f"{each.subject}/{kind}", each.watch)


def react(sources: Sources, row: CaseRow) -> None:
    """A street checks flags and log, has it put right and hands in; an inspector looks two days later."""
    play, matter = sources.play, sources.play.matter(row)
    if row.state == "dispatched" and (row.number, "done") not in sources.done:
        sources.done.add((row.number, "done"))
        handler = play.person("handler", row.fold["lead"])
        key = str(row.about).partition("/")[2]
        spot = sources.spots[key if key in sources.spots else f"DA{key[2:]}"]
        play.act(matter, "accept", play.now + timedelta(hours=1), handler)
        for n in (1, 2):
            picture = f"{play.seed}/{row.number}/{n}"
            play.photo(matter, play.now + timedelta(hours=2, minutes=n), handler, spot, picture=picture)
        words = {"text": "标记、台账已核查，已整改 · flags and log checked, put right"}
        play.act(matter, "submit", play.now + timedelta(hours=6), handler, words=words)
    elif row.state == "verifying" and (row.number, "looked") not in sources.done:
        sources.done.add((row.number, "looked"))
        inspector = play.person("inspector", play.unit("urban-enforcement"), len(sources.done) % 3)
        play.act(matter, "verify", play.now + timedelta(hours=49), inspector, result="passed")


def find_everything(sources: Sources) -> None:
    """What the house says: its cases, each with its outlet or permit."""
    play = sources.play
    for row in play.cases():
        key = str(row.about).partition("/")[2]
        if row.kind == "exceedance":
            play.find("above_permit", key, f"case {row.number}")
        elif row.kind == "instrument":
            play.find((row.category or "").removeprefix("instrument."), key, f"case {row.number}")
        elif row.kind == "permit":
            play.find("expired", key, f"case {row.number}")
    play.prove("closed", len(play.cases(state="closed")))


__all__ = ["play_sample"]
