"""The sample's season: tasks of several plans, visits merged from them, and what people do with each visit.

See sample.py and README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from bihuan.programmes.joint_inspection.registers import Firm, InspectionRegisters, Row, cap_of, item_of

if TYPE_CHECKING:
    from bihuan.draws.pure.record import DrawRecord
    from bihuan.loop.kernel.model import Actor
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

DAYS, FIRST, PROGRAMME = 95, 14, "joint-inspection"
JOINT, OTHER = "JP-01", "urban-management"
"""The plan of the public draw; a department that has no item on the list."""
PLANS = {JOINT: "market", "EM-01": "emergency", "FI-01": "fire", "MA-01": "market"}
CATEGORY = {"food": "food.hygiene", "logistics": "logistics.storage", "tourism": "tourism.price"}


@dataclass
class Visited:
    """One visit of the sample: its row, its firm, the day of the play on which it is to be."""

    row: Row
    firm: Firm
    day: int
    asked: Matter | None = None
    recorded: Matter | None = None

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.row["number"])

    @property
    def lead(self) -> str:
        """The department that leads it."""
        return str(self.row["lead_department"])


class Season:
    """The sample: registers, the draw, tasks of several plans, visits merged from them."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("season")
        self.lists = InspectionRegisters(play)
        calendar = play.registers.calendar
        self.worked = [day for day in range(FIRST, 70) if calendar.is_workday(play.on(day))]
        self.year = play.on(FIRST).year
        self.tasks: list[Row] = []
        self.visits: dict[str, Visited] = {}
        self.record: DrawRecord | None = None
        self.left: list[Firm] = []
        self.campaigns: list[Firm] = []
        self.public_after: dict[str, int | None] = {}
        self.never: set[str] = set()

    def person(self, department: str, role: str = "inspector", number: int = 0) -> Actor:
        """Somebody of a department."""
        return self.play.person(role, self.play.unit(department), number)

    def task(self, firm: Firm, department: str, first: int, last: int) -> None:
        """A department's own plan has a task at a firm."""
        plan = next(name for name, of in PLANS.items() if of == department and name != JOINT)
        self.tasks.append({
            "number": f"{plan}:{firm.key}:{department}:{first}", "plan": plan, "object": firm.key,
            "enterprise": firm.code, "department": department, "earliest": self.play.on(first),
            "latest": self.play.on(last),
        })  # fmt: skip

    def take(self, count: int, grade: str = "B") -> list[Firm]:
        """Firms that were not drawn and in which nothing was planted yet."""
        chosen = [firm for firm in self.left if firm.grade["grade"] == grade][:count]
        self.left = [firm for firm in self.left if firm not in chosen]
        return chosen

    def of(self, firm: Firm) -> list[Visited]:
        """The routine visits of a firm by day."""
        found = (v for v in self.visits.values() if v.firm is firm and v.row["kind"] == "routine")
        return sorted(found, key=lambda v: v.day)


def merge_tasks(season: Season) -> None:
    """The tasks of all plans become the fewest visits; ask the engine which of them serve two offices' plans."""
    play, firms = season.play, {firm.code: firm for firm in season.lists.firms}
    play.load("inspection-task", season.tasks, at=play.local(play.now), source="plans of departments")
    names = ("enterprise", "department", "earliest", "latest")
    known = {task["key"]: task for task in play.register("inspection-task", "plan", *names)}
    told = play.calc("inspection-merge", [{"task": key, **{n: t[n] for n in names}} for key, t in known.items()], cap=6)
    columns = (told.columns[name] for name in ("enterprise", "date", "tasks"))
    links = []
    for code, day, named in zip(*columns, strict=True):
        parts, firm = [known[key] for key in str(named).split(";")], firms[str(code)]
        plans = sorted({part["plan"] for part in parts})
        visit = _visit(season, firm, date.fromisoformat(str(day)), parts, plans[0])
        links += [{"number": part["key"], "visit": visit.key} for part in parts]
        if len(plans) > 1:
            play.find("double_visit", firm.code, f"visit {visit.key} serves {', '.join(plans)}")
    for firm in season.campaigns:
        visit = _visit(season, firm, play.on(season.worked[12]), [{"department": firm.departments[0]}], "")
        visit.row |= {"kind": "campaign", "order_number": "京专项〔2024〕7号"}
    play.load(
        "inspection-visit", [v.row for v in season.visits.values()], at=play.local(play.now), source="merged plan"
    )
    play.load("inspection-task", links, at=play.local(play.now), source="merged plan")
    play.prove("tasks", len(known))
    play.prove("visits", len(season.visits))


