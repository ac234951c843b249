"""What a question for items says: how many, where, when, in which system; what nobody knows is refused by name.

Source: OGC 17-069r4, 7.15.2 to 7.15.8 (limit, bbox, datetime, unknown parameters); OGC 18-058r1, 6 (crs, bbox-crs).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bihuan.faces.parts.problems import ApiProblem, problem
from bihuan.standards.features.systems import CRS84, SYSTEMS, bounds_of

USUAL, MOST, FARTHEST = 10, 1000, 100_000
KNOWN = frozenset({"limit", "bbox", "bbox-crs", "datetime", "crs", "after", "offset", "f"})
OPEN = ("", "..")


@dataclass(frozen=True)
class ItemsAsked:
    """A question for items.

    Args:
        limit: At most so many. after: The last id of the page before. offset: So many are passed over, for clients that
            page by number (the `next` link goes on after an id, which costs the same on every page).
        system: Of the answer's positions.
        box: West, south, east, north in degrees; None: everywhere. From west to east over 180° when west is larger.
        begins, ends: Instants, both included, aware; None: open. Both None when no time is asked for.
    """

    limit: int
    after: str
    offset: int
    system: str
    box: tuple[float, float, float, float] | None
    begins: datetime | None
    ends: datetime | None

    def days(self, zone: tzinfo) -> tuple[date, date] | None:
        """The first and last day that are asked for; None when no time is. Source: OGC 17-069r4, 7.15.4."""
        if self.begins is None and self.ends is None:
            return None
        first = self.begins.astimezone(zone).date() if self.begins else date.min
        return first, self.ends.astimezone(zone).date() if self.ends else date.max


def items_asked(given: Mapping[str, str], further: Collection[str], zone: tzinfo) -> ItemsAsked:
    """Read a question for items.

    Args:
        given: What stands behind the question mark. further: Names that the collection knows besides.
        zone: Of dates without a time.

    Raises:
        ApiProblem: 400, an unknown parameter or a value that cannot be read.

    Source: OGC 17-069r4, 7.15.
    """
    for name in given:
        if name not in KNOWN and name not in further:
            listed = ", ".join(sorted({*KNOWN, *further}))
            raise _wrong(name, f"没有参数 {name}", f"there is no parameter {name}", f"可用 · known: {listed}")
    begins, ends = _time(given.get("datetime", ""), zone)
    box_system = _system(given, "bbox-crs")
    begun = given.get("after", "")[:120], _number(given, "offset", 0, 0)
    return ItemsAsked(
        min(_number(given, "limit", USUAL, 1), MOST), *begun, _system(given, "crs"),
        _box(given.get("bbox", ""), box_system), begins, ends,
    )  # fmt: skip


def _number(given: Mapping[str, str], name: str, usual: int, least: int) -> int:
    text = given.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or int(text[:9]) < least or int(text[:9]) > FARTHEST:
        raise _wrong(name, f"{name} 须为整数", f"{name} must be a number from {least} to {FARTHEST}", f"{name}={usual}")
    return int(text[:9])


def _system(given: Mapping[str, str], name: str) -> str:
    text = given.get(name, "").strip("[]") or CRS84
    if text not in SYSTEMS:
        raise _wrong(
            name, f"不支持的坐标系 {text[:80]}", f"no such system of coordinates: {text[:80]}", ", ".join(SYSTEMS)
        )
    return text


def _box(text: str, system: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(math.isfinite(each) for each in numbers):
        raise _wrong("bbox", "bbox 须为4或6个数", "bbox must be four or six numbers", "bbox=116.2,39.9,116.4,40.1")
    west, south, east, north = bounds_of((numbers[0], numbers[1], numbers[2], numbers[3]), system)
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise _wrong(
            "bbox", "bbox 超出范围或南北颠倒", "bbox is out of range or upside down", "bbox=116.2,39.9,116.4,40.1"
        )
    return west, south, east, north


def _time(text: str, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    if not text:
        return None, None
    parts = text.replace(" ", "+").split("/")
    if len(parts) > 2 or all(part in OPEN for part in parts):
        raise _bad_time()
    begins, ends = parts[0], parts[-1]
    found = (
        None if begins in OPEN else _instant(begins, zone, last=False),
        None if ends in OPEN else _instant(ends, zone, last=True),
    )
    if found[0] and found[1] and found[0] > found[1]:
        raise _bad_time()
    return found


def _instant(text: str, zone: tzinfo, *, last: bool) -> datetime:
    try:
        if len(text) == len("2026-03-01"):
            day = date.fromisoformat(text)
            at = datetime.combine(day, time(), zone)
            return at + timedelta(days=1, microseconds=-1) if last else at
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _bad_time() from None


def _bad_time() -> ApiProblem:
    return _wrong("datetime", "时间须为时刻或区间", "datetime must be an instant or an interval", "2026-03-01/..")


def _wrong(field: str, zh: str, en: str, example: str) -> ApiProblem:
    return problem(400, "wrong_parameter", zh, en, field=field, remedy=(f"例如 {example}", f"such as {example}"))
