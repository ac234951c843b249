"""What a declared effect makes of an event: which subject, from which day, which values. Pure.

A value is a literal (`=closed`) or a path: into the event's data, into what the case opened with (`opened.fields.day`),
into the case (`case.number`, `case.subject`, `case.area`), to what a demand asked (`demanded.DEMAND.FACT`, of this
event, else of the opening), `event.id` (a key for a record of this one event), or `day`, the day on which it happened;
or a term that is counted from such a day by a dated table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.subject_rules import EffectRule, TermRule

type Ends = Callable[[str, str, date, Mapping[str, str]], date]
"""Says the last day of a term: programme, table, the day it begins after, inputs of the table."""

LITERAL = "="
DAY, EVENT, DEMANDED = "day", "event.id", "demanded"


class EffectEvent(NamedTuple):
    """An event as an effect reads it.

    Args:
        id, kind, at: Of the event. programme, case_kind, number: Of its case.
        data: What the event says. opened: What the case's first event says. case: The fold of the case.
    """

    id: UUID
    kind: str
    at: datetime
    programme: str
    case_kind: str
    number: str
    data: Mapping[str, Any]
    opened: Mapping[str, Any]
    case: Mapping[str, Any]


class PlannedVersion(NamedTuple):
    """What is to be written: `values` by field as the event has them; `ends`: the subject exists no longer.

    `where`: in place of `key`, what the fields of every subject that is meant say on that day.
    """

    type: str
    key: str
    since: date
    until: date | None
    values: dict[str, Any]
    ends: bool
    where: dict[str, str] = {}


class EffectFault(ValueError):
    """An effect that cannot be read from its event: a path leads nowhere, or a day is none."""


def planned_of(
    event: EffectEvent, declared: Programme, zone: tzinfo, ends: Ends | None = None
) -> Iterator[PlannedVersion]:
    """What the effects of a programme make of an event, in declared order.

    Args:
        zone: Of the district. ends: Counts terms; None where no effect sets one.

    Raises:
        EffectFault: the key or a day is not in the event, or a term is set and nobody counts it.

    Source: docs/topics/subjects.md, "Effects"
    """
    rules = declared.cases.get(event.case_kind)
    for rule in rules.effects if rules else []:
        if rule.on == event.kind and all(_value(event, path, zone) == meant for path, meant in rule.when.items()):
            yield _planned(event, rule, rules.about.subject if rules and rules.about else "", zone, ends)


def _planned(event: EffectEvent, rule: EffectRule, about: str, zone: tzinfo, ends: Ends | None) -> PlannedVersion:
    where = {name: str(_value(event, path, zone) or "") for name, path in rule.where.items()}
    key = "" if where else _value(event, rule.key, zone)
    if not key and not all(where.values() or [""]):
        raise EffectFault(f"the event has no {rule.key!r}, which would name the subject")
    values = {
        name: _until(event, said, zone, ends) if isinstance(said, TermRule) else _value(event, said, zone)
        for name, said in rule.set.items()
    }
    since = _day(event, rule.from_, zone)
    if since is None:
        raise EffectFault(f"the event has no day in {rule.from_!r}")
    until = _day(event, rule.until, zone) if rule.until else None
    return PlannedVersion(rule.subject or about, str(key), since, until, values, rule.ends, where)


def _value(event: EffectEvent, path: str, zone: tzinfo) -> Any:
    if path.startswith(LITERAL):
        return path[1:]
    if path == DAY:
        return event.at.astimezone(zone).date().isoformat()
    if path == EVENT:
        return str(event.id)
    first, _, rest = path.partition(".")
    if first == DEMANDED:
        return _demanded(event, *rest.split(".", 1))
    found: Any = {"opened": event.opened, "case": event.case}.get(first, event.data)
    for name in (rest if first in ("opened", "case") else path).split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _demanded(event: EffectEvent, demand: str, fact: str = "") -> Any:
    """What a demand was answered with; nothing where it did not apply, or where its fact is sealed."""
    for said in (event.data, event.opened):
        for each in said.get("demands") or ():
            if each["id"] == demand and fact in each["facts"]:
                return each["facts"][fact][0]
    return None


def _until(event: EffectEvent, rule: TermRule, zone: tzinfo, ends: Ends | None) -> str | None:
    """The last day of a term; nothing where the day that it begins after has not come."""
    begun = _day(event, rule.from_, zone)
    if begun is None:
        return None
    if ends is None:
        raise EffectFault(f"nobody counts the term {rule.term!r} here")
    inputs = {name: str(_value(event, path, zone)) for name, path in rule.inputs.items()}
    last = ends(event.programme, rule.term, begun, inputs)
    return (last + timedelta(days=rule.gone)).isoformat()


def day_of(value: Any, zone: tzinfo) -> Any:
    """Return what a field of days is told: of an instant its day in the zone of the district, all else as it is.

    Source: docs/adr/0428-instants-as-days.md
    """
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return value
    return at.astimezone(zone).date().isoformat() if at is not None and at.tzinfo is not None else value


def _day(event: EffectEvent, path: str, zone: tzinfo) -> date | None:
    found = _value(event, path, zone)
    if found in (None, ""):
        return None
    try:
        text = str(found)
        return date.fromisoformat(text) if len(text) == len("2026-12-01") else _local(text, zone)
    except ValueError:
        raise EffectFault(f"{path!r} is no day: {found!r}") from None


def _local(text: str, zone: tzinfo) -> date:
    return datetime.fromisoformat(text).astimezone(zone).date()
