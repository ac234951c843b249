"""When a value was: from the clock of a source to the instant at which its averaging time begins.

Every stored instant is the beginning, whichever end the source names; so the hour labelled 00:00 at its end belongs to
the day before. Source: HJ 212-2017 (DataTime), ISO 8601-1:2019; DESIGN §14; docs/adr/0255.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bihuan.series.declared import DAY, SeriesFile
from bihuan.series.values import ValueRefusal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
YEARS = (1900, 2199)
_COMPACT = re.compile(r"[0-9]{14}")
_SLASHED = re.compile(r"([0-9]{4})[/.年]([0-9]{1,2})[/.月]([0-9]{1,2})日?[ T]?(.*)")
_HOUR_24 = re.compile(r"(.*[ T])24:00(?::00)?$")
_WRITE = "写作 2026-03-01 08:00 或 2026-03-01T08:00+08:00 · write 2026-03-01 08:00, or with a zone"


class SeriesClock:
    """Reads the instants of one series.

    Args:
        declared: The series.
        zone: Of instants that say none; empty: the series' own.
    """

    def __init__(self, declared: SeriesFile, zone: str = "") -> None:
        self._zone = ZoneInfo(zone) if zone else declared.tz
        self._step = declared.seconds
        self._own = declared.tz
        self._back = self._step if declared.ends else 0
        self._read: dict[object, int | ValueRefusal] = {}

    def read(self, written: object) -> int | ValueRefusal:
        """Return the beginning of a value's time in microseconds since 1970 (UTC), or why there is none.

        Source: docs/adr/0255 (3, the beginning of a value's time); RFC 3339 §5.6.
        """
        known = self._read.get(written)
        if known is None:
            known = self._worked_out(written)
            if len(self._read) < 200_000:
                self._read[written] = known
        return known

    def arrival(self, written: object) -> int | ValueRefusal:
        """Return an instant of arrival, in microseconds since 1970 (UTC).

        Source: docs/adr/0255 (3, the beginning of a value's time); RFC 3339 §5.6.
        """
        at = self._instant(written)
        return at if isinstance(at, ValueRefusal) else micros(at)

    def _worked_out(self, written: object) -> int | ValueRefusal:
        at = self._instant(written)
        if isinstance(at, ValueRefusal):
            return at
        begins = at - timedelta(seconds=self._back)
        if self._step and not _aligned(begins.astimezone(self._own), self._step):
            rule = f"{written} 不在平均时段的起止点 · is not where a time of {self._step} s begins or ends"
            return ValueRefusal(
                "time", rule, "核对时间或声明的 averaging、label · check it, or the declared averaging and label"
            )
        return micros(begins)

    def _instant(self, written: object) -> datetime | ValueRefusal:
        at = _written_instant(written)
        if at is None or not YEARS[0] <= at.year <= YEARS[1]:
            return ValueRefusal("time", f"{str(written)!r} 不是时间 · is no time", _WRITE)
        if at.tzinfo is None:
            local = at.replace(tzinfo=self._zone)
            if local.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != at:
                return ValueRefusal(
                    "time", f"{at} 在该时区不存在 · does not exist in that zone", "写明时区 · write its zone"
                )
            at = local
        return at.astimezone(UTC)


def micros(at: datetime) -> int:
    """Return microseconds since 1970 (UTC)."""
    since = at - EPOCH
    return (since.days * DAY + since.seconds) * SECOND + since.microseconds


def instant_of(at: int) -> datetime:
    """Return the instant, in UTC, of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at)


def _written_instant(written: object) -> datetime | None:
    if isinstance(written, datetime):
        return written
    text = str(written or "").strip()
    if _COMPACT.fullmatch(text):
        text = f"{text[:8]}T{text[8:]}"
    elif found := _SLASHED.fullmatch(text):
        year, month, day, rest = found.groups()
        text = f"{year}-{int(month):02}-{int(day):02}" + (f"T{rest}" if rest else "")
    late = _HOUR_24.fullmatch(text)
    try:
        at = datetime.fromisoformat(f"{late[1]}00:00" if late else text)
        return at + timedelta(days=1) if late else at
    except (ValueError, OverflowError):
        return None


def _aligned(local: datetime, step: int) -> bool:
    passed = local.hour * 3600 + local.minute * 60 + local.second
    return local.microsecond == 0 and passed % min(step, DAY) == 0
