"""A month of construction waste with planted truth: 20 sites, 4 yards, 60 trucks, thousands of loads. See README.md.

Planted: loads that were dumped, loads without a ticket, lent plates, one waybill driven twice, loads that lost weight,
went to another yard, came late, or were driven without a haul permit; arrivals without a load, a scale three per cent
heavy, a carrier whose permit ran out; filings, certificates and acceptances that must be refused. Look-alikes: lunch,
police checks, breakdowns, jams, fuel, rests of empty trucks, a ticket whose number was not read, a load nearly late, a
permit used on its last day, a carrier that renewed in time, every load that went over the heavy scale.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bihuan.books.balances import balances
from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.handovers.catalogue import handover_named
from bihuan.handovers.reading import ask_handover
from bihuan.programmes.construction_waste.fleet import (
    CARRIERS,
    DAYS,
    INTERVAL,
    KINDS,
    SITES,
    TRUCKS,
    YARDS,
    Row,
)
from bihuan.programmes.construction_waste.journeys import Point, metres_between
from bihuan.programmes.construction_waste.planting import EXPIRED, RENEWED, Month, plant, plant_strays
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

WEEKS = (7, 14, 21, 28, 32)
NEAR = 200.0
LASTS = 40
"""The most days that the sample plays."""


def play_sample(play: Play) -> None:
    """Play the month. Source: city brief, E61; docs/topics/play.md."""
    month = Month(play)
    month.fleet.draw()
    plant(month)
    month.fleet.run()
    plant_strays(month)
    load_registers(month)
    file_plans(month)
    begun = 0
    for day in WEEKS:
        play.to(play.day(day))
        load_week(month, begun, day)
        find_dumps(month, begun, day)
        play.meanwhile()
        work_cases(month, day)
        begun = day
    play.to(play.day(36))
    play.meanwhile()
    ask_certificates(month)
    play.to(play.day(40))
    play.meanwhile()
    answer(month)


# -- registers --------------------------------------------------------------------------------------------------


def load_registers(month: Month) -> None:
    """Sites, yards, carriers, trucks and permits, as their registers would come."""
    play, fleet, day = month.play, month.fleet, month.play.on(-60)
    firms = [play.district.enterprise(900 + n) for n in range(CARRIERS)]
    numbers = {int(str(each.row["number"]).removeprefix("SITE")) for each in fleet.sites}
    month.load("enterprise", [*firms, *(play.district.enterprise(n) for n in sorted(numbers))], at=day)
    month.load("site", [each.row for each in fleet.sites], at=day)
    month.load("vehicle", fleet.trucks, at=day)
    month.load("disposal-yard", [yard_row(month, n) for n in range(YARDS)], at=day)
    month.load("waste-carrier", [carrier_row(month, n) for n in range(CARRIERS)], at=day)
    ends = {month.ended[0]: month.ended[1], month.last_day[0]: month.last_day[1]}
    month.load("haul-permit", [
        {"number": f"ZY{n:04d}", "plate": fleet.trucks[n]["plate"], "carrier": fleet.code(fleet.carrier_of(n)),
         "begins": play.on(-200), "ends": play.on(ends.get(n, 200))}
        for n in range(CARRIERS * TRUCKS)
    ], at=day)  # fmt: skip


def yard_row(month: Month, number: int, **other: Any) -> Row:
    """A row of the register of places of disposal."""
    play, yard = month.play, month.fleet.yards[number]
    return {
        "number": yard.key, "name": f"{yard.spot.name}建筑垃圾消纳场",
        "kinds": "soil, demolition, renovation, rubble, mud",
        "capacity_kg": 60_000_000, "scale_class": "III", "scale_e": INTERVAL, "calibrated_until": play.on(120),
        "permit_from": play.on(-300), "permit_to": play.on(300), "street": yard.spot.street,
        "position": yard.spot.text(), "shape": yard.ring(),
    } | other  # fmt: skip


def carrier_row(month: Month, number: int, **other: Any) -> Row:
    """A row of the register of carriers; one's permit runs out on day 12, another's would on day 14."""
    play, depot = month.play, month.fleet.depots[number]
    firm = play.district.enterprise(900 + number)
    until = {EXPIRED: 12, RENEWED: 14}.get(number, 300)
    return {
        "code": firm["credit_code"], "name": firm["name"], "permit": f"JY{number:03d}", "permit_from": play.on(-300),
        "permit_to": play.on(until), "street": depot.spot.street, "position": depot.spot.text(), "shape": depot.ring(),
    } | other  # fmt: skip


def plan_row(month: Month, site: int, number: str, **other: Any) -> Row:
    """A row of the register of plans."""
    play, fleet, ground = month.play, month.fleet, month.fleet.sites[site]
    carrier, kind = site % CARRIERS, KINDS[site % len(KINDS)]
    net = sum(trip.net for trip in fleet.trips if trip.site == site)
    ends = {EXPIRED: 11, RENEWED: 13}.get(carrier, DAYS)
    return {
        "number": number, "name": f"{ground.spot.name}{site + 1}号工程", "site": ground.key,
        "producer": ground.row["holder"], "carrier": fleet.code(carrier), "yard": fleet.yards[site % YARDS].key,
        "kind": kind, f"{kind}_t": f"{net / 1000:.1f}", "planned_kg": net, "begins": play.on(0), "ends": play.on(ends),
        "street": ground.spot.street, "position": ground.spot.text(),
    } | other  # fmt: skip


def file_plans(month: Month) -> None:
    """Every plan is filed before it starts; three must be refused, one that only just holds must not."""
    play, fleet = month.play, month.fleet
    short = next(n for n in range(SITES) if n not in month.left_open and n % CARRIERS not in (EXPIRED, RENEWED))
    month.short = short
    rows = [plan_row(month, n, f"P{n:03d}") for n in range(SITES)]
    rows[short]["planned_kg"] = rows[short]["planned_kg"] * 14 // 10
    good = [n for n in range(SITES) if n % CARRIERS not in (EXPIRED, RENEWED)]
    bad = [
        ("carrier_valid", plan_row(month, EXPIRED, "PX1", ends=play.on(DAYS))),
        ("yard_has_room", plan_row(month, good[0], "PX2", planned_kg=61_000_000)),
        ("yard_valid", plan_row(month, good[1], "PX3", ends=play.on(301))),
    ]
    just = plan_row(month, EXPIRED, "PX4", ends=play.on(12))
    bad[2][1]["carrier"] = rows[good[1]]["carrier"]
    month.load("disposal-plan", [*rows, *(row for _, row in bad), just], at=play.on(-10))
    month.load("waste-carrier", [carrier_row(month, n, permit_to=play.on(400)) for n in range(CARRIERS)
                                if n not in (EXPIRED, RENEWED)], at=play.on(-9))  # fmt: skip
    for n, row in enumerate((*rows[:6], just)):
        approve(month, file_one(month, row, 0.2 + n / 100), row["number"])
    for rule, row in bad:
        play.plant(rule, row["number"], "must not be filed")
        refuse(month, rule, row["number"], file_one(month, row, 1 + bad.index((rule, row)) / 10), 4)
    play.look_alike("carrier_valid", "PX4", "until the last day of the carrier's permit")
    play.look_alike("carrier.expired", fleet.code(RENEWED), "renews before its permit ends")
    play.plant("carrier.expired", fleet.code(EXPIRED), "its permit ran out and its trucks go on")


def file_one(month: Month, row: Row, hours: float, kind: str = "filing", day: int = 0) -> Matter:
    """The street hands an application in for the site."""
    play, office = month.play, month.play.office(row["street"])
    number = row["number"]
    fields = {name: f"{name[:2].upper()}-{number}" for name in
              ("commitment", "treatment", "carrier_contract", "yard_contract")}  # fmt: skip
    spot = next(each.spot for each in month.fleet.sites if each.key == row["site"])
    return play.report(
        kind, play.day(day, 8 + hours), play.person("handler", office), key=f"{kind}:{number}",
        title=f"{row['name']} {kind}", subject=number, fields=fields if kind == "filing" else {}, unit=office,
        dispatch=False, spot=spot,
    )  # fmt: skip


def approve(month: Month, matter: Matter, plan: str, day: int = 0) -> None:
    """The officer decides."""
    until = month.play.day(day + 300).isoformat()
    month.play.act(matter, "approve", month.play.day(day, 15), month.play.person("waste_officer"), until=until)


def refuse(month: Month, rule: str, key: str, matter: Matter, day: int) -> None:
    """The same act, which the engine ought to refuse."""
    play = month.play
    until = play.day(day + 300).isoformat()
    by = play.person("waste_officer")
    month.refusals.append(play.attempt(rule, key, matter, "approve", play.day(day, 15), by, until=until))


# -- the month --------------------------------------------------------------------------------------------------


def load_week(month: Month, begun: int, day: int) -> None:
    """What both sides have recorded since last time; a carrier renews."""
    play, fleet = month.play, month.fleet
    loads = [row for on, row in fleet.loads if begun <= on < day]
    weighings = [row for on, row in fleet.weighings if begun <= on < day]
    if loads:
        month.load("waste-load", loads, at=play.on(begun), source="site gates")
        month.load("waste-weighing", weighings, at=play.on(begun), source="weighbridges")
    if begun <= 10 < day:
        month.load("waste-carrier", [carrier_row(month, RENEWED, permit_to=play.on(400))], at=play.on(10))


def find_dumps(month: Month, begun: int, day: int) -> None:
    """Ask the engine which stops of the week's tracks look like dumps; they go into the register."""
    play, fleet = month.play, month.fleet
    fixes = [fix for on, several in fleet.fixes if begun <= on < day for fix in several]
    if not fixes:
        return
    sites = {"type": "FeatureCollection", "features": [each.feature() for each in fleet.grounds]}
    told = play.calc("dumping", fixes, sites).columns
    owner = {row["plate"]: fleet.code(fleet.carrier_of(n)) for n, row in enumerate(fleet.trucks)}
    rows = []
    names = ("plate", "from", "to", "lon", "lat", "source", "reason")
    for plate, first, last, lon, lat, source, reason in zip(*(told[name] for name in names), strict=True):
        month.dumps += 1
        number, at = f"D{month.dumps:04d}", (float(lon), float(lat))
        month.labels[number] = label(month, str(plate), str(first), at)
        rows.append({
            "number": number, "plate": plate, "carrier": owner[str(plate)], "site": source, "stopped": first,
            "drove_on": last, "found": play.on(day - 1), "reason": reason, "street": fleet.nearest(at).street,
            "position": f"{lon}, {lat}",
        })  # fmt: skip
    if rows:
        month.load("suspected-dump", rows, at=play.on(day - 1), source="calc dumping")


