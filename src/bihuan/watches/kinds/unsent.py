"""`unsent`: no form of a kind was sent about a subject: ever, within a time, or for a month by its term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.numbers.periods import Kinds, Period
from bihuan.watches.forms import faults_of_open_field, form_faults, sent_before, sent_forms, where_faults
from bihuan.watches.model import Fact, Fault, Hits, Over, Scalar, WatchKind, Within, duration, strings
from bihuan.watches.parts import field_faults
from bihuan.watches.scene import Scene, rows_where

_KINDS = Kinds({})


class Unsent(Strict):
    """A form that should be there about each subject.

    Args:
        form: Its id. by: Its open field that holds our key. where: Its open fields' values.
        within: How long back one is looked for; None: one at any time will do.
        each, term: In place of `within`: one for every whole period of a kind, by so long after its end.
        says: The form's date that lies in the period it is for; None: it is sent between the period's end and the next.
        back: How many periods back are looked at.
        since, after: Our date from which it is expected, and how long after that.
    """

    form: Slug
    by: Code
    where: dict[Code, Scalar | list[Scalar] | None] = {}
    within: Within | None = None
    each: Literal["month", "quarter", "year", "week"] | None = None
    term: Within | None = None
    says: Code | None = None
    back: int = Field(default=3, ge=1, le=12)
    since: Code | None = None
    after: Within | None = None

    @model_validator(mode="after")
    def _whole(self) -> Unsent:
        if (self.each is None) != (self.term is None):
            raise ValueError("`each` and `term` belong together: a period, and until when after its end")
        if self.each is not None and self.within is not None:
            raise ValueError("a form is expected `within` a time, or for `each` period; one of the two")
        if self.says is not None and self.each is None:
            raise ValueError("`says` names the date that lies in the period: it needs `each`")
        if self.after is not None and (self.since is None or self.each is not None):
            raise ValueError("`after` is counted from the date in `since`, of a form that is not asked for each period")
        return self


def find(scene: Scene, over: Over, rule: Unsent) -> Hits:
    """Every subject without its form. Source: docs/topics/watches.md, "unsent"."""
    table = scene.narrow(over)
    sent = sent_forms(scene, Over(form=rule.form, where=rule.where))
    if rule.each is None:
        return _hits(scene, over, table, [("", rows_where(_without(scene, over, rule, table, sent)))], rule)
    found = []
    for period in due_periods(scene, rule):
        mask = pc.invert(pc.is_in(table["key"], value_set=_sent_for(scene, rule, sent, period)))
        if rule.since is not None:
            dates = scene.dates(over.subject or "", table, rule.since)
            mask = pc.and_kleene(mask, pc.less_equal(dates, pa.scalar(period.first)))
        found.append((str(period), rows_where(mask)))
    return _hits(scene, over, table, found, rule)


def due_periods(scene: Scene, rule: Unsent) -> list[Period]:
    """The last whole periods whose term has passed, the oldest first."""
    assert rule.each is not None
    assert rule.term is not None
    calendar = scene.registers.calendar
    found: list[Period] = []
    period = _KINDS.on(rule.each, scene.day).previous
    while len(found) < rule.back:
        ends = datetime.combine(period.after, time(), calendar.zone)
        if calendar.due(ends, duration(rule.term)).at < scene.at:
            found.append(period)
        period = period.previous
    return found[::-1]


def _sent_for(scene: Scene, rule: Unsent, sent: pa.Table, period: Period) -> Any:
    """The keys about which a form was sent for a period."""
    if rule.says is not None:
        days = pc.cast(sent[rule.says], pa.date32())
        mine = pc.and_(pc.greater_equal(days, pa.scalar(period.first)), pc.less(days, pa.scalar(period.after)))
    else:
        zone = scene.registers.calendar.zone
        begins, ends = (datetime.combine(each.after, time(), zone) for each in (period, period.next))
        mine = pc.and_(pc.invert(sent_before(sent, begins)), sent_before(sent, ends))
    return sent.filter(pc.fill_null(mine, fill_value=False))[rule.by].combine_chunks()


def _without(scene: Scene, over: Over, rule: Unsent, table: pa.Table, sent: pa.Table) -> Any:
    recent = sent
    if rule.within is not None:
        recent = sent.filter(pc.invert(sent_before(sent, scene.since(rule.within))))
    mask = pc.invert(pc.is_in(table["key"], value_set=recent[rule.by].combine_chunks()))
    if rule.since is not None:
        dates = scene.dates(over.subject or "", table, rule.since)
        mask = pc.and_kleene(mask, pc.less_equal(dates, pa.scalar(scene.passed(rule.after))))
    return mask


def _hits(
    scene: Scene, over: Over, table: pa.Table, found: Sequence[tuple[str, list[int]]], rule: Unsent
) -> Hits:  # fmt: skip
    keys = strings(table["key"])
    places = [(part, row) for part, rows in found for row in rows]
    since = strings(table[rule.since]) if rule.since else None

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        told = [rule.since] if rule.since else []
        facts = scene.tell(over.subject or "", table, told, [places[each][1] for each in chosen])
        return [
            [*mine, Fact(f"{rule.form}.sent", None, rule.form, since=places[each][0])]
            for each, mine in zip(chosen, facts, strict=True)
        ]

    parts = [part for part, _ in places]
    deciding = [part or (since[row] if since else "") for part, row in places]
    return Hits([keys[row] for _, row in places], parts, deciding, tell, table.num_rows)


def why(rule: Unsent) -> Words:
    """The rule in words."""
    if rule.each is not None:
        kinds = {"month": "月", "quarter": "季", "year": "年", "week": "周"}
        return Words(
            f"表单“{rule.form}”应按{kinds[rule.each]}填报，期末后 {rule.term} 仍未提交",
            f"no {rule.form} for the {rule.each} by {rule.term} after its end",
        )
    zh, en = (f"{rule.within} 内", f" within {rule.within}") if rule.within else ("", "")
    since = Words(f"“{rule.since}”之后", f" after {rule.since}") if rule.since else Words("", "")
    return Words(f"{since.zh}{zh}没有提交表单“{rule.form}”", f"no {rule.form} was sent{since.en}{en}")


def faults(scene: Any, over: Over, rule: Unsent) -> Iterator[Fault]:
    """The form, its fields and our date are there."""
    yield from form_faults(rule.form, ("form",))
    yield from faults_of_open_field(rule.form, ("by",), rule.by)
    yield from where_faults(rule.form, ("where",), rule.where)
    if rule.says is not None:
        yield from faults_of_open_field(rule.form, ("says",), rule.says, ("date",))
    if rule.since is not None:
        yield from field_faults(over, ("since",), rule.since, ("date", "instant"))


def fields(over: Over, rule: Unsent) -> dict[str, set[str]]:
    """The date from which it is expected."""
    return {over.subject or "": {rule.since} if rule.since else set()}


KIND = WatchKind(
    "unsent",
    Words("表单未提交", "Form not sent"),
    Words("应提交的表单到期没有提交", "a form that should be there about a subject by a term, and is not"),
    Unsent, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
