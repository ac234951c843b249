"""How a report comes in: through which channel, in which words, with which place, with or without the city's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.model import Actor, Command, Data
from bihuan.registers.pure.roles import roles_that
from bihuan.simulator import cast, words
from bihuan.simulator.geography import E6
from bihuan.simulator.life import Life, instant_of

CLASSIFIED_AT_ENTRY = ("hotline", "inspector", "city")


def make_report(life: Life) -> tuple[NewReport, Actor]:
    """Return the report as its channel delivers it, and who registers it.

    Source: docs/topics/simulator.md, "What is played" (pathologies: default coordinates, no place at all).
    """
    truth, dice, p = life.truth, life.dice, life.stage.parameters
    i, s = life.index, truth.stream
    resident, community = int(s.resident[i]), int(s.community[i])
    from_city = bool(s.city[i]) and bool(cast.CITY.roles & set(life.stage.rules.opened_by))
    channel = "inspector" if resident < 0 else "city" if from_city else dice.weighted(p.channels)
    place_name = truth.map.place_name(community, life.kind.place, int(s.pick[i]))
    writing = words.write_complaint(life.kind, p.words, place_name, dice)
    life.happened.place_name = place_name
    named = channel in CLASSIFIED_AT_ENTRY
    wrong = named and dice.chance(p.desk.wrong_category)
    category = (dice.pick(life.stage.kinds).category if wrong else life.kind.category) if named else None
    at = instant_of(int(s.at[i]))
    report = NewReport(
        key=life.key,
        programme=life.stage.programme.id,
        kind=life.stage.case_type,
        channel=channel,
        at=at,
        title=writing.title,
        text=writing.text,
        category=category and life.stage.category(category),
        area=life.area if named else None,
        urgency=life.urgency if named else None,
        place=_stated(life),
        address=_address(life, place_name),
        reporter=None
        if resident < 0
        else Reporter(name=words.make_person(p.words, dice), phone=words.make_phone(resident)),
        source="city-above" if channel == "city" else None,
        external_number=_city_number(life) if channel == "city" else None,
        due=_city_clock(life) if channel == "city" else None,
    )
    actor = cast.CITY if from_city and channel == "city" else _registrar(life)
    return report, actor


def open_command(life: Life, report: NewReport, actor: Actor, number: int) -> Command:
    """Return the `open` command that intake makes of a report, for the house in memory.

    Source: docs/topics/simulator.md, "How it is built" (the house in memory)
    """
    data: Data = {"kind": report.kind, "channel": report.channel, "number": f"SIM-{number:06d}", "reporters": 1}
    for name in ("category", "area", "urgency"):
        if getattr(report, name) is not None:
            data[name] = getattr(report, name)
    if report.place is not None:
        data["place"] = list(report.place)
    if report.due:
        data["origin"] = {
            "number": report.external_number,
            "source": report.source,
            "due": {k: iso(v) for k, v in report.due.items()},
        }
    return Command(
        "open", actor, report.at, data, {"title": report.title, "text": report.text, "address": report.address}
    )


def _registrar(life: Life) -> Actor:
    """Return who registers the report: the desk where the programme lets it, else the first role it names."""
    roles = life.stage.rules.opened_by
    role = next((each for each in roles if each in roles_that("dispatch")), roles[0])
    return cast.officer(role, life.stage.desk_unit(role), life.dice.below(12))


def _stated(life: Life) -> tuple[int, int] | None:
    stated = int(life.truth.stream.place[life.index])
    if stated == 0 and life.stage.rules.evidence.within_m is None:
        return None  # where evidence must be taken on the spot, the form asks for the spot
    if stated == 2:
        lon, lat = life.stage.parameters.default_point
        return round(lon * E6), round(lat * E6)
    return life.true_place


def _address(life: Life, place_name: str) -> str:
    area = life.truth.map.areas[int(life.truth.stream.community[life.index])]
    if life.kind.place == "estate" and life.dice.chance(0.6):
        return f"{area.street_name}{place_name}{1 + life.dice.below(28)}号楼{1 + life.dice.below(6)}单元"
    return f"{area.street_name}{place_name}"


def _city_number(life: Life) -> str:
    return f"{instant_of(life.now):%y%m%d}-{life.truth.seed}-{life.index:06d}"


def _city_clock(life: Life) -> dict[str, datetime] | None:
    name = life.stage.finish_clock
    if name is None:
        return None
    hours = life.stage.parameters.clock_of_city_hours[life.kind.urgency]
    return {name: instant_of(life.now) + timedelta(hours=hours)}
