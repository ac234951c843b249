"""Limits and groups from what else is declared: fields of subjects in the version valid then, rows of rule tables.

The one place of this room that looks a subject up; rules, folds and stores are given what they need.
Source: DESIGN §14; docs/adr/0283-limits-from-registers.md (permit → outlet → factor, valid at the hour, unit-checked).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, NamedTuple

from bihuan.loop.programmes import all_programmes, rule_book
from bihuan.methods.parts.rulebook import method_rules
from bihuan.registers.pure.calendars import Calendar
from bihuan.rules.book import RuleBook
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.tables import RuleTable
from bihuan.series.declared import SeriesFile
from bihuan.series.instants import micros
from bihuan.series.limits import LimitInForce
from bihuan.series.rules import SeriesLimit
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.types import SubjectType

LOOKER = Looker("system:series", frozenset(), frozenset(), "a limit in force")
FIRST, LAST = date(1950, 1, 1), date(2199, 1, 1)


class SubjectSpan(NamedTuple):
    """What a subject says from one day until before another."""

    first: date
    end: date
    values: Mapping[str, Any]
    cited: str


class DeclaredLimits:
    """Answers from registers and rule tables; what it cannot find judges nothing.

    Args:
        district: Code. calendar: Of the district, for its zone. tables: Rule books in which a table is looked for.
    """

    def __init__(self, district: str, calendar: Calendar, tables: Sequence[RuleBook] = ()) -> None:
        self._district, self._zone, self._tables = district, calendar.zone, tables

    def in_force(self, subject_type_id: str, subject: str, limit: SeriesLimit) -> Sequence[LimitInForce]:
        """Every version of a limit, by its beginning. Source: docs/adr/0283-limits-from-registers.md."""
        if subject_type_id not in subject_types():
            return ()
        spans = self._spans(subject_type(subject_type_id), subject)
        if limit.field:
            return _merged(list(self._from_field(subject_type(subject_type_id), spans, limit.field)))
        return _merged(list(self._from_table(spans, limit.table)))

    def _spans(self, kind: SubjectType, key: str) -> list[SubjectSpan]:
        """What is known now of the days of a subject, oldest first."""
        try:
            versions = asking.history(self._district, kind, key, LOOKER)
        except FenceClosed:
            return []
        known = [each for each in versions if each.superseded_at is None]
        return [SubjectSpan(each.valid_from, each.valid_to or LAST, each.values, f"{kind.id}/{key}") for each in known]

    def _from_field(self, kind: SubjectType, spans: Sequence[SubjectSpan], path: str) -> Iterator[LimitInForce]:
        """A field of the subject, or `LINK.FIELD` of the subject that a field of it names."""
        near, _, far = path.partition(".")
        rule = kind.fields.get(near)
        if rule is None:
            return
        for span in spans:
            value = span.values.get(near)
            if value in (None, ""):
                continue
            if not far:
                yield from self._one(span, value, rule.unit)
            elif rule.to is not None:
                other = subject_type(rule.to)
                inside = [_cut(each, span) for each in self._spans(other, str(value)) if _meet(each, span)]
                yield from self._from_field(other, inside, far)

    def _from_table(self, spans: Sequence[SubjectSpan], name: str) -> Iterator[LimitInForce]:
        """The row of each edition for what the subject says; inputs of the table are fields of that name."""
        of_books = ([e for e in book if isinstance(e, RuleTable) and e.meta.id == name] for book in self._tables)
        editions = next((found for found in of_books if found), [])
        for table in editions:
            for span in spans:
                whole = SubjectSpan(table.meta.effective_from, table.meta.effective_to or LAST, {}, "")
                if not _meet(span, whole):
                    continue
                asked = {item.name: span.values.get(item.name) or "*" for item in table.inputs}
                try:
                    found = table.lookup(**asked)
                except (InputError, NoRuleError):
                    continue
                cut = _cut(span, whole)._replace(cited=f"{name} {table.meta.edition} row {found.row.number}")
                unit = next((output.unit for output in table.outputs if output.unit), "")
                yield from self._one(cut, found.value, unit)

    def _one(self, span: SubjectSpan, value: Any, unit: str) -> Iterator[LimitInForce]:
        try:
            exact = Fraction(Decimal(str(value)))
        except (InvalidOperation, ValueError):
            return
        yield LimitInForce(_at(span.first, self._zone), _at(span.end, self._zone), exact, unit, span.cited)


def groups_of(district: str, type_id: str, field: str, day: date) -> dict[str, str]:
    """Return the group of each subject of a type on a day: what it says in a field; who says nothing has none.

    Source: docs/adr/0283-limits-from-registers.md (neighbours are of one group).
    """
    if type_id not in subject_types():
        return {}
    try:
        stream = asking.stream(district, subject_type(type_id), asking.Viewpoint(day), LOOKER)
        return {each.key: str(each.values[field]) for each in stream if each.values.get(field) not in (None, "")}
    except FenceClosed:
        return {}


def keeper_of(declared: SeriesFile, district: str, subject: str, day: date) -> str:
    """Return who keeps the instrument of a subject: as the series says for all, or as the subject says that day.

    Args:
        declared: The series. district: Code. subject: Key. day: As of which the register is asked.

    Source: docs/adr/0307-keeper-of-each-instrument.md.
    """
    if isinstance(declared.keeper, str):
        return declared.keeper
    if declared.subject not in subject_types():
        return ""
    try:
        held = asking.get(district, subject_type(declared.subject), subject, day, LOOKER)
    except FenceClosed:
        return ""
    found = held.values.get(declared.keeper.field) if held is not None else None
    return "" if found is None else str(found)


def table_on(name: str, day: date) -> RuleTable | None:
    """Return the edition of a rule table that held on a day: of those that no programme owns, or of a programme.

    Source: docs/adr/0308-lookups-and-several-origins.md (1).
    """
    for book in (method_rules(), *(rule_book().of(each) for each in all_programmes())):
        try:
            return book.table(name, day)
        except NoRuleError:
            continue
    return None


def _merged(found: list[LimitInForce]) -> list[LimitInForce]:
    """Versions that follow each other and say the same are one: a change of another field is no new limit."""
    merged: list[LimitInForce] = []
    for each in sorted(found):
        before = merged[-1] if merged else None
        if before is not None and before.end == each.first and before[2:] == each[2:]:
            merged[-1] = before._replace(end=each.end)
        else:
            merged.append(each)
    return merged


def _meet(one: SubjectSpan, other: SubjectSpan) -> bool:
    return one.first < other.end and other.first < one.end


def _cut(one: SubjectSpan, to: SubjectSpan) -> SubjectSpan:
    return one._replace(first=max(one.first, to.first), end=min(one.end, to.end))


def _at(day: date, zone: tzinfo) -> int:
    return micros(datetime.combine(day, time(), zone))
