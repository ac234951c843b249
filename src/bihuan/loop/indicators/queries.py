"""The queries: SQL files with a few named fragments, so that `the unit of that round` is written once.

A query answers rows (indicator, case_id, programme, area, unit, category, counted, excluded); the published count and the
list of cases behind it come from the same text, whose SHA-256 is published with the number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "queries"
GROUPS = ("callbacks", "openings", "dispatches", "handling", "stock")
_MACRO = re.compile(r"\{(\w+)(?:\(([\w, ]+)\))?\}")

# Events of the district that the log holds below the cut: what was not in the log then does not count, even if it
# happened earlier. That makes every number reproducible from its cut.
_EVENTS = (
    "(SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id"
    " WHERE v.district_id = %(district)s AND l.index < %(cut)s)"
)


def _latest(field: str, row: str, until: str) -> str:
    return (
        f"(SELECT k.data->>'{field}' FROM {{events}} k WHERE k.case_id = {row}.case_id AND {until}"
        f" AND k.kind IN ('opened', 'classified') AND k.data ? '{field}' ORDER BY k.version DESC LIMIT 1) AS {field}"
    )


def _opening(row: str, until: str) -> str:
    return (
        f"SELECT o.data->>'programme' AS programme, {_latest('area', row, until)}, {_latest('category', row, until)}"
        f" FROM {{events}} o WHERE o.case_id = {row}.case_id AND o.kind = 'opened'"
    )


def _opening_then(row: str) -> str:
    """Programme, area and category as they stood at the row's event."""
    return _opening(row, f"k.version <= {row}.version")


def _opening_by_month_end(row: str) -> str:
    return _opening(row, "k.occurred_at < %(until)s")


def _round(row: str) -> str:
    """The unit that held the case in the row's round of handling, and the event that began the round."""
    return (
        f"SELECT (SELECT d.data->>'lead' FROM {{events}} d WHERE d.case_id = {row}.case_id AND d.version < {row}.version"
        " AND d.kind IN ('dispatched', 'arbitrated') ORDER BY d.version DESC LIMIT 1) AS lead,"
        f" coalesce((SELECT max(d.version) FROM {{events}} d WHERE d.case_id = {row}.case_id AND d.version < {row}.version"
        " AND (d.kind IN ('dispatched', 'arbitrated', 'reopened')"
        " OR (d.kind = 'verified' AND d.data->>'reopens' = 'true'))), 0) AS version"
    )


def _lead_by_month_end(row: str) -> str:
    return (
        f"SELECT d.data->>'lead' AS lead FROM {{events}} d WHERE d.case_id = {row}.case_id"
        " AND d.occurred_at < %(until)s AND d.kind IN ('dispatched', 'arbitrated') ORDER BY d.version DESC LIMIT 1"
    )


def _merged(row: str) -> str:
    return (
        f"coalesce((SELECT m.kind = 'merged' FROM {{events}} m WHERE m.case_id = {row}.case_id"
        " AND m.kind IN ('merged', 'unmerged') AND m.occurred_at < %(until)s ORDER BY m.version DESC LIMIT 1), false)"
    )


def _due(row: str, round_: str, clock: str) -> str:
    """When the named clock of the round fell due, as the last operation before the row's event left it."""
    return (
        f"(SELECT (op->>'due')::timestamptz FROM {{events}} k, jsonb_array_elements(k.data->'clocks') op"
        f" WHERE k.case_id = {row}.case_id AND k.version >= {round_}.since AND k.version < {row}.version"
        f" AND k.data ? 'clocks' AND op->>'name' = %({clock}_clock)s"
        " AND op->>'op' IN ('start', 'resume', 'restore', 'extend') ORDER BY k.version DESC LIMIT 1)"
    )


_MACROS: dict[str, Callable[..., str]] = {
    "opening": _opening_then,
    "opening_by_month_end": _opening_by_month_end,
    "round": _round,
    "lead_by_month_end": _lead_by_month_end,
    "merged": _merged,
    "due": _due,
}


@cache
def text(group: str) -> str:
    """Return the SQL of one of `GROUPS` with its fragments filled in."""
    source = (FOLDER / f"{group}.sql").read_text(encoding="utf-8")

    def filled(match: re.Match[str]) -> str:
        name, arguments = match[1], [a.strip() for a in (match[2] or "").split(",") if a.strip()]
        if name == "events":
            return _EVENTS
        return _MACRO.sub(filled, _MACROS[name](*arguments))

    return _MACRO.sub(filled, source)


@cache
def digest(group: str) -> str:
    """Return the SHA-256 (hex) of the group's SQL, published beside every number it gave."""
    return hashlib.sha256(text(group).encode()).hexdigest()
