"""Calendars: which day is a working day, when a duration ends, what is left of it when a clock is paused.

A `Calendar` is one jurisdiction's published yearly schedules in one IANA zone. Its `edition` names the schedules it was
built from, so the same events and the same edition give the same deadlines. Beyond the last published year it never
guesses silently: `add` raises `CalendarUncovered`, and `due` answers by weekdays and says `provisional`.

Every instant that is returned is in UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bihuan.registers.pure.durations import Duration, Unit
from bihuan.registers.pure.errors import CalendarUncovered, RegisterError

PROVISIONAL_YEARS = 12
"""How far beyond the last published year `due` counts weekdays provisionally."""

_LAST_SECOND = time(23, 59, 59)
_SECOND_STEP = {"minutes": 60, "hours": 3600}
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off, both ends included, with the name that people read."""

    first: date
    last: date
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class YearSchedule:
    """One year's published schedule.

    Args:
        edition: Identity of this transcription, such as `CN-2024.1`; corrected data takes a new one.
        weekend: Weekday numbers that are days off (Monday is 0).
        make_up: Weekend days that are worked (调休).
        citation: The notice; `verified` says whether somebody compared this file with it.
    """

    edition: str
    jurisdiction: str
    year: int
    weekend: frozenset[int]
    holidays: tuple[Holiday, ...]
    make_up: frozenset[date]
    citation: str
    verified: bool

    def is_workday(self, day: date) -> bool:
        """Return whether `day` of this year is worked: made up, or neither weekend nor holiday.

        Source: the State Council's notice of the year (调休), cited in its file.
        """
        if day in self.make_up:
            return True
        return day.weekday() not in self.weekend and not any(h.first <= day <= h.last for h in self.holidays)


@dataclass(frozen=True, slots=True)
class Statutory:
    """Days off that a law fixes by date for every year from `first` on.

    Args:
        month, days: Such as 10 and (1, 2, 3).
        citation: The law; `verified` says whether somebody compared this row with it.
    """

    first: int
    month: int
    days: tuple[int, ...]
    zh: str
    en: str
    citation: str
    verified: bool

    def holds(self, day: date) -> bool:
        """Return whether `day` is one of them. Source: 全国年节及纪念日放假办法, cited in its file."""
        return day.year >= self.first and day.month == self.month and day.day in self.days


class Due(NamedTuple):
    """When a duration ends, and why.

    Args:
        at: The instant, in UTC.
        duration: What was counted, from `start`.
        edition: The calendar edition and `zone` the IANA zone that were used.
        provisional: True when an unpublished year was crossed; the deadline must be recomputed once it is published.
    """

    at: datetime
    duration: Duration
    start: datetime
    edition: str
    zone: ZoneInfo
    provisional: bool

    @property
    def last_day(self) -> date:
        """The local date on which the duration ends. Source: docs/topics/registers.md, "Time"."""
        return self.at.astimezone(self.zone).date()

    def why(self) -> dict[str, Any]:
        """Return the explanation as a JSON object without floats. Source: docs/topics/registers.md, "Time"."""
        reason: dict[str, Any] = {
            "within": str(self.duration),
            "from": self.start.astimezone(UTC).isoformat(),
            "zone": self.zone.key,
            "last_day": self.last_day.isoformat(),
        }
        if self.duration.needs_calendar:
            reason["calendar"] = self.edition
            if self.provisional:
                reason["provisional"] = True
                reason["calendar_uncovered"] = "schedule not yet published: weekends and statutory dates only"
        return reason


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a paused clock has left.

    Args:
        unit: `instant` (exact time), `wall` (wall-clock time) or `working_days`.
        days: Working days left, else 0.
        micros: Microseconds left; for working days the time of day at which the last one ends.
    """

    unit: str
    days: int
    micros: int

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON object of a string and two integers. Source: docs/topics/registers.md, "Time"."""
        return {"unit": self.unit, "days": self.days, "micros": self.micros}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Remaining:
        """Return the value that `as_dict` wrote. Source: docs/topics/registers.md, "Time"."""
        return Remaining(str(data["unit"]), int(data["days"]), int(data["micros"]))


