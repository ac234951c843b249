"""Periods: a calendar span in the district's zone as two instants, and the data cut a number is counted up to. Pure.

Kinds: month `2026-10`, week `2026-W41` (ISO 8601), quarter `2026-Q4`, year `2026`, day `2026-10-05`, and months of
accounts that begin on another day, declared in `programmes/shared/periods.yaml`: `2026-10@rating`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bihuan.faults import Fault

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class PeriodError(Fault, ValueError):
    """A period that is not one, or that cannot be used that way; says the remedy."""

    remedy = "write a month as YYYY-MM, for example 2026-10"


class Period:
    """A span of whole local days. Events belong to it by when they occurred, in the district's zone."""

    kind: str

    @property
    def first(self) -> date:
        """The first day."""
        raise NotImplementedError

    @property
    def after(self) -> date:
        """The day after the last."""
        return self.next.first

    @property
    def next(self) -> Period:
        """The period after."""
        raise NotImplementedError

    @property
    def previous(self) -> Period:
        """The period before."""
        raise NotImplementedError

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return start (inclusive) and end (exclusive) as UTC instants.

        Source: docs/topics/indicators.md, "Periods" (in the district's zone)
        """
        return _midnight(self.first, zone), _midnight(self.after, zone)


@dataclass(frozen=True, slots=True)
class Month(Period):
    """One calendar month."""

    year: int
    month: int
    kind = "month"

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month written `YYYY-MM`; raises PeriodError.

        Source: docs/topics/indicators.md, "Periods" (`2026-10`)
        """
        match = _MONTH.fullmatch(text.strip())
        if not match:
            raise PeriodError(f"{text!r} is not a month; write it as YYYY-MM, for example 2026-10")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Month:
        """Return the month of an instant. Source: docs/topics/indicators.md, "Periods" (`2026-10`)."""
        return cls.on(at.astimezone(zone).date())

    @classmethod
    def on(cls, day: date) -> Month:
        """Return the month of a local day. Source: docs/topics/indicators.md, "Periods" (`2026-10`)."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def next(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Month:
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class CalendarDays(Period):
    """A week, quarter, year or day; `start` is its first day.

    **Source:** weeks by ISO 8601 (Monday first, the year is that of the Thursday).
    """

    kind: str
    start: date

    @property
    def first(self) -> date:
        return self.start

    @property
    def next(self) -> CalendarDays:
        return CalendarDays(self.kind, _later(self.kind, self.start, 1))

    @property
    def previous(self) -> CalendarDays:
        return CalendarDays(self.kind, _later(self.kind, self.start, -1))

    def __str__(self) -> str:
        if self.kind == "week":
            year, week, _ = self.start.isocalendar()
            return f"{year:04d}-W{week:02d}"
        if self.kind == "quarter":
            return f"{self.start.year:04d}-Q{(self.start.month + 2) // 3}"
        return f"{self.start.year:04d}" if self.kind == "year" else self.start.isoformat()


@dataclass(frozen=True, slots=True)
class ShiftedMonth(Period):
    """A month of accounts: from day `begins` of the month before to the day before it in the month it is named by."""

    kind: str
    begins: int
    month: Month

    @property
    def first(self) -> date:
        return self.month.previous.first + timedelta(days=self.begins - 1)

    @property
    def next(self) -> ShiftedMonth:
        return ShiftedMonth(self.kind, self.begins, self.month.next)

    @property
    def previous(self) -> ShiftedMonth:
        return ShiftedMonth(self.kind, self.begins, self.month.previous)

    def __str__(self) -> str:
        return f"{self.month}@{self.kind}"


CALENDAR = ("month", "week", "quarter", "year", "day")


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of period that may be asked for: the calendar's, and declared months of accounts by their first day."""

    shifted: dict[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """Every kind, the calendar's first. Source: docs/topics/indicators.md, "Periods"."""
        return (*CALENDAR, *self.shifted)

    def parse(self, text: str) -> Period:
        """Return the period that is written; raises PeriodError with the ways to write one.

        Source: ISO 8601-1 (months, weeks); docs/topics/indicators.md, "Periods".
        """
        told = text.strip()
        try:
            return self._parsed(told)
        except ValueError as error:
            ways = [
                "2026-10",
                "2026-W41",
                "2026-Q4",
                "2026",
                "2026-10-05",
                *(f"2026-10@{name}" for name in self.shifted),
            ]
            raise PeriodError(f"{text!r} is not a period", f"write it as one of {', '.join(ways)}") from error

    def _parsed(self, told: str) -> Period:
        month, _, kind = told.partition("@")
        if kind:
            if kind not in self.shifted:
                raise ValueError(kind)
            return ShiftedMonth(kind, self.shifted[kind], Month.parse(month))
        if match := _WEEK.fullmatch(told):
            return CalendarDays("week", date.fromisocalendar(int(match[1]), int(match[2]), 1))
        if match := _QUARTER.fullmatch(told):
            return CalendarDays("quarter", date(int(match[1]), 3 * int(match[2]) - 2, 1))
        if _YEAR.fullmatch(told):
            return CalendarDays("year", date(int(told), 1, 1))
        if _DAY.fullmatch(told):
            return CalendarDays("day", date.fromisoformat(told))
        return Month.parse(told)

    def on(self, kind: str, day: date) -> Period:
        """Return the period of a kind that a local day lies in; raises KeyError for an unknown kind.

        Source: docs/topics/indicators.md, "Periods".
        """
        if kind == "month":
            return Month.on(day)
        if kind == "week":
            return CalendarDays(kind, day - timedelta(days=day.weekday()))
        if kind == "quarter":
            return CalendarDays(kind, date(day.year, (day.month - 1) // 3 * 3 + 1, 1))
        if kind == "year":
            return CalendarDays(kind, date(day.year, 1, 1))
        if kind == "day":
            return CalendarDays(kind, day)
        named = Month.on(day)
        return ShiftedMonth(kind, self.shifted[kind], named.next if day.day >= self.shifted[kind] else named)

    def between(self, kind: str, first: date, last: date) -> Iterator[Period]:
        """Yield every period of a kind from the one that holds a day to the one that holds a later day.

        Source: docs/topics/indicators.md, "Periods".
        """
        period = self.on(kind, first)
        while period.first <= last:
            yield period
            period = period.next


def _later(kind: str, start: date, steps: int) -> date:
    if kind in ("week", "day"):
        return start + timedelta(days=(7 if kind == "week" else 1) * steps)
    if kind == "year":
        return date(start.year + steps, 1, 1)
    months = start.year * 12 + start.month - 1 + 3 * steps
    return date(months // 12, months % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cut:
    """What a number counts: the first `size` leaves of the log. `at` is when the last of them was recorded."""

    size: int
    at: str
    root: str

    def to_json(self) -> dict[str, int | str]:
        """Return the cut as JSON. Source: docs/adr/0080 (1)."""
        return {"size": self.size, "at": self.at, "root": self.root}
