"""Three thousand sites, two years of records and five months of living cases, with planted faults. See README.md.

Planted: hazards that come back, strike-offs by the finder's side, photographs used twice, from elsewhere or from
before, a lenient inspector, firms that never find anything, accidents told late, major hazards entered as ordinary
ones or taken off the list too early, planned visits that nobody made. What lies before is in past.py. Beside them stand
look-alikes: a hazard of another kind at the same site, one that was still open, one that came back long after, a
colleague of another unit who looks again, a new photograph of an old place, one at the edge of the fence, inspectors
who are merely mild, firms that are new or of a quiet trade, accidents told in the last minute, or whose class changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bihuan.programmes.work_safety.listed import GRAVE, plan_visits, plant_lists, tell_letters
from bihuan.programmes.work_safety.past import (
    DAYS,
    KINDS,
    load_register,
    plant_late_accidents,
    plant_lenient,
    plant_zero_reporters,
)

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

SITES = 3_000
FINDERS = ("emergency", "fire", "market", "housing-construction", "urban-management", "transport")
LASTS = 171
"""The most days that the sample plays."""


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
        self.sites = play.luck.stream("sites").sample(range(SITES), SITES)
        self.inspectors = [
            play.person("inspector", play.unit(code), n) for code in FINDERS for n in range(play.luck.whole(2, 3))
        ]
        self.hazards: list[Hazard] = []
        self.came_back: list[tuple[int, str, int]] = []
        self.rows = {n: play.district.site(n) for n in self.sites}
        self.of_number = {row["number"]: n for n, row in self.rows.items()}

    def load(self) -> None:
        """Load the firms and sites of the register."""
        self.play.load("enterprise", [self.play.district.enterprise(n) for n in self.sites], at=self.play.on(-900))
        self.play.load("site", list(self.rows.values()), at=self.play.on(-900))

    def find(
        self, site: int, kind: str, day: int, finder: Actor | None = None, *, criterion: str = "", urgency: str = "",
        may_be_refused: bool = False,
    ) -> Hazard:  # fmt: skip
        """Somebody finds a hazard on a round; it is graded and sent to the street."""
        play, key = self.play, f"H{len(self.hazards) + 1:04d}"
        spot = play.district.spot("site", site)
        by, at = finder or self.luck.pick(self.inspectors), self.luck.moment(play.day(day))
        row = play.district.site(site)
        matter = play.report(
            "hazard", at, by, key=key, title=f"{row['name']}：{kind}", text="巡查发现隐患，责令整改。", category=kind,
            spot=spot, urgency=urgency or ("urgent" if kind in GRAVE else "general"), subject=row["number"],
            fields={"source": "round", "measure": "限期整改"} | ({"criterion": criterion} if criterion else {}),
            may_be_refused=may_be_refused,
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
    plant_lenient(district)
    plan_visits(district)
    load_register(district, left)
    plant_ordinary(district, left)
    plant_repeats(district, left)
    plant_strike_offs(district, left)
    plant_photographs(district, left)
    plant_wrong_photographs(district, left)
    plant_low_grades(district, left)
    lists = plant_lists(district, left)
    for day in range(7, DAYS, 14):
        play.to(play.day(day))
        play.meanwhile()
        for each in lists:
            each.go_on(day)
    plant_zero_reporters(district)
    plant_late_accidents(district)
    play.to(play.day(DAYS))
    play.meanwhile()
    find_by_watches(district)
    find_low_grades(district)
    play.prove("closed_by_finders_unit", closed_by_finders_unit(district))
    play.prove("hazards", len(district.hazards))
    tell_letters(district, lists)


def plant_ordinary(district: District, left: list[int]) -> None:
    """Hazards as they are: most are put right in time, some late, some fail the second look, some stay open."""
    luck = district.play.luck.stream("ordinary")
    for _ in range(luck.whole(30, 45)):
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
    for site, kind, closed in district.came_back:
        again = district.find(site, kind, closed + luck.whole(20, 84))
        play.plant("repeat", again.key, "a hazard of the old register again at the same site")
    for _ in range(9):
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


def plant_wrong_photographs(district: District, left: list[int]) -> None:
    """Four times the photographs are from elsewhere or from before; twice they lie just inside the fence."""
    play, luck = district.play, district.play.luck.stream("elsewhere")
    for n in range(6):
        hazard = district.find(left.pop(), luck.pick(KINDS), luck.whole(5, 100))
        by, at = play.person("handler", play.office(hazard.spot.street)), luck.moment(hazard.found, 24, 30)
        play.act(hazard.matter, "accept", at, by)
        spot = hazard.spot.moved(9_000 if n < 2 else 1_900 if n >= 4 else 0, 0)
        taken = luck.moment(hazard.found, -60, -20) if n in (2, 3) else None
        for each in (1, 2):
            picture = f"{play.seed}/else/{n}/{each}"
            play.photo(hazard.matter, luck.moment(at, each, each + 0.5), by, spot, picture=picture, taken=taken)
        words, handed_in = {"text": "已整改"}, luck.moment(at, 3, 4)
        if n >= 4:
            play.look_alike("photo_elsewhere", hazard.key, "taken at the edge of the fence, on the day")
            play.act(hazard.matter, "submit", handed_in, by, words=words)
            continue
        play.plant("photo_elsewhere", hazard.key, "taken at another site" if n < 2 else "taken before the order")
        play.attempt("photo_elsewhere", hazard.key, hazard.matter, "submit", handed_in, by, words)


def plant_low_grades(district: District, left: list[int]) -> None:
    """Three major hazards are entered as ordinary ones; three others are graded by the table."""
    play, luck = district.play, district.play.luck.stream("grades")
    for n in range(6):
        criterion = ("trade_confined", "chemical_storage", "construction_edge")[n % 3]
        hazard = district.find(
            left.pop(), ("confined.entry", "fire.storage", "height.edge")[n % 3], luck.whole(3, 60),
            criterion=criterion if n < 3 else luck.pick([criterion, "none"]), urgency="general" if n < 3 else "urgent",
            may_be_refused=n < 3,
        )  # fmt: skip
        if n < 3:
            play.plant("graded_too_low", hazard.key, f"{criterion} is major by the table of that day")
        else:
            play.look_alike("graded_too_low", hazard.key, "graded as major")


def find_low_grades(district: District) -> None:
    """What was refused at the door, by the demand's own name."""
    for hazard in district.hazards:
        if hazard.matter.refusal is not None:
            district.play.find(hazard.matter.refusal.code, hazard.key, hazard.matter.refusal.text.en)


