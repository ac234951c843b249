"""A half year at a district's water sources: applications, borders that grow, hazards, rounds. See README.md.

Planted: applications inside level I (one by a single common point), discharges and sites without an opinion inside
level II, permits over which a zone is enlarged, hazards past their day, sources that nobody patrolled or drilled.
Look-alikes: a neighbour across the boundary road, a farm in level II that lets nothing out and has its opinion, a
discharge in the quasi zone, a hazard cleared on its last day, one that is not due yet, a patrol on the last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.programmes.water_sources.ground import FAR, ROAD, ZoneGround, border, site, sources_of

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
SOURCES, PERMITS = 8, 60
GROWN, LAST = 40, 100
KINDS = ("groundwater", "reservoir", "river")
DUTIES = [
    {"kind": "patrol", "name": "季度巡查", "days": 92}, {"kind": "drill", "name": "年度应急演练", "days": 366},
    {"kind": "assessment", "name": "年度评估", "days": 366, "card": "hj774_source"},
]  # fmt: skip
HAZARDS = {"industry": "保护区内企业", "outlet": "入河排口", "farming": "保护区内养殖", "traffic": "穿越道路防护缺失",
           "tourism": "沿岸餐饮", "sign": "界标缺失"}  # fmt: skip


class Waters:
    """The sample: sources with their zones, and everything that is asked for beside them."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("waters")
        self.sources = sources_of(play, self.luck, SOURCES)
        self.keeper = play.graph.units("department")[0]
        self.permits: list[Row] = []
        self.zones = [row for each in self.sources for row in self._zones(each)]

    def _zones(self, source: ZoneGround) -> list[Row]:
        levels = {"I": (source.inner, 0), "II": (source.outer, 0), "quasi": (FAR, source.outer + 900)}
        wanted = ("I", "II", "quasi") if source.number in ("WS-01", "WS-02") else ("I", "II")
        return [
            {
                "number": f"{source.number}-{level}", "name": f"{source.spot.name}水源{level}区",
                "source": source.number, "level": level, "border": border(self.luck, source.spot, *levels[level]),
                "street": source.spot.street,
                "decree": f"示政水〔2019〕{n + 1}号", "decreed_on": self.play.on(-900).isoformat(), "signs": True,
            }
            for n, level in enumerate(wanted)
        ]  # fmt: skip

    def permit(
        self, source: ZoneGround, east: int, *, discharges: bool, permitted: bool = False, north: int = 0
    ) -> str:
        """A site so far east of a source: applied for, or permitted years ago."""
        number = f"ZP-{len(self.permits) + 1:03}"
        row = {
            "number": number, "name": f"{source.spot.name}{'排放' if discharges else '配套'}项目{number[3:]}",
            "holder": f"示范单位{len(self.permits) + 1}", "discharges": discharges, "street": source.spot.street,
            "site": site(source.spot, east, north), "position": source.spot.moved(east, north).text(),
        }  # fmt: skip
        if permitted:
            row["permitted_on"] = self.play.on(-600).isoformat()
        self.permits.append(row)
        return number


def play_sample(play: Play) -> None:
    """Play the half year."""
    waters = Waters(play)
    _load_sources(play, waters)
    _ordinary(waters)
    asked = _applications(waters)
    grown = _grown(waters)
    play.load("zone-permit", waters.permits, at=play.on(-300), source="permit office")
    _decide(play, asked)
    hazards = _hazards(play, waters)
    _rounds(play, waters)
    play.to(play.day(20))
    play.meanwhile()
    play.prove("before_growth", len(play.cases(kind="encroachment")))
    _grow(play, waters, grown)
    for day in range(GROWN + 1, LAST, 14):
        play.to(play.day(day))
        play.meanwhile()
    _found(play, hazards)
    _put_right(play)
    play.to(play.day(LAST + 40))
    play.meanwhile()
    _gate_agrees(play)
    play.prove("letters", len(play.letters()))


