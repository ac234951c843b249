"""Incidents on record follow the values: what is new opens, what changed is told, what no value supports is retracted.

A touched line is folded again from the checkpoint before the span, to its newest value or to the first checkpoint that
is as it was: from there on nothing can differ. The last event of an incident holds; nothing vanishes.
Source: DESIGN §14; docs/adr/0256.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from bihuan.declare.editions import short_digest
from bihuan.series.alarms.fold import Folding
from bihuan.series.alarms.judges import MINUTE
from bihuan.series.alarms.model import Incident, LimitSpan, SeenValue, State
from bihuan.series.catalogue import Series
from bihuan.series.instants import instant_of, micros
from bihuan.series.rules import AlarmRule
from bihuan.series.store.reading import holding_rows
from bihuan.series.store.rows import NONE

_DAY = 86_400_000_000
_STRETCH = 31 * _DAY
_FIRST = -631_152_000_000_000


_FORGET = "DELETE FROM series_checkpoint WHERE line = %(line)s AND rule = %(rule)s AND rule_digest <> %(digest)s"
_FROM_LAST = """
SELECT at, state FROM series_checkpoint WHERE line = %(line)s AND rule = %(rule)s AND at >= coalesce(
    (SELECT max(at) FROM series_checkpoint WHERE line = %(line)s AND rule = %(rule)s AND at <= %(first)s), '-infinity')
ORDER BY at
"""


class FollowedLine(NamedTuple):
    """A line whose incidents are worked out: its number, district and newest instant (microseconds)."""

    number: int
    district: str
    newest: int


class IncidentChange(NamedTuple):
    """What became known of an incident: opened, changed, closed, retracted."""

    kind: str
    incident: Incident


def follow_rule(
    series: Series,
    line: FollowedLine,
    rule: AlarmRule,
    limits: Sequence[LimitSpan],
    touched: tuple[int, int],
    batch: int,
    now: datetime,
) -> list[IncidentChange]:
    """Work out the incidents of a line under a rule again from a touched instant on, and record what differs.

    Args:
        series: Declared.
        line: Its line; the caller's transaction holds its lock.
        rule: One of its alarms.
        limits: Spans of a limit that is not fixed.
        touched: The earliest and the latest touched instant (microseconds since 1970).
        batch: The vintage that touched it.
        now: Of the record, and until when silence is counted.
    """
    said = rule.model_dump_json(exclude=None if rule.letters else {"letters"})
    digest = short_digest(said + json.dumps(limits))
    begin, state, known = _checkpoints(line.number, rule.name, digest, touched[0])
    folding = Folding(rule, series.declared.precision, limits, state)
    since = _pending(rule, state, begin)
    met = _refold(series, line, folding, (begin, touched[1]), digest, known)
    found = {each.opened: each for each in folding.incidents(None if met is not None else micros(now))}
    end = None if met is None else _pending(rule, folding.state, met)
    changes = _differences(_recorded(line.number, rule.name, since, end), found, converged=met is not None)
    _record(line, rule.name, changes, batch, now)
    return changes


def incidents_on_record(line: int, rule: str = "") -> list[tuple[str, Incident]]:
    """Return the incidents of a line that hold, with their rule, by rule and opening."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rule, opened_at, closed_at, peak, values, cited FROM ("
            "SELECT DISTINCT ON (rule, opened_at) * FROM series_incident WHERE line = %s AND (%s = '' OR rule = %s) "
            "ORDER BY rule, opened_at, id DESC) last WHERE kind <> 'retracted' ORDER BY rule, opened_at",
            [line, rule, rule],
        )
        return [
            (name, Incident(micros(opened), None if closed is None else micros(closed), peak, values, cited))
            for name, opened, closed, peak, values, cited in cursor.fetchall()
        ]


def _pending(rule: AlarmRule, state: State, at: int) -> int:
    """From when on an incident can be named that a state still decides: its opening may lie before the state."""
    known: list[int] = [at, state.get("open", at), state.get("first", at)]
    if rule.minutes is not None and rule.kind == "silence" and "last" in state:
        known.append(state["last"] + rule.minutes * MINUTE)
    return min(known)


def _refold(
    series: Series, line: FollowedLine, folding: Folding, span: tuple[int, int], digest: str, known: dict[int, State]
) -> int | None:
    """Fold day by day; return where it met an unchanged checkpoint, None when it went to the newest value."""
    rule = folding.rule
    fresh: list[tuple[int, State]] = []
    met = None
    for day, values in _days(series, line, span[0], rule.letters):
        if day > span[0]:
            if day > span[1] and known.get(day) == folding.state:
                met = day
                break
            fresh.append((day, dict(folding.state)))
        folding.follow(values)
    if fresh or any(met is None or day < met for day in known):
        _keep_checkpoints(line, rule.name, digest, span[0], met, fresh)
    return met