def label(month: Month, plate: str, first: str, at: Point) -> str:
    """What a found stop is called in the answer: the load that was dumped within 200 m, else plate and time."""
    for trip in month.fleet.trips:
        if trip.dumped is None or month.fleet.trucks[trip.truck]["plate"] != plate:
            continue
        metres = metres_between(trip.dumped, at)
        if metres <= NEAR:
            month.farthest = max(month.farthest, metres)
            return trip.number
    return f"{plate} {first}"


def work_cases(month: Month, day: int) -> None:
    """Streets say where it is, go there, photograph; enforcement looks. Two plans' loads are explained by nobody."""
    play, fleet = month.play, month.fleet
    plans = {row["number"]: row["plan"] for _, row in fleet.loads}
    stay = {f"P{n:03d}" for n in month.left_open}
    for row in play.cases(state="dispatched"):
        subject = str(row.fold["subject"])
        if row.number in month.worked or plans.get(subject) in stay:
            continue
        month.worked.add(row.number)
        matter, by = play.matter(row), play.person("handler", row.fold["lead"])
        lon, lat = row.fold["place"]
        spot = fleet.nearest((lon / 1e6, lat / 1e6))
        here = spot.moved(lon - spot.lon, lat - spot.lat)
        play.act(matter, "accept", play.day(day, 1), by)
        for n in (1, 2):
            play.photo(matter, play.day(day, 1 + n), by, here, picture=f"{play.seed}/{row.number}/{n}")
        play.act(matter, "submit", play.day(day, 4), by, words={"text": "已到场核实并处置"})
        play.act(matter, "verify", play.day(day + 1, 10), play.person("waste_enforcer", number=2), result="passed")


