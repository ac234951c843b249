"""Fourteen months of a district's black waters, drains and buildings, with what must be found in them. See README.md.

Planted: two mixed connections, a water that comes back after it was taken off the list, waters that would leave it
without a survey, with content residents too few, or after five months; a building separated and never tested, one that
is late, one whose dye came out of the storm drain. Look-alikes: ground water after rain, a shallow clear brook, values
at the limits, a water that stays clean, a building separated on its last day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow
from bihuan.loop.store import history
from bihuan.programmes.black_water.sewers import DrainTree, rain_days
from bihuan.simulator.model_district import Spot

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
LASTS = 425
MONTHS, POINTS, FIRST, APART = 14, 3, 8, 30
WATERS = ("returns", "stays", "no_survey", "poor", "few", "early", "shallow", "limit")
FOUL = {"light": ("14.0", "1.2", "-60", "10.5"), "heavy": ("6.0", "0.1", "-250", "18.0")}
CLEAN = (("42", "60"), ("3.2", "6.5"), ("90", "180"), ("0.6", "4.0"))
SURVEYS = {"returns": (60, 56), "stays": (45, 43), "poor": (40, 33), "few": (12, 12), "early": (50, 48)}
LATER = {"no_survey": (38, 36), "poor": (80, 80), "few": (40, 39)}
"""What a second survey adds, after the first attempt was refused."""


class BlackWaters:
    """The sample: waters with their months, drains, buildings."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("black")
        count = len(play.district.words.rivers)
        river = self.luck.whole(0, count - 1)
        self.reaches = [play.district.reach(n * count + river) for n in range(len(WATERS))]
        self.spots = {f"BW{n:02d}": self._spot(reach, n) for n, reach in enumerate(self.reaches)}
        self.places = dict(self.spots)
        self.kind = dict(zip(self.spots, self.luck.sample(list(WATERS), len(WATERS)), strict=True))
        self.grade = {key: self.luck.pick(("light", "heavy")) for key in self.spots}
        self.trees = [DrainTree(play.luck.stream(f"tree{n}"), f"NW{n}") for n in range(3)]
        self.buildings: list[Row] = []
        self.tried: set[str] = set()
        self.done: set[tuple[str, int]] = set()

    def _spot(self, reach: Row, number: int) -> Spot:
        area = self.play.district.spot("reach", number)
        lon, lat = (round(float(part) * 1_000_000) for part in str(reach["position"]).split(","))
        return Spot(area.community, area.street, area.name, lon, lat)

    def code(self, street: str) -> str:
        """The code of the office of a street."""
        return str(self.play.registers.organisations.spans(self.play.office(street))[-1].code)

    def key_of(self, kind: str) -> str:
        """The water of which something is planted."""
        return next(key for key, each in self.kind.items() if each == kind)

    def load(self) -> None:
        """Load reaches, waters, nodes, samples of drains and buildings."""
        play, on = self.play, self.play.on(-400)
        reaches = [
            {"number": row["number"], "name": row["name"], "river": str(row["name"]).partition("第")[0],
             "length_m": "770", "street": spot.street, "chief_office": self.code(spot.street), "shape": row["shape"],
             "begun": "2015-01-01"}
            for row, spot in zip(self.reaches, self.places.values(), strict=True)
        ]  # fmt: skip
        waters = [
            {"number": key, "name": f"{row['name']}水体", "reach": row["number"], "street": spot.street,
             "unit": self.code(spot.street), "position": spot.text(), "grade": self.grade[key]}
            for (key, spot), row in zip(self.places.items(), self.reaches, strict=True)
        ]  # fmt: skip
        for tree in self.trees:
            for node in range(20):
                self.spots[tree.key(node)] = play.district.spot("reach", 30 + int(tree.name[2:])).moved(
                    node * 400, node * 90
                )
        nodes = [
            {"number": tree.key(n), "network": tree.name, "population": tree.people[n], "unit": "water-affairs",
             "street": self.spots[tree.key(n)].street, "position": self.spots[tree.key(n)].text(),
             **({"down": tree.key(tree.down[n])} if n else {"drains_people": sum(tree.people.values())})}
            for tree in self.trees for n in range(20)
        ]  # fmt: skip
        for kind, rows in (("river-reach", reaches), ("black-water", waters), ("drain-node", nodes),
                           ("separation-building", self.buildings)):  # fmt: skip
            loaded = play.load(kind, rows, at=on, source="water bureau")
            assert not loaded.rejected, (kind, loaded.rejects)


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E53; docs/topics/play.md."""
    waters = BlackWaters(play)
    plant_waters(waters)
    plant_buildings(waters)
    plant_drains(waters)
    waters.load()
    for month in range(MONTHS):
        day = FIRST + month * APART
        play.to(play.day(day, 15))
        take_samples(waters, month)
        if month == 1:
            trace_drains(waters)
        for later in (1, 10):
            play.to(play.day(day + later, 9))
            play.meanwhile()
            play.letters()
            react(waters, month, later)
    play.to(play.day(FIRST + MONTHS * APART - 5, 9))
    play.meanwhile()
    tell_found(waters)
    play.prove("letters", len(play.letters()))


# -- waters -----------------------------------------------------------------------------------------------


def plant_waters(waters: BlackWaters) -> None:
    """What each water is for."""
    play, key = waters.play, waters.key_of
    for kind in WATERS[:6]:
        play.plant("black", key(kind), f"{waters.grade[key(kind)]} in the first month")
    play.plant("returned", key("returns"), "black again three months after it was taken off the list")
    play.look_alike("returned", key("stays"), "stays clean for half a year")
    play.plant("survey_not_enough", key("no_survey"), "six clean months and no survey")
    play.plant("survey_not_enough", key("poor"), "33 of 40 are satisfied")
    play.plant("survey_not_enough", key("few"), "12 of 12 are satisfied: too few were asked")
    play.look_alike("survey_not_enough", key("stays"), "43 of 45 are satisfied")
    play.plant("months_missing", key("early"), "five clean months only")
    play.look_alike("black", key("shallow"), "fifteen centimetres deep and clear to the ground")
    play.look_alike("black", key("limit"), "at every limit: 25 cm, 2.0, 50 mV, 8.0")


def take_samples(waters: BlackWaters, month: int) -> None:
    """The month's samples at every point; their grades go into the series as the method gives them."""
    play, luck = waters.play, waters.luck
    rows = []
    for key, kind in waters.kind.items():
        for point in range(1, POINTS + 1):
            foul = kind in WATERS[:6] and month == 0 and point < POINTS
            foul = foul or (kind == "returns" and month in (10, 11))
            if foul:
                depth, values = 60, FOUL[waters.grade[key]]
            elif kind == "shallow":
                depth, values = 15, ("bottom", "4.8", "120", "1.10")
            elif kind == "limit":
                depth, values = 80, ("25", "2.0", "50", "8")
            else:
                low_high = [(float(low), float(high)) for low, high in CLEAN]
                depth, values = 80, tuple(f"{luck.between(*each):.1f}" for each in low_high)  # type: ignore[assignment]
            rows.append({
                "number": f"{key}/{month}/{point}", "water": key, "point": str(point),
                "taken": play.local(play.now).isoformat(), "depth": depth, "laboratory": "outside:laboratory",
                **dict(zip(("transparency", "oxygen", "orp", "nh3n"), values, strict=True)),
            })  # fmt: skip
    loaded = play.load("black-sample", rows, source="laboratory")
    assert not loaded.rejected, loaded.rejects
    told = play.calc("black-months", [{**row, "do": row["oxygen"]} for row in rows]).columns
    names = ("subject", "time", "value")
    cells = zip(*(told[name] for name in names), strict=True)
    play.observe("black-grade", [dict(zip(names, each, strict=True)) for each in cells], source="samples")
    for key, kind in waters.kind.items():
        asked = SURVEYS.get(kind) if month == 5 else LATER.get(kind) if month == 8 else None
        if asked:
            row = {"number": f"SV-{key}-{month}", "water": key, "done": play.local(play.now).isoformat(),
                   "asked": asked[0], "satisfied": asked[1], "by": "第三方调查"}  # fmt: skip
            loaded = play.load("water-survey", [row], source="survey")
            assert not loaded.rejected, loaded.rejects


