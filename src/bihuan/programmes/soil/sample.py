"""Two months of a district's land, with what an honest house must find planted in it. See README.md.

Planted: licences before clearance, a clearance that is dated back after the licence, a parcel counted twice after a
split, samples above their limits, applications on land that is listed or was not investigated. Look-alikes: a licence
on the day of clearance, a parcel renamed, an area measured anew, a split whose first parcel was ended, samples at
their limits, an application on cleared land.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.loop.models import CaseRow
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
FARMS, BUILT, WEEKS = 20, 24, 8
OWED = {"slight": "priority", "moderate": "safe_use", "severe": "strict", "clean": "none"}
RULES = {
    "soil.early": "licensed_early",
    "soil.back_dated": "back_dated",
    "soil.twice": "counted_twice",
    "soil.above": "sample_above",
}


@dataclass
class Land:
    """The sample: parcels, and what is done with them."""

    play: Play
    rows: dict[str, Row] = field(default_factory=dict)
    spots: dict[str, Spot] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    farms: list[str] = field(default_factory=list)
    done: set[tuple[str, str]] = field(default_factory=set)

    def build(self) -> None:
        """Draw farmland with its measures and building land that was cleared long ago."""
        luck = self.play.luck.stream("land")
        for n in range(FARMS):
            grade = luck.pick(tuple(OWED))
            measure = OWED[grade] if luck.chance(0.85) else "none"
            self._add(f"GD{n:03d}", n, "farmland", grade, measure=measure, produce_met=luck.chance(0.9))
        for n in range(BUILT):
            day = luck.whole(-300, -60)
            self._add(f"JS{n:03d}", n, "construction", "listed", investigated=self.play.on(day - 90),
                      cleared=self.play.on(day))  # fmt: skip
        self.left = luck.sample([key for key in self.rows if key.startswith("JS")], BUILT)
        self.farms = luck.sample([key for key in self.rows if key.startswith("GD")], FARMS)

    def _add(self, key: str, n: int, use: str, grade: str, **more: Any) -> None:
        play = self.play
        spot = play.district.spot(f"soil/{use}", n)
        self.spots[key] = spot
        area = play.luck.stream(f"area/{key}").whole(1_000, 60_000) / 1_000
        self.rows[key] = {
            "number": key, "name": f"{spot.name}{n + 1}号地块", "use": use, "area": f"{area:.3f}", "grade": grade,
            "owner": play.district.enterprise(n)["credit_code"], "street": spot.street, "position": spot.text(),
        } | more  # fmt: skip

    def load(self, *keys: str, day: int) -> None:
        """Load parcels as the register says from a day on."""
        told = self.play.load("soil-parcel", [self.rows[key] for key in keys], at=self.play.on(day), source="soil desk")
        assert not told.rejected, told.rejects


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E54; docs/topics/play.md."""
    land = Land(play)
    land.build()
    asked = plan_applications(land)
    play.load("enterprise", [play.district.enterprise(n) for n in range(max(FARMS, BUILT))], at=play.on(-400))
    land.load(*land.rows, day=-30)
    steps = plan_changes(land)
    take_samples(land)
    for week in range(1, WEEKS + 1):
        play.to(play.day(7 * week, 6))
        for change in steps.get(week, ()):
            change()
        if week == 1:
            apply_for_land(land, asked)
        play.meanwhile()
        play.letters()
        for row in play.cases(ended_at__isnull=True, kind="finding"):
            react(land, row)
    play.to(play.day(7 * WEEKS + 20))
    for row in play.cases(kind="finding"):
        play.find(RULES[str(row.category)], str(row.about).partition("/")[2], f"case {row.number}")
    prove_rate(land)
    play.prove("letters", len(play.letters()))


