"""A year of visits to bases and a week of bookings, and what goes wrong. See README.md.

Planted: visits to a base whose accreditation was over, visits reported twice, schools that nobody took anywhere, more
pupils than a slot has places, a base that its own unit accredits, one for more pupils than it may hold, a booking of a
base that was taken off a minute before and of one whose term ended a minute before, a renewal without a review,
outlines that two stages share. Look-alikes: the last day of an accreditation, the same school elsewhere on one day,
a new and a closed school, a slot that is filled to the last place, two courses of one stage, a base that is booked
again once its review keeps it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.posting import Act, post_acts
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

Row = dict[str, Any]
LASTS = 20
"""The most days that the sample plays."""
BASES, SCHOOLS, LAPSED, PLACES = 13, 80, 2, 120
CANDIDATES = 2
STAGES = ("primary", "junior", "senior", "university")
KEEPERS = ("culture-tourism", "greening", "education", "veterans")
ENDS = 5
"""The day, at ten, on which a term ends that was given for less than a week."""
UNSERVED, TO_LAPSED, TWICE, OVERSOLD, REPEATED = 4, 3, 5, 2, 2
TOPICS = ("国旗国徽国歌的由来与礼仪规范", "身边的历史遗迹与先人故事", "宪法与公民的权利义务", "家乡的变化与建设者")


class Sites:
    """The sample: bases, schools, visits, slots."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("sites")
        self.spots: dict[str, Spot] = {}
        self.bases = [self._base(number) for number in range(BASES)]
        self.schools = [self._school(number) for number in range(SCHOOLS)]
        self.visits: list[Row] = []
        self.terms = [
            {"number": f"BT{row['number']}", "base": row["number"], "current": True}
            | {name: row[name] for name in ("accredited_from", "accredited_to")}
            for row in self.bases[: BASES - CANDIDATES]
        ]
        self.accredited: Matter | None = None
        self.short: Matter | None = None
        self.asked = 0
        self.open = [row["number"] for row in self.bases[LAPSED : BASES - CANDIDATES]]

    def _base(self, number: int) -> Row:
        spot, key, play = self.play.district.spot("base", number), f"PB{number:02}", self.play
        self.spots[key] = spot
        ends = play.on(-60 - number) if number < LAPSED else play.on(200 + number)
        row = {
            "number": key, "name": f"{spot.name}教育基地", "keeper": KEEPERS[number % 4], "street": spot.street,
            "position": spot.text(), "crs": "EPSG:4490", "holds": 300, "step_free": number % 3 > 0,
            "languages": "中文;英文", "capacity": PLACES, "free": number % 4 != 1,
        }  # fmt: skip
        if number < BASES - CANDIDATES:
            row |= {"accredited_from": play.on(-420), "accredited_to": ends}
        return row

    def _school(self, number: int) -> Row:
        spot, key = self.play.district.spot("school", number), f"SC{number:02}"
        self.spots[key] = spot
        return {
            "number": key, "name": f"{spot.name}学校{number + 1}", "stage": STAGES[number % 4], "street": spot.street,
            "opened": self.play.on(-2_000),
        }  # fmt: skip

    def visit(self, school: str, base: str, day: int, *, evidence: bool = True) -> str:
        """Somebody writes a visit down."""
        keeper = next(row["keeper"] for row in self.bases if row["number"] == base)
        number = f"VS{len(self.visits):04}"
        self.visits.append({
            "number": number, "school": school, "base": base, "keeper": keeper, "day": self.play.on(day),
            "students": self.luck.whole(20, 90), "evidence": evidence, "pupils_say": f"{self.luck.between(3.2, 5):.1f}",
            "teachers_say": f"{self.luck.between(3, 5):.1f}",
        })  # fmt: skip
        return number


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E06; docs/topics/play.md."""
    sites = Sites(play)
    plant_schools(sites)
    plant_visits(sites)
    load(sites)
    accredit(sites)
    play.to(play.day(1))
    play.meanwhile()
    slots = offer(sites)
    book(sites, slots)
    renew(sites, slots)
    play.to(play.day(6))
    play.meanwhile()
    handle(sites)
    play.to(play.day(12))
    play.meanwhile()
    find_everything(sites)


def plant_schools(sites: Sites) -> None:
    """Schools that nobody took; a new one, a closed one, one that was taken once."""
    play, luck = sites.play, sites.luck
    left = luck.sample(sites.schools, len(sites.schools))
    for n, row in enumerate(left[:UNSERVED]):
        play.plant("unserved", row["number"], "never taken" if n else "visits without evidence alone")
        if not n:
            sites.visit(row["number"], luck.pick(sites.open), -30, evidence=False)
    new, closed = left[UNSERVED], left[UNSERVED + 1]
    new["opened"] = play.on(-100)
    closed["closed"] = play.on(-10)
    play.look_alike("unserved", new["number"], "has been open for a hundred days")
    play.look_alike("unserved", closed["number"], "is closed")
    for row in left[UNSERVED + 2 :]:
        for _ in range(luck.whole(1, 4)):
            sites.visit(row["number"], luck.pick(sites.open), -luck.whole(5, 300))
        play.look_alike("unserved", row["number"], "was taken")


def plant_visits(sites: Sites) -> None:
    """Visits that do not count, and those that only look so."""
    play, luck = sites.play, sites.luck
    taken = sorted({row["school"] for row in sites.visits if row["evidence"]})
    days: set[tuple[str, str, str]] = {(row["school"], row["base"], str(row["day"])) for row in sites.visits}
    lapsed = [row["number"] for row in sites.bases[:LAPSED]]
    for n in range(TO_LAPSED):
        base = lapsed[n % LAPSED]
        key = sites.visit(taken[n], base, -50 + n)
        play.plant("lapsed", key, "weeks after its last day")
    last = sites.visit(taken[5], lapsed[0], -60)
    play.look_alike("lapsed", last, "the very last day of the accreditation")
    for n in range(TWICE):
        school, base, day = taken[10 + n], sites.open[n % len(sites.open)], -20 - n
        while (school, base, str(play.on(day))) in days:
            day -= 1
        sites.visit(school, base, day)
        again = sites.visit(school, base, day)
        play.plant("repeated", again, "the same school, base and day once more")
        other = sites.visit(school, sites.open[(n + 1) % len(sites.open)], day)
        play.look_alike("repeated", other, "the same day at another base")
    luck.pick(taken)


def load(sites: Sites) -> None:
    """Load the registers as files."""
    play = sites.play
    for kind, rows in (
        ("patriotic-base", sites.bases), ("base-term", sites.terms), ("patriotic-school", sites.schools),
        ("base-visit", sites.visits), ("civics-course", courses(sites)),
    ):  # fmt: skip
        loaded = play.load(kind, rows, at=play.on(-3), source="education commission")
        assert not loaded.rejected, loaded.rejects


def courses(sites: Sites) -> list[Row]:
    """Outlines of four topics in four stages; some of them word for word in two stages."""
    play, rows = sites.play, []
    for topic, title in enumerate(TOPICS):
        for step, stage in enumerate(STAGES):
            verb = ("认识", "理解", "辨析", "研究")[step]
            words = "".join(f"第{n + 1}节{title[n % 6 :]}在{stage}的{verb}{n * 7 + step}；" for n in range(6))
            rows.append({"number": f"CC-{topic}-{stage}", "name": title, "stage": stage, "step": step + 1,
                         "outline": f"{stage}{words}", "exchange": step % 2 == 0})  # fmt: skip
    for n in range(REPEATED):
        copied, source = rows[4 * n + 1], rows[4 * n]
        copied["outline"] = str(source["outline"]).replace("；", "； ")
        play.plant("same_course", str(copied["number"]), "the outline of the stage before, word for word")
    twin = rows[9] | {"number": "CC-twin"}
    play.look_alike("same_course", "CC-twin", "the same outline within one stage")
    return [*rows, twin]


def accredit(sites: Sites) -> None:
    """A base is accredited: not by its own unit, not for more than it may hold."""
    play, base = sites.play, sites.bases[-1]
    asks = play.person("handler", play.unit(base["keeper"]))
    own = play.person("site_reviewer", play.unit(base["keeper"]))
    other = play.person("site_reviewer", play.unit("government-office"))
    until = play.day(360).isoformat()
    asked = (("150", own, "own_base"), ("900", other, "more_than_it_holds"), ("150", other, ""))
    for n, (capacity, by, rule) in enumerate(asked):
        key, at = f"base-{n}", play.day(0, 9 + n)
        fields = {"capacity": capacity, "languages": "中文"}
        matter = play.report("accreditation", at, asks, key=key, title="基地认定申请", fields=fields,
                             subject=base["number"], urgency="general", dispatch=False)  # fmt: skip
        if rule:
            play.plant(rule, key, "proposed so")
            play.attempt(rule, key, matter, "approve", at + timedelta(minutes=20), by, until=until)
            play.act(matter, "reject", at + timedelta(minutes=40), other, reason="与规则不符")
        else:
            for each in ("own_base", "more_than_it_holds"):
                play.look_alike(each, key, "by another unit, within what it holds")
            play.act(matter, "approve", at + timedelta(minutes=20), other, until=until)
            sites.accredited = matter
    short = sites.bases[-2]
    asks = play.person("handler", play.unit(short["keeper"]))
    sites.short = play.report("accreditation", play.day(0, 14), asks, key="base-short", title="基地认定申请",
                              fields={"capacity": "150", "languages": "中文"}, subject=short["number"],
                              urgency="general", dispatch=False)  # fmt: skip
    play.act(sites.short, "approve", play.day(0, 15), other, until=play.day(ENDS, 10).isoformat())


def offer(sites: Sites) -> list[Row]:
    """Slots of four bases, each with its places: two on the afternoon of the day on which the term of theirs ends."""
    play, rows = sites.play, []
    short = sites.bases[-2]["number"]
    off = sites.bases[-1]["number"]
    days = ((sites.open[0], 15, 9), (sites.open[1], 16, 9), (off, 17, 9), (short, ENDS, 14), (short, 20, 9))
    for n, (name, day, hour) in enumerate(days):
        starts = play.day(day, hour)
        rows.append({
            "number": f"SL{n}", "name": f"{name}第{n + 1}场", "base": name, "day": play.on(day), "capacity": PLACES,
            "starts": starts.isoformat(), "ends": (starts + timedelta(hours=2)).isoformat(),
        })  # fmt: skip
    loaded = play.load("base-slot", rows, at=play.on(0), source="bases")
    assert not loaded.rejected, loaded.rejects
    book_of, values = book_named("base-places").book, {"amount": str(PLACES)}
    with in_district(default_district()):
        drafts = [
            draft_kind(book_of, "offer", f"offer:{row['number']}", play.on(0), values | {"slot": row["number"]})
            for row in rows
        ]
        post_acts([Act((draft,), "play") for draft in drafts])
    return rows


def book(sites: Sites, slots: list[Row]) -> None:
    """Schools book; the last place is sold once; a base that was taken off is not booked any more."""
    play, officer = sites.play, sites.play.person("site_officer")
    until = play.day(40).isoformat()
    for slot in slots[:OVERSOLD]:
        for part, students in enumerate((40, 60, 20)):
            matter = ask(sites, slot["number"], students, play.day(2, 9 + part))
            play.act(matter, "approve", play.day(3, 9 + part), officer, until=until)
            play.look_alike("oversold", f"{slot['number']}/{part}", "fits, the last one exactly")
        matter, key = ask(sites, slot["number"], 10, play.day(2, 14)), f"{slot['number']}/over"
        play.plant("oversold", key, "ten pupils more than there are places")
        play.attempt("oversold", key, matter, "approve", play.day(3, 15), officer, until=until)
        play.act(matter, "reject", play.day(3, 16), officer, reason="名额已满")
    off = ask(sites, slots[2]["number"], 30, play.day(2, 15))
    reviewer = play.person("site_reviewer", play.unit("government-office"))
    assert sites.accredited is not None
    play.act(sites.accredited, "revoke", play.day(4, 10), reviewer, reason="长期停止开放")
    play.to(play.day(4, 10) + timedelta(seconds=30))
    play.meanwhile()
    play.write("base-delisted", "off", sites.bases[-1]["name"], by=reviewer, base=sites.bases[-1]["number"],
               reason="长期停止开放", officer="认定评审人")  # fmt: skip
    play.plant("base_delisted", "SL2", "confirmed a minute after the base was taken off")
    play.attempt("base_delisted", "SL2", off, "approve", play.day(4, 10) + timedelta(minutes=1), officer, until=until)
    play.act(off, "reject", play.day(4, 12), officer, reason="基地已撤销")


def ask(sites: Sites, slot: str, students: int, at: datetime) -> Matter:
    """A school asks for places of a slot."""
    play = sites.play
    sites.asked += 1
    school = sites.schools[sites.asked]
    fields = {"school": school["number"], "students": str(students), "slot": slot}
    return play.report(
        "booking", at, play.person("handler", play.office(school["street"])), key=f"booking-{sites.asked}",
        title="研学预约", fields=fields, subject=slot, urgency="general", dispatch=False,
    )  # fmt: skip


def renew(sites: Sites, slots: list[Row]) -> None:
    """A term ends at ten: a minute later nobody books; no renewal without this year's review; then it is booked."""
    play, officer, short = sites.play, sites.play.person("site_officer"), sites.bases[-2]["number"]
    reviewer, until = play.person("site_reviewer", play.unit("government-office")), play.day(300).isoformat()
    assert sites.short is not None
    late = ask(sites, slots[3]["number"], 30, play.day(4, 16))
    play.to(play.day(ENDS, 10))
    play.meanwhile()
    play.plant("base_lapsed", slots[3]["number"], "confirmed a minute after the term had ended")
    play.attempt("base_lapsed", slots[3]["number"], late, "approve", play.day(ENDS, 10) + timedelta(minutes=1), officer,
                 until=until)  # fmt: skip
    play.act(late, "reject", play.day(ENDS, 10.5), officer, reason="基地认定到期")
    play.plant("review_missing", short, "renewed without a review")
    play.attempt("review_missing", short, sites.short, "approve", play.day(ENDS, 11), reviewer, until=until)
    play.to(play.day(ENDS, 12))
    review = {"base": short, "of": short, "reviewed": play.on(ENDS), "visits": 0, "open_days": 4, "conclusion": "keep"}
    loaded = play.load("base-review", [review], source="bases")
    assert not loaded.rejected, loaded.rejects
    play.act(sites.short, "approve", play.day(ENDS, 13), reviewer, until=until)
    play.look_alike("review_missing", f"{short}/kept", "renewed after its review")
    play.to(play.day(ENDS, 14))
    play.meanwhile()
    again = ask(sites, slots[4]["number"], 30, play.day(ENDS, 15))
    play.act(again, "approve", play.day(ENDS, 16), officer, until=play.day(40).isoformat())
    play.look_alike("base_lapsed", slots[4]["number"], "booked once the base was accredited again")


