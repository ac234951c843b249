"""What lies before the play: two years of visits, self-checks and hazards put right; the duty room's accidents.

See sample.py and README.md.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bihuan.programmes.work_safety.sample import District

DAYS = 170
"""Days of the play."""
KINDS = ("fire.exit", "fire.equipment", "electric.wiring", "gas.hose", "machine.guard", "duty.ledger")


def plant_lenient(district: District) -> None:
    """Two years of visits before the play: one inspector finds next to nothing in the same kind of sites."""
    play, luck = district.play, district.play.luck.stream("visits")
    names = [f"INS{n:02d}" for n in range(len(district.inspectors))]
    strict = {name: luck.between(-0.4, 0.4) for name in names}
    lenient = luck.pick(names)
    strict[lenient] = -2.6
    risk = {site: luck.between(-1.6, 0.6) for site in district.sites}
    rows = []
    for n in range(luck.whole(5_600, 6_400)):
        site, name = luck.pick(district.sites), luck.pick(names)
        found = luck.chance(1 / (1 + math.exp(-risk[site] - strict[name])))
        rows.append({
            "number": f"VIS{n:05d}", "site": district.rows[site]["number"], "firm": district.rows[site]["holder"],
            "day": play.on(-luck.whole(1, 720)), "inspector": name, "found": int(found),
        })  # fmt: skip
    play.load("visit", rows, at=play.on(-1), source="patrol record")
    play.plant("lenient", lenient, "finds less than a tenth of what others find at the same sites")
    for name in names:
        if name != lenient:
            play.look_alike("lenient", name, "as strict as people are")


def plant_zero_reporters(district: District) -> None:
    """Two years of monthly self-checks: four firms never find anything while their trade does."""
    play, luck = district.play, district.play.luck.stream("self-checks")
    kinds: list[tuple[str, str, int, bool]] = [("zero", "busy", 24, False)] * 4 + [("new", "busy", 3, False)] * 2
    kinds += (
        [("quiet", "quiet", 24, False)] * 5 + [("once", "busy", 24, False)] * 2 + [("usual", "busy", 24, True)] * 40
    )
    rows = []
    for n, (what, trade, months, finds) in enumerate(kinds):
        firm = play.district.enterprise(district.sites[n])["credit_code"]
        for month in range(months):
            day = play.on(DAYS - 8 - 30 * month)
            found = luck.whole(0, 2) + (month == 2) if finds else int(what == "once" and month == 4)
            rows.append({"number": f"CHK{n:02d}{month:02d}", "firm": firm, "trade": trade, "day": day, "found": found})
        if what == "zero":
            play.plant(
                "zero_report", firm, "two years of self-checks, nothing found, in a trade that finds a dozen a year"
            )
        elif what != "usual":
            play.look_alike("zero_report", firm, what)
    play.load("self-check", rows, at=play.on(-1), source="self-checks of firms")


def plant_late_accidents(district: District) -> None:
    """Eight accidents: two told late, six in time. A later number changes the class of one and is too late for another.

    A number that makes an accident larger has the province told within two hours.
    """
    play, luck = district.play, district.play.luck.stream("accidents")
    accidents, reports = [], []
    for n in range(8):
        number, at = f"ACC{n:02d}", luck.moment(play.day(luck.whole(5, DAYS - 40)), 8, 20)
        late = n < 2
        unit = at + timedelta(minutes=luck.whole(70, 300) if late and n == 0 else 60 if n == 2 else luck.whole(10, 55))
        above = unit + timedelta(minutes=luck.whole(130, 400) if late and n == 1 else luck.whole(20, 110))
        city = above + timedelta(minutes=luck.whole(20, 110))
        site, deaths = luck.pick(district.sites), 2 if n in (3, 4) else luck.whole(0, 2)
        numbers = {"deaths": deaths, "serious_injuries": luck.whole(0, 6), "loss": luck.whole(10_000, 900_000)}
        told = [("unit", unit, numbers), ("district", above, numbers), ("city", city, numbers)]
        grown = numbers | {"deaths": 3}
        if n == 3:  # within thirty days: larger from now on, and the province hears of it
            later = at + timedelta(days=luck.whole(9, 25))
            told += [("unit", later, grown), ("province", later + timedelta(minutes=luck.whole(30, 110)), grown)]
        if n == 4:  # a fire, after its seven days: it changes no class
            told.append(("unit", at + timedelta(days=luck.whole(8, 20)), grown))
        accidents.append({
            "number": number, "site": district.rows[site]["number"], "firm": district.rows[site]["holder"],
            "happened": at.isoformat(), "kind": {3: "work", 4: "fire"}.get(n, luck.pick(("work", "fire"))),
            **(grown if n in (3, 4) else numbers), "position": district.rows[site]["position"],
        })  # fmt: skip
        reports += [
            {
                "number": f"{number}-{place}-{level}",
                "accident": number,
                "level": level,
                "told": moment.isoformat(),
                **said,
            }
            for place, (level, moment, said) in enumerate(told)
        ]
        if late:
            play.plant("late_report", number, "told late by the unit" if n == 0 else "passed on late by the district")
        else:
            play.look_alike("late_report", number, "told in the last minute" if n == 2 else "told in time")
    play.load("accident", accidents, at=play.on(-1), source="duty room")
    play.load("accident-report", reports, at=play.on(-1), source="duty room")
    renamed = {"number": "accident", "happened": "happened_at"}
    told_of = play.calc(
        "accident-clocks", [{renamed.get(name, name): text for name, text in row.items()} for row in accidents],
        [{**row, "at": row["told"], "loss_yuan": row["loss"]} for row in reports], at=play.day(DAYS).isoformat(),
    )  # fmt: skip
    play.prove("class_changed", told_of.facts["changed"])
    play.prove("numbers_too_late", told_of.facts["too_late"])


def load_register(district: District, left: list[int]) -> None:
    """Two years of hazards that were put right before the play; three of them come back in it within ninety days."""
    play, luck, rows = district.play, district.play.luck.stream("register"), []
    for n in range(1_200):
        site, kind = left.pop(), luck.pick(KINDS)
        closed = -luck.whole(1, 5) if n < 3 else -luck.whole(100, 700)
        found = closed - luck.whole(3, 30)
        if n < 3:
            district.came_back.append((site, kind, closed))
        rows.append({
            "number": f"OLD{n:05d}", "site": district.rows[site]["number"], "firm": district.rows[site]["holder"],
            "street": district.rows[site]["street"], "kind": kind, "grade": "general", "source": "round",
            "found": play.on(found), "closed": play.on(closed),
        })  # fmt: skip
    play.load("hazard", rows, at=play.on(-1), source="register before this one")
