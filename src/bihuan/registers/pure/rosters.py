"""Deputies for nights and holidays: who acts for a unit when its own people are off.

A deputyship names the unit, the person or unit that stands in, and when: always, at night, on days off, or both. A
night begins in the evening of its day and ends on the next morning; a day off is one that the calendar does not work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from bihuan.registers.pure.calendars import Calendar
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.organisation import END, START

WHEN = frozenset({"always", "nights", "days_off", "nights_and_days_off"})


@dataclass(frozen=True, slots=True)
class Deputyship:
    """One line of the roster.

    Args:
        unit: Id of the unit that is stood in for.
        deputy: Id of the person, or of the unit whose people stand in.
        when: One of `WHEN`.
        night_from, night_to: Local wall clock at which the night begins and ends.
        valid_from, valid_to: Half-open validity; None leaves it open.
    """

    unit: str
    deputy: str
    when: str = "nights_and_days_off"
    night_from: time = time(18)
    night_to: time = time(8, 30)
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        """Refuse rosters that mean nothing."""
        if self.when not in WHEN:
            raise RegisterError(f"when {self.when!r} is unknown", rule=f"one of {', '.join(sorted(WHEN))}")
        if self.night_from <= self.night_to:
            raise RegisterError(
                f"the night from {self.night_from} to {self.night_to} does not cross midnight",
                rule="a night begins in the evening and ends on the next morning",
                remedy="correct night_from and night_to",
            )

    def holds(self, at: datetime, calendar: Calendar) -> bool:
        """Return whether the deputy stands in at an aware instant; days off of an unpublished year go by weekday.

        Source: docs/topics/registers.md, "People, roles, deputies" (nights and days off).
        """
        local = at.astimezone(calendar.zone)
        if not (self.valid_from or START) <= local.date() < (self.valid_to or END):
            return False
        if self.when == "always":
            return True
        at_night = local.time() >= self.night_from or local.time() < self.night_to
        if "nights" in self.when and at_night:
            return True
        is_worked, _ = calendar.worked(local.date())
        return "days_off" in self.when and not is_worked


def acts_for(
    rows: Iterable[Deputyship], person: str, unit: str | None, at: datetime, calendar: Calendar
) -> frozenset[str]:
    """Return the ids of units a person may act for beside their own: by name, or because their unit may.

    Source: docs/topics/registers.md, "People, roles, deputies".
    """
    mine = {person, unit} - {None}
    return frozenset(row.unit for row in rows if row.deputy in mine and row.holds(at, calendar))