# -- drains -----------------------------------------------------------------------------------------------


def plant_drains(waters: BlackWaters) -> None:
    """Two networks in which something is connected that does not belong there, and one with ground water after rain."""
    play, luck = waters.play, waters.luck
    for tree in waters.trees[:2]:
        small = [n for n in range(1, 20) if tree.segment_of(n) != 0]
        tree.foul = luck.pick(small or [1])
        play.plant("mixing", tree.key(tree.segment_of(tree.foul)), f"something foul at {tree.key(tree.foul)}")
    wet = waters.trees[2]
    for monitor in wet.monitors:
        play.look_alike("mixing", wet.key(monitor), "ground water after rain: more flow, no more load")
    play.plant("rain_in_sewer", waters.trees[0].name, "gutters of a yard run into the sewer")
    play.plant("ground_water", wet.name, "ground water seeps in, day and night")
    play.look_alike("rain_in_sewer", waters.trees[1].name, "sewage only")
    play.look_alike("ground_water", waters.trees[1].name, "sewage only")


def trace_drains(waters: BlackWaters) -> None:
    """A tracing campaign at the monitors; hourly flows with the rain say what else runs there."""
    play, rows = waters.play, list[Row]()
    for n, tree in enumerate(waters.trees):
        rows += tree.samples(play, FIRST + APART - 10, diluted=1.6 if n == 2 else 1.0)
    loaded = play.load("drain-sample", rows, source="tracing campaign")
    assert not loaded.rejected, loaded.rejects
    hours = [
        {"subject": tree.key(0), "time": row["time"], "value": row["flow_m3_h"]}
        for tree, ground, direct in zip(waters.trees, (0.0, 0.0, 0.9), (0.35, 0.0, 0.0), strict=True)
        for row in tree.hours(play, -20, ground, direct)
    ]  # fmt: skip
    play.observe("drain-flow", hours, source="meter")
    loaded = play.load("rain-day", rain_days(play, -20), source="gauge")
    assert not loaded.rejected, loaded.rejects


