"""A district's risks over three months, with what an honest register must find planted in them. See README.md.

Planted: controls at whose site a hazard is found (findings.py), controls that nobody checks any more, risks that their
owner lowers, red risks without a control or a reviewer, pairs of assessors far apart, lower grades without evidence;
streets that never hand in what they found, grades below the gravest scenario (identification.py); the same and other
faults of grades by L × E × C (dangers.py).
Beside them stand look-alikes: a control checked on its last day, a grade lowered with evidence by somebody else, an
orange risk without a control, assessors one step apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bihuan.programmes.public_risk.dangers import KIND as BY_DANGER
from bihuan.programmes.public_risk.dangers import plant_dangers
from bihuan.programmes.public_risk.findings import DAYS, FOUND_BY, RED, look_at_findings, plant_findings
from bihuan.programmes.public_risk.identification import (
    find_unidentified,
    find_without_scenario,
    plant_identification,
    plant_scenarios,
)

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

OWNERS = ("urban-management", "housing-construction", "transport", "market", "fire", "water")
KINDS = ("production", "fire", "gas", "crowd", "traffic", "flood", "health")
NAMES = {"production": "作业场所", "fire": "消防通道", "gas": "燃气管线", "crowd": "人员密集场所", "traffic": "路口",
         "flood": "下凹桥区", "health": "集中供水点"}  # fmt: skip
ORANGE, BLUE = (4, 4), (2, 3)
LASTS = 101
"""The most days that the sample plays."""


@dataclass
class Risk:
    """One risk of the sample: its row, where it is, who owns it."""

    row: dict[str, Any]
    spot: Spot
    owner: str

    @property
    def key(self) -> str:
        """Its number in the register."""
        return str(self.row["number"])


class Register:
    """The sample: risks, controls and judgements, and the ways of grading."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.luck: Luck = play.luck.stream("risks")
        known = [each for each in OWNERS if play.registers.unit(each, play.on(0)) is not None]
        self.owners = known or [each.code for each in play.registers.organisations if each.kind == "department"][:6]
        self.risks = [self._risk(number) for number in range(self.luck.whole(360, 400))]
        self.controls: list[dict[str, Any]] = []
        self.judgements: list[dict[str, Any]] = []
        self.asked: list[Matter] = []
        self.back: list[str] = []
        self.killed: dict[str, int] = {}
        self.hazards: dict[str, Matter] = {}
        self.waiting: list[Matter] = []
        self.will_be_grave: list[Risk] = []
        self.left = self.luck.sample(range(len(self.risks)), len(self.risks))

    def _risk(self, number: int) -> Risk:
        play, luck = self.play, self.luck
        spot, kind, owner = play.district.spot("risk", number), luck.pick(KINDS), luck.pick(self.owners)
        row = {
            "number": f"R{number:04d}", "name": f"{spot.name}{NAMES[kind]}{number % 17 + 1}号", "kind": kind,
            "street": spot.street, "position": spot.text(), "owner": owner,
            "likelihood": luck.whole(1, 3), "severity": luck.whole(1, 4), "graded": play.on(-luck.whole(20, 200)),
            "reviewer": "emergency", "next_review": play.on(luck.whole(DAYS + 20, DAYS + 200)),
        }  # fmt: skip
        return Risk(row, spot, owner)

    def take(self) -> Risk:
        """One that nothing was planted in yet."""
        return self.risks[self.left.pop()]

    def grave(self) -> list[Risk]:
        """Those that are orange or red, or become so while the sample is played."""
        least = {"likelihood": 4, "severity": 4}
        now = [each for each in self.risks if all(each.row[name] >= least[name] for name in least)]
        return [*now, *self.will_be_grave]

    def control(self, risk: Risk, checked: int, every: int, lowers: int = 1, site: str | None = None) -> str:
        """A control of a risk, checked on a day of the play and due again after so many."""
        number = f"C{len(self.controls) + 1:04d}"
        self.controls.append({
            "number": number, "risk": risk.key, "what": "定期巡查与设施维护", "checked_thing": "巡查记录与现场状态",
            "owner": risk.owner, "street": risk.row["street"], "position": risk.row["position"],
            "less_likely": lowers, "less_severe": 0, "checked": self.play.on(checked), "every_days": every,
            "site": site,
        })  # fmt: skip
        return number

    def spot_of(self, control: str) -> Spot:
        """Where a control is: at its risk."""
        risk = next(row["risk"] for row in self.controls if row["number"] == control)
        return next(each.spot for each in self.risks if each.key == risk)

    def judge(self, risk: Risk, likelihood: int, severity: int, assessor: str) -> None:
        """What one assessor thinks, without seeing the other."""
        self.judgements.append({
            "number": f"J{len(self.judgements) + 1:04d}", "risk": risk.key, "assessor": assessor,
            "likelihood": likelihood, "severity": severity, "reasons": "依据现场核查、历史记录和暴露频次评估。",
            "judged": self.play.on(-3),
        })  # fmt: skip

    def judge_twice(self, risk: Risk, grade: tuple[int, int], apart: int = 0) -> None:
        """Two judgements, `apart` steps from each other."""
        first, second = self.luck.sample(["P1", "P2", "P3", "P4", "P5"], 2)
        self.judge(risk, grade[0], grade[1], first)
        self.judge(risk, max(1, grade[0] - apart), grade[1], second)

    def judged(self) -> Any:
        """What `risk-register` says of the whole register today."""
        play = self.play
        risks = [{**values, "risk": key} for key, values in play.subjects("risk")]
        controls = [
            {**values, "control": key, "checked_on": values.get("checked"), "killed_on": values.get("killed")}
            for key, values in play.subjects("control")
        ]
        return play.calc("risk-register", risks, controls, at=play.local(play.now).isoformat()).columns

    def load(self) -> None:
        """Load the registers as files, as a city's own would come."""
        play = self.play
        play.load("risk", [risk.row for risk in self.risks], at=play.on(-200))
        play.load("control", self.controls, at=play.on(-200))
        play.load("judgement", self.judgements, at=play.on(-3))

    def apply(
        self, risk: Risk, day: int, grade: tuple[int, int], *, may_be_refused: bool = False, **more: Any
    ) -> Matter:
        """A street asks for a grade."""
        play, office = self.play, self.play.office(risk.spot.street)
        fields = {
            "likelihood": str(grade[0]), "severity": str(grade[1]), "reviewer": "emergency",
            "next_review": play.on(day + 180).isoformat(), **more,
        }  # fmt: skip
        by = play.person("handler", office)
        matter = play.report(
            "grading", play.day(day, 9), by, key=f"G{risk.key}", title=f"{risk.row['name']}定级", subject=risk.key,
            fields={name: value for name, value in fields.items() if value}, unit=office, dispatch=False,
            spot=risk.spot, may_be_refused=may_be_refused,
        )  # fmt: skip
        self.asked.append(matter)
        return matter

    def until(self, day: int) -> str:
        """Until when a grade that is given on a day of the play holds."""
        return self.play.day(day + 300).isoformat()

    def approve(self, matter: Matter, day: int, unit: str | None = None) -> None:
        """Somebody with nothing to do with it decides."""
        play = self.play
        decides = play.person("arbiter", unit or play.unit("emergency"))
        play.act(matter, "approve", play.day(day, 15), decides, until=self.until(day))

    def refuse(self, rule: str, risk: Risk, matter: Matter, day: int, unit: str | None = None) -> None:
        """The same act, which the engine ought to refuse."""
        play = self.play
        decides = play.person("arbiter", unit or play.unit("emergency"))
        play.attempt(rule, risk.key, matter, "approve", play.day(day, 15), decides, until=self.until(day))