def plan_applications(land: Land) -> dict[str, str]:
    """Parcels for which somebody applies: listed, not investigated, and cleared as it should be."""
    asked: dict[str, str] = {}
    for n in range(3):
        key = land.left.pop()
        if n < 2:
            land.rows[key]["cleared"] = ""
        else:
            land.rows[key] |= {"investigated": "", "grade": "clean", "cleared": ""}
        asked[key] = "not_cleared" if n < 2 else "not_investigated"
        land.play.plant("gate", key, "listed and not cleared" if n < 2 else "not investigated")
    for _ in range(2):
        key = land.left.pop()
        asked[key] = "approved"
        land.play.look_alike("gate", key, "cleared long ago")
    return asked


def plan_changes(land: Land) -> dict[int, list[Any]]:
    """What is written into the register from week to week, by week."""
    play, luck = land.play, land.play.luck.stream("changes")
    steps: dict[int, list[Any]] = {}

    def at(week: int, key: str, day: int, **values: Any) -> None:
        def change() -> None:
            land.rows[key] |= values
            land.load(key, day=day)

        steps.setdefault(week, []).append(change)

    for n in range(2):
        key, week = land.left.pop(), 2 + n
        at(1, key, 3, cleared="")
        at(week, key, 7 * week - 1, licence=f"X-{key}", licensed=play.on(7 * week - luck.whole(1, 4)))
        play.plant("licensed_early", key, "licensed and never cleared")
    early = land.left.pop()
    at(1, early, 3, cleared="")
    at(3, early, 20, licence=f"X-{early}", licensed=play.on(20))
    at(5, early, 34, cleared=play.on(10))
    play.plant("licensed_early", early, "licensed, and cleared only on paper afterwards")
    play.plant("back_dated", early, "the day of clearance was written in two weeks after the licence")
    same = land.left.pop()
    at(2, same, 12, cleared=play.on(12), licence=f"X-{same}", licensed=play.on(12))
    for rule in ("licensed_early", "back_dated"):
        play.look_alike(rule, same, "licensed on the day of clearance")
    renamed, measured = land.left.pop(), land.left.pop()
    at(2, renamed, 12, licence=f"X-{renamed}", licensed=play.on(12))
    at(4, renamed, 26, name=f"{land.rows[renamed]['name']}（更名）")
    at(2, measured, 12, licence=f"X-{measured}", licensed=play.on(12))
    at(4, measured, 26, area=f"{float(land.rows[measured]['area']) + 0.25:.3f}")
    for key, how in ((renamed, "renamed"), (measured, "measured anew")):
        for rule in ("licensed_early", "back_dated", "counted_twice"):
            play.look_alike(rule, key, how)
    twice, once = land.farms.pop(), land.farms.pop()
    for key in (twice, once):
        steps.setdefault(3, []).append(lambda key=key: split_parcel(land, key, ended=key == once))
    play.plant("counted_twice", twice, "split, and still listed beside its parts")
    play.look_alike("counted_twice", once, "split, and ended")
    return steps


def take_samples(land: Land) -> None:
    """Samples of parcels: two above their limits, others at them, below detection, or far below."""
    play, rows = land.play, list[Row]()
    farm, built = land.farms.pop(), land.left.pop()
    even, faint = land.farms.pop(), land.left.pop()
    play.plant("sample_above", farm, "cadmium above the screening value of its pH")
    play.plant("sample_above", built, "arsenic above the intervention value of class 1")
    play.look_alike("sample_above", even, "exactly at its limits")
    play.look_alike("sample_above", faint, "below detection")

    def add(key: str, item: str, value: str, **more: str) -> None:
        number = f"S{len(rows) + 1:03d}"
        rows.append({
            "number": number, "sample": f"{key}-1", "parcel": key, "taken_on": play.on(-20).isoformat(), "item": item,
            "value": value, "use": "farmland" if key.startswith("GD") else "construction", **more,
        })  # fmt: skip

    add(farm, "cd", "0.41", land="paddy", ph="6.2")
    add(farm, "pb", "12", land="paddy", ph="6.2")
    add(built, "as", "121", **{"class": "1"})
    add(even, "cd", "0.3", land="other", ph="7.5")
    add(even, "as", "30", land="other", ph="7.5")
    add(faint, "benzo_a_pyrene", "0.1L", **{"class": "1"})
    for key in land.farms[:5]:
        add(key, "zn", str(land.play.luck.stream(f"zn/{key}").whole(20, 190)), land="other", ph="7.0")
    told = play.load("soil-sample", rows, at=play.on(-10), source="laboratory")
    assert not told.rejected, told.rejects


