"""Six weeks of a bureau with five hundred persons, thirty stations and eight families that ask. See README.md.

Planted: entitlements that end and nobody was told, stations without one of their five, the same benefit twice,
grants that the clauses carry no more, renewals that must not pass (a clause that says no, a fact that nobody
knows), households of the campaign that nobody visited, a file that would have held what no installation may hold.
Look-alikes: a grant that is followed by another, one that was told in time, one that is over, a person of whom a
fact is missing, a paper that was renewed, one that ends later, a closed station, a household that declined, a field
that only sounds alike.
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.intake.reports import Reporter
from bihuan.loop.models import CaseRow
from bihuan.programmes.veterans.card import prove_card
from bihuan.simulator.model_district import Spot
from bihuan.subjects.pure.types import read_type

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

Row = dict[str, Any]
LASTS, EVERY = 45, 6
PERSONS, STATIONS, FAMILIES, HOUSEHOLDS = 500, 30, 8, 60
ENDING, UNFOUNDED, UNKNOWN, DOUBLES = 7, 2, 1, 2
FIVE = ("office", "posts", "people", "funds", "support")
ABOUT = ("family.schooling", "family.job", "family.care", "family.law")
DEMANDS = {"veteran-aid": "aid", "veteran-training": "training", "family-allowance": "family"}
SMUGGLED = ("service_unit", "部队番号", "Unit designation")
SOUND_ALIKE = ("military_family", "军属家庭", "Military family")
FILE = """id: veteran-note
edition: "2026"
name: {{zh: 服务记录, en: Note of a service}}
about: {{zh: 服务记录, en: a note of a service}}
key: number
fields:
  number: {{type: code, required: true, name: {{zh: 编号, en: Number}}}}
  {0}: {{type: text, name: {{zh: {1}, en: {2}}}}}