def play_sample(play: Play) -> None:
    """Play the sample. Source: docs/topics/play.md."""
    register = Register(play)
    plans = [
        plant_lapsed_controls(register), plant_own_lowering(register), plant_red(register), plant_apart(register),
        plant_evidence(register), plant_findings(register), plant_scenarios(register), plant_identification(register),
        plant_dangers(register),
    ]  # fmt: skip
    register.load()
    for plan in plans:
        plan()
    for day in range(7, DAYS + 1, 7):
        play.to(play.day(day))
        play.meanwhile()
        bring_back(register, day)
        if day == FOUND_BY:
            look_at_findings(register)
    find_lapsed(register)
    find_refusals(register)
    find_unidentified(register)
    find_without_scenario(register)
    play.prove(
        "alive_again",
        sum(not values.get("killed") for key, values in play.subjects("control") if key in register.killed),
    )
    play.prove("risks", len(register.risks))
    play.prove("controls_brought_back", len(play.cases(kind="upkeep", outcome="closed")))
    play.prove("red_without_control_saved", red_without_control(register))


def plant_lapsed_controls(register: Register) -> Any:
    """Eight controls are not checked any more; four are checked on their very last day."""
    play, luck = register.play, register.luck
    for _ in range(60):
        register.control(register.take(), luck.whole(-20, -1), luck.whole(DAYS + 30, DAYS + 90))
    for _ in range(8):
        every = luck.whole(20, 60)
        number = register.control(register.take(), luck.whole(-15, -1), every)
        play.plant("lapsed", number, f"due again every {every} days and never checked")
    friends = []
    for _ in range(4):
        number = register.control(register.take(), -30, DAYS + 30)
        play.look_alike("lapsed", number, "its last day lies at the end of the play")
        friends.append(number)
    return lambda: None


