"""The months of suggestions as pages read them: counted by the worker, again whenever something in a month changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, Min

from bihuan.numbers.periods import Month
from bihuan.registers.pure.snapshot import Registers
from bihuan.suggestions.counting import CountedLine, count_suggestions
from bihuan.suggestions.models import CountedMonth, Suggestion

OVERLAP = timedelta(minutes=5)
"""What is committed late is still found: changes are looked for from so long before the last count."""


class Counted(NamedTuple):
    """A month as last counted; `at` is None before the first count."""

    lines: list[CountedLine]
    at: datetime | None


def counted_month(month: Month, district: str) -> Counted:
    """Return a month as the worker counted it; without lines when nothing was suggested in it."""
    row = CountedMonth.objects.filter(district_id=district, month=str(month)).first()
    if row is None:
        return Counted([], CountedMonth.objects.aggregate(at=Max("at"))["at"])
    return Counted([CountedLine(*line) for line in row.lines], row.at)


def count_changed(registers: Registers, now: datetime | None = None) -> int:
    """Count again every month in which something was suggested or answered since the last count; returns how many."""
    now = now or datetime.now(UTC)
    district, zone = registers.district.code, registers.calendar.zone
    for month in (months := _changed(registers, now)):
        lines = [list(line) for line in count_suggestions(*month.bounds(zone))]
        CountedMonth.objects.update_or_create(
            district_id=district, month=str(month), defaults={"lines": lines, "at": now}
        )
    return len(months)


def _changed(registers: Registers, now: datetime) -> list[Month]:
    """Return the present month, and those of the suggestions made or answered since the last count."""
    zone, mine = registers.calendar.zone, Suggestion.objects.filter(district_id=registers.district.code)
    last: datetime | None = CountedMonth.objects.aggregate(at=Max("at"))["at"]
    present = Month.of(now, zone)
    if last is None:
        first = mine.aggregate(at=Min("created_at"))["at"]
        month = Month.of(first, zone) if first else present
        found = {present}
        while month.first < present.first:
            found.add(month)
            month = month.next
        return sorted(found, key=str)
    since = last - OVERLAP
    moved = [*mine.filter(created_at__gte=since).values_list("created_at", flat=True),
             *mine.filter(answered_at__gte=since).values_list("created_at", flat=True)]  # fmt: skip
    return sorted({present, *(Month.of(at, zone) for at in moved)}, key=str)