def split_parcel(land: Land, key: str, *, ended: bool) -> None:
    """Two parts in a parcel's place; the first one is ended, or forgotten."""
    whole = land.rows[key]
    area = float(whole["area"])
    for part, share in (("A", 0.4), ("B", 0.6)):
        made = f"{key}{part}"
        land.spots[made] = land.spots[key]
        land.rows[made] = whole | {"number": made, "area": f"{area * share:.4f}", "split_from": key}
    land.load(f"{key}A", f"{key}B", day=20)
    if ended:
        whole["ended"] = land.play.on(20)
        land.load(key, day=20)


def apply_for_land(land: Land, asked: dict[str, str]) -> None:
    """Offices apply; the desk tries to approve, and the gate refuses what is not ready."""
    play, officer = land.play, land.play.person("soil_officer", land.play.unit("ecology"))
    for n, (key, ends) in enumerate(asked.items()):
        fields = {"act": ("supply", "planning", "building")[n % 3], "licence": f"L-{key}"}
        matter = play.report(
            "release", play.day(8, 9), officer, key=f"release:{key}", title="用地准入审查", subject=key,
            spot=land.spots[key], fields=fields, dispatch=False,
        )  # fmt: skip
        until = play.day(300).isoformat()
        if ends == "approved":
            play.act(matter, "approve", play.day(9, 9), officer, until=until)
        else:
            play.attempt("gate", key, matter, "approve", play.day(9, 9), officer, until=until)
            play.act(matter, "reject", play.day(9, 10), officer, {"reason": "未完成调查或未移出名录"},
                     ground=ends)  # fmt: skip


def react(land: Land, row: CaseRow) -> None:
    """A street looks into it and hands in; an inspector of another unit verifies."""
    play, matter = land.play, land.play.matter(row)
    if row.state == "dispatched" and (row.number, "done") not in land.done:
        land.done.add((row.number, "done"))
        handler = play.person("handler", row.fold["lead"])
        key = str(row.about).partition("/")[2]
        play.act(matter, "accept", play.now.replace(minute=30), handler)
        play.photo(matter, play.now.replace(minute=40), handler, land.spots[key], picture=f"{play.seed}/{row.number}")
        words = {"text": "已核查发证和移出材料 · licence and clearance were looked into"}
        play.act(matter, "submit", play.now.replace(minute=50), handler, words=words)
    elif row.state == "verifying" and (row.number, "looked") not in land.done:
        land.done.add((row.number, "looked"))
        inspector = play.person("inspector", play.unit("urban-enforcement"), len(land.done) % 3)
        play.act(matter, "verify", play.now.replace(minute=55), inspector, result="passed")


def prove_rate(land: Land) -> None:
    """The two rates as the method says them of the register on the last day."""
    rows = [
        {"id": key, "use": held["use"], "area_mu": held["area"], "grade": held.get("grade", ""),
         "measure": held.get("measure", ""),
         "produce_met": {"True": "yes", "False": "no"}.get(str(held.get("produce_met")), ""),
         "licence": held.get("licence", ""), "licensed_on": held.get("licensed", ""),
         "cleared_on": held.get("cleared", ""), "split_from": held.get("split_from", "")}
        for key, held in land.play.subjects("soil-parcel") if not held.get("ended")
    ]  # fmt: skip
    told = land.play.calc("soil-rate", rows)
    land.play.prove("farmland", told.facts["farmland"])
    land.play.prove("construction", told.facts["construction"])


__all__ = ["play_sample"]
