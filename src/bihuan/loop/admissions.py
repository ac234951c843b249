"""The list of what a gate admits: what was in effect on a day, and what entered and left between two days.

Read from the events alone, so the list of any past day can be shown again. Works for every case type of shape `gate`.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from bihuan.loop.kernel.evolve import parse
from bihuan.loop.kernel.model import Data
from bihuan.loop.models import CaseRow, EventRow

ENDINGS = {"revoked", "expired"}


class Admission(msgspec.Struct, frozen=True):
    """One stretch in which something was admitted: [since, until), and how it ended (`revoked`, `expired`)."""

    number: str
    unit: str | None
    item: dict[str, str]
    since: datetime
    until: datetime
    ended_by: str | None = None


class ListDifference(NamedTuple):
    """What entered and left a list between two days, and how many stayed."""

    entered: list[Admission]
    left: list[Admission]
    stayed: int


def difference(programme: str, kind: str, first: date, last: date, zone: ZoneInfo) -> ListDifference:
    """What is on the list at the end of day `last` and was not at the end of day `first`, and the other way round.

    Raises:
        ValueError: `last` lies before `first`.

    Source: docs/topics/faces.md, "The list of a gate".
    """
    if last < first:
        raise ValueError(f"{last} lies before {first}")
    known = stretches(programme, kind)
    before, after = (in_effect(known, day, zone) for day in (first, last))
    entered = [after[number] for number in sorted(after.keys() - before.keys())]
    left = [before[number] for number in sorted(before.keys() - after.keys())]
    return ListDifference(entered, left, len(before.keys() & after.keys()))


def in_effect(known: Iterable[Admission], day: date, zone: ZoneInfo) -> dict[str, Admission]:
    """By number, what was admitted in the last second of a day of the zone.

    Source: docs/topics/faces.md, "The list of a gate".
    """
    at = datetime.combine(day, time(23, 59, 59), zone)
    return {each.number: each for each in known if each.since <= at < each.until}


def stretches(programme: str, kind: str) -> list[Admission]:
    """Return every admission of a case type, oldest first; restricted cases are not published.

    Source: docs/topics/faces.md, "The list of a gate".
    """
    cases = dict(
        CaseRow.objects.filter(programme=programme, kind=kind, shape="gate", restricted=None).values_list(
            "id", "number"
        )
    )
    events = EventRow.objects.filter(case_id__in=cases, kind__in={"opened", "approved", "inherited", *ENDINGS})
    told = events.order_by("case_id", "version").values_list("case_id", "kind", "occurred_at", "data")
    by_case: dict[UUID, list[tuple[str, datetime, Data]]] = {}
    for case, what, at, data in told.iterator(2000):
        by_case.setdefault(case, []).append((what, at, data))
    found = [each for case, story in by_case.items() for each in _told(cases[case], story)]
    return sorted(found, key=lambda each: (each.since, each.number))


def _told(number: str, story: list[tuple[str, datetime, Data]]) -> list[Admission]:
    """Return the stretches of one case; what an end cuts short ends then."""
    item: dict[str, str] = {}
    unit: str | None = None
    found: list[Admission] = []
    for what, at, data in story:
        unit = data.get("lead") or unit
        if what == "opened":
            item = {name: str(value) for name, value in (data.get("fields") or {}).items()}
        elif what == "approved":
            found.append(Admission(number, unit, item, at, parse(data["until"])))
        elif what in ENDINGS and found:
            found[-1] = msgspec.structs.replace(found[-1], until=min(at, found[-1].until), ended_by=what)
    return found
