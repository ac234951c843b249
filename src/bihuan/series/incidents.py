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


_FORGET = """
DELETE FROM series_checkpoint c USING unnest(%(rules)s::text[], %(digests)s::text[]) AS asked (rule, digest)
WHERE c.line = %(line)s AND c.rule = asked.rule AND c.rule_digest <> asked.digest
"""
_FROM_LAST = """
SELECT c.rule, c.at, c.state FROM unnest(%(rules)s::text[]) AS asked (rule) CROSS JOIN LATERAL (
    SELECT k.rule, k.at, k.state FROM series_checkpoint k WHERE k.line = %(line)s AND k.rule = asked.rule
    AND k.at >= coalesce((
        SELECT max(at) FROM series_checkpoint WHERE line = %(line)s AND rule = asked.rule AND at <= %(first)s
    ), '-infinity')
) c ORDER BY c.rule, c.at
"""
_REPLACED = """
DELETE FROM series_checkpoint c USING unnest(%(rules)s::text[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
    AS refolded (rule, begin_at, end_at)
WHERE c.line = %(line)s AND c.rule = refolded.rule AND c.at > refolded.begin_at
    AND c.at < coalesce(refolded.end_at, 'infinity');
INSERT INTO series_checkpoint (district_id, line, rule, at, rule_digest, state)
SELECT %(district)s, %(line)s, fresh.rule, fresh.at, fresh.digest, fresh.state::jsonb
FROM unnest(%(fresh_rules)s::text[], %(ats)s::timestamptz[], %(digests)s::text[], %(states)s::text[])
    AS fresh (rule, at, digest, state)
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


class AskedRule(NamedTuple):
    """A rule of a line, with the spans of its limit when that is not fixed."""

    rule: AlarmRule
    limits: Sequence[LimitSpan]


class _Refolded(NamedTuple):
    """What a rule's checkpoints become between where it began and where it met one that is as it was (None: never)."""

    rule: str
    digest: str
    begin: int
    met: int | None
    fresh: list[tuple[int, State]]


type _Known = list[tuple[int, State]]


def follow_rules(
    series: Series,
    line: FollowedLine,
    asked: Sequence[AskedRule],
    touched: tuple[int, int],
    batch: int,
    now: datetime,
) -> dict[str, list[IncidentChange]]:
    """Work out the incidents of a line under its rules again from a touched instant on, and record what differs.

    Args:
        series: Declared.
        line: Its line; the caller's transaction holds its lock.
        asked: Its alarms; they share what is read of the line and are written together.
        touched: The earliest and the latest touched instant (microseconds since 1970).
        batch: The vintage that touched it.
        now: Of the record, and until when silence is counted.

    Returns:
        Rule → what became known under it.
    """
    if not asked:
        return {}
    digests = {each.rule.name: _digest(each) for each in asked}
    known, recorded = _checkpoints(line.number, digests, touched[0]), _recorded(line.number)
    values, refolded, told = _Values(series, line), list[_Refolded](), dict[str, list[IncidentChange]]()
    for each in asked:
        name = each.rule.name
        begin, state, later = _beginning(values, known.get(name, []), touched[0])
        folding = Folding(each.rule, series.declared.precision, each.limits, state)
        since = _pending(each.rule, state, begin)
        met, fresh = _refold(values, folding, (begin, touched[1]), later)
        if fresh or any(met is None or day < met for day in later):
            refolded.append(_Refolded(name, digests[name], begin, met, fresh))
        found = {one.opened: one for one in folding.incidents(None if met is not None else micros(now))}
        end = None if met is None else _pending(each.rule, folding.state, met)
        before = {
            opened: one
            for opened, one in recorded.get(name, {}).items()
            if opened >= since and (end is None or opened < end)
        }
        told[name] = _differences(before, found, converged=met is not None)
    _keep_checkpoints(line, refolded)
    _record(line, told, batch, now)
    return told


def _digest(asked: AskedRule) -> str:
    said = asked.rule.model_dump_json(exclude=None if asked.rule.letters else {"letters"})
    return short_digest(said + json.dumps(asked.limits))


