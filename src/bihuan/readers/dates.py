"""Dates as files write them, and local times made exact.

A file declares its form (never guessed row by row: 3/4/2026 means two things) and its IANA zone with the rule for
times that a clock change repeats or skips. Source of the fold semantics: PEP 495.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

Ambiguous = Literal["earlier", "later", "reject"]
Nonexistent = Literal["forward", "reject"]
Form = Literal["iso", "ymd", "mdy", "dmy", "epoch", "epoch_ms", "excel"]

EXPECTED: dict[Form, str] = {
    "iso": "YYYY-MM-DD[ HH:MM[:SS]] (ISO 8601)",
    "ymd": "Y/M/D [h:m[:s]] (2019/2/8 9:05:00, 2019年2月8日)",
    "mdy": "M/D/Y [h:m[:s] [AM|PM]]",
    "dmy": "D/M/Y [h:m[:s]]",
    "epoch": "seconds since 1970-01-01 UTC",
    "epoch_ms": "milliseconds since 1970-01-01 UTC",
    "excel": "Excel day number",
}

_CLOCK = r"(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?)?[秒分]?\s*([AaPp]\.?[Mm]\.?)?)?"
_YMD = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?" + _CLOCK)
_PARTS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _CLOCK)
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - local by nature; Excel counts a 29 February 1900 that never was


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone with its rules for the two hours a year that local time cannot name.

    Args:
        info: The IANA zone.
        ambiguous: What a time that happened twice means.
        nonexistent: `forward` moves a skipped time by the length of the gap (02:30 becomes 03:30).
    """

    info: ZoneInfo
    ambiguous: Ambiguous = "earlier"
    nonexistent: Nonexistent = "forward"

    def utc(self, local: datetime) -> datetime | str:
        """Return the moment in UTC, or the fault code `ambiguous_time` / `nonexistent_time`.

        Source: PEP 495 (fold); docs/topics/import.md, "Local times".
        """
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        before = local.replace(tzinfo=self.info)
        after = before.replace(fold=1)
        first, second = before.utcoffset(), after.utcoffset()
        if first == second or first is None or second is None:
            return before.astimezone(UTC)
        if first > second:  # clocks went back: the hour happened twice
            if self.ambiguous == "reject":
                return "ambiguous_time"
            return (before if self.ambiguous == "earlier" else after).astimezone(UTC)
        return "nonexistent_time" if self.nonexistent == "reject" else before.astimezone(UTC)


def parse_moment(cell: Any, form: Form, zone: Zone) -> datetime | str:
    """One cell as a moment in UTC, or a fault code.

    Args:
        cell: As the reader gave it; spreadsheet and Parquet dates come as dates already.
        form: The declared form of text and numbers.
        zone: For times without one.

    Source: docs/topics/import.md, "Import a file" (one form per column); instants: ISO 8601-1, RFC 3339.
    """
    if isinstance(cell, datetime):
        return zone.utc(cell)
    if isinstance(cell, date):
        return zone.utc(datetime.combine(cell, time.min))
    try:
        found = _chinese(cell, form) if isinstance(cell, str) and "午" in cell else FORMS[form](cell)
        return zone.utc(found) if found else "not_a_date"
    except (ValueError, OverflowError, TypeError):
        return "not_a_date"


_HALF = re.compile(r"\s*(上午|下午|中午)\s*(\d{1,2})(?=[:：时])")


def _chinese(cell: str, form: Form) -> datetime | None:
    """Return a clock with 上午 or 下午 before it, as Chinese Windows writes dates (12 at noon is 下午12 or 中午12)."""
    half = _HALF.search(cell)
    if half is None or not 0 <= (hour := int(half[2])) <= 12:
        return None
    late = half[1] == "下午" or (half[1] == "中午" and hour not in (10, 11))
    hour = hour % 12 + (12 if late else 0)
    return FORMS[form](f"{cell[: half.start()]} {hour:02d}{cell[half.end() :]}".replace("：", ":"))


def _iso(cell: Any) -> datetime | None:
    return datetime.fromisoformat(str(cell).strip())


def _ymd(cell: Any) -> datetime | None:
    found = _YMD.fullmatch(str(cell).strip())
    return _at(int(found[1]), int(found[2]), int(found[3]), found.groups()[3:]) if found else None


def _mdy(cell: Any) -> datetime | None:
    found = _PARTS.fullmatch(str(cell).strip())
    return _at(int(found[3]), int(found[1]), int(found[2]), found.groups()[3:]) if found else None


def _dmy(cell: Any) -> datetime | None:
    found = _PARTS.fullmatch(str(cell).strip())
    return _at(int(found[3]), int(found[2]), int(found[1]), found.groups()[3:]) if found else None


def _at(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock[:3])
    if clock[3]:
        if not 1 <= hour <= 12:
            raise ValueError("an hour with AM or PM is 1 to 12")
        hour = hour % 12 + (12 if clock[3][0] in "pP" else 0)
    if (hour, minute, second) == (24, 0, 0):  # the midnight that ends the day (ISO 8601)
        return datetime(year, month, day) + timedelta(days=1)  # noqa: DTZ001 - see below
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is applied by `Zone.utc`


def _epoch(cell: Any) -> datetime | None:
    return datetime.fromtimestamp(float(cell), UTC)


def _epoch_ms(cell: Any) -> datetime | None:
    return datetime.fromtimestamp(float(cell) / 1000, UTC)


def _excel(cell: Any) -> datetime | None:
    return _EXCEL_ZERO + timedelta(seconds=round(float(cell) * 86400))


FORMS: dict[Form, Callable[[Any], datetime | None]] = {
    "iso": _iso,
    "ymd": _ymd,
    "mdy": _mdy,
    "dmy": _dmy,
    "epoch": _epoch,
    "epoch_ms": _epoch_ms,
    "excel": _excel,
}


SLOTS: tuple[Form, ...] = ("iso", "ymd", "mdy", "dmy")
"""Forms that text may be in, tried in this order."""


def forms_of(cells: Iterable[Any], zone: Zone) -> list[Form]:
    """Return the one form a column's text is in: those that read the most cells, best first.

    More than one is returned only when they read the same cells to different moments: then a person must say.

    Source: docs/topics/import.md, "Import a file" (two readings ask, and both are named).
    """
    words = list(dict.fromkeys(c for c in cells if isinstance(c, str) and c.strip()))
    read = {form: [parse_moment(word, form, zone) for word in words] for form in SLOTS}
    count = {form: sum(isinstance(at, datetime) for at in moments) for form, moments in read.items()}
    most = max(count.values(), default=0)
    best = [form for form in SLOTS if count[form] == most]
    return [form for i, form in enumerate(best) if i == 0 or read[form] != read[best[0]]]
