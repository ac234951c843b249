"""A round over a frame of nine hundred sites, the sixty days after it, and what goes wrong. See README.md.

Planted: sites dressed up for the visit, a surveyor who finds next to nothing, things lost again after somebody saw them
put right, streets whose self-score lies far above what was drawn, a result decided by whoever organised the round, one
with too few sites measured twice. Look-alikes: works with a notice, a loss that was never put right, a clean site that
loses a single item later, a self-score within the interval, a strict surveyor, deductions measured twice.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from bihuan.ledger.core.draw import DrawDefinition, DrawStratum, carry_out_draw, verify_draw
from bihuan.ledger.statements import commit_draw
from bihuan.loop.store import history
from bihuan.programmes.civil_district.people import decide_result, handle_returns, put_right

if TYPE_CHECKING:
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
ROUND = "R1"
LASTS = 62
"""The most days that the sample plays."""
SITES, ITEMS, SURVEYORS = 900, 40, 5
KINDS = ("community", "road", "market", "station", "park", "school")
PICK = {"community": 60, "road": 30, "market": 20, "station": 20, "park": 15, "school": 15}
SCENES = ("cleanliness.litter", "cleanliness.bins", "order.bicycles", "order.advertising", "facilities.pavement")
MILD, FIRST_DAY, RELOOK, AFTER = "S3", 2, 21, 40
DRESSED, RELAPSES, ABOVE = 3, 4, 2


class Round:
    """The sample: frame, draw, visits, records."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("civil")
        self.spots: dict[str, Spot] = {}
        self.sites: dict[str, Row] = {}
        for number in range(SITES):
            spot, kind = play.district.spot("civil", number), KINDS[number % 6]
            key = f"CS{number:03}"
            self.spots[key] = spot
            self.sites[key] = {
                "number": key, "name": f"{spot.name}{number + 1}号点位", "kind": kind, "stratum": kind,
                "street": spot.street, "position": spot.text(), "crs": "EPSG:4490", "begun": play.on(-400),
            }  # fmt: skip
        self.items = [self._item(number) for number in range(ITEMS)]
        self.visits: list[Row] = []
        self.records: list[Row] = []
        self.lost: dict[tuple[str, str], Row] = {}
        self.clean: list[str] = []
        self.heavy: list[str] = []
        self.left: list[tuple[str, str]] = []
        self.done: set[str] = set()

    def _item(self, number: int) -> Row:
        kind = KINDS[number % 6]
        return {
            "number": f"I{number:02}", "name": f"测评项目{number + 1}", "most": "2", "edition": "2026",
            "method": "field" if number < 34 else ("material" if number < 37 else "questionnaire"),
            "applies": kind, "scene": SCENES[number % 5], "verified": False,
        }  # fmt: skip

    def items_of(self, site: str) -> list[Row]:
        """Items of the field that apply at a site."""
        kind = self.sites[site]["kind"]
        return [each for each in self.items if each["method"] == "field" and each["applies"] == kind]

    def record(self, visit: Row, item: Row, points: int | None) -> Row:
        """Write down the points of an item at a visit; None: works with a notice go on."""
        site = self.sites[visit["site"]]
        row = {
            "number": f"{visit['number']}-{item['number']}", "visit": visit["number"], "round": ROUND,
            "site": visit["site"], "stratum": site["stratum"], "street": site["street"], "item": item["number"],
            "spot": f"{visit['site']}-{item['number']}", "surveyor": visit["surveyor"], "seen": visit["day"],
            "purpose": visit["purpose"], "points": None if points is None else str(points), "most": "2",
            "lost": 0 if points is None else 2 - points, "scene": item["scene"], "position": site["position"],
            "crs": "EPSG:4490", "twice": False,
        }  # fmt: skip
        self.records.append(row)
        if points is not None and points < 2:
            visit["found"] = 1
        return row

    def visit(self, site: str, surveyor: str, day: date, purpose: str) -> Row:
        """A surveyor at a site."""
        row = {
            "number": f"V{len(self.visits):04}", "round": ROUND, "site": site, "surveyor": surveyor, "day": day,
            "kind": self.sites[site]["kind"], "purpose": purpose, "found": 0,
        }  # fmt: skip
        self.visits.append(row)
        return row

    def hand_in(self) -> None:
        """Load what was written down since the last time."""
        for kind, rows in (("civil-visit", self.visits), ("civil-finding", self.records)):
            left = [row for row in rows if row["number"] not in self.done]
            loaded = self.play.load(kind, left, source="surveyors")
            assert not loaded.rejected, loaded.rejects
            self.done |= {row["number"] for row in left}


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E05; docs/topics/play.md."""
    survey = Round(play)
    load_registers(survey)
    chosen = draw_sites(survey)
    measure(survey, chosen)
    state_self_scores(survey)
    play.to(play.day(FIRST_DAY + 2))
    play.meanwhile()
    decide_result(survey)
    put_right(survey)
    play.to(play.day(RELOOK, 18))
    look_again(survey)
    play.to(play.day(AFTER, 18))
    draw_again(survey)
    play.meanwhile()
    handle_returns(survey)
    play.to(play.day(AFTER + 15))
    play.meanwhile()
    find_everything(survey)


def load_registers(survey: Round) -> None:
    """Frame, strata, items, surveyors, the round itself."""
    play = survey.play
    sizes = {kind: sum(row["kind"] == kind for row in survey.sites.values()) for kind in KINDS}
    strata = [{"number": kind, "name": kind, "sites": sizes[kind], "pick": PICK[kind]} for kind in KINDS]
    surveyors = [{"number": f"S{n}", "unit": "urban-enforcement", "begun": play.on(-90)} for n in range(SURVEYORS)]
    drawn = sum(PICK.values())
    held = {
        "number": ROUND, "name": "第一轮实地测评", "edition": "2026", "organiser": "culture-tourism",
        "opens": play.on(FIRST_DAY), "closes": play.on(FIRST_DAY + 1), "drawn": drawn, "least_twice": drawn // 10,
    }  # fmt: skip
    for kind, rows in (
        ("civil-stratum", strata), ("civil-site", list(survey.sites.values())), ("civil-item", survey.items),
        ("civil-surveyor", surveyors), ("civil-round", [held]),
    ):  # fmt: skip
        loaded = play.load(kind, rows, at=play.on(-30), source="civility office")
        assert not loaded.rejected, loaded.rejects


def draw_sites(survey: Round) -> list[str]:
    """Commit to the list, wait for the public numbers, draw; anybody repeats it."""
    play, luck = survey.play, survey.play.luck.stream("public")
    strata = tuple(
        DrawStratum(kind, tuple(key for key, row in survey.sites.items() if row["kind"] == kind), PICK[kind])
        for kind in KINDS
    )
    definition = DrawDefinition(
        f"civil round {play.seed}", "双色球开奖号码（次日） · the lottery of the next day", strata,
        f"{luck.whole(0, 2**53):032x}",
    )  # fmt: skip
    commit_draw(definition)
    play.to(play.day(FIRST_DAY, 6))
    told = carry_out_draw(definition, [f"{luck.whole(1, 33):02}" for _ in range(7)])
    verify_draw(told, definition.commitment())
    held = dict(play.subjects("civil-round"))[ROUND]
    row = {name: value for name, value in held.items() if value is not None} | {
        "number": ROUND, "commitment": told["commitment"], "entropy": " ".join(told["entropy"]),
    }  # fmt: skip
    assert not play.load("civil-round", [row], source="draw").rejected
    return [site for names in told["drawn"].values() for site in names]


def measure(survey: Round, chosen: list[str]) -> None:
    """Every site that was drawn by one surveyor, every tenth by two; works with a notice lose nothing."""
    play, luck = survey.play, survey.luck
    works = set(luck.sample(chosen, 6))
    most = Counter(survey.sites[site]["street"] for site in chosen)
    survey.heavy = sorted(most, key=lambda street: (-most[street], street))[:ABOVE]
    for place, site in enumerate(chosen):
        surveyor = f"S{place % SURVEYORS}"
        visit, items = survey.visit(site, surveyor, play.on(FIRST_DAY), "round"), survey.items_of(site)
        clean = surveyor == MILD or not luck.chance(0.55)
        if site in works:
            survey.sites[site] |= {"works_from": play.on(-20), "works_to": play.on(30)}
        heavy = survey.sites[site]["street"] in survey.heavy and surveyor != MILD
        clean = clean and not heavy
        missed = [] if clean else luck.sample(range(len(items)), 3 if heavy else luck.whole(1, 2))
        lost = 0 if heavy else luck.whole(0, 1)
        rows = [
            survey.record(visit, item, None if site in works else (lost if n in missed else 2))
            for n, item in enumerate(items)
        ]
        for row in rows:
            if row["lost"]:
                survey.lost[site, row["item"]] = row
        if clean and site not in works and surveyor != MILD:
            survey.clean.append(site)
        if place % 10 == 0:
            _twice(survey, visit, rows)
    survey.hand_in()
    loaded = play.load("civil-site", [survey.sites[site] for site in works], source="permits")
    assert not loaded.rejected, loaded.rejects
    play.plant("mild", MILD, "finds nothing where the others find something at every second site")
    for n in range(SURVEYORS):
        if f"S{n}" != MILD:
            play.look_alike("mild", f"S{n}", "finds what there is")
    for row in survey.lost.values():
        play.plant("deduction", row["spot"], "points lost in the field")


def _twice(survey: Round, visit: Row, rows: list[Row]) -> None:
    """Another surveyor the same day; where they differ the second look decides nothing by itself."""
    other = f"S{(int(visit['surveyor'][1:]) + 1) % SURVEYORS}"
    again = survey.visit(visit["site"], other, visit["day"], "second")
    for row in rows:
        item = next(each for each in survey.items if each["number"] == row["item"])
        points = None if row["points"] is None else int(row["points"])
        seen = survey.record(again, item, points)
        seen["twice"] = row["twice"] = points is not None
        if seen["lost"]:
            survey.play.look_alike("second_case", seen["number"], "the same loss, measured by two")


def state_self_scores(survey: Round) -> None:
    """Every street states its own rate; two far above what was drawn, one inside."""
    play, luck = survey.play, survey.luck
    drawn: dict[str, list[Row]] = {}
    for row in survey.records:
        if row["purpose"] == "round" and row["points"] is not None:
            drawn.setdefault(row["street"], []).append(row)
    above = survey.heavy
    enough = [street for street in sorted(drawn) if len({row["site"] for row in drawn[street]}) >= 5]
    inside = [street for street in enough if street not in above][:6]
    rows = []
    for street in (*above, *inside):
        rate = 0.999 if street in above else _rate(drawn[street])
        rows.append({"number": f"{ROUND}-{street}", "round": ROUND, "street": street, "score": f"{rate:.3f}",
                     "stated": play.on(FIRST_DAY + 1)})  # fmt: skip
        if street in above:
            play.plant("self_score", f"{ROUND}-{street}", "states all but full points")
        else:
            play.look_alike("self_score", f"{ROUND}-{street}", "states what was drawn")
    assert not play.load("civil-self-score", luck.sample(rows, len(rows)), source="streets").rejected


def _rate(rows: list[Row]) -> float:
    return sum(int(row["points"]) for row in rows) / sum(int(row["most"]) for row in rows)


def look_again(survey: Round) -> None:
    """Another surveyor sees what was put right; a few were not."""
    play = survey.play
    spots = sorted(survey.lost)
    survey.left = spots[:: max(1, len(spots) // 5)][:3]
    for site, item in spots:
        before = survey.lost[site, item]
        other = f"S{(int(before['surveyor'][1:]) + 2) % SURVEYORS}"
        visit = survey.visit(site, other, play.on(RELOOK), "relook")
        item_row = next(each for each in survey.items if each["number"] == item)
        survey.record(visit, item_row, 0 if (site, item) in survey.left else 2)
    survey.hand_in()


def draw_again(survey: Round) -> None:
    """Sites drawn again: relapses and sites dressed up, and what only looks so."""
    play, luck = survey.play, survey.luck
    put_back = [spot for spot in sorted(survey.lost) if spot not in survey.left]
    for site, item in luck.sample(put_back, RELAPSES):
        _seen(survey, site, {item: 0})
        play.plant("relapse", f"{site}-{item}", "put right, and lost again within sixty days")
    for site, item in survey.left:
        _seen(survey, site, {item: 0})
        play.look_alike("relapse", f"{site}-{item}", "was never put right: still the first loss")
    rich = [site for site in survey.clean if len(survey.items_of(site)) >= 4]
    chosen = luck.sample(rich, DRESSED + 4)
    for n, site in enumerate(chosen):
        items = [each["number"] for each in survey.items_of(site)]
        if n < DRESSED:
            _seen(survey, site, dict.fromkeys(items[:4], 0))
            play.plant("dressed", site, "clean on the day, four items lost six weeks later")
        else:
            _seen(survey, site, {items[0]: 1})
            play.look_alike("dressed", site, "one item lost later")
    survey.hand_in()


def _seen(survey: Round, site: str, lost: dict[str, int]) -> None:
    visit = survey.visit(site, f"S{len(survey.visits) % 2}", survey.play.on(AFTER), "after")
    for item in survey.items_of(site):
        if item["number"] in lost:
            survey.record(visit, item, lost[item["number"]])


def find_everything(survey: Round) -> None:
    """What the watches opened, and what the figures say."""
    play = survey.play
    records = {row["number"]: row for row in survey.records}
    for each in play.incidents():
        if each.watch == "civil_deduction":
            row = records[str(each.subject)]
            once = row["purpose"] == "round"
            play.find("deduction" if once else "second_case", row["spot"] if once else row["number"], each.watch)
    for case in play.cases(kind="return"):
        site, finding = str(case.about).partition("/")[2], history(case.id)[0].data["fields"]["finding"]
        rule = str(case.category).partition(".")[2]
        play.find(rule, records[finding]["spot"] if rule == "relapse" else site, case.number)
    for kind, rule in (("calibration", "mild"), ("self_report", "self_score")):
        for case in play.cases(kind=kind):
            play.find(rule, str(case.about).partition("/")[2], case.number)
    play.prove("letters", len(play.letters()))
