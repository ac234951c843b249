"""Six weeks of a register of seven hundred community workers in sixty communities, and what does not follow from it.

Planted: grades that do not follow from post, education, certificate and days, spells that overlap, workers without
training for half a year, communities short of two posts and more, a pay run above the grade. Look-alikes: workers on
leave, a spell that begins on the day on which the last one ended, a grade at its cap, a community one post short.
Everything is drawn from the seed; nobody is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.methods.community_grade import BASE, CAP, CREDIT, STEP, YEARS_A_GRADE

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play

LASTS = 49
"""The most days that the sample plays."""
BOOK = "community-pay"
COMMUNITIES, WORKERS = 60, 700
EDUCATION = (("none", 0.3), ("bachelor", 0.5), ("master", 0.17), ("doctor", 0.03))
USUAL = {"case": 25, "visit": 40, "task": 60, "mediation": 110}
COURSES = ("网格治理", "应急救护", "心理服务")
CERTIFICATE = (("none", 0.4), ("assistant", 0.3), ("social_worker", 0.25), ("senior", 0.05))


@dataclass
class Staff:
    """Communities, workers, spells, training and the grades that are kept."""

    play: Play
    luck: Luck = field(init=False)
    workers: list[dict[str, Any]] = field(default_factory=list)
    spells: list[dict[str, Any]] = field(default_factory=list)
    grades: dict[str, int] = field(default_factory=dict)
    years: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        play = self.play
        self.luck = play.luck.stream("staff")
        areas = self.luck.sample(range(len(play.district.areas)), COMMUNITIES)
        self.places = [play.district.areas[n].code for n in areas]
        self.street = {play.district.areas[n].code: play.district.areas[n].street for n in areas}

    def load(self) -> None:
        """Load workers with their spells; some change community, and begin on the day on which the last spell ended."""
        play, luck = self.play, self.luck
        for n in range(WORKERS):
            key, years = f"CW-{n:04d}", luck.whole(1, 22)
            post = "chief" if n % 12 == 0 else "deputy" if n % 12 in (1, 2) else "staff"
            begun = -365 * years - luck.whole(0, 300)
            self.workers.append({
                "number": key, "community": self.places[n % COMMUNITIES], "post": post,
                "education": luck.weighted(EDUCATION), "certificate": luck.weighted(CERTIFICATE),
                "started": play.on(begun), "object_until": play.on(12) if n == 20 else play.on(-3) if n == 21 else "",
            })  # fmt: skip
            moved = begun + luck.whole(100, 300) if n % 3 == 0 else None
            last = begun if moved is None else moved
            if moved is not None:
                self.spells.append({"number": f"{key}-a", "worker": key, "from": play.on(begun), "to": play.on(moved)})
            self.spells.append({"number": f"{key}-b", "worker": key, "from": play.on(last), "to": ""})
        for key in ("CW-0100", "CW-0200"):
            first = next(each for each in self.spells if each["worker"] == key)
            start = (first["from"] - play.on(0)).days
            self.spells.append({"number": f"{key}-c", "worker": key, "from": play.on(start + 10),
                                "to": play.on(start + 40)})  # fmt: skip
            play.plant("double_spell", key, "two spells share a month")
        play.look_alike("double_spell", "CW-0003", "the next spell begins on the day on which the last one ended")

    def grade(self) -> None:
        """Work out every grade and keep it; five are kept wrong."""
        play = self.play
        told = play.calc(
            "community-grade",
            [{"worker": each["number"], **{name: each[name] for name in ("post", "education", "certificate")}}
             for each in self.workers],
            [{name: each[name] for name in ("worker", "from", "to")} for each in self.spells],
            at=play.on(0).isoformat(),
        ).columns  # fmt: skip
        for key, years, credited, grade in zip(
            *(told[n] for n in ("worker", "years", "credited", "grade")), strict=True
        ):
            self.grades[str(key)], self.years[str(key)] = int(grade), (int(years), int(credited))
        wrong = {f"CW-{n:04d}" for n in (7, 77, 177, 277, 377)}
        rows = []
        for each in self.workers:
            key, grade = each["number"], self.grades[each["number"]]
            kept = (grade + 1 if grade < CAP[each["post"]] else grade - 1) if key in wrong else grade
            rows.append({"number": f"GR-{key}", "worker": key, "at": play.on(0), "grade": kept, "letter": "2022"})
            if key in wrong:
                play.plant("wrong_grade", key, f"kept at {kept}, it follows {grade}")
        capped = [each["number"] for each in self.workers if self.grades[each["number"]] == CAP[each["post"]]]
        for key in capped[:3]:
            if key not in wrong:
                play.look_alike("wrong_grade", key, "its sum is above the cap of the post")
        play.load("community-worker", self.workers, at=play.on(-30), source="register of the streets")
        play.load("work-spell", self.spells, at=play.on(-30), source="register of the streets")
        play.load("grade-record", rows, at=play.on(-1), source="letters on grades")

    def train(self) -> None:
        """Courses with a test within the last months; four have none for half a year, two others are on leave."""
        play, luck, rows = self.play, self.luck, []
        late, leave = {f"CW-{n:04d}" for n in (31, 131, 231, 331)}, {"CW-0041", "CW-0141"}
        for each in self.workers:
            key = each["number"]
            day = -210 if key in late | leave else -luck.whole(5, 90)
            rows.append({"number": f"TR-{key}", "worker": key, "course": luck.pick(COURSES),
                         "day": play.on(day), "hours": luck.whole(4, 16), "test": "passed"})  # fmt: skip
            if key in late:
                play.plant("training", key, "the last course was seven months ago")
            elif key in leave:
                row = {**each, "leave_until": play.on(90)}
                play.load("community-worker", [row], at=play.on(-1), source="leave")
                play.look_alike("training", key, "on leave")
        play.load("work-training", rows, at=play.on(-1), source="training platform")

    def staff(self) -> None:
        """Residents, workers and minutes of each community; two are short of three posts, some of one."""
        play, luck = self.play, self.luck
        here = {place: sum(each["community"] == place for each in self.workers) for place in self.places}
        short = luck.sample(self.places, 5)
        rows = []
        for place in self.places:
            posts = here[place] + (3 if place in short[:2] else 1 if place in short[2:] else 0)
            rows.append({"community": place, "residents": posts * 10_000 // 18, "workers": here[place],
                         "minutes": luck.whole(9_000, 30_000)})  # fmt: skip
            if place in short[:2]:
                play.plant("understaffed", place, "three posts are empty")
            elif place in short:
                play.look_alike("understaffed", place, "one post is empty")
        told = play.calc("community-posts", rows).columns
        gap = dict(zip(told["community"], zip(told["posts"], told["gap"], strict=True), strict=True))
        play.load("community-staffing", [
            {"number": row["community"], **row, "posts": gap[row["community"]][0], "gap": gap[row["community"]][1]}
            for row in rows
        ], at=play.on(-1), source="calc community-posts")  # fmt: skip
        loads = [float(each) for each in told["minutes_per_worker"]]
        play.prove("load_least_most", [min(loads), max(loads)])
        self._matters(here)

    def _matters(self, here: dict[str, int]) -> None:
        """Forty matters a community of four kinds; two have three times as many, two others only take their time."""
        play, luck = self.play, self.play.luck.stream("matters")
        busy, slow = (set(luck.sample(self.places, 4)[n : n + 2]) for n in (0, 2))
        rows: list[dict[str, object]] = []
        for place in self.places:
            for _ in range(120 if place in busy else 40):
                kind = luck.pick(tuple(USUAL))
                minutes = round(USUAL[kind] * luck.between(0.7, 1.3) * (1.8 if place in slow - busy else 1))
                rows.append({"number": f"CM-{len(rows):05d}", "community": place, "kind": kind,
                             "day": play.on(-luck.whole(1, 28)), "minutes": minutes})  # fmt: skip
        for place in self.places:
            if place in busy:
                play.plant("heavy_load", place, "three times the matters of the same mix")
            elif place in slow:
                play.look_alike("heavy_load", place, "as many matters as elsewhere, each takes longer")
        play.load("community-matter", rows, at=play.on(-1), source="cases and admitted tasks")
        told = play.calc(
            "community-load", [{name: row[name] for name in ("community", "kind", "minutes")} for row in rows],
            [{"community": place, "workers": here[place]} for place in self.places],
        ).columns  # fmt: skip
        heavy = [place for place, flag in zip(told["community"], told["flag"], strict=True) if flag == "heavier"]
        for place in heavy:
            play.find("heavy_load", str(place), "community-load")

    def street_of(self, key: str) -> str:
        """The street of a worker's community."""
        return self.street[next(each["community"] for each in self.workers if each["number"] == key)]


