"""Durations as programmes write them: `2h`, `30min`, `7 days`, `7 working days`, `end of month`.

Rules, the same for every programme:

* minutes and hours run round the clock, every day of the year;
* natural days end at the same wall clock n days later in the district's zone;
* working days count whole days after the day of the start, which itself is not counted (Civil Code of the PRC, Art.
  201: the day on which a period begins is not included), and end at 24:00 of the n-th one;
* `end of month` ends at 24:00 of the last day of the month of the start.

A suffix overrides when the last day ends: `7 working days, same time`, `7 days, end of day`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bihuan.registers.pure.errors import RegisterError

Unit = Literal["minutes", "hours", "days", "working_days", "month_end"]
DueAt = Literal["same_time", "end_of_day"]

MAX_DAYS = 36_500
"""No promise runs longer than a century; a larger number is a slip of the pen."""

_UNITS: dict[str, Unit] = {
    **dict.fromkeys(("min", "mins", "minute", "minutes", "m"), "minutes"),
    **dict.fromkeys(("h", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days", "natural day", "natural days"), "days"),
    **dict.fromkeys(("wd", "working day", "working days", "workday", "workdays"), "working_days"),
}
_DUE: dict[str, DueAt] = {"same time": "same_time", "end of day": "end_of_day"}
_DEFAULT_DUE: dict[Unit, DueAt] = {
    "minutes": "same_time",
    "hours": "same_time",
    "days": "same_time",
    "working_days": "end_of_day",
    "month_end": "end_of_day",
}
_SHORT: dict[Unit, str] = {
    "minutes": "min",
    "hours": "h",
    "days": " days",
    "working_days": " working days",
    "month_end": "",
}
_PER_DAY: dict[Unit, int] = {"minutes": 1440, "hours": 24, "days": 1, "working_days": 1, "month_end": 1}
_TEXT = re.compile(r"(\d+)\s*([a-z][a-z ]*)")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time under a rule of counting.

    Args:
        amount: How many units; 0 for `month_end`.
        unit: What is counted.
        due_at: Whether the last day ends at the start's wall clock or at 24:00.
    """

    amount: int
    unit: Unit
    due_at: DueAt

    def __post_init__(self) -> None:
        """Refuse lengths that no clock can mean."""
        if self.unit == "month_end":
            if self.amount != 0:
                raise RegisterError(f"'end of month' takes no number, got {self.amount}", remedy="write: end of month")
        elif not 0 < self.amount <= MAX_DAYS * _PER_DAY[self.unit]:
            raise RegisterError(
                f"duration of {self.amount} {self.unit}",
                rule=f"between 1 and {MAX_DAYS} days",
                remedy="give a positive length, such as 7 days",
            )
        if self.unit in ("minutes", "hours") and self.due_at != "same_time":
            raise RegisterError(
                f"'{self.amount} {self.unit}, end of day'",
                rule="minutes and hours run to the second",
                remedy="use days or working days when the end of the day is meant",
            )

    @staticmethod
    def parse(text: str) -> Duration:
        """Return the duration written as `text`; raises RegisterError naming the accepted forms.

        Source: docs/topics/registers.md, "Time" (the table of forms); 民法典第二百零一条.
        """
        return _parse(text)

    def __str__(self) -> str:
        """Return the canonical text, which `parse` reads back to an equal value."""
        if self.unit == "month_end":
            text = "end of month"
        else:
            text = f"{self.amount}{_SHORT[self.unit]}"
            if self.amount == 1:
                text = text.removesuffix("s")
        if self.due_at != _DEFAULT_DUE[self.unit]:
            text += ", " + self.due_at.replace("_", " ")
        return text

    @property
    def needs_calendar(self) -> bool:
        """True when the answer depends on a published working-day schedule.

        Source: docs/topics/registers.md, "Time".
        """
        return self.unit == "working_days"


@lru_cache(maxsize=1024)
def _parse(text: str) -> Duration:
    body, _, suffix = " ".join(text.lower().replace("_", " ").split()).partition(",")
    due_at = _DUE.get(suffix.strip()) if suffix else None
    if suffix and due_at is None:
        raise _unreadable(text)
    body = body.strip()
    if body in ("end of month", "month end"):
        return Duration(0, "month_end", due_at or "end_of_day")
    found = _TEXT.fullmatch(body)
    unit = _UNITS.get(found[2].strip()) if found else None
    if found is None or unit is None:
        raise _unreadable(text)
    return Duration(int(found[1]), unit, due_at or _DEFAULT_DUE[unit])


def _unreadable(text: str) -> RegisterError:
    return RegisterError(
        f"duration {text!r} cannot be read",
        rule="<number> min | h | days | working days, or 'end of month'; optionally ', same time' or ', end of day'",
        remedy="write for example: 30min, 2h, 24 hours, 7 days, 7 working days, end of month",
    )
