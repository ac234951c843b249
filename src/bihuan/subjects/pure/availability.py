"""State in time: whether a venue, plant, room or road is open at an instant, by its status and hours. Pure.

A type says which field is the status, which codes of it mean open, and which field has the weekly hours. A status holds
for days because versions do: a closing for a season is a version with a first and a last day, and what held before
holds again afterwards; other hours on holidays are a version with its days. So every figure that asks for a day gets
the state of that day. Source: DESIGN §14 (state in time); docs/topics/subjects.md, "Open or not".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from bihuan.subjects.pure.types import SubjectType

WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_RULE = re.compile(r"([A-Za-z,\-\s]+?)\s+(off|\d\d:\d\d-\d\d:\d\d(?:\s*,\s*\d\d:\d\d-\d\d:\d\d)*)")


class HoursFault(ValueError):
    """Weekly hours that cannot be read."""


class Available(NamedTuple):
    """Whether it is open, and why: `status` (its code) or `hours`."""

    open: bool
    why: str


def hours_on(text: str, day: date) -> list[tuple[time, time]]:
    """Return the spans of a day by weekly hours such as `Mo-Fr 09:00-12:00,13:00-21:00; Sa,Su 10:00-18:00`.

    A later rule for a weekday replaces an earlier one; a weekday without a rule is closed.

    Raises:
        HoursFault: the text cannot be read.

    Source: OpenStreetMap opening_hours (weekday ranges, times, `off`), the part that weekly hours need.
    """
    spans: list[tuple[time, time]] = []
    for part in (part.strip() for part in text.split(";") if part.strip()):
        found = _RULE.fullmatch(part)
        if found is None:
            raise HoursFault(f"{part!r}; such as Mo-Fr 09:00-21:00; Sa,Su 10:00-18:00")
        if day.weekday() in _weekdays(found[1]):
            spans = [] if found[2] == "off" else [_span(each) for each in found[2].split(",")]
    return spans


def available_at(kind: SubjectType, values: Mapping[str, Any], at: datetime) -> Available | None:
    """Return whether a subject is open at a local instant, from the values of that day.

    Returns:
        None when the type declares no availability, or nothing is known of the status.

    Source: docs/topics/subjects.md, "Open or not"
    """
    rule = kind.availability
    status = values.get(rule.status) if rule else None
    if rule is None or status is None:
        return None
    if status not in rule.open:
        return Available(False, str(status))
    hours = values.get(rule.hours) if rule.hours else None
    if not hours:
        return Available(True, str(status))
    try:
        spans = hours_on(str(hours), at.date())
    except HoursFault:
        return None
    return Available(any(start <= at.time() < end for start, end in spans), "hours")


def _weekdays(text: str) -> set[int]:
    days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in WEEK or (last and last not in WEEK):
            raise HoursFault(f"{part!r} is no weekday; {', '.join(WEEK)}")
        start, end = WEEK.index(first), WEEK.index(last or first)
        days |= {each % 7 for each in range(start, end + 1 + (7 if end < start else 0))}
    return days


def _span(text: str) -> tuple[time, time]:
    first, _, last = text.strip().partition("-")
    try:
        start, end = time.fromisoformat(first), time.max if last == "24:00" else time.fromisoformat(last)
    except ValueError:
        raise HoursFault(f"{text!r} is no span of a day") from None
    if end <= start:
        raise HoursFault(f"{text!r} ends before it begins")
    return start, end
