"""Months: `2026-10` in the district's zone as two instants, and the data cut that a number is counted up to. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bihuan.faults import Fault

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class PeriodError(Fault, ValueError):
    """A period that is not a month, or that cannot be used that way; says the remedy."""

    remedy = "write a month as YYYY-MM, for example 2026-10"


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month. Events belong to it by when they occurred, in the district's zone."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month written `YYYY-MM`; raises PeriodError."""
        match = _MONTH.fullmatch(text.strip())
        if not match:
            raise PeriodError(f"{text!r} is not a month; write it as YYYY-MM, for example 2026-10")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Month:
        """Return the month of an instant."""
        local = at.astimezone(zone)
        return cls(local.year, local.month)

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    @property
    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Month:
        """The month before."""
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return start (inclusive) and end (exclusive) as UTC instants."""
        return _midnight(self.first, zone), _midnight(self.next.first, zone)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cut:
    """What a number counts: the first `size` leaves of the log. `at` is when the last of them was recorded."""

    size: int
    at: str
    root: str

    def to_json(self) -> dict[str, int | str]:
        """Return the cut as JSON."""
        return {"size": self.size, "at": self.at, "root": self.root}