def find_by_watches(district: District) -> None:
    """Ask the engine what its watches opened: causes of repeats, visits for a reason."""
    play = district.play
    latest = {(hazard.matter.number): hazard for hazard in district.hazards}
    by_place = {(play.district.site(h.site)["number"], h.kind): h for h in latest.values()}
    for row in play.cases(kind="root_cause"):
        hazard = by_place[(str(row.fold["subject"]), str(row.category))]
        play.find("repeat", hazard.key, f"case {row.number}")
    rules = {"zero_report": "zero_report", "late_report": "late_report", "plan_missed": "visit_missed"}
    for row in play.cases(kind="visit"):
        kind, _, key = str(row.fold["subject"]).partition("/")
        reason = {"enterprise": "zero_report", "accident": "late_report", "officer-plan": "plan_missed"}[kind]
        play.find(rules[reason], key, f"case {row.number}")


def closed_by_finders_unit(district: District) -> int:
    """Count strike-offs in the stored events that were made by the finder or somebody of that unit."""
    units = {each.id: each.unit for each in district.inspectors}
    return sum(
        row.fold["verification"]["verifier"] == row.fold["finder"]
        or units.get(row.fold["verification"]["verifier"], "") == row.fold["finder_unit"]
        for row in district.play.cases(kind="hazard", outcome="closed")
    )