def _load_sources(play: Play, waters: Waters) -> None:
    rows = [
        {
            "number": each.number, "name": f"{each.spot.name}水源地", "kind": KINDS[n % 3], "scale": "town",
            "keeper": waters.keeper.code, "street": each.spot.street, "position": each.spot.text(),
            "people": waters.luck.whole(2_000, 60_000), "in_use_since": play.on(-3_000).isoformat(),
        }
        for n, each in enumerate(waters.sources)
    ]  # fmt: skip
    for kind, loaded in (("water-source", rows), ("protection-zone", waters.zones)):
        told = play.load(kind, loaded, at=play.on(-300), source="environment bureau")
        assert not told.rejected, told.rejects


def _ordinary(waters: Waters) -> None:
    """Permits far outside of every zone."""
    for number in range(PERMITS):
        source = waters.sources[number % SOURCES]
        east, north = FAR + waters.luck.whole(800, 3_000), waters.luck.whole(-2_000, 2_000)
        waters.permit(source, east, discharges=waters.luck.chance(0.6), permitted=True, north=north)


def _applications(waters: Waters) -> list[tuple[str, str, str]]:
    """What is applied for: number, the demand that must refuse it ("" for none), an opinion."""
    play, chosen = waters.play, waters.luck.sample(waters.sources, 6)
    core = [waters.permit(chosen[0], chosen[0].inner // 2, discharges=False),
            waters.permit(chosen[1], chosen[1].inner, discharges=True)]  # fmt: skip
    discharge = waters.permit(chosen[2], chosen[2].outer - 900, discharges=True)
    silent = waters.permit(chosen[3], chosen[3].outer - 1_200, discharges=False)
    planted = [*((key, "in_core_zone", "示环审1号") for key in core),
               (discharge, "discharges_in_wider_zone", "示环审2号"),
               (silent, "wider_zone_needs_opinion", "")]  # fmt: skip
    for key, rule, _ in planted:
        play.plant(rule, key, "applied for inside a zone")
    road = waters.permit(chosen[4], chosen[4].outer + ROAD, discharges=True)
    farm = waters.permit(chosen[5], chosen[5].outer - 1_000, discharges=False)
    quasi = waters.permit(waters.sources[0], waters.sources[0].outer + 1_500, discharges=True)
    play.look_alike("discharges_in_wider_zone", road, "a neighbour across the boundary road")
    play.look_alike("wider_zone_needs_opinion", farm, "lets nothing out and has its opinion")
    play.look_alike("in_core_zone", quasi, "in the quasi zone")
    return [*planted, (road, "", ""), (farm, "", "示环审7号"), (quasi, "", "")]


def _grown(waters: Waters) -> list[tuple[ZoneGround, str]]:
    """Permits of long ago, just outside of a border that will grow: a discharge by level II, a building by level I."""
    chosen = waters.luck.sample(waters.sources[2:], 4)
    found = []
    for source, level in zip(chosen[:2], ("I", "II"), strict=True):
        half = source.inner if level == "I" else source.outer
        key = waters.permit(source, half + 600, discharges=level == "II", permitted=True, north=-200)
        waters.play.plant("enlarged", key, f"level {level} will be enlarged over it")
        found.append((source, level))
    for source in chosen[2:]:
        key = waters.permit(source, source.outer + 600, discharges=True, permitted=True, north=-200)
        waters.play.look_alike("enlarged", key, "beside a border that stays")
    return found


def _decide(play: Play, asked: list[tuple[str, str, str]]) -> None:
    """Each application is decided on; those that touch a zone cannot be approved and are refused by the officer."""
    officer, handler = (
        play.person("drinking_water_officer"),
        play.person("handler", play.graph.units("department")[0].id),
    )
    for number, (key, rule, opinion) in enumerate(asked):
        matter = play.report(
            "permission", play.day(1, 9 + number * 0.5), handler, key=f"permit:{key}", title="涉保护区许可申请",
            subject=key, fields={"opinion": opinion} if opinion else {}, unit=handler.unit, dispatch=False,
        )  # fmt: skip
        until = play.day(1_000).isoformat()
        if rule:
            play.attempt(rule, key, matter, "approve", play.day(4, 9 + number * 0.5), officer, until=until)
            play.act(matter, "reject", play.day(5, 9 + number * 0.5), officer, {"reason": "触及水源保护区"},
                     ground=rule)  # fmt: skip
        else:
            play.act(matter, "approve", play.day(4, 9 + number * 0.5), officer, until=until)


def _hazards(play: Play, waters: Waters) -> list[str]:
    """Hazards on the list: most are cleared in time, one on its last day, two are not."""
    rows: list[Row] = []
    for number in range(24):
        source = waters.sources[number % SOURCES]
        kind = waters.luck.pick(list(HAZARDS))
        due = waters.luck.whole(10, 60)
        row: Row = {
            "number": f"H-{number + 1:02}", "name": f"{source.spot.name}{HAZARDS[kind]}", "source": source.number,
            "kind": kind, "unit": waters.keeper.code, "street": source.spot.street, "position": source.spot.text(),
            "found_on": play.on(-60).isoformat(), "due": play.on(due).isoformat(),
            "cleared_on": play.on(due - waters.luck.whole(1, 9)).isoformat(),
        }  # fmt: skip
        rows.append(row)
    late, last, later = rows[:2], rows[2], rows[3]
    for row in late:
        row["cleared_on"] = None
        play.plant("hazard_overdue", row["number"], "its day has passed")
    last["cleared_on"] = last["due"]
    later |= {"cleared_on": None, "due": play.on(300).isoformat()}
    play.look_alike("hazard_overdue", last["number"], "cleared on its last day")
    play.look_alike("hazard_overdue", later["number"], "not due yet")
    told = play.load("source-hazard", rows, at=play.on(-60), source="hazard list")
    assert not told.rejected, told.rejects
    return [row["number"] for row in late]


def _rounds(play: Play, waters: Waters) -> None:
    """Patrols each quarter, a drill and an assessment a year; one source is not patrolled, another never drilled."""
    lost, dry, edge = waters.luck.sample(waters.sources, 3)
    rows: list[Row] = []

    def done(source: ZoneGround, kind: str, day: int) -> None:
        rows.append({
            "number": f"R-{len(rows) + 1:03}", "source": source.number, "kind": kind, "by": waters.keeper.code,
            "done_on": play.on(day).isoformat(), "found": waters.luck.whole(0, 3),
            **({"plan": f"水源地预案-{source.number}"} if kind == "drill" else {}),
        })  # fmt: skip

    for source in waters.sources:
        for day in (-70, 10, 70) if source is not lost else (-70,):
            done(source, "patrol", day + (4 if source is edge else waters.luck.whole(0, 5)))
        for kind in ("drill", "assessment"):
            if not (source is dry and kind == "drill"):
                done(source, kind, -waters.luck.whole(30, 200))
    play.plant("not_patrolled", lost.number, "no patrol for a quarter")
    play.plant("not_drilled", dry.number, "no drill for a year")
    play.look_alike("not_patrolled", edge.number, "patrolled shortly before its time was over")
    for type_, some, source_ in (("source-round", rows, "patrol book"), ("source-duty", DUTIES, "district")):
        told = play.load(type_, some, at=play.on(-300), source=source_)
        assert not told.rejected, told.rejects


def _grow(play: Play, waters: Waters, grown: list[tuple[ZoneGround, str]]) -> None:
    """New decrees enlarge two zones from a day on."""
    play.to(play.day(GROWN))
    for source, level in grown:
        half = (source.inner if level == "I" else source.outer) + 1_200
        old = next(row for row in waters.zones if row["number"] == f"{source.number}-{level}")
        changed = {"border": border(waters.luck, source.spot, half), "decree": "示政水〔2024〕9号",
                   "decreed_on": play.on(GROWN).isoformat()}  # fmt: skip
        play.load("protection-zone", [old | changed], at=play.on(GROWN), source="decree")


def _found(play: Play, hazards: list[str]) -> None:
    """What the watches opened."""
    for row in play.cases(kind="encroachment"):
        play.find("enlarged", str(row.about).partition("/")[2], row.number)
    for row in play.cases(kind="hazard"):
        play.find("hazard_overdue", str(row.about).partition("/")[2], row.number)
    rules = {"patrol_missed": "not_patrolled", "drill_missed": "not_drilled", "assessment_missed": "not_assessed"}
    for incident in play.incidents():
        if incident.watch in rules:
            play.find(rules[incident.watch], incident.subject, incident.watch)
    play.prove("cases_of_watches", len(play.cases()) - 7)
    _rounds_agree(play)


def _rounds_agree(play: Play) -> None:
    """What the page of rounds says is missed is what the watches found."""
    told = play.calc(
        "due-rounds",
        [{"place": key, "since": said.get("in_use_since") or ""} for key, said in play.subjects("water-source")],
        [{"place": said["source"], "kind": said["kind"], "done_on": said["done_on"]}
         for _, said in play.subjects("source-round")],
        [{"kind": key, "days": said["days"]} for key, said in play.subjects("source-duty")],
        at=play.on(LAST), soon=15,
    )  # fmt: skip
    cells = zip(told.columns["place"], told.columns["kind"], told.columns["state"], strict=True)
    missed = {(str(place), str(kind)) for place, kind, state in cells if state == "missed"}
    names = {"patrol_missed": "patrol", "drill_missed": "drill", "assessment_missed": "assessment"}
    open_ = {(each.subject, names[each.watch]) for each in play.incidents()
             if each.watch in names and each.ended_at is None}  # fmt: skip
    play.prove("rounds", {**told.facts, "agree": missed == open_})


def _put_right(play: Play) -> None:
    """Streets and keepers do what is asked; an inspector looks; a hazard that was cleared leaves the list."""
    looks = play.person("inspector", play.unit("emergency"), 5)
    spots = {each.number: each.spot for each in sources_of(play, play.luck.stream("waters"), SOURCES)}
    spot = next(iter(spots.values()))
    for number, row in enumerate(each for each in play.cases() if each.kind != "permission" and each.ended_at is None):
        matter, hour = play.matter(row), 9 + number % 8
        by = play.person("handler", row.fold["lead"])
        play.act(matter, "accept", play.day(LAST + 1, hour), by)
        play.photo(matter, play.day(LAST + 2, hour), by, spot, picture=f"{play.seed}/{row.number}")
        play.act(matter, "submit", play.day(LAST + 2, hour + 0.5), by, words={"text": "已处置 · put right"})
        play.act(matter, "verify", play.day(LAST + 3, hour), looks, result="passed")


def _gate_agrees(play: Play) -> None:
    """The method on the whole register says of each site what the gate said of it."""
    permits, zones = play.subjects("zone-permit"), play.subjects("protection-zone")
    sites = [_feature(said["site"], permit=key, discharges=said["discharges"]) for key, said in permits]
    borders = [_feature(said["border"], zone=key, level=said["level"]) for key, said in zones]
    files = [{"type": "FeatureCollection", "features": features} for features in (sites, borders)]
    told = play.calc("zone-gate", *files)
    play.prove("gate", {name: told.facts[name] for name in ("refuse", "review", "allow", "zones")})


def _feature(shape: Any, **said: Any) -> Row:
    rings = [[[x / 1e6, y / 1e6] for x, y in ring] for ring in (shape["positions"], *shape.get("holes", ()))]
    return {"type": "Feature", "properties": said, "geometry": {"type": "Polygon", "coordinates": rings}}
