"""Five weeks of a community's twin: objects, changes in the field, surveys, and what must be refused. See README.md.

Planted: five changes that nobody surveys within ten days, an object whose name carries a telephone number, a survey
that is too coarse for its level of detail. Look-alikes: two surveys of one day, a building that was pulled down and
built anew, changes that are told late but were surveyed in time, house numbers that look like telephone numbers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.standards.cityjson.standing import city_of

if TYPE_CHECKING:
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
LASTS = 36
"""The most days that the sample plays."""
WEEKS, BUILDINGS, UNSURVEYED, SURVEYED = 5, 20, 5, 6
WHAT = ("raised", "entrance", "lift", "pipe", "rebuilt")
KINDS = {"raised": "building", "rebuilt": "building", "entrance": "entrance", "lift": "lift", "pipe": "pipe"}


class Twin:
    """The sample: objects of one street, changes, surveys."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("twin")
        self.street = play.district.spot("twin", 0).street
        self.spots: dict[str, Spot] = {}
        self.objects = [row for n in range(BUILDINGS) for row in self._block(n)]
        self.left = {
            kind: self.luck.sample(keys, len(keys))
            for kind in ("building", "entrance", "lift", "pipe")
            if (keys := [row["number"] for row in self.objects if row["kind"] == kind])
        }
        self.changes: list[tuple[int, Row]] = []
        self.rebuilt = ""
        self.done: set[str] = set()

    def _block(self, number: int) -> list[Row]:
        """A building with an entrance, every other one with a lift, every fourth with a pipe before it."""
        spot = self.play.district.spot("twin", number, self.street)
        half, floors = self.luck.whole(80, 160), self.luck.whole(4, 18)
        corners = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half))
        ring = "; ".join(spot.moved(east, north).text() for east, north in corners)
        house = self._row(f"B{number:03d}", f"{number + 1}号楼", "building", spot, ring)
        house |= {"height": f"{floors * 3.0:.1f}", "floors": floors, "lod": "1", "base": f"{self.luck.whole(45, 60)}.5"}
        rows = [house, self._row(f"E{number:03d}", f"{number + 1}号楼1单元入口", "entrance", spot, spot.text(), house)]
        if number % 2 == 0:
            rows.append(self._row(f"L{number:03d}", f"{number + 1}号楼1号电梯", "lift", spot, spot.text(), house))
        if number % 4 == 0:
            line = f"{spot.moved(-400, -300).text()}; {spot.moved(400, -300).text()}"
            rows.append(self._row(f"P{number:03d}", f"{number + 1}号楼前热力管", "pipe", spot, line))
        return rows

    def _row(self, key: str, name: str, kind: str, spot: Spot, shape: str, parent: Row | None = None) -> Row:
        self.spots[key] = spot
        return {
            "number": key, "name": name, "kind": kind, "street": spot.street, "keeper": "planning", "shape": shape,
            "position": spot.text(), "lod": "0", "surveyed": self.play.on(-200), "built": self.play.on(-4_000),
            "parent": parent["number"] if parent else None, "base": parent["base"] if parent else "48.0",
        }  # fmt: skip

    def take(self, kind: str) -> str:
        """An object of a kind that nothing was planted at yet."""
        return str(self.left[kind].pop())


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E16; docs/topics/play.md."""
    twin = Twin(play)
    loaded = play.load("twin-object", twin.objects, at=play.on(-200), source="survey of the whole")
    assert not loaded.rejected, loaded.rejects
    smuggle(twin)
    plan_changes(twin)
    for week in range(1, WEEKS + 1):
        play.to(play.day(7 * week))
        told = [row for day, row in twin.changes if 7 * (week - 1) <= day < 7 * week]
        if told:
            play.load("twin-change", told, source="permits and inspections")
        play.meanwhile()
        survey_what_was_sent(twin)
    play.to(play.day(7 * WEEKS + 1))
    play.meanwhile()
    for row in play.cases(kind="resurvey"):
        play.find("unsurveyed", str(row.about).partition("/")[2], f"case {row.number}")
    prove_states(twin)
    play.prove("letters", len(play.letters()))


def smuggle(twin: Twin) -> None:
    """A property company's file: one name carries a resident's telephone number, two only look like it."""
    play = twin.play
    names = {"B900": "21号楼 王某 13900001234", "B901": "1390栋", "B902": "第13800000号院"}
    base = twin.objects[0]
    for key, name in names.items():
        if key == "B900":
            play.plant("person_attribute", key, "a telephone number in the name")
        else:
            play.look_alike("person_attribute", key, name)
        loaded = play.load("twin-object", [base | {"number": key, "name": name}], at=play.on(-100), source="property")
        if loaded.rejected:
            play.find("person_attribute", key, "refused at the door")


def plan_changes(twin: Twin) -> None:
    """Changes that nobody surveys; and those surveyed in time, twice a day, told late, or after a demolition."""
    play, luck = twin.play, twin.luck
    for n in range(UNSURVEYED):
        what, day = WHAT[n % 4], luck.whole(1, 8)
        key = twin.take(KINDS[what])
        twin.changes.append((day, _change(twin, f"U{n}", key, what, day)))
        play.plant("unsurveyed", key, f"{what} on day {day}, nobody surveys it")
    for n in range(SURVEYED):
        what, day = WHAT[(n + 2) % 5], luck.whole(1, 12)
        key, change = twin.take(KINDS[what]), f"S{n}"
        told = day + (14 if n == 0 else 0)
        twin.changes.append((told, _change(twin, change, key, what, day)))
        hand_in(twin, key, change, day + luck.whole(2, 6), height=luck.whole(9, 60))
        if n == 1:
            hand_in(twin, key, f"{change}b", day + 6, height=luck.whole(9, 60), hours=16)
            hand_in(twin, key, f"{change}c", day + 6, height=luck.whole(9, 60), hours=17)
        play.look_alike("unsurveyed", key, "told late" if n == 0 else "surveyed in time")
    _rebuild(twin)
    key = twin.take("building")
    play.plant("too_coarse", key, "60 cm, LoD2 allows 20")
    hand_in(twin, key, "coarse", 3, height=30, lod="2", error=60, refused=True)


def _rebuild(twin: Twin) -> None:
    """A building is pulled down, stands nowhere for ten days, is built anew and surveyed."""
    play, key = twin.play, twin.take("building")
    twin.rebuilt = key
    row = next(each for each in twin.objects if each["number"] == key)
    play.load("twin-object", [row | {"demolished": play.on(4)}], at=play.on(4), source="demolition permit")
    anew = row | {"built": play.on(14), "demolished": None, "floors": 11, "height": "33.0"}
    play.load("twin-object", [anew], at=play.on(14), source="completion")
    twin.changes.append((14, _change(twin, "R0", key, "rebuilt", 14)))
    hand_in(twin, key, "R0", 17, height=33)
    play.look_alike("unsurveyed", key, "pulled down and built anew, surveyed three days later")


def _change(twin: Twin, number: str, key: str, what: str, day: int) -> Row:
    return {"number": number, "object": key, "what": what, "seen": twin.play.on(day), "told_by": "施工许可"}


def hand_in(
    twin: Twin, key: str, change: str, day: int, *, height: int, lod: str = "1", error: int = 12, hours: float = 9,
    refused: bool = False,
) -> None:  # fmt: skip
    """A surveyor hands in what was measured, the keeper of the twin accepts it, or is kept from it."""
    play, at = twin.play, twin.play.day(day, hours)
    surveyor = play.person("twin_surveyor", play.unit("planning"))
    officer = play.person("twin_officer", play.unit("government-office"))
    fields = {"change": change, "measured": play.on(day).isoformat(), "height": str(height),
              "floors": str(height // 3), "lod": lod, "error_cm": str(error)}  # fmt: skip
    matter = play.report("survey", at, surveyor, key=f"survey-{key}-{change}", title="测绘成果", fields=fields,
                         subject=key, urgency="general", dispatch=False)  # fmt: skip
    until = play.day(day + 3_000).isoformat()
    if refused:
        play.attempt("too_coarse", key, matter, "approve", at + timedelta(hours=1), officer, until=until)
        play.act(matter, "reject", at + timedelta(hours=2), officer, reason="误差超限")
    else:
        play.act(matter, "approve", at + timedelta(minutes=30), officer, until=until)


def survey_what_was_sent(twin: Twin) -> None:
    """Surveyors go where the watch sends them, hand in a survey of it, and an inspector looks."""
    play = twin.play
    for row in play.cases(kind="resurvey", ended_at__isnull=True):
        matter, key = play.matter(row), str(row.about).partition("/")[2]
        if row.state == "dispatched" and row.number not in twin.done:
            twin.done.add(row.number)
            surveyor, there = play.person("handler", row.fold["lead"]), play.now + timedelta(hours=5)
            play.act(matter, "accept", play.now + timedelta(hours=1), surveyor)
            play.photo(matter, there, surveyor, twin.spots[key], picture=f"{play.seed}/{row.number}")
            play.act(matter, "submit", there + timedelta(hours=1), surveyor, words={"text": "已复测 · surveyed anew"})
            day = (play.local(play.now) - play.on(0)).days
            hand_in(twin, key, f"again-{key}", day, height=twin.luck.whole(9, 60), hours=10)
        elif row.state == "verifying":
            inspector = play.person("inspector", play.unit("urban-enforcement"))
            play.act(matter, "verify", play.now + timedelta(hours=2), inspector, result="passed")


def prove_states(twin: Twin) -> None:
    """The register of a day is the fold of its events; what was pulled down stands nowhere on the days between."""
    play = twin.play
    days = (2, 8, 20, 7 * WEEKS)
    events = _events(twin)
    equal = True
    for day in days:
        at = play.day(day, 12).isoformat()
        told = play.calc("twin-state", events, at=at, known=play.now.isoformat())
        folded = {key: value for key, what, value in zip(told.columns["object"], told.columns["attribute"],
                  told.columns["value"], strict=True) if what == "height"}  # fmt: skip
        held = {key: f"{float(values['height']):g}" for key, values in play.subjects("twin-object", on=play.on(day))
                if values.get("height") is not None and not _is_down(values, play.on(day).isoformat())}  # fmt: skip
        told_heights = {key: f"{float(value):g}" for key, value in folded.items()}
        equal = equal and told_heights == held
    play.prove("fold_is_register", equal)
    cities = {day: city_of(twin.street, play.on(day)) for day in days}
    play.prove("objects_by_day", [len(cities[day].document["CityObjects"]) for day in days])
    play.prove("left_out", sum(len(each.left_out) for each in cities.values()))
    play.prove("rebuilt_stands", [twin.rebuilt in cities[day].document["CityObjects"] for day in days])


def _is_down(values: Row, day: str) -> bool:
    return bool(values.get("demolished") and str(values["demolished"]) <= day)


def _events(twin: Twin) -> list[Row]:
    """Heights, demolition and rebuilding as events with two times, in the order of nobody."""
    play, number = twin.play, 0
    events: list[Row] = []

    def tell(key: str, what: str, value: str, on: Any) -> None:
        nonlocal number
        number += 1
        events.append({"event": f"{number:06d}", "object": key, "attribute": what, "value": value,
                       "valid_from": f"{on}T00:00:00+08:00", "recorded_at": play.start.isoformat()})  # fmt: skip

    for row in twin.objects:
        if row.get("height"):
            tell(row["number"], "height", row["height"], play.on(-200))
    for key, name in (("B901", ""), ("B902", "")):
        tell(key, "height" + name, twin.objects[0]["height"], play.on(-100))
    tell(twin.rebuilt, "-", "", play.on(4))
    tell(twin.rebuilt, "height", "33.0", play.on(14))
    for row in play.register("twin-survey", "object", "measured", "height"):
        tell(row["object"], "height", row["height"], row["measured"])
    return twin.luck.sample(events, len(events))