def plant_own_lowering(register: Register) -> Any:
    """Three owners decide on their own risk; three others let somebody else decide."""
    play = register.play
    own = [register.take() for _ in range(3)]
    others = [register.take() for _ in range(3)]
    for risk in (*own, *others):
        risk.row |= {"likelihood": 4, "severity": 3}
        register.judge_twice(risk, BLUE)

    def plan() -> None:
        for n, risk in enumerate(own):
            matter = register.apply(risk, 8 + n, BLUE, evidence=f"DOC-{n}")
            play.plant("owner_lowers_own", risk.key, "its owner would lower it")
            register.refuse("owner_lowers_own", risk, matter, 9 + n, play.unit(risk.owner))
        for n, risk in enumerate(others):
            matter = register.apply(risk, 8 + n, BLUE, evidence=f"DOC-9{n}")
            play.look_alike("owner_lowers_own", risk.key, "lowered with evidence by somebody else")
            register.approve(matter, 9 + n)

    return plan


def plant_red(register: Register) -> Any:
    """Red risks without a control, or without a reviewer, cannot be saved; with both, or orange, they can."""
    play = register.play
    bare, alone, kept, orange = ([register.take() for _ in range(2)] for _ in range(4))
    for risk in (*bare, *alone, *kept):
        register.judge_twice(risk, RED)
    for risk in orange:
        register.judge_twice(risk, ORANGE)
    register.will_be_grave += [*kept, *orange]
    for risk in (*alone, *kept):
        register.control(risk, -1, DAYS + 60)

    def plan() -> None:
        for n, risk in enumerate(bare):
            matter = register.apply(risk, 15 + n, RED)
            play.plant("red_without_control", risk.key, "red, and nothing keeps it down")
            register.refuse("red_without_control", risk, matter, 16 + n)
        for n, risk in enumerate(alone):
            matter = register.apply(risk, 15 + n, RED, reviewer="")
            play.plant("red_without_reviewer", risk.key, "red, and nobody reviews it")
            register.refuse("red_without_reviewer", risk, matter, 16 + n)
        for n, risk in enumerate(kept):
            play.look_alike("red_without_control", risk.key, "red, with a control in use and a reviewer")
            register.approve(register.apply(risk, 15 + n, RED), 16 + n)
        for n, risk in enumerate(orange):
            play.look_alike("red_without_control", risk.key, "orange")
            register.approve(register.apply(risk, 15 + n, ORANGE), 16 + n)

    return plan