# -- the end ----------------------------------------------------------------------------------------------------


def ask_certificates(month: Month) -> None:
    """Sites ask for their certificate; with a load missing, or too little received, it is refused."""
    play = month.play
    rows = {key: {**values, "number": key} for key, values in play.subjects("disposal-plan")}
    bad = {f"P{n:03d}": "loads_open" for n in sorted(month.left_open)} | {f"P{month.short:03d}": "too_little_received"}
    good = [f"P{n:03d}" for n in range(SITES) if f"P{n:03d}" not in bad][:5]
    for n, plan in enumerate((*bad, *good)):
        matter = file_one(month, rows[plan], n / 50, "certificate", 36)
        if plan in bad:
            play.plant(bad[plan], plan, "no certificate may be given")
            refuse(month, bad[plan], plan, matter, 37)
        else:
            play.look_alike("loads_open", plan, "every load is settled")
            approve(month, matter, plan, 37)
    play.to(play.day(38))
    play.meanwhile()
    for n, plan in enumerate((next(iter(bad)), good[0])):
        matter = file_one(month, rows[plan], n / 50, "acceptance", 38)
        if plan in bad:
            play.plant("no_certificate", plan, "no acceptance without a certificate")
            refuse(month, "no_certificate", plan, matter, 39)
        else:
            play.look_alike("no_certificate", plan, "has its certificate")
            approve(month, matter, plan, 39)