def play_sample(play: Play) -> None:
    """Play the six weeks. Source: docs/topics/play.md."""
    staff = Staff(play)
    staff.load()
    staff.grade()
    staff.train()
    staff.staff()
    _appraise(staff)
    _object(staff)
    play.to(play.day(7, 8))
    play.meanwhile()
    _answer(staff, 7)
    _pay(staff)
    play.to(play.day(42, 8))
    play.meanwhile()
    _find(play)
    _letters(staff)


def _appraise(staff: Staff) -> None:
    """The street's and the residents' words side by side, for a tenth of the workers."""
    luck = staff.play.luck.stream("appraisals")
    staff.play.load("appraisal", [
        {"number": f"AP-{each['number']}", "worker": each["number"], "year": "2022", "street": luck.whole(70, 100),
         "residents": luck.whole(60, 100), "asked": luck.whole(15, 60)}
        for each in staff.workers[::10]
    ], at=staff.play.on(-1), source="appraisal of the year")  # fmt: skip


def _object(staff: Staff) -> None:
    """One objects in time and is answered by the sum; one after the last day and is refused."""
    play, desk = staff.play, staff.play.person("operator")
    for n, key in enumerate(("CW-0020", "CW-0021")):
        made = play.report("objection", play.day(1, 9), desk, key=f"objection/{key}", title="等级异议", subject=key,
                           fields={"grade": str(staff.grades[key] + 1), "told": str(play.on(-20))}, channel="counter",
                           dispatch=False, may_be_refused=n == 1)  # fmt: skip
        if n == 0:
            by = play.person("handler", play.office(staff.street_of(key)))
            play.act(made, "dispatch", play.day(1, 10), desk)
            play.act(made, "accept", play.day(1, 11), by)
            play.act(made, "submit", play.day(3, 9), by, {"text": "复算无误，附算式"})
            play.act(made, "verify", play.day(4, 9), play.person("inspector"), result="passed")


