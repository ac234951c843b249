"""Refolding: does every case and clock row say what its logged events amount to?

`loop_case` and `loop_clock` are the fold of the events, kept for queries. A row that was changed by anything but an
event (a case closed by UPDATE, a title rewritten, a row removed or slipped in) is named here, with the column, what
the row says and what the events say. Read in chunks of cases by set-based SQL; nothing is written.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from bihuan.ledger.checks import VerificationReport
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Case, Event
from bihuan.loop.store.rows import CASE, CLOCK, Row, case_row, clock_rows

CHUNK = 1_000
"""Cases per step."""

ADDED_LATER = frozenset({"left", "granted", "call", "about", "kept", "finder", "finder_unit"})
"""Members of a fold that earlier versions did not write: a row kept by one of those simply lacks them."""

FIRST = UUID(int=0)

type Progress = Callable[[int, int], None]
"""Called with (cases done, cases in all)."""

_CASES = f"""
    SELECT {", ".join(f"c.{name}" if name != "fold" else "c.fold::text" for name, _ in CASE.columns)} FROM loop_case c
"""
_EVENTS = """
    SELECT ev.case_id, ev.version, ev.kind, ev.occurred_at, ev.recorded_at, ev.actor, ev.data::text, ev.hash,
           ev.district_id, CASE ev.kind WHEN 'opened' THEN coalesce(nullif(pr.body->>'title', ''), pr.body->>'text') END
    FROM loop_event ev LEFT JOIN loop_event_private pr ON pr.event_id = ev.id AND ev.kind = 'opened'
    WHERE ev.case_id = ANY(%s) ORDER BY ev.case_id, ev.version
