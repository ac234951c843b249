"""Months of energy in the sample: units with their meters, sizes and seasons, and what each states."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
UNITS, PLANTS, BACK = 32, 2, 6
UOM = {"grid": "MWh", "heat": "GJ", "natural_gas": "m3"}
SEASON = {
    "grid": (105, 100, 95, 90, 95, 120, 140, 138, 105, 92, 96, 104),
    "heat": (260, 230, 150, 30, 30, 30, 30, 30, 30, 40, 160, 240),
    "natural_gas": (240, 215, 150, 45, 40, 40, 40, 40, 42, 50, 150, 225),
}
"""Of each month, in percent: every unit follows it, so a cold winter is nobody's jump."""
FACTORS = (
    ("grid", 2, 2021, "0.5568", "MWh", "national"), ("grid", 2, 2022, "0.5366", "MWh", "national"),
    ("grid", 2, 2023, "0.5306", "MWh", "national"), ("grid", 2, 2023, "0.6361", "MWh", "regional"),
    ("grid", 2, 2023, "0.6096", "MWh", "residual"), ("heat", 2, 2021, "0.11", "GJ", ""),
    ("natural_gas", 1, 2021, "21.622", "10^4 m3", ""),
)  # fmt: skip


class EnergyUser(NamedTuple):
    """A unit: its row, and by source the meter and the usual quantity of a month."""

    row: Row
    meters: dict[str, str]
    usual: dict[str, int]

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.row["number"])


class EnergyYear:
    """Units, meters and months before and after the play's first day."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("energy")
        self.users = [self._user(number) for number in range(UNITS)]
        ends = [_month_end(play.on(0))]
        if ends[0] < play.on(3):
            ends[0] = _month_end(ends[0] + timedelta(days=1))
        for _ in range(BACK):
            ends.append(ends[-1].replace(day=1) - timedelta(days=1))
        self.months = list(reversed(ends))
        self.offset = (self.months[-1] - play.on(0)).days
        """Days from the play's first day to the end of the month that is stated while it is played."""

    def _user(self, number: int) -> EnergyUser:
        spot, plant = self.play.district.spot("site", number), number < PLANTS
        key = f"CP-{number + 1:02}" if plant else f"CU-{number + 1:02}"
        kind = "plant" if plant else ("public" if number % 3 else "firm")
        row = {
            "number": key, "name": f"{spot.name}{'供热厂' if plant else '机关' if number % 3 else '企业'}{number + 1}",
            "kind": kind, "street": spot.street, "position": spot.text(), "boundary": "本单位计量表所及范围",
            "floor_m2": str(self.luck.whole(2_000, 60_000)), "states_since": self.play.on(-900).isoformat(),
        }  # fmt: skip
        sources = ("grid", "natural_gas") if plant or number % 6 == 0 else ("grid", "heat")
        usual = {"grid": self.luck.whole(40, 900), "heat": self.luck.whole(300, 4_000)}
        usual["natural_gas"] = self.luck.whole(8_000, 90_000) * (20 if plant else 1)
        return EnergyUser(row, {each: f"{key}-{each}-m1" for each in sources}, {each: usual[each] for each in sources})

    def meters(self) -> list[Row]:
        """Every meter; heat comes from one of the district's own plants."""
        return [
            {
                "number": meter, "unit": each.key, "source": source, "uom": UOM[source],
                "installed_on": self.play.on(-900).isoformat(),
                "supplier": f"CP-{n % PLANTS + 1:02}" if source == "heat" else None,
            }
            for n, each in enumerate(self.users) for source, meter in each.meters.items()
        ]  # fmt: skip

    def stated(self, user: EnergyUser, source: str, end: date) -> Row:
        """What a unit states of a source in a month, as its meter says."""
        size = user.usual[source] * SEASON[source][end.month - 1] * self.luck.whole(95, 105)
        return self.statement(user, source, end, user.meters[source], f"{size / 10_000:.3f}")

    def statement(self, user: EnergyUser, source: str, end: date, meter: str, quantity: str) -> Row:
        """A row of a statement."""
        return {
            "number": f"{user.key}-{source}-{end:%Y%m}", "unit": user.key, "street": user.row["street"],
            "covers_to": end.isoformat(), "year": end.year, "meter": meter, "source": source, "quantity": quantity,
            "supplier": f"CP-{int(user.key[-2:]) % PLANTS + 1:02}" if source == "heat" else None,
            "uom": UOM[source], "factor_year": min(end.year, 2023) if source == "grid" else 2021,
        }  # fmt: skip

    def factors(self) -> list[Row]:
        """The factors that are known, each with where it was read."""
        return [
            {
                "number": f"F-{source}-{year}-{purpose or 'all'}", "source": source, "scope": str(scope), "year": year,
                "tco2": tonnes, "per": per, "purpose": purpose or None, "citation": "生态环境部公告（未对照原文）",
                "verified": False,
            }
            for source, scope, year, tonnes, per, purpose in FACTORS
        ]  # fmt: skip


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