def answer(month: Month) -> None:
    """What the engine's cases say, and what the book holds."""
    play, fleet = month.play, month.fleet
    for row in play.cases():
        subject = str(row.fold["subject"])
        if row.kind in ("load", "receipt", "scale", "carrier"):
            play.find(str(row.category), subject, row.number)
        elif row.kind == "dump":
            play.find("dump", month.labels[subject], row.number)
    certificates = [deed for deed in month.refusals if deed.matter.key.startswith("certificate:")]
    play.prove("certificates_refused", sum(deed.refusal is not None for deed in certificates))
    with in_district(default_district()):
        held: dict[str, int] = {}
        for line in balances("waste-mass"):
            held[line.account] = held.get(line.account, 0) + line.balance
    out = held["left"]
    rest = held["in_transit"] + held["received"] + held["short"] + held["lost"] - held["over"] - held["unannounced"]
    play.prove("mass_kg", {name: value // 10 for name, value in sorted(held.items())})
    play.prove("mass_conserved", out == rest)
    with in_district(default_district()):
        told = ask_handover(handover_named("waste-trip"), play.registers.district.code, play.now)
    states = Counter("received" if act.received else "missing" if act.flags else "en_route" for act in told.acts)
    play.prove("departures", {"all": len(fleet.loads), **dict(sorted(states.items()))})
    play.prove("farthest_dump_m", round(month.farthest, 1))
    play.prove("letters", letters_written(month))


def letters_written(month: Month) -> dict[str, Any]:
    """A certificate, a refusal, a notice to a carrier and an order, as an officer of the day writes them."""
    play = month.play
    certified = [(key, values) for key, values in play.subjects("disposal-plan") if values.get("certified")]
    key, values = certified[0]
    facts = {"plan": key, "works": values["name"], "producer": values["producer"], "officer": "经办人"}
    envelope = {"dated": play.local(play.now).isoformat(), "addressee": [values["name"]], "case": "1"}
    loads = {"yard": values["yard"], "loads": sum(row["plan"] == key for _, row in month.fleet.loads)}
    told = letters_of_play([
        (letter_named("waste-certificate"), {**envelope, "facts": facts | loads}),
        (letter_named("waste-refused"), {**envelope, "facts": facts}),
        (letter_named("waste-explain"), {**envelope, "facts": about_load(month)}),
    ])  # fmt: skip
    assert not told["refused"], told["refused"]
    return {"certified": len(certified), **told}


def about_load(month: Month) -> dict[str, Any]:
    """What the notice says of the first load that is wrong."""
    play = month.play
    row = play.cases(kind="load")[0]
    load = next(row_ for _, row_ in month.fleet.loads if row_["number"] == row.fold["subject"])
    firm = next(values["name"] for key, values in play.subjects("waste-carrier") if key == load["carrier"])
    told = {
        name: load[of]
        for name, of in (("load", "number"), ("carrier", "carrier"), ("plate", "plate"), ("left", "left"))
    }
    return {**told, "firm": firm, "kind": {"zh": "异常", "en": str(row.category)}, "officer": "经办单位"}
