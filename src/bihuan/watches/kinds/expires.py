"""`expires`: a date comes within a length of time, or has passed; a renewed date ends it.

Of a form: what was said last; where the field is a proof that holds for a term, the last day of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.rules.terms import end_term
from bihuan.watches.forms import form_of, named, sent_forms, tell_forms, type_said
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within, strings
from bihuan.watches.parts import field_faults, hits_of_rows
from bihuan.watches.scene import Scene, rows_where


class Expires(Strict):
    """A date of the subject, how long before it the watch speaks, and whether a passed date still counts."""

    field: Code
    within: Within
    passed: bool = True


def find(scene: Scene, over: Over, rule: Expires) -> Hits:
    """Every subject whose date lies within the time. Source: docs/topics/watches.md, "expires"."""
    if over.form is not None:
        return _of_forms(scene, over, rule)
    table = scene.narrow(over)
    dates = scene.dates(over.subject or "", table, rule.field)
    mask = pc.less_equal(dates, pa.scalar(scene.until(rule.within)))
    if not rule.passed:
        mask = pc.and_kleene(mask, pc.greater_equal(dates, pa.scalar(scene.day)))
    return hits_of_rows(scene, over, table, rows_where(mask), incident=rule.field, told=[rule.field])


def _of_forms(scene: Scene, over: Over, rule: Expires) -> Hits:
    """The newest sent form about each key (each form by itself without one) whose date lies within the time."""
    table, last = sent_forms(scene, over), scene.until(rule.within)
    newest = {key: row for row, key in enumerate(strings(named(over, table))) if key}
    said, lasts = table[rule.field].to_pylist(), form_of(over).fields[rule.field].lasts
    ends: dict[str, date] = {}
    rows: list[tuple[str, int, str]] = []
    for key, row in newest.items():
        if not said[row] or (scene.only is not None and key not in scene.only):
            continue
        if said[row] not in ends:
            begun = date.fromisoformat(str(said[row])[:10])
            worked = scene.registers.calendar.is_workday
            ends[said[row]] = end_term(lasts.term, begun, worked).last if lasts is not None else begun
        if ends[said[row]] <= last and (rule.passed or ends[said[row]] >= scene.day):
            rows.append((key, row, ends[said[row]].isoformat()))

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        told = tell_forms(over.form or "", table, [rule.field], [rows[each][1] for each in chosen])
        return [[*facts, Fact(f"{over.form}.until", rows[n][2])] for n, facts in zip(chosen, told, strict=True)]

    return Hits([key for key, _, _ in rows], [""] * len(rows), [day for _, _, day in rows], tell, table.num_rows)


def why(rule: Expires) -> Words:
    """The rule in words."""
    return Words(f"“{rule.field}”在 {rule.within} 之内到期", f"{rule.field} comes within {rule.within}")


def faults(scene: Any, over: Over, rule: Expires) -> Iterator[Fault]:
    """The field is a date of the type, or an open one of the form."""
    yield from field_faults(over, ("field",), rule.field, ("date", "instant"))


def fields(over: Over, rule: Expires) -> dict[str, set[str]]:
    """The date."""
    return {over.subject: {rule.field}} if over.subject else {}


def type_of(over: Over, rule: Expires) -> str:
    """The type of what is spoken of."""
    return over.subject or type_said(over)


OVER: Sequence[str] = ("subject", "form")
KIND = WatchKind(
    "expires",
    Words("即将到期", "Expires within"),
    Words("许可、证书、合同等的日期将到或已过", "a permit, certificate or contract whose date comes or has passed"),
    Expires, frozenset(OVER), find, why, fields, faults, type_of,
)  # fmt: skip