class Calendar:
    """Working-day arithmetic of one jurisdiction in one zone. Immutable; every lookup is O(1).

    Args:
        jurisdiction: Whose schedules these are, such as `CN`.
        zone: IANA zone of the district.
        schedules: One per year, without a missing year between; raises RegisterError otherwise.
        statutory: Days off that a law fixes by date; they count in years that are not published yet.
    """

    def __init__(
        self, jurisdiction: str, zone: str, schedules: Iterable[YearSchedule], statutory: Iterable[Statutory] = ()
    ) -> None:
        self.jurisdiction = jurisdiction
        self.statutory = tuple(statutory)
        self.zone = ZoneInfo(zone)
        self.schedules = tuple(sorted(schedules, key=lambda s: s.year))
        _check_years(jurisdiction, self.schedules)
        years = {schedule.year: schedule for schedule in self.schedules}
        self.first_covered = date(self.schedules[0].year, 1, 1)
        self.last_covered = date(self.schedules[-1].year, 12, 31)
        self.edition = _edition_of(jurisdiction, self.schedules, self.statutory)
        self._base = self.first_covered.toordinal()
        end = date(self.last_covered.year + PROVISIONAL_YEARS, 12, 31).toordinal()
        weekend = self.schedules[-1].weekend
        worked = []
        for ordinal in range(self._base, end + 1):
            day = date.fromordinal(ordinal)
            schedule = years.get(day.year)
            worked.append(schedule.is_workday(day) if schedule else self._by_rule(day, weekend))
        self._worked = worked
        self._prefix = list(accumulate(worked))
        self._workdays = [index for index, is_worked in enumerate(worked) if is_worked]
        self._covered = self.last_covered.toordinal() - self._base
        self._day_ends: dict[int, datetime] = {}

    def __repr__(self) -> str:
        """Show edition and zone."""
        return f"Calendar({self.edition}, {self.zone.key})"

    def covers(self, day: date) -> bool:
        """Return whether the schedule of `day` is published. Source: 全国年节及纪念日放假办法."""
        return self.first_covered <= day <= self.last_covered

    def is_workday(self, day: date) -> bool:
        """Return whether `day` is worked; raises CalendarUncovered outside the published years."""
        if not self.covers(day):
            raise self._uncovered(day)
        return self._worked[day.toordinal() - self._base]

    def worked(self, day: date) -> tuple[bool, bool]:
        """Return whether `day` is worked, and whether that is provisional (by weekday, its year being unpublished).

        Source: 全国年节及纪念日放假办法.
        """
        if self.covers(day):
            return self._worked[day.toordinal() - self._base], False
        return self._by_rule(day, self.schedules[-1].weekend), True

    def holiday(self, day: date) -> Holiday | None:
        """Return the named holiday on `day`, if any. Source: 全国年节及纪念日放假办法."""
        for schedule in self.schedules:
            if schedule.year == day.year:
                return next((h for h in schedule.holidays if h.first <= day <= h.last), None)
        return None

    def local_date(self, at: datetime) -> date:
        """Return the district's date at an aware instant. Source: docs/topics/registers.md, "Time"."""
        return self._local(at).date()

    def add(self, start: datetime, duration: Duration) -> datetime:
        """Return when `duration` from the aware instant `start` ends, in UTC.

        Raises RegisterError for a naive start and CalendarUncovered when working days reach an unpublished year.

        Source: 民法典第二百零一条 (the day of the start is not counted); docs/topics/registers.md, "Time".
        """
        at, index = self._end(start, duration)
        if index > self._covered and duration.unit == "working_days":
            raise self._uncovered(date.fromordinal(self._base + index))
        return at

    def due(self, start: datetime, duration: Duration) -> Due:
        """Return when `duration` ends with its explanation; provisional beyond the published years.

        Source: 民法典第二百零一条; docs/adr/0030 (5).
        """
        at, index = self._end(start, duration)
        provisional = duration.unit == "working_days" and index > self._covered
        return Due(at, duration, start, self.edition, self.zone, provisional)

    def guesses(self, end: datetime, duration: Duration) -> bool:
        """Return whether an end counted in working days lies in an unpublished year, and so is provisional."""
        return duration.unit == "working_days" and self._local(end).date() > self.last_covered

    def between(self, start: datetime, end: datetime, unit: Unit) -> int:
        """Return the whole units from `start` to `end`; negative when `end` lies before `start`.

        Working days are those after the date of `start` up to and with the date of `end`.

        Source: 民法典第二百零一条 (the day of the start is not counted).
        """
        if end < start:
            return -self.between(end, start, unit)
        if unit in _SECOND_STEP:
            return (end.astimezone(UTC) - start.astimezone(UTC)) // timedelta(seconds=_SECOND_STEP[unit])
        first, last = self._local(start), self._local(end)
        if unit == "working_days":
            return self._count(self._index(last.date())) - self._count(self._index(first.date()))
        if unit == "days":
            return (last.replace(tzinfo=None) - first.replace(tzinfo=None)) // timedelta(days=1)
        raise RegisterError(f"unit {unit!r} cannot be counted", remedy="use minutes, hours, days or working_days")

    def remaining(self, now: datetime, due: datetime, duration: Duration) -> Remaining:
        """Return what is left at `now` of a clock that ends at `due`, so that `resume` can set it going again.

        A clock that is already overdue keeps the exact time by which it is late.

        Source: docs/topics/registers.md, "Time" (what is kept over a pause).
        """
        if due <= now or duration.unit in _SECOND_STEP:
            return Remaining("instant", 0, (due.astimezone(UTC) - now.astimezone(UTC)) // _MICROSECOND)
        here, there = self._local(now), self._local(due)
        if duration.unit == "working_days":
            days = self._count(self._index(there.date())) - self._count(self._index(here.date()))
            return Remaining("working_days", days, _time_of_day(there))
        wall = there.replace(tzinfo=None) - here.replace(tzinfo=None)
        return Remaining("wall", 0, wall // _MICROSECOND)

    def resume(self, at: datetime, remaining: Remaining) -> datetime:
        """Return the new end, in UTC, of a clock that is set going again at `at` with what it had left.

        In an unpublished year it counts as `due` does, provisionally (see `guesses`); raises CalendarUncovered only
        beyond the years that `due` counts at all.

        Source: docs/topics/registers.md, "Time" (what is kept over a pause); skipped and doubled hours: RFC 5545
            §3.3.5.
        """
        if remaining.unit == "instant":
            return _aware(at).astimezone(UTC) + timedelta(microseconds=remaining.micros)
        here = self._local(at)
        if remaining.unit == "wall":
            return self._from_wall(here.replace(tzinfo=None) + timedelta(microseconds=remaining.micros))
        index = self._index(here.date())
        if remaining.days > 0 or not self._worked[index]:
            index = self._nth_workday(index, max(remaining.days, 1))
        midnight = datetime.combine(date.fromordinal(self._base + index), time())
        return self._from_wall(midnight + timedelta(microseconds=remaining.micros))

    def _by_rule(self, day: date, weekend: frozenset[int]) -> bool:
        return day.weekday() not in weekend and not any(rule.holds(day) for rule in self.statutory)

    def _end(self, start: datetime, duration: Duration) -> tuple[datetime, int]:
        unit = duration.unit
        if unit == "hours" or unit == "minutes":
            at = _aware(start).astimezone(UTC) + timedelta(seconds=duration.amount * _SECOND_STEP[unit])
            return at, -1
        local = self._local(start)
        if unit == "working_days":
            index = self._nth_workday(self._index(local), duration.amount)
        elif unit == "days":
            index = local.toordinal() - self._base + duration.amount
        else:
            index = _month_end(local).toordinal() - self._base
        if duration.due_at == "end_of_day":
            return self._day_end(index), index
        day = date.fromordinal(self._base + index)
        return self._from_wall(datetime.combine(day, local.time())), index

    def _local(self, at: datetime) -> datetime:
        return _aware(at).astimezone(self.zone)

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._base
        if 0 <= index < len(self._worked):
            return index
        raise self._uncovered(day)

    def _count(self, index: int) -> int:
        return self._prefix[index]

    def _nth_workday(self, index: int, n: int) -> int:
        position = self._prefix[index] + n - 1
        if position < len(self._workdays):
            return self._workdays[position]
        raise self._uncovered(date.fromordinal(self._base + index + n))

    def _day_end(self, index: int) -> datetime:
        end = self._day_ends.get(index)
        if end is None:
            day = date.fromordinal(self._base + index)
            end = self._from_wall(datetime.combine(day, _LAST_SECOND))
            self._day_ends[index] = end
        return end

    def _from_wall(self, wall: datetime) -> datetime:
        # A wall time that a DST change skips is read with the offset before the gap, one that occurs twice is the
        # first of the two (RFC 5545, 3.3.5). This is what fold=0 means.
        return wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def _uncovered(self, day: date) -> CalendarUncovered:
        return CalendarUncovered(
            f"no published working-day schedule covers {day}",
            where=f"calendar {self.edition}",
            rule=f"schedules are published for {self.first_covered.year} to {self.last_covered.year}",
            remedy=f"load the schedule of {day.year} with: bihuan load calendars FILE",
        )


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise RegisterError(
            f"time {at.isoformat()} has no zone",
            rule="every instant carries its offset from UTC",
            remedy="attach the zone where the time was read, for example with datetime.replace(tzinfo=ZoneInfo(...))",
        )
    return at


def _time_of_day(at: datetime) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _month_end(day: date) -> date:
    first_of_next = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first_of_next - timedelta(days=1)


def _check_years(jurisdiction: str, schedules: tuple[YearSchedule, ...]) -> None:
    if not schedules:
        raise RegisterError(f"calendar {jurisdiction} has no year", remedy="load at least one yearly schedule")
    for before, after in pairwise(schedules):
        if after.year != before.year + 1:
            raise RegisterError(
                f"calendar {jurisdiction} jumps from {before.year} to {after.year}",
                rule="exactly one schedule for every year of the range",
                remedy="add the missing year or remove the double one",
            )


def _edition_of(jurisdiction: str, schedules: tuple[YearSchedule, ...], statutory: tuple[Statutory, ...]) -> str:
    facts: list[object] = [(s.edition, sorted(s.weekend), s.holidays, sorted(s.make_up)) for s in schedules]
    facts += [(rule.first, rule.month, rule.days) for rule in statutory]
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()[:8]
    return f"{jurisdiction}-{schedules[0].year}-{schedules[-1].year}-{digest}"
