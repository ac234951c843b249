"""A district's hazards over five months, with what an honest register must find planted in it. See README.md.

Planted: hazards that come back, strike-offs by the finder's side, photographs used twice. Beside them stand
look-alikes: a hazard of another kind at the same site, one that was still open, one that came back long after, a
colleague of another unit who looks again, a new photograph of an old place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

DAYS = 170
FINDERS = ("emergency", "fire", "market", "housing-construction", "urban-management", "transport")
KINDS = ("fire.exit", "fire.equipment", "electric.wiring", "gas.hose", "machine.guard", "duty.ledger")
GRAVE = ("fire.storage", "gas.alarm", "confined.entry", "height.edge")


@dataclass
class Hazard:
    """One hazard of the sample: where, what, who found it, and what was played with it."""

    key: str
    site: int
    kind: str
    spot: Spot
    finder: Actor
    matter: Matter
    found: datetime
    closed: datetime | None = None
    pictures: list[str] = field(default_factory=list)


class District:
    """The sample: sites, inspectors, and the lives of hazards."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.luck: Luck = play.luck.stream("hazards")
        self.sites = play.luck.stream("sites").sample(range(3_000), 260)
        self.inspectors = [
            play.person("inspector", play.unit(code), n) for code in FINDERS for n in range(play.luck.whole(2, 3))
        ]
        self.hazards: list[Hazard] = []

    def load(self) -> None:
        """Load the firms and sites of the register."""
        self.play.load("enterprise", [self.play.district.enterprise(n) for n in self.sites], at=self.play.on(-400))
        self.play.load("site", [self.play.district.site(n) for n in self.sites], at=self.play.on(-400))

    def find(self, site: int, kind: str, day: int, finder: Actor | None = None) -> Hazard:
        """Somebody finds a hazard on a round; it is graded and sent to the street."""
        play, key = self.play, f"H{len(self.hazards) + 1:04d}"
        spot = play.district.spot("site", site)
        by, at = finder or self.luck.pick(self.inspectors), self.luck.moment(play.day(day))
        row = play.district.site(site)
        matter = play.report(
            "hazard", at, by, key=key, title=f"{row['name']}：{kind}", text="巡查发现隐患，责令整改。", category=kind,
            spot=spot, urgency="urgent" if kind in GRAVE else "general", subject=row["number"],
            fields={"source": "round", "measure": "限期整改"},
        )  # fmt: skip
        made = Hazard(key, site, kind, spot, by, matter, at)
        self.hazards.append(made)
        return made

    def put_right(self, hazard: Hazard, day: int) -> datetime:
        """The street accepts, photographs twice within the fence, and hands in; returns when."""
        play, office = self.play, self.play.office(hazard.spot.street)
        by = play.person("handler", office, self.luck.whole(0, 3))
        begun = max(hazard.found, play.day(day, 8))
        play.act(hazard.matter, "accept", self.luck.moment(begun, 0.5, 1), by)
        for n in (1, 2):
            picture = f"{play.seed}/{hazard.key}/{len(hazard.pictures)}"
            near = hazard.spot.moved(self.luck.whole(-700, 700), self.luck.whole(-500, 500))
            play.photo(hazard.matter, self.luck.moment(begun, n, n + 0.5), by, near, picture=picture)
            hazard.pictures.append(picture)
        handed_in = self.luck.moment(begun, 3, 4)
        play.act(hazard.matter, "submit", handed_in, by, words={"text": "已整改"})
        return handed_in

    def strike_off(self, hazard: Hazard, at: datetime, result: str = "passed") -> datetime:
        """An inspector of another unit looks again."""
        others = [each for each in self.inspectors if each.unit != hazard.finder.unit]
        looked = self.luck.moment(at, 20, 60)
        self.play.act(hazard.matter, "verify", looked, self.luck.pick(others), result=result)
        if result == "passed":
            hazard.closed = looked
        return looked

    def day_of(self, at: datetime) -> int:
        """The day of the play on which an instant lies."""
        return (self.play.local(at) - self.play.on(0)).days


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E19; docs/topics/play.md."""
    district = District(play)
    district.load()
    left = list(district.sites)
    plant_ordinary(district, left)
    plant_repeats(district, left)
    plant_strike_offs(district, left)
    plant_photographs(district, left)
    play.to(play.day(DAYS))
    find_repeats(district)
    play.prove("closed_by_finders_unit", closed_by_finders_unit(district))
    play.prove("hazards", len(district.hazards))


def plant_ordinary(district: District, left: list[int]) -> None:
    """Hazards as they are: most are put right in time, some late, some fail the second look, some stay open."""
    luck = district.play.luck.stream("ordinary")
    for _ in range(luck.whole(50, 80)):
        day = luck.whole(1, DAYS - 30)
        hazard = district.find(left.pop(), luck.pick(KINDS + GRAVE), day)
        fate = luck.weighted([("closed", 8), ("failed", 1), ("open", 1)])
        if fate == "open":
            continue
        at = district.strike_off(
            hazard, district.put_right(hazard, day + luck.whole(2, 16)), "failed" if fate == "failed" else "passed"
        )
        if fate == "failed":
            again = district.put_right(hazard, district.day_of(at) + luck.whole(2, 6))
            district.strike_off(hazard, again)


def _closed(district: District, site: int, kind: str, luck: Luck, day: int) -> Hazard:
    hazard = district.find(site, kind, day)
    district.strike_off(hazard, district.put_right(hazard, day + luck.whole(1, 4)))
    return hazard


def plant_repeats(district: District, left: list[int]) -> None:
    """Twelve hazards come back within ninety days of being struck off; nine others only look so."""
    play, luck = district.play, district.play.luck.stream("repeats")
    for _ in range(12):
        first = _closed(district, left.pop(), luck.pick(KINDS), luck, luck.whole(2, 40))
        assert first.closed is not None
        again = district.find(first.site, first.kind, district.day_of(first.closed) + luck.whole(4, 84))
        play.plant("repeat", again.key, f"the hazard {first.key} again at the same site")
    for how in ("other kind", "long after", "open still") * 3:
        first = _closed(district, left.pop(), KINDS[0], luck, luck.whole(2, 20))
        assert first.closed is not None
        day = district.day_of(first.closed)
        kind, on = {
            "other kind": (KINDS[1], day + luck.whole(4, 60)),
            "long after": (KINDS[0], day + luck.whole(96, 110)),
            "open still": (KINDS[0], district.day_of(first.found) + 1),
        }[how]
        again = district.find(first.site, kind, on)
        play.look_alike("repeat", again.key, f"{how} after {first.key}")


def plant_strike_offs(district: District, left: list[int]) -> None:
    """Six times the finder's side tries to strike a hazard off; three times a colleague of another unit may."""
    play, luck = district.play, district.play.luck.stream("strike-offs")
    for n in range(6):
        finder = luck.pick(district.inspectors)
        hazard = district.find(left.pop(), luck.pick(KINDS), luck.whole(5, 100), finder)
        handed_in = district.put_right(hazard, district.day_of(hazard.found) + luck.whole(1, 5))
        colleague = play.person("inspector", finder.unit, 7)
        who = (finder, colleague)[n % 2]
        play.plant("own_strike_off", hazard.key, "the finder" if who is finder else "a colleague of the finder's unit")
        play.attempt(
            "own_strike_off", hazard.key, hazard.matter, "verify", luck.moment(handed_in, 1, 10), who, result="passed"
        )
        district.strike_off(hazard, handed_in)
    for _ in range(3):
        hazard = district.find(left.pop(), luck.pick(KINDS), luck.whole(5, 100))
        play.look_alike("own_strike_off", hazard.key, "an inspector of another unit looks again")
        district.strike_off(hazard, district.put_right(hazard, district.day_of(hazard.found) + 2))