def _days(
    series: Series, line: FollowedLine, begin: int, letters: Sequence[str]
) -> Iterator[tuple[int, list[SeenValue]]]:
    """The values of a line that a rule looks at, by day (UTC) from one instant on."""
    valid = {ord(letter) for letter in (*series.declared.valid, *letters)}
    while begin <= line.newest:
        end = begin + _STRETCH
        held = holding_rows([line.number], instant_of(begin), instant_of(end)).rows
        day, values = None, []
        for _, at, _, value, flag, _, _ in held.tolist():
            if flag not in valid or value == NONE:
                continue
            if at // _DAY != day and day is not None:
                yield day * _DAY, values
                values = []
            day = at // _DAY
            values.append(SeenValue(at, value))
        if day is not None:
            yield day * _DAY, values
        begin = end if len(held) else _next_value(line.number, end)


def _next_value(line: int, after: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM series_observation WHERE line = %s AND at >= %s", [line, instant_of(after)])
        at = cursor.fetchone()[0]
    return 2**62 if at is None else micros(at) // _DAY * _DAY


def _checkpoints(line: int, rule: str, digest: str, first: int) -> tuple[int, State, dict[int, State]]:
    """Where to begin, in which state, and the checkpoints after that; a changed rule begins before the first value."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"line": line, "rule": rule, "digest": digest, "first": instant_of(first)}
        cursor.execute(f"{_FORGET}; {_FROM_LAST}", asked)
        cursor.nextset()
        kept = [(micros(at), json.loads(state)) for at, state in cursor.fetchall()]
    if kept and kept[0][0] <= first:
        return *kept[0], dict(kept[1:])
    start = _next_value(line, _FIRST)
    begin = start if start < 2**62 else first
    return begin, {}, {at: state for at, state in kept if at > begin}


def _keep_checkpoints(
    line: FollowedLine, rule: str, digest: str, begin: int, met: int | None, fresh: Sequence[tuple[int, State]]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM series_checkpoint WHERE line = %s AND rule = %s AND at > %s "
            "AND at < coalesce(%s::timestamptz, 'infinity')",
            [line.number, rule, instant_of(begin), None if met is None else instant_of(met)],
        )
        if not fresh:
            return
        cursor.executemany(
            "INSERT INTO series_checkpoint (district_id, line, rule, at, rule_digest, state) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [(line.district, line.number, rule, instant_of(day), digest, json.dumps(state)) for day, state in fresh],
        )


def _recorded(line: int, rule: str, since: int, end: int | None) -> dict[int, Incident]:
    return {
        each.opened: each
        for _, each in incidents_on_record(line, rule)
        if each.opened >= since and (end is None or each.opened < end)
    }


def _differences(recorded: dict[int, Incident], found: dict[int, Incident], *, converged: bool) -> list[IncidentChange]:
    changes = [IncidentChange("retracted", each) for opened, each in sorted(recorded.items()) if opened not in found]
    for opened, each in sorted(found.items()):
        before = recorded.get(opened)
        if before == each or (converged and each.closed is None and before is not None):
            continue  # what follows a checkpoint that is as it was stands on record already
        if before is None:
            changes.append(IncidentChange("opened" if each.closed is None else "closed", each))
        else:
            changes.append(
                IncidentChange("closed" if each.closed is not None and before.closed is None else "changed", each)
            )
    return changes


INCIDENTS_LOCK = 0x6269_6875_7365_7269
"""The advisory lock of whoever writes incidents of series ("bihuseri")."""


def lock_incidents(*, alone: bool = False) -> None:
    """Hold back, until the transaction ends, whoever reads how far incidents are settled; or, `alone`, wait until
    everybody who writes some has ended.

    Source: PostgreSQL, "Advisory Locks"; docs/adr/0327-letters-after-entries-forms-incidents.md (2).
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [INCIDENTS_LOCK])


def _record(line: FollowedLine, rule: str, changes: Sequence[IncidentChange], batch: int, now: datetime) -> None:
    if not changes:
        return
    lock_incidents()
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO series_incident (district_id, line, rule, opened_at, kind, closed_at, peak, values, cited, "
            "batch, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (line.district, line.number, rule, instant_of(each.opened), kind,
                 None if each.closed is None else instant_of(each.closed), each.peak, each.values, each.cited, batch,
                 now)
                for kind, each in changes
            ],
        )  # fmt: skip