def handle(sites: Sites) -> None:
    """Streets arrange or explain, keepers explain; somebody of another unit looks."""
    play, looks = sites.play, sites.play.person("inspector", sites.play.unit("emergency"), 2)
    first = next(iter(sites.spots.values()))
    for number, row in enumerate(play.cases(ended_at__isnull=True)):
        if row.state != "dispatched":
            continue
        matter, by = play.matter(row), play.person("handler", row.fold["lead"])
        play.act(matter, "accept", play.day(7, 9), by)
        play.photo(matter, play.day(7, 10), by, first, picture=f"{play.seed}/{row.number}")
        play.act(matter, "submit", play.day(8, 9 + number % 6), by, words={"text": "已说明 · explained"})
        play.act(matter, "verify", play.day(9, 9 + number % 6), looks, result="passed")


def find_everything(sites: Sites) -> None:
    """What the watches opened, what the figures say."""
    play = sites.play
    for row in play.cases(kind="unserved"):
        play.find("unserved", str(row.about).partition("/")[2], row.number)
    for row in play.cases(kind="doubt"):
        play.find(str(row.category).partition(".")[2], str(row.about).partition("/")[2], row.number)
    rows = [
        {"course": key, "stage": held["stage"], "outline": held["outline"]}
        for key, held in play.subjects("civics-course")
    ]
    told = play.calc("course-repeats", rows)
    order = {stage: n for n, stage in enumerate(STAGES)}
    pairs = zip(*(told.columns[name] for name in ("course", "stage", "other_stage")), strict=True)
    for course in sorted({course for course, stage, other in pairs if order[stage] > order[other]}):
        play.find("same_course", course, "the same words as an earlier stage")
    schools = [
        {"school": key, "stage": held["stage"], "open_from": held["opened"], "open_to": held.get("closed") or ""}
        for key, held in play.subjects("patriotic-school")
    ]
    bases = [held for _, held in play.subjects("base-term")]
    visits = [{**held, "visit": key} for key, held in play.subjects("base-visit")]
    reasons = list(play.calc("school-visits", schools, bases, visits).columns["reason"])
    play.prove("visits_by_reason", {each: reasons.count(each) for each in sorted(set(reasons))})
    year = play.local(play.now).year
    told = play.calc("school-coverage", schools, bases, visits, year=year)
    stages = zip(*(told.columns[name] for name in ("stage", "schools", "served")), strict=True)
    play.prove("schools_served", {stage: f"{served}/{there}" for stage, there, served in stages})
    play.prove("letters", len(play.letters()))
