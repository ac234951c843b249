"""What is planted in the sample of the air: sources, instruments and dust; beside each what only looks like it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bihuan.programmes.air.sky import Oddity

if TYPE_CHECKING:
    from bihuan.programmes.air.sample import Air


FAR = 25_000
"""Two kilometres and more, in millionths of a degree."""


@dataclass
class Plan:
    """What is played at a station that stands out.

    Args:
        kind: `own_drop`, `weather`, `own_instrument`, `late` or `corrected`. late: Hours until somebody is on site.
        begins: When the source begins.
    """

    kind: str
    begins: datetime
    late: float = 1.2
    rounds: int = 0


def plant_sources(air: Air) -> None:
    """Stations that stand out: with a remedy of their own, with the wind's, with an instrument of the handler."""
    play, luck = air.play, air.luck
    for n in range(4):
        air.source(
            "own_drop", 1 + n % 3, luck.pick((7, 8)) + 12 * (n % 2), luck.whole(38, 60), late=5.0 if n == 0 else 1.2
        )
    for _ in range(2):
        station = air.source("weather", 7, luck.pick((7, 8)), luck.whole(48, 66))
        play.plant("not_its_own_drop", station, "said to be done; what fell was everybody's")
    for n in range(3):
        kind = "late" if n < 2 else "own_drop"
        station = air.source(kind, 6, luck.pick((7, 8)), luck.whole(48, 66), late=3.5 if n < 2 else 1.2)
        if kind == "late":
            play.plant("late_on_site", station, "three and a half hours, although a warning is in force")
        else:
            play.look_alike("late_on_site", station, "on site in time while a warning is in force")
    for n in range(2):
        station = air.source("own_instrument", 9 + n, luck.pick((7, 8)), luck.whole(38, 60))
        play.plant("own_instrument", station, "the street keeps the instrument itself")
        row = next(each for each in air.stations if each["number"] == station)
        office = play.office(row["street"])
        row["keeper"] = play.registers.organisations.spans(office)[-1].code
    for _ in range(2):
        station, begins = air.take(), play.day(10, luck.pick((7, 8)))
        air.sky.oddities[station] = [Oddity(begins, begins + timedelta(hours=5), value=luck.whole(95, 120))]
        air.plans[station] = Plan("corrected", begins)
        play.plant("retracted", station, "a calibration that was flagged only the next day")
        play.look_alike("hot_cell", station, "a calibration, as the correction says")
    for station, plan in air.plans.items():
        if plan.kind == "own_drop" and plan.begins < play.day(4):
            play.plant("closed_by_station", station, "the station's own drop beyond that of its neighbours")
            if plan.late > 2:
                play.look_alike("late_on_site", station, "five hours on an ordinary day")


def plant_instruments(air: Air) -> None:
    """Instruments that say nothing or always the same; beside them what only looks like a fault or a source."""
    play, luck = air.play, air.luck
    for _ in range(2):
        station = air.take()
        begins = play.day(2, luck.whole(1, 3))
        air.sky.oddities[station] = [Oddity(begins, begins + timedelta(hours=16), silent=True)]
        play.plant("silent", station, "sixteen hours without data")
    for _ in range(2):
        station = air.take()
        begins = play.day(3, luck.whole(1, 3))
        air.sky.oddities[station] = [Oddity(begins, begins + timedelta(hours=15), value=46)]
        play.plant("stuck", station, "fifteen hours of one value")
    air.odd("silent", 2, 14, 4, "a gap of four hours", silent=True)
    air.odd("stuck", 3, 2, 7, "seven hours of one value", value=46)
    for n in range(2):
        air.odd("hot_cell", 2 + n, 9, 2, "a peak of two hours", value=luck.whole(110, 140))
    air.odd("hot_cell", 3, 6, 5, "calibration, flagged", value=180, flag="cal")
    air.odd("hot_cell", 2, 6, 3, "a sentinel", value=-999)
    for row in air.stations:
        if row["kind"] == "municipal":
            play.look_alike("hot_cell", row["number"], "haze over everybody, above the limit of the day")


def plant_dust(air: Air) -> None:
    """Sites above their limit for hours; and those at it, for one hour, or under repair."""
    play, luck = air.play, air.luck
    chosen = luck.sample([row["number"] for row in air.monitors], 8)
    for n, monitor in enumerate(chosen):
        begins = play.day(1 + n, luck.whole(8, 10))
        if n < 5:
            air.dusty[monitor] = Oddity(
                begins, begins + timedelta(hours=luck.whole(2, 4)), value=luck.whole(1_150, 2_400)
            )
            play.plant("site_dust", monitor, f"{air.dusty[monitor].value} µg/m³ for hours")
            play.plant("own_instrument", monitor, "the site keeps the instrument itself")
            continue
        value, hours, flag = ((1_000, 4, ""), (1_800, 1, ""), (2_200, 3, "maintenance"))[n - 5]
        air.dusty[monitor] = Oddity(begins, begins + timedelta(hours=hours), value=value, flag=flag)
        play.look_alike("site_dust", monitor, f"{value} µg/m³ for {hours} h, flag {flag or 'ok'}")


def plant_smells(air: Air) -> None:
    """Residents complain of a smell: two beside a source that stations see, others elsewhere or of something else."""
    play = air.play
    by = play.person("operator")
    seen = [station for station, plan in air.plans.items() if plan.kind == "own_drop"][:3]
    for n, station in enumerate(seen):
        spot, begins = air.spots[station], air.plans[station].begins
        at, kind = begins + timedelta(hours=2), "environment.air.industry"
        where = spot.moved(4_000, 3_000)
        if n < 2:
            play.plant("smell", f"smell/{n}", f"five hundred metres from {station}, two hours after its source began")
        else:
            kind = "environment.noise.life"
            play.look_alike("smell", f"smell/{n}", "noise beside a hot cell")
        air.smells[f"smell/{n}"] = play.report(
            "request", at, by, key=f"smell/{n}", title="有刺鼻味" if n < 2 else "楼上噪音", programme="hotline",
            channel="phone", category=kind, spot=where, dispatch=False,
        )  # fmt: skip
    far = max(air.left, key=lambda station: _degrees_to_plans(air, station))
    if _degrees_to_plans(air, far) < FAR:  # then every corner of this district has a hot cell near
        return
    play.look_alike("smell", "smell/far", "a smell where no station stands out")
    air.smells["smell/far"] = play.report(
        "request", air.plans[seen[0]].begins + timedelta(hours=2), by, key="smell/far", title="有刺鼻味",
        programme="hotline", channel="phone", category="environment.air.industry", spot=air.spots[far], dispatch=False,
    )  # fmt: skip


def _degrees_to_plans(air: Air, station: str) -> int:
    """How far the nearest station with something planted lies, in millionths of a degree of the longer side."""
    here = air.spots[station]
    return min(max(abs(air.spots[each].lon - here.lon), abs(air.spots[each].lat - here.lat)) for each in air.plans)
