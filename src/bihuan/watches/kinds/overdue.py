"""`overdue`: a date has passed, by more than a length of time where one is given, and what should be done is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.watches.model import Fault, Hits, Over, WatchKind, Within
from bihuan.watches.parts import field_faults, hits_of_rows
from bihuan.watches.scene import Scene, empty, rows_where


class Overdue(Strict):
    """A date of the subject, how long after it, and the field that says it was done (in time or not)."""

    field: Code
    after: Within | None = None
    unless: Code | None = None


def find(scene: Scene, over: Over, rule: Overdue) -> Hits:
    """Every subject whose date has passed. Source: docs/topics/watches.md, "overdue"."""
    table = scene.narrow(over)
    dates = scene.dates(over.subject or "", table, rule.field)
    mask = pc.less_equal(dates, pa.scalar(scene.passed(rule.after)))
    if rule.unless is not None:
        mask = pc.and_kleene(mask, empty(table[rule.unless]))
    told = [rule.field] + ([rule.unless] if rule.unless else [])
    return hits_of_rows(scene, over, table, rows_where(mask), incident=rule.field, told=told)


def why(rule: Overdue) -> Words:
    """The rule in words."""
    zh, en = (f"超过 {rule.after}", f"more than {rule.after} ago") if rule.after else ("", "passed")
    also = Words(f"，且“{rule.unless}”为空", f", and {rule.unless} is empty") if rule.unless else Words("", "")
    return Words(f"“{rule.field}”已过{zh}{also.zh}", f"{rule.field} {en}{also.en}")


def faults(scene: Any, over: Over, rule: Overdue) -> Iterator[Fault]:
    """The field is a date, the other one is there."""
    yield from field_faults(over, ("field",), rule.field, ("date", "instant"))
    if rule.unless:
        yield from field_faults(over, ("unless",), rule.unless)


def fields(over: Over, rule: Overdue) -> dict[str, set[str]]:
    """The date, and what says it was done."""
    return {over.subject or "": {rule.field} | ({rule.unless} if rule.unless else set())}


KIND = WatchKind(
    "overdue",
    Words("超过日期", "Overdue"),
    Words("应在某日前完成的事项已过日期而未完成", "something due by a date is not done and the date has passed"),
    Overdue, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
