"""`near`: a case of one programme lies near one of another, in place and time; a person may join them.

Each pair is an incident while both are open; it clears when one of them has ended. The distance is along the ground.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.loop.programmes import all_programmes
from bihuan.registers.isolation import in_district
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within, duration
from bihuan.watches.scene import Scene

EARTH_M, MICRO = 6_371_008.8, 1_000_000
"""Mean radius of the Earth (IUGG), and parts of a degree."""
_PAIRS = """
SELECT a.number, b.number, a.opened_at, b.opened_at, a.category, a.fold->>'subject',
    a.lon_e6, a.lat_e6, b.lon_e6, b.lat_e6
FROM loop_case a JOIN loop_case b ON b.district_id = a.district_id
    AND b.lat_e6 BETWEEN a.lat_e6 - %(high)s AND a.lat_e6 + %(high)s
    AND b.lon_e6 BETWEEN a.lon_e6 - %(wide)s AND a.lon_e6 + %(wide)s
    AND abs(extract(epoch FROM b.opened_at - a.opened_at)) <= %(apart)s
WHERE a.district_id = %(district)s AND a.programme = %(programme)s AND a.ended_at IS NULL AND a.opened_at <= %(at)s
  AND a.opened_at > %(since)s AND (%(case)s::text IS NULL OR a.kind = %(case)s)
  AND (%(category)s::text IS NULL OR a.category = %(category)s OR a.category LIKE %(category)s || '.%%')
  AND b.programme = %(cases)s AND b.ended_at IS NULL AND b.opened_at <= %(at)s
  AND (%(other)s::text IS NULL OR b.kind = %(other)s) AND b.id <> a.id
  AND (%(others)s::text IS NULL OR b.category = %(others)s OR b.category LIKE %(others)s || '.%%')
ORDER BY a.number, b.number
"""


class OtherCase(Strict):
    """Cases of which programme, kind and category (or one below it)."""

    cases: Slug
    case: Code | None = None
    category: str | None = None


class Near(OtherCase):
    """Which other cases, how near, and how far apart in time they may have been opened."""

    within_m: int = Field(ge=1, le=20_000)
    apart: Within = "48 h"


class NearPair(NamedTuple):
    """An open case, one near it, when each was opened, the first one's category and subject, the metres between."""

    number: str
    other: str
    opened: datetime
    other_opened: datetime
    category: str | None
    subject: str | None
    metres: int


def pairs_near(scene: Scene, over: Over, rule: Near) -> list[NearPair]:
    """Return every pair of open cases that lie near each other. Source: docs/topics/watches.md, "near"."""
    apart = abs((scene.since(rule.apart) - scene.at) / timedelta(seconds=1))
    high = math.ceil(math.degrees(rule.within_m / EARTH_M) * MICRO)
    given: dict[str, Any] = {
        "district": scene.district, "programme": over.cases, "case": over.case, "category": over.category,
        "cases": rule.cases, "other": rule.case, "others": rule.category, "at": scene.at,
        "since": scene.at - timedelta(days=366),
        "apart": apart, "high": high, "wide": high * 6,
    }  # fmt: skip
    with in_district(scene.district), connection.cursor() as cursor:
        cursor.execute(_PAIRS, given)
        found: list[Any] = cursor.fetchall()
    apart_m = [between(row[6:8], row[8:10]) for row in found]
    return [
        NearPair._make((*row[:6], metres))
        for row, metres in zip(found, apart_m, strict=True)
        if metres <= rule.within_m
    ]


def find(scene: Scene, over: Over, rule: Near) -> Hits:
    """Every pair, as an incident of the first. Source: docs/topics/watches.md, "near"."""
    rows = [each for each in pairs_near(scene, over, rule) if scene.only is None or each.number in scene.only]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [[own_fact(over, rows[n]), near_fact(rule, rows[n])] for n in chosen]

    parts = [each.other for each in rows]
    return Hits([each.number for each in rows], parts, parts, tell, len(rows))


def own_fact(over: Over, pair: NearPair) -> Fact:
    """The case itself, as a fact. Source: docs/topics/watches.md, "Why"."""
    return Fact("case", pair.number, over.cases or "", pair.opened.isoformat(), cited=str(pair.category or ""))


def near_fact(rule: OtherCase, pair: NearPair) -> Fact:
    """The case near it, as a fact. Source: docs/topics/watches.md, "Why"."""
    return Fact(f"near.{rule.cases}", pair.other, rule.cases, pair.other_opened.isoformat(), cited=f"{pair.metres} m")


def between(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the metres along the ground between two places in millionths of a degree: longitude, latitude.

    Source: R. W. Sinnott (1984), "Virtues of the Haversine", Sky and Telescope 68(2).
    """
    lon, lat, far_lon, far_lat = (math.radians(each / MICRO) for each in (*one, *other))
    part = math.sin((far_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(far_lat) * math.sin((far_lon - lon) / 2) ** 2
    return round(2 * EARTH_M * math.asin(math.sqrt(part)))


def why(rule: Near) -> Words:
    """The rule in words."""
    return Words(
        f"{rule.within_m} 米内、前后 {rule.apart} 有在办的 {rule.cases} 事项",
        f"within {rule.within_m} m and {rule.apart} of an open case of {rule.cases}",
    )


def faults(scene: Any, over: Over, rule: Near) -> Iterator[Fault]:
    """The other programme and its kind of case exist, and the time is a length."""
    duration(rule.apart)
    yield from faults_of_other((), rule)


def faults_of_other(at: tuple[str | int, ...], rule: OtherCase) -> Iterator[Fault]:
    """Whether the other cases are declared. Source: docs/topics/watches.md, "near"."""
    found = all_programmes().get(rule.cases)
    if found is None:
        known = f"one of {', '.join(all_programmes())}"
        yield (*at, "cases"), f"there is no programme {rule.cases!r}", "a programme in use", known
    elif rule.case is not None and rule.case not in found.cases:
        known = f"one of {', '.join(found.cases)}"
        yield (*at, "case"), f"{rule.cases} has no case {rule.case!r}", "one of its kinds", known


KIND = WatchKind(
    "near",
    Words("就近的另一事项", "Near another case"),
    Words("与另一事项项目的在办案件时间地点相近", "a case near one of another programme in place and time"),
    Near, frozenset({"cases"}), find, why, faults=faults, type_of=lambda over, rule: "",
)  # fmt: skip
