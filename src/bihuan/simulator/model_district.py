"""The model district that all samples draw from: firms, sites, waters, venues, terminals, vehicles, workers.

The n-th of a kind is the same in every programme, seed and version of the district's own luck, so that one programme's
event is another's signal. Rows have the fields of the shared types of subjects. All names, codes and places are
invented: codes of firms carry an organisation code that begins with XN, which no register gives.
Source: docs/topics/play.md, "The model district".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from bihuan.declare.types.credit_code import ALPHABET, check_character
from bihuan.registers.pure.areas import Areas
from bihuan.simulator.geography import CommunityArea, centroids, communities_of, short_name
from bihuan.simulator.luck import Luck
from bihuan.simulator.model_names import ModelNames, model_names
from bihuan.simulator.parameters import parameters

SEED = 110_108
"""The district's own seed; a play's seed chooses from it and never changes it."""
E6 = 1_000_000
Row = dict[str, Any]
_OLDEST = date(1998, 1, 5)


@dataclass(frozen=True)
class Spot:
    """Where something is: community, sub-district, a point in millionths of a degree."""

    community: str
    street: str
    name: str
    lon: int
    lat: int

    @property
    def place(self) -> tuple[int, int]:
        """Longitude and latitude in millionths of a degree, as reports carry them."""
        return self.lon, self.lat

    def text(self) -> str:
        """The point in degrees, as files of subjects have it."""
        return f"{self.lon / E6:.6f}, {self.lat / E6:.6f}"

    def moved(self, east: int, north: int) -> Spot:
        """A point so many millionths of a degree away."""
        return Spot(self.community, self.street, self.name, self.lon + east, self.lat + north)


class ModelDistrict:
    """The subjects of the district by kind and number, counted from 0.

    Args:
        register: The areas of the district.
    """

    def __init__(self, register: Areas) -> None:
        self.areas: tuple[CommunityArea, ...] = tuple(sorted(communities_of(register), key=lambda a: a.code))
        self._lon, self._lat = centroids(self.areas, parameters().box)
        self._rows: dict[tuple[str, int], Row] = {}

    @cached_property
    def words(self) -> ModelNames:
        """What names are made of."""
        return model_names()

    def spot(self, kind: str, number: int, street: str = "") -> Spot:
        """Where the n-th of a kind lies; within a sub-district when one is named."""
        luck = Luck(SEED, f"spot/{kind}/{number}")
        among = [i for i, a in enumerate(self.areas) if a.street == street] or range(len(self.areas))
        at = luck.pick(list(among))
        area = self.areas[at]
        lon, lat = int(self._lon[at]) + luck.whole(-900, 900), int(self._lat[at]) + luck.whole(-700, 700)
        return Spot(area.code, area.street, short_name(area.name), lon, lat)

    def enterprise(self, number: int) -> Row:
        """A firm: a row of `enterprise`."""
        return self._row("enterprise", number, self._enterprise)

    def site(self, number: int) -> Row:
        """A site of the firm of the same number: a row of `site`."""
        return self._row("site", number, self._site)

    def vehicle(self, number: int) -> Row:
        """A vehicle of some firm: a row of `vehicle`."""
        return self._row("vehicle", number, self._vehicle)

    def worker(self, number: int) -> Row:
        """A person with a duty: a row of `worker`."""
        return self._row("worker", number, self._worker)

    def reach(self, number: int) -> Row:
        """A stretch of a river: a row of `facility` with a line; reaches of one river follow each other downstream."""
        return self._row("reach", number, self._reach)

    def outlet(self, number: int) -> Row:
        """An outlet beside a reach: a row of `facility`."""
        return self._row("outlet", number, self._outlet)

    def zone(self, number: int) -> Row:
        """A zone with a border: a row of `facility` with an area."""
        return self._row("zone", number, self._zone)

    def venue(self, number: int) -> Row:
        """A venue of culture: a row of `facility`."""
        return self._row("venue", number, lambda n, luck: self._place(n, luck, "venue", "VEN", self.words.venues))

    def terminal(self, number: int) -> Row:
        """A terminal of waste: a row of `facility`."""
        return self._row(
            "terminal", number, lambda n, luck: self._place(n, luck, "terminal", "TRM", self.words.terminals)
        )

    def person_name(self, luck: Luck) -> str:
        """An invented Chinese name."""
        words = parameters().words
        return luck.pick(words.surnames) + "".join(luck.pick(words.given) for _ in range(luck.whole(1, 2)))

    def _row(self, kind: str, number: int, make: Callable[[int, Luck], Row]) -> Row:
        known = self._rows.get((kind, number))
        if known is None:
            known = self._rows[kind, number] = make(number, Luck(SEED, f"{kind}/{number}"))
        return dict(known)

    def _enterprise(self, number: int, luck: Luck) -> Row:
        words, spot = self.words, self.spot("site", number)
        trade = luck.weighted([(each, each.weight) for each in words.trades])
        stem = luck.pick(words.stems) + luck.pick(words.seconds) + f"{number % 997:03d}"
        founded = _OLDEST + timedelta(days=luck.whole(0, 8_600))
        return {
            "credit_code": credit_code(number), "name": f"北京{stem}{trade.name}{words.forms[trade.kind]}",
            "kind": trade.kind, "industry": trade.industry, "street": spot.street, "position": spot.text(),
            "address": f"{spot.name}{luck.whole(1, 88)}号", "founded": founded.isoformat(),
            "employees": int(luck.weighted([(8, 5), (25, 6), (80, 3), (300, 1)]) * luck.between(0.5, 1.5)),
            "representative": self.person_name(luck), "contact": f"199{luck.whole(0, 99_999_999):08d}",
        }  # fmt: skip

    def _site(self, number: int, luck: Luck) -> Row:
        firm, spot = self.enterprise(number), self.spot("site", number)
        trade = next(each for each in self.words.trades if each.industry == firm["industry"])
        kind = luck.pick(trade.sites)
        short = firm["name"].removeprefix("北京")[:7]
        return {
            "number": f"SITE{number:06d}", "name": f"{short}{self.words.sites[kind]}", "kind": kind,
            "holder": firm["credit_code"], "street": spot.street, "community": spot.community,
            "address": firm["address"], "position": spot.text(), "floor_area": luck.whole(40, 6_000),
            "capacity": luck.whole(5, 600), "opened": firm["founded"], "keeper": self.person_name(luck),
        }  # fmt: skip

    def _vehicle(self, number: int, luck: Luck) -> Row:
        begun = date(2022, 1, 1) + timedelta(days=luck.whole(0, 700))
        return {
            "plate": f"京A{luck.pick('DFHKMN')}{number % 100_000:05d}", "kind": luck.pick(("dump_truck", "collector")),
            "owner": self.enterprise(luck.whole(0, 999))["credit_code"], "tare": f"{luck.between(9, 16):.2f}",
            "payload": f"{luck.between(10, 18):.2f}", "emission": luck.pick(("5", "6", "electric")),
            "terminal": f"GPS{number:06d}", "licensed": begun.isoformat(),
            "licensed_until": (begun + timedelta(days=4 * 365)).isoformat(),
        }  # fmt: skip

    def _worker(self, number: int, luck: Luck) -> Row:
        begun = date(2018, 1, 1) + timedelta(days=luck.whole(0, 1_800))
        return {
            "number": f"WRK{number:05d}", "name": self.person_name(luck),
            "kind": luck.pick(("inspector", "guide", "driver")), "unit": luck.pick(self.areas).street,
            "started": begun.isoformat(), "capacity": luck.whole(4, 12),
            "certified_until": (begun + timedelta(days=8 * 365)).isoformat(),
        }  # fmt: skip

    def _reach(self, number: int, luck: Luck) -> Row:
        rivers = self.words.rivers
        along, river = divmod(number, len(rivers))
        lon, lat = 116_120_000 + along * 9_000, 39_920_000 + river * 34_000 + luck.whole(-400, 400)
        line = "; ".join(f"{(lon + step * 3_000) / E6:.6f}, {(lat + step * 300) / E6:.6f}" for step in range(4))
        return {
            "number": f"RCH{number:04d}", "name": f"{rivers[river]}第{along + 1}段", "kind": "reach", "shape": line,
            "position": f"{lon / E6:.6f}, {lat / E6:.6f}", "chainage_from": along * 800,
            "chainage_to": along * 800 + 800, "target_class": luck.pick(("III", "IV", "V")),
            "commissioned": "2015-01-01",
        }  # fmt: skip

    def _outlet(self, number: int, luck: Luck) -> Row:
        reach = self.reach(luck.whole(0, 59))
        return {
            "number": f"OUT{number:04d}", "name": f"{reach['name']}{number + 1}号排口", "kind": "outlet",
            "position": reach["position"], "site": self.site(luck.whole(0, 999))["number"],
            "commissioned": "2016-06-01",
        }  # fmt: skip

    def _zone(self, number: int, luck: Luck) -> Row:
        spot, half = self.spot("zone", number), luck.whole(1_500, 5_000)
        corners = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half))
        ring = "; ".join(spot.moved(east, north).text() for east, north in corners)
        return {
            "number": f"ZON{number:04d}", "name": f"{spot.name}片区{number + 1}", "kind": "zone", "street": spot.street,
            "position": spot.text(), "shape": ring, "commissioned": "2012-01-01",
        }  # fmt: skip

    def _place(self, number: int, luck: Luck, kind: str, mark: str, words: dict[str, str]) -> Row:
        spot = self.spot(kind, number)
        of, name = luck.pick(sorted(words.items()))
        return {
            "number": f"{mark}{number:04d}", "name": f"{spot.name}{name}", "kind": of, "street": spot.street,
            "position": spot.text(), "capacity": luck.whole(20, 800), "commissioned": "2014-09-01",
        }  # fmt: skip


def credit_code(number: int) -> str:
    """The unified social credit code of the n-th invented firm, with both check characters.

    Source: GB 32100-2015, annex A; GB 11714-1997 (weights of the organisation code).
    """
    body = f"XN{number:06d}"
    total = sum(
        weight * (int(c, 36) if not c.isdigit() else int(c)) for weight, c in zip(_ORGANISATION, body, strict=True)
    )
    rest = -total % 11
    code = f"91110108{body}{'X' if rest == 10 else rest}"
    assert all(c in ALPHABET for c in code)
    return code + check_character(code)


_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
