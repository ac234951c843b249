"""`missing`: a field is empty, or no other record points here: no inspection, plan or statement within a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.watches.model import Fault, Hits, Over, Scalar, WatchKind, Within
from bihuan.watches.parts import began, faults_of_field, field_faults, history_of, hits_of_rows
from bihuan.watches.scene import Scene, empty, rows_where


class Records(Strict):
    """Subjects of another type that point here.

    Args:
        subject: Their type. by: Their field that holds our key. dated: Their field of a date; with `within`, how long
            back one is looked for. where: Their fields' values.
    """

    subject: Slug
    by: Code
    dated: Code | None = None
    within: Within | None = None
    where: dict[Code, Scalar | list[Scalar] | None] = {}

    @model_validator(mode="after")
    def _dated(self) -> Records:
        if (self.dated is None) != (self.within is None):
            raise ValueError("`dated` and `within` belong together")
        return self


class Missing(Strict):
    """A field that is empty, or records that are not there; `after`: only so long after the date `since`."""

    field: Code | None = None
    records: Records | None = None
    since: Code | None = None
    after: Within | None = None

    @model_validator(mode="after")
    def _one(self) -> Missing:
        if (self.field is None) == (self.records is None):
            raise ValueError("what is missing is a `field`, or `records`")
        if self.after is not None and self.since is None:
            raise ValueError("`after` is counted from the date in `since`")
        return self


def find(scene: Scene, over: Over, rule: Missing) -> Hits:
    """Every subject without it. Source: docs/topics/watches.md, "missing"."""
    table = scene.narrow(over)
    if rule.field is not None:
        mask = empty(table[rule.field])
    else:
        assert rule.records is not None
        mask = pc.invert(pc.is_in(table["key"], value_set=pointed_at(scene, rule.records)))
    if rule.since is not None:
        dates = scene.dates(over.subject or "", table, rule.since)
        mask = pc.and_kleene(mask, pc.less_equal(dates, pa.scalar(scene.passed(rule.after))))
    told = [each for each in (rule.field, rule.since) if each]
    return hits_of_rows(scene, over, table, rows_where(mask), told=told, begin=_begin(scene, over, rule))


def pointed_at(scene: Scene, records: Records) -> Any:
    """The keys that records of a time point at. Source: docs/topics/watches.md, "missing"."""
    table = scene.narrow(Over(subject=records.subject, where=records.where))
    if records.dated is not None and records.within is not None:
        dates = scene.dates(records.subject, table, records.dated)
        first = scene.registers.calendar.local_date(scene.since(records.within))
        recent = pc.and_kleene(pc.greater_equal(dates, pa.scalar(first)), pc.less_equal(dates, pa.scalar(scene.day)))
        table = table.filter(pc.fill_null(recent, fill_value=False))
    return table[records.by].combine_chunks()


def _begin(scene: Scene, over: Over, rule: Missing) -> Any:
    """From which day the field was empty; of records: the newest one there was before, or the first day."""

    def of_field(keys: list[str]) -> list[str]:
        history = history_of(scene, over.subject or "", keys, rule.field or "")
        return [began(history[key], lambda value, _: not value) or scene.day.isoformat() for key in keys]

    def of_records(keys: list[str]) -> list[str]:
        records = rule.records
        assert records is not None
        if records.dated is None:
            return [""] * len(keys)
        table = scene.narrow(Over(subject=records.subject, where=records.where))
        mine = table.filter(pc.is_in(table[records.by], value_set=pa.array(keys)))
        newest: dict[str, str] = {}
        for key, day in zip(mine[records.by].to_pylist(), mine[records.dated].to_pylist(), strict=True):
            if day is not None and day[:10] <= scene.day.isoformat():
                newest[key] = max(day[:10], newest.get(key, ""))
        return [newest.get(key, "") for key in keys]

    return of_field if rule.field is not None else of_records


def why(rule: Missing) -> Words:
    """The rule in words."""
    if rule.field is not None:
        return Words(f"“{rule.field}”为空", f"{rule.field} is empty")
    records = rule.records
    assert records is not None
    zh, en = (f"{records.within} 内", f" within {records.within}") if records.within else ("", "")
    return Words(f"{zh}没有指向它的 {records.subject}", f"no {records.subject} points to it{en}")


def faults(scene: Any, over: Over, rule: Missing) -> Iterator[Fault]:
    """Every named field is there."""
    if rule.field is not None:
        yield from field_faults(over, ("field",), rule.field)
    if rule.since is not None:
        yield from field_faults(over, ("since",), rule.since, ("date", "instant"))
    if rule.records is not None:
        records = rule.records
        yield from faults_of_field(records.subject, ("records", "by"), records.by)
        if records.dated is not None:
            yield from faults_of_field(records.subject, ("records", "dated"), records.dated, ("date", "instant"))
        for name in records.where:
            yield from faults_of_field(records.subject, ("records", "where", name), name)


def fields(over: Over, rule: Missing) -> dict[str, set[str]]:
    """The field, the date it is asked from, and what the records are narrowed by."""
    found = {over.subject or "": {each for each in (rule.field, rule.since) if each}}
    if rule.records is not None:
        records = rule.records
        mine = {records.by, *records.where} | ({records.dated} if records.dated else set())
        found[records.subject] = found.get(records.subject, set()) | mine
    return found


KIND = WatchKind(
    "missing",
    Words("缺失", "Missing"),
    Words("应有的信息、检查、报表没有", "a value, an inspection or a statement that should be there is not"),
    Missing, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
