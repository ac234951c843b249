"""Sent forms as watches see them: each form's open fields and its case, read once a run into Arrow columns of text.

Only what a form declares `open` is read; everything else that was said stays sealed. A form that was sent later than
the scene's instant is not there. Source: docs/adr/0279-forms.md; docs/adr/0325-forms-and-numbers-watched.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from bihuan.documents.forms.catalogue import all_forms
from bihuan.documents.forms.pure.declaration import FormDeclaration
from bihuan.registers.isolation import in_district
from bihuan.watches.model import Fact, Fault, Over, duration
from bihuan.watches.scene import Scene, fits, table_of

OWN = ("number", "at", "case_id", "ended", "case_area", "case_category", "case_lead")
"""What is known of every sent form besides its fields: its number, when (UTC), its case, when that ended, and whose."""
ENDED = "ended"
"""In place of a field in `where`: when the case of a sent form ended; null: it has not."""
SAID = (OWN[0], *OWN[4:])
"""Those of them that a case or a reminder may take something from."""
_SENT = """
COPY (SELECT coalesce(nullif(s.number, ''), s.id::text),
    to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), s.case_id,
    CASE WHEN c.ended_at <= %(at)s THEN to_char(c.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END,
    c.area, c.category, c.lead{fields}
  FROM form_submission s LEFT JOIN loop_case c ON c.id = s.case_id
  WHERE s.district_id = %(district)s AND s.form = %(form)s AND s.at <= %(until)s ORDER BY s.at, s.id
) TO STDOUT (FORMAT csv)
"""
_ANSWERED = """
SELECT DISTINCT case_id::text FROM loop_event
WHERE case_id = ANY(%s::uuid[]) AND kind = ANY(%s) AND occurred_at <= %s
"""


def form_of(over: Over) -> FormDeclaration:
    """Return the form that a watch is over. Raises KeyError: no such form is declared."""
    return all_forms()[over.form or ""].form


def open_fields(form: FormDeclaration) -> tuple[str, ...]:
    """The fields of a form that are kept in the clear."""
    return tuple(name for name, field in form.fields.items() if field.open)


def sent_forms(scene: Scene, over: Over) -> pa.Table:
    """Every sent form of a watch, oldest first: `OWN` and the open fields, as text; narrowed by `where`.

    Source: docs/adr/0325-forms-and-numbers-watched.md (1).
    """
    place = ("form", over.form or "")
    if place not in scene.worked:
        scene.worked[place] = _read(scene, form_of(over))
    table: pa.Table = scene.worked[place]
    for name, wanted in over.where.items():
        table = table.filter(fits(table[name], wanted))
    return table


def _read(scene: Scene, form: FormDeclaration) -> pa.Table:
    names = open_fields(form)
    sql = _SENT.format(fields="".join(f", s.said->>'{name}'" for name in names))
    until = min(scene.at, scene.known) if scene.known else scene.at
    given = {"district": scene.district, "form": form.form, "at": scene.at, "until": until}
    with in_district(scene.district), connection.cursor() as cursor:
        return table_of(cursor, sql, given, [*OWN, *names])


def named(over: Over, table: pa.Table) -> Any:
    """What each sent form is about: the field `key`, else its own number."""
    return table[over.key or "number"]


def type_said(over: Over, rule: Any = None) -> str:
    """The type of what a watch over a form speaks of."""
    return over.type or f"form.{over.form}"


def sent_until(scene: Scene, within: str) -> datetime:
    """Before which instant a form was sent when a length of time has passed since, working days by the calendar.

    Source: docs/topics/registers.md, "Time".
    """
    if duration(within).unit == "working_days":
        day = scene.passed(within) + timedelta(days=1)
        return datetime.combine(day, time(), scene.registers.calendar.zone)
    return scene.since(within)


def sent_before(table: pa.Table, until: datetime) -> Any:
    """Where a form was sent before an instant."""
    at = pc.cast(table["at"], pa.timestamp("us", "UTC"))
    return pc.less(at, pa.scalar(until.astimezone(UTC), pa.timestamp("us", "UTC")))


def answered_by(scene: Scene, cases: Sequence[str], kinds: Sequence[str]) -> set[str]:
    """The cases of which an event of some kinds is on record by the scene's instant."""
    if not cases or not kinds:
        return set()
    with in_district(scene.district), connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [list(cases), list(kinds), scene.at])
        return {key for (key,) in cursor.fetchall()}


def tell_forms(form: str, table: pa.Table, names: Sequence[str], rows: Sequence[int]) -> list[list[Fact]]:
    """The facts behind rows: when each was sent, what it said, and its number."""
    taken = table.take(pa.array(rows, pa.int64())).to_pylist()
    return [
        [
            Fact(f"{form}.sent", row["at"][:19] + "Z", form, since=row["at"][:10], cited=row["number"]),
            *(Fact(f"{form}.{name}", row[name], form, cited=row["number"]) for name in names),
        ]
        for row in taken
    ]


def values_of_forms(scene: Scene, over: Over, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the newest sent form of each key says, with `SAID` of its case.

    Source: docs/topics/watches.md, "What it opens".
    """
    table = sent_forms(scene, over)
    mine = table.filter(pc.is_in(named(over, table), value_set=pa.array(list(keys), pa.string())))
    names = (*SAID, *open_fields(form_of(over)))
    found: dict[str, dict[str, Any]] = {}
    for key, row in zip(named(over, mine).to_pylist(), mine.select(names).to_pylist(), strict=True):
        found[key] = row
    return found


def form_faults(name: str, steps: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """What is wrong with the name of a form."""
    if name not in (known := all_forms()):
        near = get_close_matches(name, known, 1)
        remedy = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(known) or '-'}"
        yield steps, f"there is no form {name!r}", "a watch looks at declared forms", remedy


def faults_of_open_field(
    form: str, steps: tuple[str | int, ...], name: str, types: Sequence[str] = (), more: Sequence[str] = ()
) -> Iterator[Fault]:
    """What is wrong with a field of a form that a rule names: it is declared and open, of one of some types."""
    known = all_forms().get(form)
    if known is None or name in more:
        return
    fields = open_fields(known.form)
    if name not in fields:
        near = get_close_matches(name, (*fields, *more), 1)
        remedy = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join((*fields, *more)) or '-'}"
        yield steps, f"{form} has no open field {name!r}", "a watch reads open fields of a form", remedy
    elif types and known.form.fields[name].type not in types:
        what = f"{form}.{name} is of type {known.form.fields[name].type}"
        yield steps, what, f"here a field of type {' or '.join(types)} is needed", "name another field"


def base_faults(over: Over) -> Iterator[Fault]:
    """What is wrong with `over` of a form: its name, its key, the type of that, what it is narrowed by."""
    from bihuan.subjects.catalogue import subject_types

    if over.form is None:
        return
    yield from form_faults(over.form, ("over", "form"))
    if over.key is not None:
        yield from faults_of_open_field(over.form, ("over", "key"), over.key)
    if over.type is not None and over.type not in subject_types():
        near = get_close_matches(over.type, subject_types(), 1)
        remedy = f"did you mean {near[0]!r}?" if near else "a declared type"
        yield ("over", "type"), f"there is no type {over.type!r}", "a form's key leads to a declared type", remedy


def where_faults(form: str, steps: tuple[str | int, ...], where: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with fields that narrow forms."""
    for name in where:
        yield from faults_of_open_field(form, (*steps, name), name, more=(ENDED,))
