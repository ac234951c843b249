"""Risks that are graded by L × E × C, with what must be refused planted among them. See sample.py.

Planted: red by their danger and without a control, assessors two classes apart, a lower danger without evidence, the
matrix given up for L × E × C (or the other way round) without a reason, a factor that is on no list. Look-alikes: just
under the bound of red, assessors one class apart, a higher danger, another way with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.programmes.public_risk.sample import Register, Risk
    from bihuan.simulator.plays.script import Matter

Factors = tuple[str, str, str]
RED, ORANGE, YELLOW = ("10", "6", "7"), ("10", "2", "15"), ("3", "6", "7")
"""Dangers of 420, 300 and 126."""
KIND = "grading_lec"


def plant_dangers(register: Register) -> Any:
    """Six faults of gradings by L × E × C, each twice, and their look-alikes."""
    bare, near, kept, apart, close, lower, higher, silent, told, listed = (
        [register.take() for _ in range(2)] for _ in range(10)
    )
    for group, factors, steps in (
        (bare, RED, 0), (near, ORANGE, 0), (kept, RED, 0), (apart, YELLOW, 2), (close, YELLOW, 1),
        (lower, YELLOW, 0), (higher, ORANGE, 0), (silent, YELLOW, 0), (told, YELLOW, 0), (listed, YELLOW, 0),
    ):  # fmt: skip
        for risk in group:
            judge_dangers(register, risk, factors, steps)
            if group is not silent and group is not told:
                _graded_before(risk, ORANGE if group is lower else ("1", "2", "3"))
    for risk in kept:
        register.control(risk, -1, 200)

    def plan() -> None:
        _refused_at_the_door(
            register,
            [("assessors_apart", apart, YELLOW, close), ("lowering_needs_evidence", lower, YELLOW, higher),
             ("another_way_needs_evidence", silent, YELLOW, told), ("from_the_lists", listed, ("4", "6", "7"), [])],
        )  # fmt: skip
        for n, risk in enumerate(bare):
            register.play.plant("red_without_control", risk.key, "a danger of 420, and nothing keeps it down")
            register.refuse("red_without_control", risk, apply_danger(register, risk, 17 + n, RED), 18 + n)
        for factors, group in ((ORANGE, near), (RED, kept), (YELLOW, close), (ORANGE, higher)):
            for n, risk in enumerate(group):
                register.play.look_alike("red_without_control", risk.key, f"{' × '.join(factors)}, not to be refused")
                register.approve(apply_danger(register, risk, 17 + n, factors), 18 + n)
        for n, risk in enumerate(told):
            register.play.look_alike("another_way_needs_evidence", risk.key, "another way, with its reason")
            register.approve(apply_danger(register, risk, 17 + n, YELLOW, evidence=f"DOC-4{n}"), 18 + n)

    return plan


def _refused_at_the_door(register: Register, cases: list[tuple[str, list[Risk], Factors, list[Risk]]]) -> None:
    for rule, group, factors, _ in cases:
        for n, risk in enumerate(group):
            register.play.plant(rule, risk.key, "asked for by L × E × C")
            apply_danger(register, risk, 21 + n, factors, may_be_refused=True)


def _graded_before(risk: Risk, factors: Factors) -> None:
    """The register says that it was graded by L × E × C before."""
    risk.row |= dict(zip(("chance", "exposure", "consequence"), factors, strict=True))
    risk.row |= {"likelihood": None, "severity": None}


def judge_dangers(register: Register, risk: Risk, factors: Factors, classes: int) -> None:
    """Two assessors judge a risk; the second lies so many classes of danger above the first."""
    chance, exposure, consequence = factors
    second = {0: consequence, 1: "15", 2: "40"}[classes]
    for assessor, worst in zip(
        register.luck.sample(["P1", "P2", "P3", "P4", "P5"], 2), (consequence, second), strict=True
    ):
        register.judgements.append({
            "number": f"J{len(register.judgements) + 1:04d}", "risk": risk.key, "assessor": assessor, "chance": chance,
            "exposure": exposure, "consequence": worst, "reasons": "依据事故记录、作业人数和暴露时间评估。",
            "judged": register.play.on(-3),
        })  # fmt: skip


def apply_danger(
    register: Register, risk: Risk, day: int, factors: Factors, *, may_be_refused: bool = False, **more: Any
) -> Matter:
    """A street asks for a grade by L × E × C."""
    play, office = register.play, register.play.office(risk.spot.street)
    fields = {
        **dict(zip(("chance", "exposure", "consequence"), factors, strict=True)), "reviewer": "emergency",
        "next_review": play.on(day + 180).isoformat(), **more,
    }  # fmt: skip
    matter = play.report(
        KIND, play.day(day, 9), play.person("handler", office), key=f"G{risk.key}", title=f"{risk.row['name']}定级",
        subject=risk.key, fields=fields, unit=office, dispatch=False, spot=risk.spot, may_be_refused=may_be_refused,
    )  # fmt: skip
    register.asked.append(matter)
    return matter