# -- buildings --------------------------------------------------------------------------------------------


def plant_buildings(waters: BlackWaters) -> None:
    """Two campaigns, building by building: most are separated, tested and accepted."""
    play, luck = waters.play, waters.luck
    kinds = ["late", "untested", "storm_drain", "last_day", *["plain"] * 8]
    for n, how in enumerate(luck.sample(kinds, len(kinds))):
        spot = play.district.spot("site", 200 + n)
        due, key = luck.whole(60, 150), f"SB{n:03d}"
        separated = {"late": None, "last_day": due}.get(how, due - luck.whole(10, 50))
        row: Row = {
            "number": key, "name": f"{spot.name}{n + 1}号楼", "campaign": ("南沙河", "北旱河")[n % 2],
            "street": spot.street, "unit": waters.code(spot.street), "position": spot.text(),
            "due": play.on(due).isoformat(),
        }  # fmt: skip
        if separated is not None:
            row["separated"] = play.on(separated).isoformat()
        if how not in ("late", "untested"):
            row |= {
                "tested": play.on((separated or 0) + 9).isoformat(),
                "dye": "storm_drain" if how == "storm_drain" else "sewer_only",
            }
        waters.buildings.append(row)
        waters.spots[key] = spot
        _ask_acceptance(waters, key, how, due)
        if how == "late":
            play.plant("building_late", key, "not separated by its day")
        elif how == "untested":
            play.plant("building_unproven", key, "separated and not tested with dye")
        elif how == "last_day":
            play.look_alike("building_late", key, "separated on its last day")


def _ask_acceptance(waters: BlackWaters, key: str, how: str, due: int) -> None:
    play, spot = waters.play, waters.spots[key]
    if how in ("late", "untested"):
        return
    unit = play.office(spot.street)
    handler, officer = play.person("handler", unit), play.person("drain_officer")
    matter = play.report(
        "acceptance", play.day(due + 12, 9.5), handler, key=f"acceptance:{key}", title="分流楼栋验收申请", subject=key,
        unit=unit, dispatch=False,
    )  # fmt: skip
    until = play.day(due + 3_000).isoformat()
    if how == "storm_drain":
        play.plant("not_proven", key, "the dye came out of the storm drain")
        play.attempt("not_proven", key, matter, "approve", play.day(due + 14, 10), officer, until=until)
        play.act(matter, "reject", play.day(due + 14, 11), officer, {"reason": "染料见于雨水井"})
    else:
        play.act(matter, "approve", play.day(due + 14, 10), officer, until=until)


# -- people -----------------------------------------------------------------------------------------------


