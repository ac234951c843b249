"""What the subjects give to the lake: every version in the clear, its codes, numbers and days; no words, no identity.

What stands behind a fence never leaves the database. Of a type that keeps something of a person the key, which may be
the person's own, is replaced by the number of its first version.
"""

from __future__ import annotations

from bihuan.declare.types import field_type
from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.pure.types import SubjectType

WORDLESS = frozenset({
    "area", "area_code", "category", "choice", "code", "count", "credit_code", "date", "decimal", "indicator",
    "instant", "money", "number", "organisation_code", "real", "registration_number",
    "subject", "unit", "units", "yes_no",
})  # fmt: skip
"""Types of fields whose values are codes, numbers, times."""

_ROWS = """
SELECT v.type, {key}, v.valid_from::text, v.valid_to::text, {recorded}, {superseded}, v.change_id, {values}, {month}
FROM subject_version v WHERE v.district_id = '{cut.district}' AND v.fence = '' AND {month} IN ({months})
ORDER BY v.id
"""
_CHANGED = """
SELECT DISTINCT {month} FROM subject_version v
WHERE v.district_id = '{cut.district}' AND v.fence = ''
  AND (v.change_id IN ({changes}) OR v.superseded_by IN ({changes}))
"""
_CHANGES = """
SELECT c.id FROM ledger_entry l JOIN subject_change c ON c.statement_id = l.event_id
WHERE l.index >= {cut.since} AND l.index < {cut.until}
"""
_KEY = """
CASE WHEN v.type IN ({named}) THEN v.key ELSE '#' || (
    SELECT min(o.id) FROM subject_version o
    WHERE o.district_id = v.district_id AND o.type = v.type AND o.key = v.key) END
"""
_VALUES = """
(SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(v.values) f WHERE f.key = ANY ((CASE {cases} ELSE '{{}}' END)::text[]))::text
"""  # noqa: E501 - one expression


def keys_shown() -> frozenset[str]:
    """Return the types whose keys may stand in the lake: those that keep nothing of a person, behind no fence.

    Source: docs/topics/lake.md (no words, no identity).
    """
    known = subject_types()
    found = {name for name, kind in known.items() if _impersonal(kind)}
    ends = {link.id: (name, kind.links[link.id.partition(":")[2]].to)
            for name, kind in known.items() for link in kind.link_types()}  # fmt: skip
    return frozenset(found | {link for link, (near, far) in ends.items() if {near, far} <= found})


def _impersonal(kind: SubjectType) -> bool:
    return not kind.fence and not any(rule.personal for rule in kind.fields.values())


def fields_shown(kind: SubjectType, named: frozenset[str]) -> list[str]:
    """List the fields of a type whose values may stand in the lake.

    Args:
        named: Types whose keys may.

    Source: docs/topics/lake.md (no words, no identity).
    """
    return [
        name for name, rule in kind.fields.items()
        if not rule.sealed and rule.type in WORDLESS and not field_type(rule.type).sealed
        and (name != kind.key or kind.id in named) and (rule.to is None or rule.to in named)
    ]  # fmt: skip


def _rows(cut: LakeCut) -> str:
    named, kinds = keys_shown(), [each for kind in subject_types().values() for each in (kind, *kind.link_types())]
    fields = {kind.id: fields_shown(kind, named) for kind in kinds}
    cases = " ".join(f"WHEN v.type = '{kind}' THEN '{{{','.join(names)}}}'" for kind, names in fields.items())
    return _ROWS.format(
        cut=cut, key=_KEY.format(named=", ".join(f"'{each}'" for each in sorted(named))),
        recorded=lake_moment("v.recorded_at"), superseded=lake_moment("v.superseded_at"),
        values=_VALUES.format(cases=cases), month=lake_month("v.recorded_at", cut.zone),
        months=", ".join(f"'{month}'" for month in cut.months),
    )  # fmt: skip


def _changed(cut: LakeCut) -> str:
    return _CHANGED.format(
        cut=cut, month=lake_month("v.recorded_at", cut.zone), changes=_CHANGES.format(cut=cut).strip()
    )


_COLUMNS = (
    LakeColumn("type"), LakeColumn("key"), LakeColumn("valid_from"), LakeColumn("valid_to"),
    LakeColumn("recorded_at", "moment"), LakeColumn("superseded_at", "moment"), LakeColumn("change_id"),
    LakeColumn("values"),  # an object of JSON: codes, numbers, days
)  # fmt: skip
TABLES = (LakeTable("subjects", "对象的每个版本", "Every version of every subject", _COLUMNS, _rows, _changed),)
