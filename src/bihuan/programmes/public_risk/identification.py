"""Every street looks for its risks once: a campaign; and what may happen at grave risks is written down as scenarios.

Planted: two streets that never hand in their list, three risks graded below their gravest scenario, three grave risks
of which nobody says what may happen. Look-alikes: a street that hands in on its last morning, a grade as grave as the
scenario, a grave risk with one. See sample.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.loop.campaigns import covered, open_cases, start
from bihuan.loop.kernel.campaign import Campaign

if TYPE_CHECKING:
    from bihuan.programmes.public_risk.sample import Register

CAMPAIGN, STREETS = "risk-identification", 10
KIND = "identification"
GRAVE, COMMON = (4, 4), (3, 2)


def plant_identification(register: Register) -> Any:
    """Ten streets are asked; two never answer, one on the last morning."""
    play, luck = register.play, register.play.luck.stream("identification")
    streets = luck.sample(sorted({each.street for each in play.district.areas}), STREETS)
    campaign = Campaign(CAMPAIGN, play.programme.id, KIND, play.on(0), play.on(80), tuple(streets))
    start(campaign, play.registers.district.code, {each: {"area": each, "urgency": "general"} for each in streets})

    def plan() -> None:
        asks = play.person("inspector", play.unit("emergency"), 1)
        open_cases(CAMPAIGN, asks, play.now, play.script.facts_at(play.now))
        last = _last_working_day(register)
        for n, row in enumerate(play.cases(kind=KIND)):
            street, matter = str(row.fold["subject"]), play.matter(row)
            if n < 2:
                play.plant("street_not_identified", street, "its list never came")
                continue
            by, unit = play.person("handler", str(row.fold["lead"])), play.unit("emergency")
            day = last if n == 2 else luck.whole(6, 18)
            play.look_alike("street_not_identified", street, "handed in on the last morning" if n == 2 else "in time")
            play.act(matter, "accept", play.day(2, 9), by)
            spot = play.district.spot("risk", n, street)
            play.photo(matter, play.day(day, 9.5), by, spot, picture=f"{play.seed}/list/{street}")
            play.act(matter, "submit", play.day(day, 10), by, words={"text": "辨识清单已上报"})
            looks = play.person("inspector", unit, 2 + n % 3)
            play.act(matter, "verify", play.day(day + 3, 10), looks, result="passed")

    return plan


def _last_working_day(register: Register) -> int:
    """The twentieth working day after the first: the last on which a list is in time."""
    play, calendar = register.play, register.play.registers.calendar
    worked = [day for day in range(1, 60) if calendar.is_workday(play.on(day))]
    return worked[19]


def find_unidentified(register: Register) -> None:
    """Ask the engine which streets let their clock run out, and how much of the campaign is covered."""
    play = register.play
    for row in play.cases(kind=KIND):
        if row.fold["clocks"].get("remedy", {}).get("missed"):
            play.find("street_not_identified", str(row.fold["subject"]), f"case {row.number}")
    play.prove("identification", dict(sorted(covered(CAMPAIGN).items())))


def plant_scenarios(register: Register) -> Any:
    """What may happen at risks: three are graded below it, three grave ones have nothing written down."""
    play, others = register.play, register.grave()
    below, level, silent, told = ([register.take() for _ in range(3)] for _ in range(4))
    for risk in (*below, *level):
        register.judge_twice(risk, COMMON)
    for risk in (*silent, *told):
        risk.row |= {"likelihood": GRAVE[0], "severity": GRAVE[1]}
    scenarios = [
        {
            "number": f"S{n:03d}", "risk": risk.key, "name": "最不利情景", "trigger": "连续强降雨或设备故障",
            "course": "报警延误，人员未及时疏散。", "reaches": register.luck.whole(20, 900),
            "likelihood": 2, "severity": severity, "answers": risk.owner,
        }
        for n, (risk, severity) in enumerate(
            [
                *((risk, 4) for risk in below), *((risk, COMMON[1]) for risk in level), *((risk, 4) for risk in told),
                *((risk, 3) for risk in others),
            ]
        )
    ]  # fmt: skip

    def plan() -> None:
        play.load("scenario", scenarios, at=play.on(-100))
        for n, risk in enumerate(below):
            play.plant("graver_than_its_scenarios", risk.key, "its gravest scenario is graver")
            register.apply(risk, 30 + n, COMMON, may_be_refused=True, evidence=f"DOC-6{n}")
        for n, risk in enumerate(level):
            play.look_alike("graver_than_its_scenarios", risk.key, "as grave as its scenario")
            register.approve(register.apply(risk, 30 + n, COMMON, evidence=f"DOC-5{n}"), 32 + n)
        for risk in silent:
            play.plant("scenario_missing", risk.key, "grave, and nobody says what may happen")
        for risk in told:
            play.look_alike("scenario_missing", risk.key, "grave, with a scenario")

    return plan


def find_without_scenario(register: Register) -> None:
    """The risks of the sample of whose scenarios the engine reminds."""
    play = register.play
    for incident in play.incidents():
        if incident.watch == "scenario_missing":
            play.find("scenario_missing", incident.subject, "the owner was reminded")
