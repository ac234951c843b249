"""Many silences at once: one outage of what brings the values, and which silences are still an instrument's own.

Lines of one source that fall silent within a window, and are most of those that spoke until then, are one outage from
the first silence to the instant at which half of them speak again. A line that stays silent longer than a window after
that, or was silent before, is silent for itself. Source: docs/adr/0384-outages.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bihuan.series.rules import Together


class SilentLine(NamedTuple):
    """A silence of one line: from when, until when (None: it lasts)."""

    subject: str
    opened: datetime
    closed: datetime | None


class Outage(NamedTuple):
    """An outage of a source.

    Args:
        source: What brings the values. began: Instant of its first silence.
        ended: When half of its lines spoke again; None: not yet. members: Its lines. speaking: How many spoke before.
    """

    source: str
    began: datetime
    ended: datetime | None
    members: frozenset[str]
    speaking: int


def outages(silences: Sequence[SilentLine], lines: Mapping[str, Sequence[str]], rule: Together) -> list[Outage]:
    """Return the outages of each source, by source and beginning.

    Args:
        silences: Of one rule of one series, in any order.
        lines: Source → every subject whose values it brings.
        rule: When silences are one.

    Source: docs/adr/0384-outages.md.
    """
    of = {subject: source for source, subjects in lines.items() for subject in subjects}
    found: list[Outage] = []
    for source, subjects in sorted(lines.items()):
        mine = sorted((each for each in silences if of.get(each.subject) == source), key=lambda each: each.opened)
        found += _of_source(source, len(set(subjects)), mine, rule)
    return found


def is_own(silence: SilentLine, known: Sequence[Outage], rule: Together, at: datetime) -> bool:
    """Say whether a silence is the instrument's own by an instant: no outage explains it, and others had their time.

    Args:
        known: The outages of its source. at: As seen then.

    Source: docs/adr/0384-outages.md.
    """
    window = timedelta(minutes=rule.minutes)
    if silence.opened + window > at:
        return False
    for each in known:
        if silence.subject in each.members and each.began <= silence.opened <= each.began + window:
            return each.ended is not None and (silence.closed or at) > each.ended + window
    return True


def merged(known: Sequence[Outage], window: timedelta) -> list[Outage]:
    """Join outages of a source that several series saw: those that overlap, or begin within a window of each other.

    Source: docs/adr/0384-outages.md.
    """
    found: list[Outage] = []
    for each in sorted(known, key=lambda one: (one.source, one.began)):
        last = found[-1] if found else None
        reach = None if last is None or last.ended is None else max(last.ended, last.began + window)
        if last is None or last.source != each.source or (reach is not None and each.began > reach):
            found.append(each)
            continue
        ended = None if last.ended is None or each.ended is None else max(last.ended, each.ended)
        found[-1] = Outage(last.source, last.began, ended, last.members | each.members, last.speaking + each.speaking)
    return found


def _of_source(source: str, lines: int, silences: Sequence[SilentLine], rule: Together) -> list[Outage]:
    """Two fingers over the silences by their beginning: as soon as enough lie within the window, they are one."""
    window = timedelta(minutes=rule.minutes)
    found, first = [], 0
    while first < len(silences):
        begins = silences[first].opened
        last = first
        while last < len(silences) and silences[last].opened <= begins + window:
            last += 1
        members = silences[first:last]
        speaking = lines - sum(each.closed is None or each.closed > begins for each in silences[:first])
        if len(members) < max(rule.least, -(-speaking * rule.share // 100)):
            first += 1
            continue
        ends = sorted(each.closed for each in members if each.closed is not None)
        half = -(-len(members) // 2)
        ended = ends[half - 1] if len(ends) >= half else None
        found.append(Outage(source, begins, ended, frozenset(each.subject for each in members), speaking))
        first = last
    return found