"""


class Bureau:
    """The sample: persons, what they are granted, stations and their papers, and who asks."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("veterans")
        self.persons = [self._person(n) for n in range(PERSONS)]
        self.grants: dict[str, Row] = {}
        self.ending: list[str] = []
        self.renewals: dict[str, Matter] = {}
        self.unknown = ""
        self.spots: dict[str, Spot] = {}
        self.asked: list[Matter] = []
        self.done: set[tuple[str, int]] = set()

    def _person(self, number: int) -> Row:
        luck = self.luck
        kind = luck.weighted((("veteran", 6), ("family", 3), ("martyr", 1)))
        return {
            "number": f"VP{number:03d}", "name": f"某{number}", "contact": f"1370000{number:04d}", "kind": kind,
            "street": self.play.district.spot("veteran", number).street, "retired": f"{luck.whole(2015, 2021)}-09-01",
            "income": luck.whole(900, 2_800), "employed": False, "resident": True,
        }  # fmt: skip

    def grant(self, person: Row, begins: int, ends: int, **more: Any) -> str:
        """Somebody is granted what the clauses give."""
        number = f"VG{len(self.grants):04d}"
        family = person["kind"] != "veteran"
        benefit = "family-allowance" if family else self.luck.pick(("veteran-aid", "veteran-training"))
        self.grants[number] = {
            "number": number, "person": person["number"], "benefit": benefit, "street": person["street"],
            "begins": self.play.on(begins).isoformat(), "ends": self.play.on(ends).isoformat(), "basis": "登记",
        } | more  # fmt: skip
        return number

    def load(self, kind: str, rows: list[Row], at: date | None = None) -> None:
        """Load rows that must all be taken."""
        loaded = self.play.load(kind, rows, at=at or self.play.on(0), source="veterans bureau")
        assert not loaded.rejected, (kind, loaded.rejects)


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E26b; docs/topics/play.md."""
    bureau = Bureau(play)
    plant_grants(bureau)
    plant_stations(bureau)
    plant_visits(bureau)
    smuggle(bureau)
    ask_for_families(bureau)
    for day in range(1, LASTS, EVERY):
        play.to(play.day(day, 9))
        play.meanwhile()
        play.letters()
        react(bureau, day)
        ask_for_renewals(bureau, day)
    play.to(play.day(LASTS, 9))
    play.meanwhile()
    tell_found(bureau)
    prove_card(play)
    play.prove("letters", len(play.letters()))


# -- what is where ----------------------------------------------------------------------------------------


def plant_grants(bureau: Bureau) -> None:
    """A grant for nearly everybody; seven end untold, two are double, two rest on nothing any more."""
    play, luck = bureau.play, bureau.luck
    drawn = luck.sample([row for row in bureau.persons if row["kind"] == "veteran"], ENDING + DOUBLES + 4)
    for n, person in enumerate(drawn[:ENDING]):
        key = bureau.grant(person, -600, luck.whole(12, 28) if n else 40)
        bureau.ending.append(key)
        play.plant("ending", key, "ends and nobody was told")
        lost = n < UNFOUNDED
        if lost:
            _lose(person, bureau.grants[key])
            play.plant("unfounded", key, "the register says no by now")
            play.plant("not_entitled", key, "renewed against the clauses")
        elif n < UNFOUNDED + UNKNOWN:
            bureau.unknown, bureau.grants[key]["benefit"] = key, "veteran-aid"
            del person["income"]
            play.plant("not_known", key, "renewed although a fact is not known")
            play.look_alike("unfounded", key, "what is not known is not a no")
    for person in drawn[ENDING : ENDING + DOUBLES]:
        first = bureau.grant(person, -500, 300)
        again = bureau.grant(person, luck.whole(-80, -20), 500)
        bureau.grants[again]["benefit"] = bureau.grants[first]["benefit"]
        play.plant("double", again, "the same benefit on the same days")
    for n, person in enumerate(drawn[ENDING + DOUBLES :]):
        first = bureau.grant(person, -400, 20)
        again = bureau.grant(person, 21, 500)
        bureau.grants[again]["benefit"] = bureau.grants[first]["benefit"]
        for rule, key in (("ending", first), ("double", again)):
            play.look_alike(rule, key, f"renewed already, {n}: the next one follows the day after")
    named = {row["number"] for row in drawn}
    for person in bureau.persons:
        if person["number"] in named or luck.roll() < 0.1:
            continue
        how = luck.weighted((("runs", 10), ("told", 2), ("over", 1)))
        ends = {"runs": luck.whole(120, 800), "told": luck.whole(5, 28), "over": luck.whole(-60, -4)}[how]
        told = {} if how == "runs" else {"notified_on": play.on(ends - luck.whole(31, 60)).isoformat()}
        key = bureau.grant(person, -700, ends, **told)
        if how != "runs":
            play.look_alike("ending", key, "told in time" if how == "told" else "over, and told of before")
        play.look_alike("unfounded", key, "the clauses still carry it")
    bureau.load("veteran", bureau.persons)
    bureau.load("veteran-grant", list(bureau.grants.values()))
    cards = [
        {"number": f"VC{n:03d}", "person": row["number"], "issued": play.on(-900).isoformat(),
         "ends": play.on(luck.whole(120, 2_000)).isoformat()}
        for n, row in enumerate(bureau.persons[:200])
    ]  # fmt: skip
    bureau.load("veteran-card", cards)


def _lose(person: Row, grant: Row) -> None:
    """By now the clauses of this grant say no."""
    if grant["benefit"] == "veteran-aid":
        person["income"] = 5_200
    else:
        person["employed"] = True


def plant_stations(bureau: Bureau) -> None:
    """Thirty stations with their papers; three lack one of the five."""
    play, luck, stations, proofs = bureau.play, bureau.luck, list[Row](), list[Row]()
    kinds = luck.sample(["missing", "ended", "ends", "renewed", "later", "closed"], 6)
    for n in range(STATIONS):
        spot, key = play.district.spot("station", n), f"SS{n:02d}"
        how = kinds[n // 4] if n % 4 == 0 and n < 24 else "whole"
        bureau.spots[key] = spot
        row = {"number": key, "name": f"{spot.name}退役军人服务站", "street": spot.street, "position": spot.text(),
               "hours": "周一至周五 9:00–17:00"}  # fmt: skip
        gap = luck.pick(FIVE) if how != "whole" else ""
        for kind in FIVE:
            until = luck.whole(200, 900)
            if kind == gap:
                until = {"ended": -8, "ends": 14, "renewed": -30, "later": 70}.get(how, 0)
            if kind != gap or until:
                proofs.append(_proof(bureau, len(proofs), key, kind, -365, until))
            if kind == gap and how == "renewed":
                proofs.append(_proof(bureau, len(proofs), key, kind, -29, 336))
        if how == "closed":
            row["closed"] = play.on(-3).isoformat()
        if how in ("missing", "ended", "ends"):
            play.plant("station", f"{key}/{gap}", how)
        elif how != "whole":
            play.look_alike("station", f"{key}/{gap}", how)
        stations.append(row)
    bureau.load("service-station", stations)
    bureau.load("station-proof", proofs)


def _proof(bureau: Bureau, number: int, station: str, kind: str, begins: int, ends: int) -> Row:
    on = bureau.play.on
    return {
        "number": f"SP{station}-{kind}-{number}", "station": station, "kind": kind, "paper": f"示退〔2023〕{number}号",
        "begins": on(begins).isoformat(), "ends": on(ends).isoformat(),
    }  # fmt: skip


def plant_visits(bureau: Bureau) -> None:
    """Households of the last July and August, each once; events of September; jobs."""
    play, luck, rows = bureau.play, bureau.luck, list[Row]()
    year = play.on(0).year - (play.on(0).month < 9 or (play.on(0).month, play.on(0).day) < (9, 1))
    homes = luck.sample([row for row in bureau.persons if row["kind"] != "veteran"], HOUSEHOLDS)
    for n, home in enumerate(homes):
        due = date(year, 7, 1) + timedelta(days=luck.whole(10, 55))
        rows.append({
            "number": f"{year}-{home['number']}", "person": home["number"], "year": str(year), "street": home["street"],
            "unit": play.registers.organisations.spans(play.office(home["street"]))[-1].code, "due": due.isoformat(),
        })  # fmt: skip
        how = "unvisited" if n < 2 else "declined" if n < 4 else "visited"
        if how == "unvisited":
            play.plant("unvisited", rows[-1]["number"], "its day has passed")
        else:
            rows[-1][how] = (due - timedelta(days=luck.whole(1, 8))).isoformat()
            play.look_alike("unvisited", rows[-1]["number"], how)
    bureau.load("august-visit", rows, date(year, 7, 1))
    events = [
        {"number": f"DE{n:02d}", "name": f"国防教育开放日（{n + 1}）", "street": play.district.spot("event", n).street,
         "place": "文化中心", "day": f"{year}-09-{3 + n * 2:02d}", "came": luck.whole(30, 300), "evidence": n % 4 > 0}
        for n in range(10)
    ]  # fmt: skip
    bureau.load("defence-event", events, date(year, 9, 1))
    jobs = [
        {"number": f"JO{n:02d}", "name": luck.pick(("安全员", "驾驶员", "仓储管理员")), "firm": f"示范企业{n}",
         "street": play.district.spot("job", n).street, "wanted": 4, "began": luck.whole(0, 4),
         "until": play.on(30 + n).isoformat()}
        for n in range(15)
    ]  # fmt: skip
    bureau.load("job-offer", jobs)


def smuggle(bureau: Bureau) -> None:
    """A file of a register would hold what no installation may hold; another one only sounds alike."""
    play, refused = bureau.play, 0
    play.plant("fence", SMUGGLED[0], SMUGGLED[2])
    play.look_alike("fence", SOUND_ALIKE[0], SOUND_ALIKE[2])
    for words in (SMUGGLED, SOUND_ALIKE):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "veteran_note.yaml"
            path.write_text(FILE.format(*words), encoding="utf-8")
            try:
                read_type(Document(path, "veteran_note.yaml"))
            except DeclarationError as error:
                refused += 1
                play.find("fence", words[0], f"{error.problems[0].file}:{error.problems[0].line}")
    play.prove("fields_refused", refused)


# -- people -----------------------------------------------------------------------------------------------


def ask_for_families(bureau: Bureau) -> None:
    """Eight families ask; each of them judges, one says no and is answered again."""
    play, luck = bureau.play, bureau.luck
    officer, agent = play.person("veteran_officer"), play.person("callback_agent")
    handler = play.person("handler", play.unit("veterans"))
    for n in range(FAMILIES):
        at = play.day(luck.whole(2, 12), 10 + n % 6)
        family = Reporter(name=f"军属{n}", phone=f"1390000{luck.whole(1000, 9999)}")
        matter = play.report("family_request", at, officer, key=f"family:{n}", title="军属诉求", channel="phone",
                             category=luck.pick(ABOUT), urgency="general", reporter=family)  # fmt: skip
        rounds = ("unsolved", "solved") if n == 0 else ("solved",)
        for again, result in enumerate(rounds):
            days = timedelta(days=2 + 7 * again)
            play.act(matter, "accept", at + days, handler)
            play.act(matter, "submit", at + days + timedelta(days=2), handler, {"text": "已办理 · done"})
            play.act(matter, "verify", at + days + timedelta(days=3), agent, result=result)
        bureau.asked.append(matter)


def ask_for_renewals(bureau: Bureau, day: int) -> None:
    """Whoever was told asks; what the clauses do not carry, or nobody knows, is not renewed."""
    play, luck = bureau.play, bureau.luck
    held = dict(play.subjects("veteran-grant"))
    reviewer = play.person("veteran_reviewer", play.unit("government-office"))
    for key in bureau.ending:
        if key in bureau.renewals or not held[key].get("notified_on"):
            continue
        row, at = bureau.grants[key], play.now + timedelta(hours=2)
        by = play.person("handler", play.office(row["street"]))
        matter = play.report(
            "renewal", at, by, key=f"renewal:{key}", title="待遇续办", fields={"grant": key, "changed": "none"},
            subject=key, urgency="general", dispatch=False,
        )  # fmt: skip
        bureau.renewals[key] = matter
        until = (play.day(365 + luck.whole(10, 30))).isoformat()
        lost = key in bureau.ending[:UNFOUNDED]
        if lost or key == bureau.unknown:
            rule = "not_entitled" if lost else "not_known"
            play.attempt(rule, key, matter, "approve", at + timedelta(hours=20), reviewer, until=until)
        if lost:
            play.act(matter, "reject", at + timedelta(hours=22), reviewer, reason="按登记数据不符合条款")
            play.write("renewal-refused", f"refused:{key}", row["person"], by=reviewer, grant=key, ends=row["ends"],
                       reason="在职或收入超过条款", officer="待遇审核人")  # fmt: skip
        elif key == bureau.unknown:
            play.to(play.day(day + 1, 12))
            person = next(each for each in bureau.persons if each["number"] == row["person"])
            bureau.load("veteran", [person | {"income": 1_800}], play.local(play.now))
            play.act(matter, "approve", play.now + timedelta(hours=1), reviewer, until=until)
        else:
            play.act(matter, "approve", at + timedelta(hours=20), reviewer, until=until)
            play.look_alike("not_entitled", key, "the clauses say yes")


def react(bureau: Bureau, day: int) -> None:
    """Streets tell persons and mend stations, the bureau looks at doubts; somebody else verifies each."""
    play = bureau.play
    for row in play.cases(ended_at__isnull=True, kind__in=["notice", "station_gap", "grant_doubt"]):
        if (row.number, day) in bureau.done:
            continue
        bureau.done.add((row.number, day))
        if row.state == "dispatched":
            _handle(bureau, row)


def _handle(bureau: Bureau, row: CaseRow) -> None:
    play, key = bureau.play, str(row.about).partition("/")[2]
    matter, at, handler = play.matter(row), play.now + timedelta(hours=1), play.person("handler", row.fold["lead"])
    play.act(matter, "accept", at, handler)
    if row.kind == "station_gap":
        play.photo(matter, at + timedelta(minutes=20), handler, bureau.spots[key], picture=f"{play.seed}/{row.number}")
    play.act(matter, "submit", at + timedelta(hours=2), handler, {"text": "已办理 · done"})
    looks = {
        "notice": play.person("callback_agent"), "station_gap": play.person("inspector", play.unit("emergency"), 2),
        "grant_doubt": play.person("veteran_reviewer", play.unit("government-office")),
    }[row.kind]  # fmt: skip
    play.act(matter, "verify", at + timedelta(hours=26), looks, result="solved" if row.kind == "notice" else "passed")


def tell_found(bureau: Bureau) -> None:
    """What the house says: incidents of its watches."""
    play = bureau.play
    rules = {"grant_ending": "ending", "grant_double": "double", "grant_unfounded": "unfounded",
             "august_unvisited": "unvisited"}  # fmt: skip
    for each in play.incidents():
        if each.watch == "station_five":
            play.find("station", f"{each.subject}/{each.part}", f"{each.watch} on {play.local(each.opened_at)}")
        elif each.watch in rules:
            play.find(rules[each.watch], each.subject, f"{each.watch} on {play.local(each.opened_at)}")
