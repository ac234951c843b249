"""The city above: what happened to its orders travels upward as a file (exchange format bihuan-exchange/1).

One JSON object per line: `{"format", "kind": "event", "number", "version", "event", "at", …}`. `number` is the city's
own; (number, version) identifies a line for ever, so a file sent twice has one effect above. A line holds what the
city needs to know and never who reported: the city knows that already.

A case whose events cannot be told is left out whole and set aside (`bihuan.loop.stuck`); its lines follow in the first
file after it is mended, so that the versions of a case never have a gap above.
"""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bihuan.loop import scope, stuck
from bihuan.loop.kernel.apart import retold
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.model import Event
from bihuan.loop.store import current_facts
from bihuan.registers.pure.ids import new_id

FORMAT = "bihuan-exchange/1"
LOOP = "upward"
TOLD = (
    "opened", "dispatched", "arbitrated", "accepted", "contacted", "returned", "recalled", "extended", "suspended",
    "resumed", "submitted", "verified", "reopened", "answered", "invalidated", "refused", "transferred_out", "merged",
    "unmerged", "withdrawn", "excluded", "history_recorded",
)  # fmt: skip
"""Events the city hears of; what a unit does among its own people stays inside."""
WORDS = ("submitted", "answered", "returned", "refused", "invalidated", "transferred_out", "verified")
"""Events whose words travel upward: they are the feedback."""
FACTS = ("state", "outcome", "result", "satisfied", "reason", "to", "until")
SAID = ("reason", "remedy", "text")

_NEWS = """
SELECT r.external_number, c.number, e.case_id, e.version, e.kind, e.occurred_at, e.data, p.body
FROM loop_report r
JOIN loop_case c ON c.id = r.case_id
JOIN loop_event e ON e.case_id = r.case_id
LEFT JOIN intake_upward u ON u.case_id = r.case_id
LEFT JOIN loop_event_private p ON p.event_id = e.id AND e.kind = ANY(%(words)s)
WHERE r.district_id = %(district)s AND r.external_source = %(source)s AND e.version > coalesce(u.version, 0)
ORDER BY e.occurred_at, e.case_id, e.version
"""
_MARK = """
INSERT INTO intake_upward (case_id, district_id, source, version, exported_at)
SELECT case_id, %s, %s, version, %s FROM unnest(%s::uuid[], %s::int[]) AS t(case_id, version)
ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, exported_at = excluded.exported_at
"""


def export_upward(source: str, out: Path, now: datetime | None = None) -> int:
    """Write what happened to a source's orders since the last export; returns how many events.

    The file appears whole or not at all, readable by its owner only. It is in place before the export is remembered:
    after a crash between the two the next file repeats lines, which the number and version of each line make harmless.

    Args:
        source: The city's source name, as in the mapping its orders came by.
        out: The file; replaced when it exists.
        now: When (aware); default this moment.

    Source: docs/topics/import.md, "The city above"; docs/reference/import-format.md (bihuan-exchange/1).
    """
    now = now or datetime.now(UTC)
    facts = current_facts(now)
    district = facts.registers.district.code
    codes = {span.id: span.code for span in facts.registers.organisations}
    with transaction.atomic(), scope.district(district), connection.cursor() as cursor:
        cursor.execute(_NEWS, {"words": list(WORDS), "district": district, "source": source})
        rows = cursor.fetchall()
        lines, last = _told(rows, codes)
        _put(out, lines)
        cursor.execute(_MARK, [district, source, now, list(last), list(last.values())])
    return len(lines)


def _told(rows: Sequence[tuple[Any, ...]], codes: dict[str, str]) -> tuple[list[dict[str, Any]], dict[UUID, int]]:
    """The lines of some events in their order, and the last version told of each case; without cases set aside now.

    What was set aside is tried in every export: it costs nothing and changes nothing here.
    """
    lines: list[tuple[UUID, dict[str, Any] | None]] = []
    last: dict[UUID, int] = {}
    numbers: dict[UUID, str] = {}
    faults: dict[UUID, str] = {}
    for row in rows:
        case, version = row[2], row[3]
        numbers[case], last[case] = row[1], max(version, last.get(case, 0))
        try:
            lines.append((case, _line(row, codes)))
        except Exception as error:  # noqa: BLE001 - whatever one event raises, the other cases travel; it is recorded and shown
            faults.setdefault(case, stuck.why(error))
    for case, reason in faults.items():
        stuck.set_aside(LOOP, str(case), numbers[case], reason)
    stuck.mended(LOOP, (str(case) for case in last if case not in faults))
    told = [line for case, line in lines if line is not None and case not in faults]
    return told, {case: version for case, version in last.items() if case not in faults}


def _line(row: tuple[Any, ...], codes: dict[str, str]) -> dict[str, Any] | None:
    number, ours, case, version, kind, at, data, words = row
    if kind not in TOLD:
        return None
    given, body = (value if isinstance(value, dict) else json.loads(value or "{}") for value in (data, words))
    told = retold(Event(case, version, kind, at, at, "", given, body))
    data, said = told.data, told.private or {}
    line = {"format": FORMAT, "kind": "event", "number": number, "our_number": ours, "version": version}
    line |= {"event": kind, "at": iso(at)}
    line |= {name: data[name] for name in FACTS if data.get(name) is not None}
    if data.get("lead"):
        line["unit"] = codes.get(data["lead"], data["lead"])
    line |= {"due": due} if (due := dict(_dues(data))) else {}
    return line | ({name: said[name] for name in SAID if said.get(name)} if kind in WORDS else {})


def _dues(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Deadlines that the event set."""
    for op in data.get("clocks", ()):
        if op.get("due"):
            yield op["name"], op["due"]


def _put(out: Path, lines: list[dict[str, Any]]) -> None:
    temporary = out.with_name(f".{out.name}.{new_id()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        for line in lines:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(out)