def plant_apart(register: Register) -> Any:
    """Four pairs of assessors are far apart; four are one step apart."""
    play = register.play
    far, near = [register.take() for _ in range(4)], [register.take() for _ in range(4)]
    for risk in far:
        register.judge_twice(risk, (5, 2), register.luck.whole(2, 4))
    for risk in near:
        register.judge_twice(risk, (4, 3), 1)

    def plan() -> None:
        for n, risk in enumerate(far):
            play.plant("assessors_apart", risk.key, "two or more steps between the assessors")
            register.apply(risk, 20 + n, (5, 2), may_be_refused=True, evidence=f"DOC-8{n}")
        for n, risk in enumerate(near):
            play.look_alike("assessors_apart", risk.key, "one step")
            register.approve(register.apply(risk, 20 + n, (4, 3), evidence=f"DOC-7{n}"), 22 + n)

    return plan


def plant_evidence(register: Register) -> Any:
    """Three lower grades come without evidence; three higher ones need none."""
    play = register.play
    lower, higher = [register.take() for _ in range(3)], [register.take() for _ in range(3)]
    for risk in lower:
        risk.row |= {"likelihood": 4, "severity": 4}
        register.judge_twice(risk, BLUE)
    for risk in higher:
        risk.row |= {"likelihood": 1, "severity": 2}
        register.judge_twice(risk, BLUE)

    def plan() -> None:
        for n, risk in enumerate(lower):
            play.plant("lowering_needs_evidence", risk.key, "a lower grade and no evidence")
            register.apply(risk, 25 + n, BLUE, may_be_refused=True)
        for n, risk in enumerate(higher):
            play.look_alike("lowering_needs_evidence", risk.key, "a higher grade")
            register.approve(register.apply(risk, 25 + n, BLUE), 27 + n)

    return plan


def bring_back(register: Register, day: int) -> None:
    """Owners check every second lapsed control again, and an inspector of another unit looks."""
    play, luck = register.play, register.play.luck.stream(f"back/{day}")
    for matter in register.waiting:
        play.act(
            matter,
            "verify",
            play.day(day + 1, 10),
            play.person("inspector", play.unit("emergency"), 5),
            result="passed",
        )
    register.waiting.clear()
    for row in play.cases(kind="upkeep", state="dispatched", category="control.lapsed")[::2]:
        matter, unit = play.matter(row), row.fold["lead"]
        by, spot = play.person("handler", unit), register.spot_of(str(row.fold["subject"]))
        if day + 3 > DAYS or row.number in register.back:
            continue
        register.back.append(row.number)
        play.act(matter, "accept", play.day(day + 1, 9), by)
        play.photo(matter, play.day(day + 1, 11), by, spot, picture=f"{play.seed}/{row.number}")
        play.act(matter, "submit", play.day(day + 1, 12), by, words={"text": "已查验，措施在用"})
        looks = play.person("inspector", play.unit("emergency"), luck.whole(0, 3))
        play.act(matter, "verify", play.day(day + 2, 10), looks, result="passed")


def find_lapsed(register: Register) -> None:
    """Ask the engine which controls it holds to have lapsed: the cases that its watch opened."""
    play = register.play
    for row in play.cases(kind="upkeep", category="control.lapsed"):
        play.find("lapsed", str(row.fold["subject"]), f"case {row.number}")


def find_refusals(register: Register) -> None:
    """What was refused at the door: by the demand's own name."""
    play = register.play
    for matter in register.asked:
        if matter.refusal is not None:
            play.find(matter.refusal.code, matter.key.removeprefix("G"), matter.refusal.text.en)


def red_without_control(register: Register) -> int:
    """Count red risks in the register that have no control in use, as `risk-register` judges the whole of it."""
    play, told = register.play, register.judged()
    graded = {
        row.fold["subject"] for kind in ("grading", BY_DANGER) for row in play.cases(kind=kind, state="in_effect")
    }
    return sum(
        fault == "red_without_control" and risk in graded
        for risk, fault in zip(told["risk"], told["fault"], strict=True)
    )