def _answer(staff: Staff, day: int) -> None:
    """Streets arrange a course, correct a grade, call for candidates; an inspector of elsewhere looks."""
    play, inspector = staff.play, staff.play.person("inspector")
    for kind, words in (
        ("training", "已安排下月课程"),
        ("regrade", "已复算更正并重发通知书"),
        ("understaffed", "已列入招录计划"),
    ):
        for row in play.cases(kind=kind, state="dispatched"):
            subject = str(row.fold["subject"])
            street = staff.street.get(subject) or staff.street_of(subject)
            by, matter = play.person("handler", play.office(street)), play.matter(row)
            play.act(matter, "accept", play.day(day, 10), by)
            play.act(matter, "submit", play.day(day + 3, 10), by, {"text": words})
            play.act(matter, "verify", play.day(day + 5, 10), inspector, result="passed")


def _pay(staff: Staff) -> None:
    """A month's pay of forty workers by their grades; one run is a grade too high, and the book refuses it.

    Two runs go through the gate, which asks the table of pay: one for a grade too much, one by the grade.
    """
    play, refused = staff.play, 0
    for n, key in enumerate(("CW-0024", "CW-0025")):
        office, pay = play.office(staff.street_of(key)), 3000 + 350 * (staff.grades[key] + 1 - n)
        fields = {"month": f"{play.on(8):%Y-%m}", "pay": str(pay)}
        made = play.report(
            "payrun", play.day(8, 9), play.person("handler", office), key=f"payrun/{key}", title="薪酬发放",
            subject=f"GR-{key}", fields=fields, urgency="general", dispatch=False,
        )  # fmt: skip
        if n == 0:
            play.plant("pay_above_grade", f"payrun/{key}", "350 yuan above what the table gives")
            play.attempt("pay_above_grade", f"payrun/{key}", made, "approve", play.day(8, 11), play.person("arbiter"),
                         until=play.day(60).isoformat())  # fmt: skip
            play.act(made, "reject", play.day(8, 12), play.person("arbiter"), reason="高于等级薪酬")
        else:
            play.look_alike("pay_above_grade", f"payrun/{key}", "exactly what the table gives")
            play.act(made, "approve", play.day(8, 11), play.person("arbiter"), until=play.day(60).isoformat())
    for n, each in enumerate(staff.workers[:40]):
        key, pay = each["number"], 3000 + 350 * staff.grades[each["number"]]
        _post(play, f"grade-{key}", f"owed:{key}", "graded", pay)
        told = _post(play, f"run-{key}", f"paid:{key}", f"owed:{key}", pay + (350 if n == 9 else 0))
        refused += told.posted == 0
        if n == 9:
            play.plant("pay_above_grade", key, "paid for one grade more")
        if told.posted == 0:
            play.find("pay_above_grade", key, "the book refuses it")
    play.prove("pay_runs_refused", refused)