"""
_CLOCKS = f"SELECT {CLOCK.names} FROM loop_clock WHERE case_id = ANY(%s) ORDER BY case_id, name"
_ORPHANS = (
    "SELECT ev.case_id, max(ev.version) FROM loop_event ev "
    "WHERE NOT EXISTS (SELECT FROM loop_case c WHERE c.id = ev.case_id) GROUP BY ev.case_id ORDER BY 1 LIMIT %s",
    "SELECT DISTINCT k.case_id, k.name FROM loop_clock k "
    "WHERE NOT EXISTS (SELECT FROM loop_case c WHERE c.id = k.case_id) ORDER BY 1 LIMIT %s",
)
MOST_ORPHANS = 1_000


class Refolded(NamedTuple):
    """What the events of one case amount to."""

    case: Case
    head: bytes
    district: str
    title: str


_IDS = "SELECT id FROM loop_case WHERE id > %s ORDER BY id LIMIT %s"
_NEW_IDS = (
    "SELECT c.id FROM loop_case c WHERE c.id > %s AND EXISTS (SELECT FROM loop_event ev LEFT JOIN ledger_entry en "
    "ON en.event_id = ev.id WHERE ev.case_id = c.id AND coalesce(en.index, %s) >= %s) ORDER BY c.id LIMIT %s"
)


def check_cases(
    report: VerificationReport, *, progress: Progress | None = None, chunk: int = CHUNK, since: int = 0
) -> None:
    """Compare every row with the fold of its events.

    Args:
        report: receives `cases` and findings; each names the case, the column, and the leaf of its last event.
        progress: told after every chunk.
        chunk: cases per step; memory grows with it and with nothing else.
        since: only cases with an event at this index of the log or later; 0: every case.

    Source: DESIGN §9 (4, state = fold(events))
    """
    ((total,),) = _query("SELECT count(*) FROM loop_case")
    last, done = FIRST, 0
    while ids := _ids(last, chunk, since):
        differing = dict(_differences(ids))
        if differing:
            # A case that is just being worked on may be caught between two statements: those are read again, held.
            with transaction.atomic():
                _query("SELECT id FROM loop_case WHERE id = ANY(%s) ORDER BY id FOR SHARE", list(differing))
                differing = dict(_differences(list(differing)))
        for key, sentences in differing.items():
            for sentence in sentences:
                report.add(f"case {sentence}{_leaf(key)}")
        last, done = ids[-1], done + len(ids)
        report.cases += len(ids)
        if progress is not None:
            progress(done, max(done, total))
    _check_orphans(report)


def _ids(after: UUID, chunk: int, since: int) -> list[UUID]:
    rows = _query(_NEW_IDS, after, since, since, chunk) if since else _query(_IDS, after, chunk)
    return [key for (key,) in rows]


def _check_orphans(report: VerificationReport) -> None:
    for key, version in _query(_ORPHANS[0], MOST_ORPHANS):
        report.add(f"case {key}: it has {version} events but no row; the row was removed{_leaf(key)}")
    for key, name in _query(_ORPHANS[1], MOST_ORPHANS):
        report.add(f"case {key}: clock {name} stands without a case; the row was inserted or its case removed")


def _differences(ids: Sequence[UUID]) -> Iterator[tuple[UUID, list[str]]]:
    """(case, what its rows say against its events) of those that differ."""
    events: dict[UUID, list[Row]] = {}
    for row in _query(_EVENTS, list(ids)):
        events.setdefault(row[0], []).append(row)
    clocks: dict[UUID, list[Row]] = {}
    for row in _query(_CLOCKS, list(ids)):
        clocks.setdefault(row[0], []).append(row)
    for stored in _query(_CASES + " WHERE c.id = ANY(%s) ORDER BY c.id", list(ids)):
        found = list(_compare(stored, events.get(stored[0], []), clocks.get(stored[0], [])))
        if found:
            yield stored[0], found


def _compare(stored: Row, events: list[Row], clocks: list[Row]) -> Iterator[str]:
    row = dict(zip((name for name, _ in CASE.columns), stored, strict=True))
    name = f"{row['number']} ({row['id']})"
    if not events:
        yield f"{name}: it has no event at all; the row was inserted past the kernel"
        return
    try:
        refolded = _refold(events)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"{name}: its events cannot be folded ({error}); one of them was altered, removed or inserted"
        return
    meant = dict(zip(row, case_row(refolded.case, refolded.head, refolded.district, refolded.title), strict=True))
    said, due = msgspec.json.decode(row.pop("fold")), msgspec.json.decode(meant.pop("fold"))
    for column, value in row.items():
        present = bytes(value) if isinstance(value, memoryview) else value
        if present != meant[column]:
            told, due_value = _shown(column, present), _shown(column, meant[column])
            yield f"{name}: its row says {column} {told}, its events say {due_value}"
    for path in _unlike(said, due, ""):
        yield f"{name}: its stored fold differs from its events at {path}"
    kept, computed = (
        {each[1]: each for each in clocks},
        {each[1]: each for each in clock_rows(refolded.case, row["district_id"])},
    )
    for clock in sorted(kept.keys() | computed.keys()):
        if kept.get(clock) != computed.get(clock):
            yield f"{name}: its row of clock {clock} is not what its events say"


def _refold(events: list[Row]) -> Refolded:
    folded = fold(
        events[0][0],
        (Event(e[0], e[1], e[2], e[3], e[4], e[5], msgspec.json.decode(e[6])) for e in events),
    )
    title = next((e[9] for e in events if e[2] == "opened"), None)
    return Refolded(folded, bytes(events[-1][7]), events[0][8], title or "")


def _unlike(said: Any, due: Any, path: str) -> Iterator[str]:
    """Yield where two folds differ."""
    if isinstance(said, dict) and isinstance(due, dict):
        for key in sorted(said.keys() | due.keys()):
            if key in said or key not in ADDED_LATER:
                yield from _unlike(said.get(key, _ABSENT), due.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif said != due:
        yield path


_ABSENT = object()


def _shown(column: str, value: Any) -> str:
    """Return a value as a finding may show it: words of a report are not repeated in an audit."""
    if column == "title":
        return "other words" if value else "nothing"
    return (
        value.hex()[:16]
        if isinstance(value, bytes)
        else repr(value if not hasattr(value, "isoformat") else value.isoformat())
    )


def _leaf(case: UUID) -> str:
    """Return the place in the log of a case's last event, as findings name it."""
    rows = _query(
        "SELECT ev.version, en.index FROM loop_event ev LEFT JOIN ledger_entry en ON en.event_id = ev.id "
        "WHERE ev.case_id = %s ORDER BY ev.version DESC LIMIT 1",
        case,
    )
    if not rows:
        return ""
    version, index = rows[0]
    return f" (last event {version}, " + ("not in the log)" if index is None else f"log index {index})")


def _query(statement: str, *parameters: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