def incidents_on_record(line: int) -> list[tuple[str, Incident]]:
    """Return the incidents of a line that hold, with their rule, by rule and opening."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rule, opened_at, closed_at, peak, values, cited FROM ("
            "SELECT DISTINCT ON (rule, opened_at) * FROM series_incident WHERE line = %s "
            "ORDER BY rule, opened_at, id DESC) last WHERE kind <> 'retracted' ORDER BY rule, opened_at",
            [line],
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


class _Values:
    """The values of a line; the stretch read last is kept, since one rule after another begins at the same instant."""

    def __init__(self, series: Series, line: FollowedLine) -> None:
        self._declared = series.declared
        self._line = line
        self._stretch: tuple[int, list[Any]] = (0, [])
        self._start: int | None = None

    def start(self) -> int:
        """The day of the line's first value; 2**62 when it has none."""
        if self._start is None:
            self._start = _next_value(self._line.number, _FIRST)
        return self._start

    def days(self, begin: int, letters: Sequence[str]) -> Iterator[tuple[int, list[SeenValue]]]:
        """The values that a rule looks at, by day (UTC) from one instant on."""
        valid = {ord(letter) for letter in (*self._declared.valid, *letters)}
        while begin <= self._line.newest:
            held = self._rows(begin)
            day, values = None, []
            for _, at, _, value, flag, _, _ in held:
                if flag not in valid or value == NONE:
                    continue
                if at // _DAY != day and day is not None:
                    yield day * _DAY, values
                    values = []
                day = at // _DAY
                values.append(SeenValue(at, value))
            if day is not None:
                yield day * _DAY, values
            begin = begin + _STRETCH if held else _next_value(self._line.number, begin + _STRETCH)

    def _rows(self, begin: int) -> list[Any]:
        if self._stretch[0] != begin:
            held = holding_rows([self._line.number], instant_of(begin), instant_of(begin + _STRETCH)).rows
            self._stretch = begin, held.tolist()
        return self._stretch[1]


def _refold(
    values: _Values, folding: Folding, span: tuple[int, int], known: dict[int, State]
) -> tuple[int | None, _Known]:
    """Fold day by day; return where it met an unchanged checkpoint (None: it went to the newest value), and the
    checkpoints on its way.
    """
    fresh: _Known = []
    for day, seen in values.days(span[0], folding.rule.letters):
        if day > span[0]:
            if day > span[1] and known.get(day) == folding.state:
                return day, fresh
            fresh.append((day, dict(folding.state)))
        folding.follow(seen)
    return None, fresh


def _next_value(line: int, after: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM series_observation WHERE line = %s AND at >= %s", [line, instant_of(after)])
        at = cursor.fetchone()[0]
    return 2**62 if at is None else micros(at) // _DAY * _DAY


def _checkpoints(line: int, digests: dict[str, str], first: int) -> dict[str, _Known]:
    """Rule → its last checkpoint at or before an instant and all after it; those of a changed rule are forgotten."""
    found: dict[str, _Known] = {}
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "line": line, "rules": list(digests), "digests": list(digests.values()), "first": instant_of(first)
        }  # fmt: skip
        cursor.execute(f"{_FORGET}; {_FROM_LAST}", asked)
        cursor.nextset()
        for rule, at, state in cursor.fetchall():
            found.setdefault(rule, []).append((micros(at), json.loads(state)))
    return found


def _beginning(values: _Values, kept: _Known, first: int) -> tuple[int, State, dict[int, State]]:
    """Where to begin, in which state, and the checkpoints after that; a changed rule begins before the first value."""
    if kept and kept[0][0] <= first:
        return *kept[0], dict(kept[1:])
    start = values.start()
    begin = start if start < 2**62 else first
    return begin, {}, {at: state for at, state in kept if at > begin}


def _keep_checkpoints(line: FollowedLine, refolded: Sequence[_Refolded]) -> None:
    if not refolded:
        return
    fresh = [
        (each.rule, instant_of(day), each.digest, json.dumps(state)) for each in refolded for day, state in each.fresh
    ]
    rules, ats, digests, states = map(list, zip(*fresh, strict=True)) if fresh else ([], [], [], [])
    asked: dict[str, Any] = {
        "line": line.number, "district": line.district, "rules": [each.rule for each in refolded],
        "begins": [instant_of(each.begin) for each in refolded],
        "ends": [None if each.met is None else instant_of(each.met) for each in refolded],
        "fresh_rules": rules, "ats": ats, "digests": digests, "states": states,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REPLACED, asked)


def _recorded(line: int) -> dict[str, dict[int, Incident]]:
    found: dict[str, dict[int, Incident]] = {}
    for rule, each in incidents_on_record(line):
        found.setdefault(rule, {})[each.opened] = each
    return found


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


def _record(line: FollowedLine, told: dict[str, list[IncidentChange]], batch: int, now: datetime) -> None:
    rows = [
        (line.district, line.number, rule, instant_of(each.opened), kind,
         None if each.closed is None else instant_of(each.closed), each.peak, each.values, each.cited, batch, now)
        for rule, changes in told.items()
        for kind, each in changes
    ]  # fmt: skip
    if not rows:
        return
    lock_incidents()
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO series_incident (district_id, line, rule, opened_at, kind, closed_at, peak, values, cited, "
            "batch, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )
