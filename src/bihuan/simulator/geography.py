"""The synthetic map: where communities lie, how many live there, how readily they report, what places are called.

Names and codes come from the registers; coordinates are laid out by code and are *not* facts about real places.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bihuan.faults import Fault
from bihuan.registers.pure.areas import Areas
from bihuan.simulator.parameters import MapBox, Parameters

E6 = 1_000_000
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
STREET_RADIUS = 0.012  # degrees: how far a street's communities spread about its centre
_BODY = re.compile(r"(社区)?(居民委员会|居委会|村委会|村民委员会)$|社区$|村$")
_STREET = re.compile(r"(街道|地区|镇|乡)(办事处)?$")


class NoCommunities(Fault, ValueError):
    """The registers hold no communities, so there is nobody to report anything."""

    remedy = "load a district with communities first: `bihuan load district FOLDER`"


@dataclass(frozen=True)
class CommunityArea:
    """A register's area as the simulator needs it: a community and the sub-district above it.

    `around` is a point (lon, lat in degrees) of the sub-district, when the register has one.
    """

    code: str
    name: str
    street: str
    street_name: str
    around: tuple[float, float] | None = None


@dataclass(frozen=True)
class Map:
    """Communities in code order, as parallel arrays and lists (index = community)."""

    areas: tuple[CommunityArea, ...]
    lon_e6: np.ndarray  # int32, shape (n,)
    lat_e6: np.ndarray
    population: np.ndarray  # int32
    reporting: np.ndarray  # float64: how readily people report, up to three-fold different
    estates: tuple[tuple[str, ...], ...]
    roads: tuple[tuple[str, ...], ...]
    venues: tuple[dict[str, str], ...]

    def __len__(self) -> int:
        return len(self.areas)

    def place_name(self, community: int, scope: str, pick: int) -> str:
        """Return the name of the `pick`-th place of a scope (`estate`, `road`, `venue.<kind>`) in a community.

        Source: docs/topics/simulator.md, "What is played".
        """
        if scope.startswith("venue."):
            return self.venues[community][scope.removeprefix("venue.")]
        names = self.roads[community] if scope == "road" else self.estates[community]
        return names[pick % len(names)]


def communities_of(register: Areas) -> list[CommunityArea]:
    """Return the communities of the registers with their sub-districts.

    Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
    """
    found = []
    for area in register.at_level("community"):
        street = register.get(register.up_to_level(area.code, "street") or "")
        if street is None:
            continue  # a community outside every sub-district has no office that could be played
        point = None if street.lon is None or street.lat is None else (float(street.lon), float(street.lat))
        found.append(CommunityArea(area.code, area.name_zh, street.code, street.name_zh, point))
    return found


def centroids(areas: Sequence[CommunityArea], box: MapBox) -> tuple[np.ndarray, np.ndarray]:
    """Points inside `box` for communities in order: (lon_e6, lat_e6), int32.

    Streets without a point of their own follow the R2 low-discrepancy sequence (M. Roberts, 2018), communities a
    sunflower spiral around them, so that the same codes always give the same map and no two communities coincide.
    """
    distinct = sorted({a.street for a in areas})
    root = 1.32471795724474602596  # plastic number
    lon, lat = np.empty(len(areas)), np.empty(len(areas))
    counts: dict[str, int] = dict.fromkeys(distinct, 0)
    order = {code: i + 1 for i, code in enumerate(distinct)}
    margin = 1.6 * STREET_RADIUS
    for i, area in enumerate(areas):
        n = counts[area.street]
        counts[area.street] = n + 1
        x, y = (0.5 + order[area.street] / root) % 1, (0.5 + order[area.street] / root**2) % 1
        laid = (
            box.west + margin + x * (box.east - box.west - 2 * margin),
            box.south + margin + y * (box.north - box.south - 2 * margin),
        )
        centre = area.around or laid
        r, angle = STREET_RADIUS * math.sqrt((n + 0.5) / 26), n * GOLDEN_ANGLE
        lon[i] = centre[0] + r * math.cos(angle)
        lat[i] = centre[1] + 0.77 * r * math.sin(angle)
    np.clip(lon, box.west, box.east, out=lon)
    np.clip(lat, box.south, box.north, out=lat)
    return np.rint(lon * E6).astype(np.int32), np.rint(lat * E6).astype(np.int32)


def short_name(name: str) -> str:
    """Return a community's everyday name: 翠微南里社区居委会 → 翠微南里. Source: docs/topics/simulator.md."""
    return _BODY.sub("", name.strip()) or name.strip()


def build_map(areas: Sequence[CommunityArea], p: Parameters, rng: np.random.Generator) -> Map:
    """Return the map of a district.

    Args:
        areas: communities; at least one.
        p: parameters.
        rng: the stream of randomness for people and names (coordinates use none).

    Raises:
        NoCommunities: no areas were given.

    Source: docs/topics/simulator.md, "What is played" (coordinates are laid out by code and are not facts).
    """
    if not areas:
        raise NoCommunities("the district has no communities. Load areas first: `bihuan load areas FILE`.")
    ordered = tuple(sorted(areas, key=lambda a: a.code))
    n = len(ordered)
    lon, lat = centroids(ordered, p.box)
    population = np.rint(np.exp(rng.normal(math.log(p.population.median), p.population.sigma, n))).astype(np.int32)
    reporting = p.reporting.lowest + (p.reporting.highest - p.reporting.lowest) * rng.random(n)
    return Map(
        areas=ordered, lon_e6=lon, lat_e6=lat, population=population, reporting=reporting,
        estates=tuple(_estates(short_name(a.name), p.estates, rng) for a in ordered),
        roads=tuple(_roads(_STREET.sub("", a.street_name), p.roads, rng) for a in ordered),
        venues=tuple({k: short_name(a.name) + v for k, v in p.venues.items()} for a in ordered),
    )  # fmt: skip


def _estates(base: str, suffixes: list[str], rng: np.random.Generator) -> tuple[str, ...]:
    chosen = rng.choice(len(suffixes), size=3, replace=False)
    return tuple(base if base.endswith(suffixes[i]) else base + suffixes[i] for i in chosen)


def _roads(base: str, suffixes: list[str], rng: np.random.Generator) -> tuple[str, ...]:
    stem = base.rstrip("路街")
    chosen = rng.choice(len(suffixes), size=2, replace=False)
    return tuple(stem + suffixes[i] for i in chosen)
