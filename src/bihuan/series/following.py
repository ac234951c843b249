"""What hangs on observations is made to follow them: derived values, incidents; each touched line once, under its lock.

A batch queues the spans it touched. Whoever takes a line takes all its spans in one transaction, so two workers never
work out the same line at once; what is worked out depends on the values alone. Source: docs/adr/0256, docs/adr/0257.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from django.db import connection

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.statements import promise_statement
from bihuan.registers.isolation import in_district
from bihuan.series import beside
from bihuan.series.appending import append_changed
from bihuan.series.catalogue import Series, SeriesCatalogue
from bihuan.series.declared import SeriesFile
from bihuan.series.deriving import Made, WindowInput, made_windows, window_bounds
from bihuan.series.incidents import AskedRule, FollowedLine, IncidentChange, follow_rules
from bihuan.series.instants import SECOND, instant_of, micros
from bihuan.series.limits import LimitProvider, NoLimits, spans_of
from bihuan.series.store.reading import holding_rows
from bihuan.series.store.rows import NONE
from bihuan.series.store.writing import Writer, lines_of
from bihuan.series.values import effective

STATEMENT = "series_incidents"
_TAKE = """
WITH taken AS (DELETE FROM series_touched WHERE district_id = %(district)s AND line = %(line)s RETURNING *)
SELECT min(t.first_at), max(t.last_at), max(t.batch), l.series, l.subject, l.latest_at
FROM taken t JOIN series_line l ON l.id = t.line GROUP BY l.id
"""
# Nobody waits for an answer: after a crash the line is done whole or its spans are queued again, and whoever built
# on it committed behind it in the log of the database, thus not without it.
_LATER = "SET LOCAL synchronous_commit = off"


class _Span(NamedTuple):
    line: int
    first: int
    last: int
    batch: int
    series: Series
    subject: str
    newest: int


def follow_touched(
    district: str, catalogue: SeriesCatalogue, now: datetime, limits: LimitProvider | None = None, most: int = 500
) -> int:
    """Work out what hangs on touched spans.

    Args:
        district: Code.
        catalogue: All declared series.
        now: Of the record, and until when silence is counted.
        limits: Answers for limits that are not fixed.
        most: Lines at most.

    Returns:
        How many lines were done.

    Source: docs/adr/0256 (1): the incidents of any order of arrival are those of the replay.
    """
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT line FROM series_touched WHERE district_id = %s ORDER BY line LIMIT %s", [district, most]
        )
        lines = [line for (line,) in cursor.fetchall()]
    done: beside.Compared = {}
    return sum(_follow_line(district, catalogue, line, now, limits or NoLimits(), done) for line in lines)


def _follow_line(
    district: str, catalogue: SeriesCatalogue, line: int, now: datetime, limits: LimitProvider, done: beside.Compared
) -> bool:
    with in_district(district):
        span = _taken(district, catalogue, line)
        if span is None:
            return False
        for made in catalogue.made_from(span.series.name):
            _derive(district, catalogue, made, span, now, done)
        _alarm(district, span, now, limits)
    return True


def _taken(district: str, catalogue: SeriesCatalogue, line: int) -> _Span | None:
    """All spans of a line, if nobody else works on it and its series is still declared."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_LATER}; SELECT pg_try_advisory_xact_lock(7596838, %s)", [line])
        cursor.nextset()
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(_TAKE, {"district": district, "line": line})
        row = cursor.fetchone()
    if row is None or row[3] not in catalogue.series:
        return None
    first, last, batch, series, subject, newest = row
    return _Span(line, micros(first), micros(last), batch, catalogue.series[series], subject, micros(newest))


# -- derived values -------------------------------------------------------------------------------------


def _derive(
    district: str, catalogue: SeriesCatalogue, made: Series, span: _Span, now: datetime, done: beside.Compared
) -> None:
    follows = bool(made.declared.alarms or catalogue.made_from(made.name))
    writer = Writer(made, district, span.series.name, "system:series", now, follows)
    if made.declared.derive is not None and made.declared.derive.window is None:
        beside.derive(
            writer, beside.TouchedLine(catalogue, span.series, span.line, span.subject, span.first, span.last, done)
        )
        return
    number = lines_of(writer, [span.subject])[span.subject]
    append_changed(writer, {span.subject: (number, _windows(made.declared, span))})


def _windows(made: SeriesFile, span: _Span) -> list[Made]:
    origin, derive = span.series.declared, made.derive
    assert derive is not None
    begin = window_bounds(derive, origin, _value_before(span.line, span.first))[0]
    end = window_bounds(derive, origin, span.last)[1]
    reach = derive.rolling * SECOND
    held = holding_rows([span.line], instant_of(begin), instant_of(end))
    inputs = [
        WindowInput(at, effective(origin, None if value == NONE else value, chr(flag)), batch)
        for (_, at, _, value, flag, _, _), batch in zip(held.rows.tolist(), held.batches.tolist(), strict=True)
    ]
    frontier = span.newest + origin.seconds * SECOND + (0 if origin.seconds else 1)
    found = made_windows(made, origin, inputs, frontier)
    # A rolling window at an edge would lack inputs that lie outside of what was read.
    return [each for each in found if not reach or (begin <= each.at and each.at + reach <= end)]


def _value_before(line: int, first: int) -> int:
    """The instant of the value before a span: the windows up to there may have waited for this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(at) FROM series_observation WHERE line = %s AND at < %s", [line, instant_of(first)])
        before = cursor.fetchone()[0]
    return first if before is None else micros(before)


# -- incidents ------------------------------------------------------------------------------------------


def _alarm(district: str, span: _Span, now: datetime, limits: LimitProvider) -> None:
    line = FollowedLine(span.line, district, span.newest)
    asked = [
        AskedRule(rule, spans_of(span.series, span.subject, rule.limit, limits)) for rule in span.series.declared.alarms
    ]
    told = follow_rules(span.series, line, asked, (span.first, span.last), span.batch, now)
    for rule, changes in told.items():
        if changes:
            promise_statement(STATEMENT, _stated(span, rule, changes), now)


def _stated(span: _Span, rule: str, changes: Sequence[IncidentChange]) -> dict[str, object]:
    """No key of a subject: a statement cannot be erased."""
    told = [[kind, each.opened, each.closed, each.peak, each.values] for kind, each in changes]
    return {
        "series": span.series.name, "line": span.line, "rule": rule, "vintage": span.batch, "changes": len(changes),
        "digest": sha256(canonical(told)).hexdigest(),
    }  # fmt: skip
