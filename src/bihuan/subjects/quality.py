"""How good a register is on a day: complete, valid, unique, timely, consistent; every kind of defect is counted.

Counted by set-based SQL over what is known now; only open fields are looked at. What is of the wrong form is not here:
a load rejects it. Source: docs/topics/subjects.md, "Quality"; ISO/IEC 25012:2008; GB/T 36344-2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.subjects import fence
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import SubjectType

SHOWN = 10
"""Keys that are named of each kind of defect."""


@dataclass(frozen=True)
class DefectKind:
    """A kind of defect.

    Args:
        measure: complete, unique, timely, consistent. kind: `missing`, `shared`, `stale`, `dangling`, `backwards`.
        field: Where. count: Subjects that have it. keys: The first of them.
    """

    measure: str
    kind: str
    field: str
    count: int
    keys: tuple[str, ...]


class Quality(NamedTuple):
    """The register on a day: how many subjects, and each kind of defect, those without one too."""

    total: int
    defects: tuple[DefectKind, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON: the share without defect of each measure in parts of ten thousand, and the defects.

        Source: docs/topics/subjects.md, "Quality".
        """
        shares: dict[str, int] = {}
        for defect in self.defects:
            good = 10_000 * (self.total - defect.count) // self.total if self.total else 10_000
            shares[defect.measure] = min(shares.get(defect.measure, 10_000), good)
        return {"total": self.total, "per_ten_thousand": shares, "defects": [asdict(each) for each in self.defects]}


def measure(district: str, kind: SubjectType, day: date, looker: Looker) -> Quality:
    """Count the defects of a type on a day.

    Raises:
        FenceClosed: the type is closed to the looker.

    Source: docs/topics/subjects.md, "Quality".
    """
    given = {"district": district, "type": kind.id, "day": day}
    with in_district(district):
        fence.enter(district, kind, looker)
        ((total,),) = _run(f"SELECT count(*) FROM {_HOLDS}", given)  # noqa: S608 - own names only
        defects = [
            DefectKind(measure_, name, field, *_counted(condition, {**given, **more}))
            for measure_, name, field, condition, more in _rules(kind, day)
        ]
    return Quality(total, tuple(defects))


_HOLDS = (
    "subject_version v WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.superseded_at IS NULL "
    "AND v.valid_from <= %(day)s AND (v.valid_to IS NULL OR v.valid_to > %(day)s)"
)
type _Rule = tuple[str, str, str, str, dict[str, Any]]


def _rules(kind: SubjectType, day: date) -> Iterator[_Rule]:
    """Measure, defect, field and the condition that a version has it."""
    for name in kind.open_fields:
        if name != kind.key and (kind.fields[name].required or kind.fields[name].show):
            yield "complete", "missing", name, "NOT v.values ? %(field)s", {"field": name}
    for name in kind.identify:
        yield "unique", "shared", name, _SHARED, {"field": name}
    if kind.fresh_days is not None:
        yield "timely", "stale", "", _STALE, {"since": day - timedelta(kind.fresh_days)}
    known = subject_types()
    for name, rule in kind.fields.items():
        if rule.to in known and not rule.sealed:
            yield "consistent", "dangling", name, _DANGLING, {"field": name, "to": rule.to}
    for state in kind.states:
        if state.since and state.until:
            backwards = "v.values->>%(since)s > v.values->>%(until)s"
            ends = {"since": state.since, "until": state.until}
            yield "consistent", "backwards", f"{state.since},{state.until}", backwards, ends


_SHARED = """EXISTS (
    SELECT FROM subject_found f JOIN subject_version o ON o.id = f.version_id
    WHERE f.district_id = v.district_id AND f.type = v.type AND f.field = %(field)s
      AND f.value = left(v.values->>%(field)s, 200) AND o.key <> v.key AND o.superseded_at IS NULL
      AND o.valid_from <= %(day)s AND (o.valid_to IS NULL OR o.valid_to > %(day)s))"""
_STALE = """v.recorded_at < %(since)s AND NOT EXISTS (
    SELECT FROM subject_change c WHERE c.district_id = v.district_id AND c.type = v.type AND c.kind = 'load'
      AND c.recorded_at >= %(since)s)"""
_DANGLING = """v.values ? %(field)s AND NOT EXISTS (
    SELECT FROM subject_version o WHERE o.district_id = v.district_id AND o.type = %(to)s
      AND o.key = v.values->>%(field)s AND o.superseded_at IS NULL)"""


def _counted(condition: str, given: dict[str, Any]) -> tuple[int, tuple[str, ...]]:
    keys = f"(array_agg(v.key ORDER BY v.key))[1:{SHOWN}]"
    sql = f"SELECT count(*), {keys} FROM {_HOLDS} AND ({condition})"  # noqa: S608 - own names only
    ((count, found),) = _run(sql, given)
    return count, tuple(found or ())


def _run(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())
