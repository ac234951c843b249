"""What the hazard programme finds at the sites of controls, and what becomes of the risks they keep down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.programmes.public_risk.sample import Register

DAYS, FOUND_BY = 100, 35
"""Days of the play; by which of them the hazards were found."""
RED = (5, 4)


def plant_findings(register: Register) -> Any:
    """At the sites of five controls a hazard is found: they are dead until it is put right and they are checked again.

    Two of them keep a red risk down, which turns red the same night. Three other controls stand at sites nearby.
    """
    play, luck = register.play, register.play.luck.stream("findings")
    sites = luck.sample(range(3_000), 8)
    play.load("enterprise", [play.district.enterprise(n) for n in sites], at=play.on(-400))
    play.load("site", [play.district.site(n) for n in sites], at=play.on(-400))
    numbers = []
    for n, site in enumerate(sites):
        risk = register.take()
        if n < 2:
            risk.row |= {"likelihood": RED[0], "severity": RED[1]}
        numbers.append(register.control(risk, -1, DAYS + 60, 3, play.district.site(site)["number"]))
    register.killed = dict(zip(numbers[:5], sites, strict=False))

    def plan() -> None:
        for number, site in register.killed.items():
            play.plant("killed", number, "a hazard was found at its site")
            by = play.person("inspector", play.unit("fire"), 1)
            register.hazards[number] = play.report(
                "hazard", play.day(FOUND_BY - 2, 10), by, programme="work-safety", key=f"H{number}",
                title="巡查发现隐患", category="fire.exit", spot=play.district.spot("site", site), urgency="general",
                subject=play.district.site(site)["number"], fields={"source": "round"},
            )  # fmt: skip
        for number in numbers[5:]:
            play.look_alike("killed", number, "nothing was found at its own site")

    return plan


def look_at_findings(register: Register) -> None:
    """What the engine made of the findings: which controls are dead, which risks are red because of it.

    Then the firm puts the hazard right, somebody else looks, and the control is checked again; whoever would check it
    while the hazard stands is refused.
    """
    play = register.play
    play.prove("red_because_of_findings", sum(colour == "red" for _, colour in residual_colours(register)))
    for row in play.cases(kind="upkeep", category="control.found"):
        number, matter = str(row.fold["subject"]), play.matter(row)
        play.find("killed", number, f"case {row.number}")
        hazard, site = register.hazards[number], register.killed[number]
        spot, office = play.district.spot("site", site), play.office(play.district.spot("site", site).street)
        by, day = play.person("handler", office, 2), FOUND_BY
        looks, owner = play.person("inspector", play.unit("emergency"), 5), play.person("handler", row.fold["lead"])
        play.act(matter, "accept", play.day(day + 1, 9), owner)
        play.photo(matter, play.day(day + 1, 11), owner, register.spot_of(number), picture=f"{play.seed}/{number}")
        play.act(matter, "submit", play.day(day + 1, 12), owner, words={"text": "已查验，措施在用"})
        if int(number[1:]) % 2:
            play.plant("finding_still_open", number, "checked while the hazard stands")
            play.attempt("finding_still_open", number, matter, "verify", play.day(day + 1, 15), looks, result="passed")
        play.act(hazard, "accept", play.day(day + 1, 9), by)
        for n in (1, 2):
            play.photo(hazard, play.day(day + 2, 9 + n), by, spot, picture=f"{play.seed}/h/{number}/{n}")
        play.act(hazard, "submit", play.day(day + 2, 14), by, words={"text": "已整改"})
        play.act(hazard, "verify", play.day(day + 3, 10), looks, result="passed")
        register.waiting.append(matter)


def residual_colours(register: Register) -> list[tuple[str, str]]:
    """Risk and residual colour of those whose control is at a site where something was found."""
    play = register.play
    told = register.judged()
    mine = {str(row["risk"]) for row in register.controls if row["number"] in register.killed}
    play.prove("kept_down_before", len(mine))
    return [
        (str(risk), str(colour))
        for risk, colour in zip(told["risk"], told["residual_grade"], strict=True) if risk in mine
    ]  # fmt: skip