def plant_photographs(district: District, left: list[int]) -> None:
    """Five photographs of a finished case are handed in for another; five new ones of the same street are not."""
    play, luck = district.play, district.play.luck.stream("photographs")
    for _ in range(5):
        old = _closed(district, left.pop(), luck.pick(KINDS), luck, luck.whole(2, 40))
        assert old.closed is not None
        new = district.find(left.pop(), old.kind, district.day_of(old.closed) + luck.whole(3, 40))
        office = play.office(new.spot.street)
        at = luck.moment(new.found, 24, 30)
        play.plant("photo_twice", new.key, f"a photograph of {old.key}")
        play.act(new.matter, "accept", at, play.person("handler", office))
        play.attempt(
            "photo_twice", new.key, new.matter, "add_evidence", luck.moment(at, 1, 2), play.person("handler", office),
            photo=(luck.pick(old.pictures), new.spot), type="photo",
        )  # fmt: skip
        play.look_alike("photo_twice", old.key, "photographs of its own")


def find_repeats(district: District) -> None:
    """Ask the engine which hazards of its register came back within ninety days of being struck off."""
    play = district.play
    keys = {hazard.matter.number: hazard.key for hazard in district.hazards}
    rows = [
        {
            "id": row.number, "site": row.fold["subject"], "kind": row.category, "found_on": play.local(row.opened_at),
            "closed_on": play.local(row.ended_at) if row.ended_at else "",
        }
        for row in play.cases(kind="hazard")
    ]  # fmt: skip
    told = play.calc("repeat-hazards", rows, days=90).columns
    for number, state, of in zip(told["id"], told["state"], told["of"], strict=True):
        if state == "repeat":
            play.find("repeat", keys[str(number)], f"repeat of {keys[str(of)]} within 90 days")


def closed_by_finders_unit(district: District) -> int:
    """Count strike-offs in the stored events that were made by the finder or somebody of that unit."""
    units = {each.id: each.unit for each in district.inspectors}
    return sum(
        row.fold["verification"]["verifier"] == row.fold["finder"]
        or units.get(row.fold["verification"]["verifier"], "") == row.fold["finder_unit"]
        for row in district.play.cases(kind="hazard", outcome="closed")
    )