def react(waters: BlackWaters, month: int, later: int) -> None:
    """Units put right; inspectors take a water off the list when it is time, and some try before."""
    play = waters.play
    for row in play.cases(ended_at__isnull=True):
        key = str(row.about).partition("/")[2]
        if row.state == "dispatched":
            _put_right(waters, row, key, month)
        elif row.state == "verifying" and row.kind != "odour":
            _verify(waters, row, passed=True)
        elif row.state == "verifying" and later == 10:
            _judge(waters, row, key, month)


def _put_right(waters: BlackWaters, row: CaseRow, key: str, month: int) -> None:
    play = waters.play
    at, matter, spot = play.now + timedelta(hours=1), play.matter(row), waters.spots[key]
    handler = play.person("handler", row.fold["lead"])
    play.act(matter, "accept", at, handler)
    for n in range(2):
        play.photo(
            matter, at + timedelta(minutes=10 + n), handler, spot, picture=f"{play.seed}/{row.number}/{month}/{n}"
        )
    play.act(
        matter,
        "submit",
        at + timedelta(hours=1),
        handler,
        {"text": "已整治，附染色或清淤记录 · put right, with records"},
    )


def _judge(waters: BlackWaters, row: CaseRow, key: str, month: int) -> None:
    """An inspector tries to take a water off the list: those planted too early, the others in the seventh month."""
    play, kind = waters.play, waters.kind[key]
    inspector = play.person("inspector", play.unit("urban-enforcement"), 2)
    at, matter = play.now + timedelta(hours=2), play.matter(row)
    rule = {"early": "months_missing", "no_survey": "survey_not_enough", "poor": "survey_not_enough",
            "few": "survey_not_enough"}.get(kind)  # fmt: skip
    if rule is not None and key not in waters.tried and month == (5 if kind == "early" else 6):
        waters.tried.add(key)
        play.attempt(rule, key, matter, "verify", at, inspector, result="passed")
    elif month == 6 if kind == "returns" else month >= (6 if rule is None else 9):
        _verify(waters, row, passed=True)


def _verify(waters: BlackWaters, row: CaseRow, *, passed: bool) -> None:
    play = waters.play
    inspector = play.person("inspector", play.unit("urban-enforcement"), 2)
    play.act(
        play.matter(row), "verify", play.now + timedelta(hours=2), inspector, result="passed" if passed else "failed"
    )


# -- what was found ---------------------------------------------------------------------------------------


def tell_found(waters: BlackWaters) -> None:
    """What the house says: its watches' cases, and waters that came back by themselves."""
    play = waters.play
    rules = {"mixed_connection": "mixing", "building_late": "building_late", "building_unproven": "building_unproven",
             "black_month": "black"}  # fmt: skip
    for each in play.incidents():
        if each.watch in rules:
            play.find(rules[each.watch], each.subject, each.watch)
        elif each.watch == "sewer_inflow":
            for rule, word in (("rain_in_sewer", "mixed"), ("ground_water", "ground_water")):
                if word in each.incident.split("|"):
                    play.find(rule, each.subject.partition("-")[0], f"{each.watch}: {each.incident}")
    closed = 0
    for row in play.cases(kind="odour"):
        events = [(event.kind, event.data) for event in history(row.id)]
        if any(kind == "reopened" for kind, _ in events):
            play.find("returned", str(row.about).partition("/")[2], f"case {row.number} reopened by itself")
        closed += row.state == "closed"
    play.prove("off_the_list", closed)
    _tell_campaigns(waters)
    play.prove(
        "returned", {key: said.get("returned") for key, said in play.subjects("black-water") if said.get("returned")}
    )


def _tell_campaigns(waters: BlackWaters) -> None:
    """How far each campaign is, as its page says it."""
    names = ("campaign", "due", "separated", "tested", "dye", "accepted")
    rows = [
        {"building": key, **{name: said.get(name) or "" for name in names}}
        for key, said in waters.play.subjects("separation-building")
    ]
    told = waters.play.calc("campaign-progress", rows, at=waters.play.on(FIRST + MONTHS * APART - 5)).columns
    counts = zip(told["campaign"], told["proven"], told["buildings"], strict=True)
    waters.play.prove("proven", {str(name): f"{proven}/{whole}" for name, proven, whole in counts})


__all__ = ["play_sample"]