def _visit(season: Season, firm: Firm, day: date, parts: list[dict[str, Any]], plan: str) -> Visited:
    departments = sorted({part["department"] for part in parts})
    row = {
        "number": f"V{len(season.visits) + 1:04d}", "enterprise": firm.code, "day": day, "plan": plan or None,
        "departments": ";".join(departments), "lead_department": departments[0], "kind": "routine",
        "cap": cap_of(firm, season.year), "code": f"{season.luck.whole(0, 999_999):06d}", "street": firm.spot.street,
        "position": firm.spot.text(),
    }  # fmt: skip
    made = Visited(row, firm, (day - season.play.on(0)).days)
    season.visits[made.key] = made
    return made


def ask(season: Season, visit: Visited, *, by: str = "", approver: str = "", decide: bool = True) -> Matter:
    """A department asks for a visit three days before; with `decide` somebody of another department approves it."""
    play, who = season.play, by or visit.lead
    fields = {"item": item_of(visit.lead, visit.firm.grade["scene"]), "approver": approver}
    visit.asked = matter = play.report(
        "approval", play.day(visit.day - 3, 10), season.person(who), key=f"A{visit.key}",
        title=f"{visit.firm.row['name']}入企检查", subject=visit.key, unit=play.unit(who), dispatch=False,
        fields={name: text for name, text in fields.items() if text}, may_be_refused=bool(by), spot=visit.firm.spot,
    )  # fmt: skip
    if decide:
        until = play.day(visit.day + 20).isoformat()
        decides = season.person(OTHER, "arbiter")
        play.act(matter, "approve", play.day(visit.day - 2, 15), decides, until=until)
    return matter


def arrive(season: Season, visit: Visited, code: str = "") -> Matter:
    """The inspectors arrive and show their code."""
    play = season.play
    visit.recorded = matter = play.report(
        "visit", play.day(visit.day, 9.5), season.person(visit.lead), key=f"R{visit.key}",
        title=f"{visit.firm.row['name']}入企检查", subject=visit.key, urgency="general", spot=visit.firm.spot,
        fields={"code": code or visit.row["code"]}, may_be_refused=bool(code),
    )  # fmt: skip
    return matter


def go(season: Season, visit: Visited, *, public_after: int | None = 6) -> None:
    """The whole visit: arrival, result, and its publication so many days later by somebody else; None: never."""
    play, matter = season.play, arrive(season, visit)
    by, unit = season.person(visit.lead, "handler"), play.unit(visit.lead)
    play.act(matter, "accept", play.day(visit.day, 14), by)
    picture = f"{play.seed}/{visit.key}"
    play.photo(matter, play.day(visit.day, 15), by, visit.firm.spot, picture=picture)
    play.act(matter, "submit", play.day(visit.day, 17), by, words={"text": "检查结束，结果已录入"})
    if public_after is not None:
        looks = play.person("inspector", unit, 2)
        play.act(matter, "verify", play.day(visit.day + public_after, 11), looks, result="passed")


def find_wrong(season: Season, visit: Visited) -> Matter:
    """The visit finds something: it is ordered to be put right."""
    play, firm = season.play, visit.firm
    return play.report(
        "finding", play.day(visit.day, 16), season.person(visit.lead), key=f"F{visit.key}",
        title=f"{firm.row['name']}检查发现问题", subject=firm.key, category=CATEGORY[firm.grade["scene"]],
        spot=firm.spot, urgency="general",
        fields={"visit": visit.key, "item": item_of(visit.lead, firm.grade["scene"]), "what": "记录不全"},
    )  # fmt: skip


def put_right(season: Season, visit: Visited, matter: Matter) -> int:
    """The street sees to it that the firm puts it right; returns the day on which it is handed in."""
    play, firm = season.play, visit.firm
    by = play.person("handler", play.office(firm.spot.street))
    play.act(matter, "accept", play.day(visit.day + 1, 9), by)
    picture = f"{play.seed}/{visit.key}/right"
    play.photo(matter, play.day(visit.day + 4, 10), by, firm.spot, picture=picture)
    play.act(matter, "submit", play.day(visit.day + 4, 11), by, words={"text": "已改正"})
    return visit.day + 4
