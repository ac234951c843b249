"""`repeat`: the k-th case, record or form about one thing within so many days; while they go on it is one incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from django.db import connection
from pydantic import Field, model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.registers.isolation import in_district
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.watches.forms import named, sent_forms, type_said
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind
from bihuan.watches.parts import field_faults
from bihuan.watches.scene import Scene

_CASES = """
SELECT {by}, c.opened_at, c.number FROM loop_case c
WHERE c.district_id = %(district)s AND c.programme = %(programme)s AND c.opened_at <= %(at)s AND c.parent_id IS NULL
  AND c.opened_at > %(since)s AND (%(case)s::text IS NULL OR c.kind = %(case)s)
  AND (%(category)s::text IS NULL OR c.category = %(category)s OR c.category LIKE %(category)s || '.%%')
  AND {by} IS NOT NULL AND c.outcome IS DISTINCT FROM 'invalid' AND c.channel <> 'watch'
ORDER BY 1, 2, 3
"""
_BY = {
    "subject": "c.fold->>'subject'", "area": "c.area", "category": "c.category",
    "area_category": "c.area || ' ' || c.category", "lead": "c.lead",
}  # fmt: skip


class Repeat(Strict):
    """How many within how many days; of cases: by what they are the same; of records: their date, and our key's field;
    of sent forms nothing more: they are the same by the `key` that they are over.

    Cases that watches opened are not counted: a watch does not feed on watches.
    """

    count: int = Field(ge=1, le=1000)
    days: int = Field(ge=1, le=3660)
    by: Literal["subject", "area", "category", "area_category", "lead"] | None = None
    field: Code | None = None
    dated: Code | None = None

    @model_validator(mode="after")
    def _whole(self) -> Repeat:
        if (self.field is None) != (self.dated is None):
            raise ValueError("`field` and `dated` belong together: records that say the same, and when")
        if self.by is not None and self.field is not None:
            raise ValueError("of cases `by` says what is the same, of records `field` and `dated`")
        return self


class Happened(NamedTuple):
    """One case or record."""

    key: str
    at: datetime
    number: str


def find(scene: Scene, over: Over, rule: Repeat) -> Hits:
    """Everything that has happened so often lately. Source: docs/topics/watches.md, "repeat"."""
    looks = _of_cases if over.cases else _of_forms if over.form else _of_records
    rows = looks(scene, over, rule)
    by_key: dict[str, list[Happened]] = defaultdict(list)
    for each in rows:
        by_key[each.key].append(each)
    found: list[tuple[str, list[Happened]]] = []
    for key, several in sorted(by_key.items()):
        if (scene.only is None or key in scene.only) and (episode := episode_of(several, rule, scene.at)):
            found.append((key, episode))

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        what = over.cases or over.subject or over.form or ""
        return [[Fact(what, each.number, what, each.at.isoformat()) for each in found[n][1]] for n in chosen]

    first = [episode[rule.count - 1] for _, episode in found]
    return Hits([key for key, _ in found], [""] * len(found), [each.at.isoformat() for each in first], tell, len(rows))


def episode_of(several: Sequence[Happened], rule: Repeat, at: datetime) -> list[Happened]:
    """What belongs to the run that goes on at an instant, oldest first; nothing when none does.

    A run begins with the first of `count` within `days`, and goes on while each is followed by another within `days`.
    """
    span, window, goes_on = timedelta(days=rule.days), list[Happened](), False
    for each in several:
        if goes_on and each.at - window[-1].at > span:
            goes_on, window = False, []
        window.append(each)
        if not goes_on:
            while each.at - window[0].at > span:
                window.pop(0)
            goes_on = len(window) >= rule.count
    return window if goes_on and at - window[-1].at <= span else []


def _of_cases(scene: Scene, over: Over, rule: Repeat) -> list[Happened]:
    sql = _CASES.format(by=_BY[rule.by or "subject"])
    given: dict[str, Any] = {
        "district": scene.district, "programme": over.cases, "case": over.case, "category": over.category,
        "at": scene.at,
        "since": scene.at - timedelta(days=rule.days * rule.count * 4),
    }  # fmt: skip
    with in_district(scene.district), connection.cursor() as cursor:
        cursor.execute(sql, given)
        return [Happened(*row) for row in cursor.fetchall()]


def _of_records(scene: Scene, over: Over, rule: Repeat) -> list[Happened]:
    assert rule.field is not None
    assert rule.dated is not None
    table, zone = scene.narrow(over), scene.registers.calendar.zone
    columns = (table[rule.field].to_pylist(), table[rule.dated].to_pylist(), table["key"].to_pylist())
    found = []
    for key, when, number in zip(*columns, strict=True):
        if not key or not when:
            continue
        at = datetime.fromisoformat(when)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        if at <= scene.at:
            found.append(Happened(key, at, number))
    return sorted(found)


def _of_forms(scene: Scene, over: Over, rule: Repeat) -> list[Happened]:
    table = sent_forms(scene, over)
    columns = (named(over, table).to_pylist(), table["at"].to_pylist(), table["number"].to_pylist())
    return sorted(
        Happened(key, datetime.fromisoformat(at), number) for key, at, number in zip(*columns, strict=True) if key
    )


def why(rule: Repeat) -> Words:
    """The rule in words."""
    return Words(f"{rule.days} 天内至少 {rule.count} 次", f"at least {rule.count} times within {rule.days} days")


def faults(scene: Any, over: Over, rule: Repeat) -> Iterator[Fault]:
    """Cases are the same by something of theirs, records by a field, forms by their key."""
    if over.form is not None:
        if over.key is None:
            yield ("count",), "nothing says what the forms have in common", "forms repeat by `over.key`", "name a field"
        if rule.by is not None or rule.field is not None:
            yield ("by",), "`by` is of cases, `field` of subjects", "forms repeat by `over.key`", "leave them out"
        return
    if over.subject is not None and rule.field is None:
        yield ("field",), "`field` and `dated` are missing", "records repeat by a field and its date", "add them"
    if (over.cases is None) != (rule.by is None):
        yield (
            ("by",),
            "`by` is of cases, `field` and `dated` of subjects",
            "one of the two",
            "name what belongs to `over`",
        )
    if rule.field is not None and rule.dated is not None:
        yield from field_faults(over, ("field",), rule.field)
        yield from field_faults(over, ("dated",), rule.dated, ("date", "instant"))


def fields(over: Over, rule: Repeat) -> dict[str, set[str]]:
    """Our key, and the date."""
    return {over.subject: {rule.field or "", rule.dated or ""} - {""}} if over.subject else {}


def type_of(over: Over, rule: Repeat) -> str:
    """The type that the field or a form's key leads to; of cases nothing, their subject says its type itself."""
    if over.form is not None:
        return type_said(over)
    if over.subject is None or rule.field is None or over.subject not in subject_types():
        return ""
    return subject_type(over.subject).fields[rule.field].to or f"{over.subject}.{rule.field}"


KIND = WatchKind(
    "repeat",
    Words("反复出现", "Repeat"),
    Words("同一对象、地点或事项在若干天内第 k 次出现", "the k-th case or record about the same thing within n days"),
    Repeat, frozenset({"subject", "cases", "form"}), find, why, fields, faults, type_of,
)  # fmt: skip