def _post(play: Play, entry: str, debit: str, credit: str, amount: int) -> Any:
    return play.post(BOOK, [
        {"entry": entry, "date": play.on(8), "account": debit, "debit": f"{amount}.00", "credit": ""},
        {"entry": entry, "date": play.on(8), "account": credit, "debit": "", "credit": f"{amount}.00"},
    ])  # fmt: skip


def _find(play: Play) -> None:
    """Ask the engine: what the method said when a watch opened a case, and the cases by kind."""
    for incident in play.incidents():
        if incident.watch == "grade_wrong":
            play.find(incident.part, incident.subject, "grade_wrong")
    for kind in ("training", "understaffed"):
        for row in play.cases(kind=kind):
            play.find(kind, str(row.fold["subject"]), row.number)
    play.prove("workers", len(play.subjects("community-worker")))
    play.prove("objections", [row.outcome for row in play.cases(kind="objection")])


def _letters(staff: Staff) -> None:
    """Letters on six grades, each with the sum that gives it; the sum is the method's."""
    asked, sums = [], []
    for each in staff.workers[:6]:
        key, post = each["number"], each["post"]
        years, credited = staff.years[key]
        step = STEP[each["certificate"]]
        facts = {"worker": key, "at": str(staff.play.on(0)), "post": post, "years": years,
                 "education": CREDIT[each["education"]], "credited": credited, "by_years": credited // YEARS_A_GRADE,
                 "step": step, "grade": staff.grades[key], "officer": "街道经办人"}  # fmt: skip
        sums.append(min(CAP[post], BASE[post] + credited // YEARS_A_GRADE + step) == staff.grades[key])
        given = {"facts": facts, "dated": str(staff.play.on(0)), "addressee": [f"社区工作者（{key}）"]}
        asked.append((letter_named("community-grade-letter"), given))
    told = letters_of_play(asked)
    staff.play.prove("letters", [
        {name: each[name] for name in ("kind", "basis", "remedy", "remedy_until", "sha256")} for each in told["letters"]
    ])  # fmt: skip
    staff.play.prove("letters_refused", len(told["refused"]))
    staff.play.prove("sums_that_differ", sums.count(False))
