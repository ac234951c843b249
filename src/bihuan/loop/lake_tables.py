"""What the loop gives to the lake: its events, what they did to clocks, and its cases as they stand; no words."""

from __future__ import annotations

from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month
from bihuan.loop.kernel.payload import meanings_of
from bihuan.loop.kernel.table import table

CODES = ("programme", "area", "category", "lead", "result", "satisfied", "contacted", "reopens", "indicator", "reason")
"""Parts of events that are codes."""
SPOKEN = ("area", "category")  # an event may take these away; then they are '' and not null
CODED = frozenset({"reason", "result"})
"""Of some kinds of events such a part is a code; in others, of earlier versions, somebody wrote it: it stays out."""

_LEAVES = "e.district_id = '{cut.district}' AND l.index >= {cut.since} AND l.index < {cut.until}"

_EVENTS = """
SELECT l.index, e.case_id, e.version, e.kind, {occurred}, {recorded}, e.data->>'state', {codes}, {month}
FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id
WHERE {leaves} ORDER BY l.index
"""
_CLOCKS = """
SELECT e.case_id, e.version, op->>'name', op->>'op', op->>'due', {month}
FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id,
     jsonb_array_elements(e.data->'clocks') WITH ORDINALITY AS o (op, place)
WHERE {leaves} AND e.data ? 'clocks' AND op->>'due' IS NOT NULL ORDER BY l.index, o.place
"""
_CASES = """
SELECT c.id, c.number, c.programme, c.kind, c.state, c.channel, c.category, c.area, c.urgency, c.lead, c.outcome,
       {opened}, ((c.opened_at AT TIME ZONE '{cut.zone}')::date - date '1970-01-01'), {submitted}, {ended}, {deadline},
       c.missed::text, c.reporters, c.parent_id, CASE WHEN c.restricted IS NULL THEN c.lon_e6 END,
       CASE WHEN c.restricted IS NULL THEN c.lat_e6 END, c.version, {month}
FROM loop_case c WHERE c.district_id = '{cut.district}' AND {month} IN ({months}) ORDER BY c.opened_at, c.id
"""
_CHANGED = """
SELECT DISTINCT {month} FROM loop_case c
WHERE c.district_id = '{cut.district}' AND c.id IN (
    SELECT e.case_id FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id
    WHERE l.index >= {cut.since} AND l.index < {cut.until})
"""


def coded_in(name: str) -> list[str]:
    """List the kinds of events of which a part is a code, as their payloads say.

    Source: docs/adr/0107 (no words); docs/adr/0230 (a payload says what its texts name).
    """
    kinds = table().kinds.items()
    return [kind for kind, event in kinds if (part := meanings_of(event.payload).get(name)) is not None and part.code]


def _code(name: str) -> str:
    told = f"e.data->>'{name}'"
    if name in CODED:
        kinds = ", ".join(f"'{kind}'" for kind in coded_in(name))
        return f"CASE WHEN e.kind IN ({kinds}) THEN {told} END"
    return f"CASE WHEN e.data ? '{name}' THEN coalesce({told}, '') END" if name in SPOKEN else told


def _events(cut: LakeCut) -> str:
    return _EVENTS.format(
        occurred=lake_moment("e.occurred_at"), recorded=lake_moment("e.recorded_at"),
        codes=", ".join(map(_code, CODES)), month=lake_month("e.recorded_at", cut.zone), leaves=_LEAVES.format(cut=cut),
    )  # fmt: skip


def _clocks(cut: LakeCut) -> str:
    return _CLOCKS.format(month=lake_month("e.recorded_at", cut.zone), leaves=_LEAVES.format(cut=cut))


def _cases(cut: LakeCut) -> str:
    return _CASES.format(
        cut=cut, opened=lake_moment("c.opened_at"), submitted=lake_moment("c.submitted_at"),
        ended=lake_moment("c.ended_at"), deadline=lake_moment("c.deadline"),
        month=lake_month("c.opened_at", cut.zone), months=", ".join(f"'{month}'" for month in cut.months),
    )  # fmt: skip


def _changed(cut: LakeCut) -> str:
    return _CHANGED.format(cut=cut, month=lake_month("c.opened_at", cut.zone))


_EVENT_COLUMNS = (
    LakeColumn("index", "long"),  # leaf of the log
    LakeColumn("case_id"), LakeColumn("version", "whole"), LakeColumn("kind"), LakeColumn("occurred_at", "moment"),
    LakeColumn("recorded_at", "moment"), LakeColumn("state"),
    *map(LakeColumn, CODES),  # '' where an event took area or category away, null where it did not speak of them
)  # fmt: skip
_CLOCK_COLUMNS = (
    LakeColumn("case_id"), LakeColumn("version", "whole"), LakeColumn("name"), LakeColumn("operation"),
    LakeColumn("due", "moment"),
)  # fmt: skip
_CASE_COLUMNS = (
    *map(LakeColumn, ("case_id", "number", "programme", "kind", "state", "channel", "category", "area", "urgency")),
    LakeColumn("lead"), LakeColumn("outcome"), LakeColumn("opened_at", "moment"),
    LakeColumn("day", "whole"),  # day number (1970-01-01 = 0) of opened_at in the lake's zone
    LakeColumn("submitted_at", "moment"), LakeColumn("ended_at", "moment"), LakeColumn("deadline", "moment"),
    LakeColumn("missed", "flag"), LakeColumn("reporters", "whole"), LakeColumn("parent_id"),
    LakeColumn("h3_9", "cell"),  # about 0.1 km²; null for restricted cases and where no place is known
    LakeColumn("version", "whole"),
)  # fmt: skip

TABLES = (
    LakeTable("events", "案件的每个事件", "Every event of every case", _EVENT_COLUMNS, _events),
    LakeTable("clocks", "事件对时限的每次变动", "What events did to clocks", _CLOCK_COLUMNS, _clocks),
    LakeTable("cases", "案件现状", "Cases as they stand", _CASE_COLUMNS, _cases, _changed),
)
