"""按时办结率 counted by hand, from its definition in words and from nothing else.

*Of the handlings that were handed in during the month, or that fell overdue in it and were not handed in by its end:
those handed in no later than the programme's handling clock allowed.* A handling begins when a unit is given the case
(dispatch, ruling, second handling, failed verification) and ends when the next one begins. Overdue is judged here from
the clock itself (started, moved, standing still, stopped), never from what the engine noted about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bihuan.loop.models import EventRow
from bihuan.numbers.periods import Month
from tests.loop.district import registers

# What a person who reads the six declarations would call the time for handling.
HANDLING_CLOCK = {
    "hotline": "feedback",
    "whistle": "resolve",
    "street-scene": "remedy",
    "community-access": "handle",
    "prevention": "visit",
    "monthly-topic": "remedy",
}


@dataclass
class Handling:
    """One unit's turn: when it was handed in, and when the clock ran out on it, if ever."""

    unit: str
    due: datetime | None = None
    handed_in: datetime | None = None
    spans: list[tuple[datetime, datetime | None, datetime]] = field(default_factory=list)  # running from, to, due


def recount(period: str) -> dict[tuple[str, str], tuple[int, int]]:
    """(in time, all) by (programme, unit) for a month in Beijing time."""
    start, until = Month.parse(period).bounds(registers().calendar.zone)
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for programme, handlings in _stories():
        for each in handlings:
            handed = each.handed_in
            if handed is not None and start <= handed < until and each.due is not None:
                found[programme, each.unit][0] += handed <= each.due
                found[programme, each.unit][1] += 1
            elif (handed is None or handed >= until) and _ran_out(each, start, until):
                found[programme, each.unit][1] += 1
    return {key: (yes, every) for key, (yes, every) in found.items()}


def _ran_out(handling: Handling, start: datetime, until: datetime) -> bool:
    """Whether, as things stood at the month's end, the clock had run out during the month while it was running."""
    known = [span for span in handling.spans if span[0] < until]
    if not known:
        return False
    since, to, due = known[-1]
    ended = to if to is not None and to < until else None
    return start <= max(due, since) < until and (ended is None or due < ended)


def _stories() -> Iterator[tuple[str, list[Handling]]]:
    events: defaultdict[Any, list[EventRow]] = defaultdict(list)
    for row in EventRow.objects.order_by("case_id", "version"):
        events[row.case_id].append(row)
    for rows in events.values():
        programme = rows[0].data["programme"]
        if programme in HANDLING_CLOCK:
            yield programme, list(_handlings(rows, HANDLING_CLOCK[programme]))


def _handlings(rows: Iterable[EventRow], clock: str) -> Iterator[Handling]:
    now: Handling | None = None
    lead = ""
    for row in rows:
        lead = row.data.get("lead", lead)
        if row.kind in ("dispatched", "arbitrated", "reopened") or (row.kind == "verified" and row.data.get("reopens")):
            if now is not None:
                yield now
            now = Handling(lead)
        if now is None:
            continue
        if row.kind == "submitted" and now.handed_in is None:
            now.handed_in = row.occurred_at
        _follow(now, row, clock)
    if now is not None:
        yield now


def _follow(handling: Handling, row: EventRow, clock: str) -> None:
    for op in row.data.get("clocks", ()):
        if op["name"] != clock or op["op"] in ("warn", "miss"):
            continue
        if handling.spans and handling.spans[-1][1] is None:
            since, _, due = handling.spans.pop()
            handling.spans.append((since, row.occurred_at, due))
        if op["op"] in ("stop", "pause"):
            continue
        handling.due = datetime.fromisoformat(op["due"])
        handling.spans.append((row.occurred_at, None, handling.due))
