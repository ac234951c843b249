"""What hangs on observations is made to follow them: derived values, incidents; each touched line once, under its lock.

A batch queues the spans it touched. Whoever takes a line takes all its spans in one transaction, so two workers never
work out the same line at once; what is worked out depends on the values alone. Source: docs/adr/0256, docs/adr/0257.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from django.db import connection

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.statements import promise_statement
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series, SeriesCatalogue
from bihuan.series.declared import SeriesFile
from bihuan.series.deriving import Made, WindowInput, made_windows, robust_z, window_bounds
from bihuan.series.incidents import FollowedLine, IncidentChange, follow_rule
from bihuan.series.instants import SECOND, instant_of, micros
from bihuan.series.limits import LimitProvider, NoLimits, spans_of
from bihuan.series.providing import groups_of
from bihuan.series.store.reading import holding_rows
from bihuan.series.store.rows import NONE, Rows, empty_rows
from bihuan.series.store.writing import Writer, append_rows, lines_of
from bihuan.series.values import effective

STATEMENT = "series_incidents"
_TAKE = """
WITH taken AS (DELETE FROM series_touched WHERE district_id = %(district)s AND line = %(line)s RETURNING *)
SELECT min(t.first_at), max(t.last_at), max(t.batch), l.series, l.subject, l.latest_at
FROM taken t JOIN series_line l ON l.id = t.line GROUP BY l.id
"""


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
    return sum(_follow_line(district, catalogue, line, now, limits or NoLimits()) for line in lines)


def _follow_line(district: str, catalogue: SeriesCatalogue, line: int, now: datetime, limits: LimitProvider) -> bool:
    with in_district(district):
        span = _taken(district, catalogue, line)
        if span is None:
            return False
        for made in catalogue.made_from(span.series.name):
            _derive(district, catalogue, made, span, now)
        _alarm(district, span, now, limits)
    return True


def _taken(district: str, catalogue: SeriesCatalogue, line: int) -> _Span | None:
    """All spans of a line, if nobody else works on it and its series is still declared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(7596838, %s)", [line])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(_TAKE, {"district": district, "line": line})
        row = cursor.fetchone()
    if row is None or row[3] not in catalogue.series:
        return None
    first, last, batch, series, subject, newest = row
    return _Span(line, micros(first), micros(last), batch, catalogue.series[series], subject, micros(newest))


# -- derived values -------------------------------------------------------------------------------------


def _derive(district: str, catalogue: SeriesCatalogue, made: Series, span: _Span, now: datetime) -> None:
    follows = bool(made.declared.alarms or catalogue.made_from(made.name))
    writer = Writer(made, district, span.series.name, "system:series", now, follows)
    if made.declared.derive is not None and made.declared.derive.window is None:
        _compare_neighbours(writer, span)
        return
    number = lines_of(writer, [span.subject])[span.subject]
    _append_changed(writer, {span.subject: (number, _windows(made.declared, span))})


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


def _compare_neighbours(writer: Writer, span: _Span) -> None:
    """Of every touched instant, the values of all subjects of the series with one another."""
    made, origin = writer.series.declared, span.series.declared
    lines_of(writer, [span.subject])  # from here on nobody else writes this series: what is read is the newest
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, subject FROM series_line WHERE district_id = %s AND series = %s",
            [writer.district, span.series.name],
        )
        subjects = dict(cursor.fetchall())
    held = holding_rows(list(subjects), instant_of(span.first), instant_of(span.last + 1))
    instants: dict[int, dict[int, WindowInput]] = defaultdict(dict)
    for (line, at, _, value, flag, _, _), batch in zip(held.rows.tolist(), held.batches.tolist(), strict=True):
        instants[at][line] = WindowInput(at, effective(origin, None if value == NONE else value, chr(flag)), batch)
    found: dict[str, list[Made]] = defaultdict(list)
    known: dict[date, dict[str, str]] = {}
    for at, inputs in sorted(instants.items()):
        for alike in _grouped(writer, origin, at, inputs, subjects, known):
            for line, each in robust_z(made, origin, at, alike).items():
                found[subjects[line]].append(each)
    numbers = lines_of(writer, sorted(found))
    _append_changed(writer, {subject: (numbers[subject], values) for subject, values in found.items()})


def _grouped(
    writer: Writer,
    origin: SeriesFile,
    at: int,
    inputs: dict[int, WindowInput],
    subjects: dict[int, str],
    known: dict[date, dict[str, str]],
) -> list[dict[int, WindowInput]]:
    """The values of one instant by the group of their subjects on that day; without a declared group all together."""
    derive = writer.series.declared.derive
    if derive is None or not derive.group:
        return [inputs]
    day = instant_of(at).astimezone(origin.tz).date()
    if day not in known:
        known[day] = groups_of(writer.district, origin.subject, derive.group, day)
    groups = known[day]
    found: dict[str, dict[int, WindowInput]] = defaultdict(dict)
    for line, each in inputs.items():
        found[groups.get(subjects[line], "")][line] = each
    return list(found.values())


def _append_changed(writer: Writer, found: dict[str, tuple[int, Sequence[Made]]]) -> None:
    """Append the derived values that differ from those that hold; each arrives after what it replaces."""
    values = [each for _, (_, several) in found.items() for each in several]
    if not values:
        return
    first, last = min(each.at for each in values), max(each.at for each in values)
    held = holding_rows([number for number, _ in found.values()], instant_of(first), instant_of(last + 1)).rows
    before = {(row[0], row[1]): row for row in held.tolist()}
    subjects = sorted(found)
    changed: list[tuple[int, Made, int]] = []
    for index, subject in enumerate(subjects):
        number, several = found[subject]
        for each in several:
            old = before.get((number, each.at))
            if old is None or old[3:] != (_kept(each), ord(each.flag), each.inputs, each.version):
                changed.append(
                    (index, each, micros(writer.now) if old is None else max(micros(writer.now), old[2] + 1))
                )
    append_rows(writer, _rows(changed), subjects, tacit=False)


def _rows(changed: Sequence[tuple[int, Made, int]]) -> Rows:
    rows = empty_rows(len(changed))
    for row, (index, each, arrived) in zip(rows, changed, strict=True):
        row["line"], row["at"], row["arrived"], row["value"] = index, each.at, arrived, _kept(each)
        row["flag"], row["inputs"], row["version"] = ord(each.flag), each.inputs, each.version
    return rows


def _kept(made: Made) -> int:
    return int(NONE) if made.value is None else made.value


# -- incidents ------------------------------------------------------------------------------------------


def _alarm(district: str, span: _Span, now: datetime, limits: LimitProvider) -> None:
    line = FollowedLine(span.line, district, span.newest)
    for rule in span.series.declared.alarms:
        found = spans_of(span.series, span.subject, rule.limit, limits)
        changes = follow_rule(span.series, line, rule, found, (span.first, span.last), span.batch, now)
        if changes:
            promise_statement(STATEMENT, _stated(span, rule.name, changes), now)


def _stated(span: _Span, rule: str, changes: Sequence[IncidentChange]) -> dict[str, object]:
    """No key of a subject: a statement cannot be erased."""
    told = [[kind, each.opened, each.closed, each.peak, each.values] for kind, each in changes]
    return {
        "series": span.series.name, "line": span.line, "rule": rule, "vintage": span.batch, "changes": len(changes),
        "digest": sha256(canonical(told)).hexdigest(),
    }  # fmt: skip
