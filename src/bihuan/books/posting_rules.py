"""From events to entries: follows the log, a batch at a time; an event becomes an entry of a rule once.

The position moves in the transaction that posts, so that a crash repeats the whole batch, and the entry's number holds
the event and the rule, so that a repetition is known. What cannot be posted (a value is missing, a floor stands in the
way) is set aside and shown (`loop.stuck`); it is tried again later. Only events of the file's own programme count.

Source: DESIGN §14; docs/adr/0260-books.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import transaction

from bihuan.books.catalogue import DeclaredBook, all_books
from bihuan.books.declaration import BookDeclaration, PostingRule
from bihuan.books.drafting import draft_kind
from bihuan.books.models import PositionRow
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.reading import query
from bihuan.loop import stuck
from bihuan.registers.live import current_registers
from bihuan.rules.journal import Draft

LOOP, ACTOR = "book_rules", "rule"
BATCH = 500
LAST = "SELECT max(index) FROM (SELECT index FROM ledger_entry WHERE index > %s ORDER BY index LIMIT %s) AS batch"
EVENTS = """
SELECT e.id, e.case_id, e.kind, e.occurred_at, e.data, c.programme, c.number, c.fold -> 'kept'
FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id JOIN loop_case c ON c.id = e.case_id
WHERE l.index > %s AND l.index <= %s AND e.kind = ANY(%s) AND c.programme = ANY(%s) ORDER BY l.index
"""
AGAIN = """
SELECT e.id, e.case_id, e.kind, e.occurred_at, e.data, c.programme, c.number, c.fold -> 'kept'
FROM loop_event e JOIN loop_case c ON c.id = e.case_id WHERE e.id = ANY(%s::uuid[]) ORDER BY e.id
"""


class PostableEvent(NamedTuple):
    """An event as a rule reads it; `data` also holds `case`, its case's number, and `kept`, of the opening's form."""

    id: str
    kind: str
    at: datetime
    programme: str
    number: str
    data: dict[str, Any]


def follow_events(batch: int = BATCH) -> int:
    """Post what the next events of the log ask for; returns how many leaves were passed. Works for a district.

    Source: docs/adr/0260-books.md (an event becomes an entry once).
    """
    with transaction.atomic():
        position, _ = PositionRow.objects.select_for_update().get_or_create(id=1)
        ((last,),) = query(LAST, position.index, batch)
        if last is None:
            _post(_set_aside())
            return 0
        rules = _rules()
        kinds, programmes = sorted({kind for _, kind in rules}), sorted({programme for programme, _ in rules})
        _post([_event(row) for row in query(EVENTS, position.index, last, kinds, programmes)] if rules else [])
        passed: int = last - position.index
        position.index = last
        position.save()
    return passed


def drafts_of(event: PostableEvent, declared: DeclaredBook, *, at_once: bool = False) -> list[Draft]:
    """What the rules of a book make of an event; none for a rule whose conditions it does not meet.

    Args:
        at_once: Those that are posted with the event, else those that follow it.

    Raises:
        DraftError: a value that an entry needs is not in the event.

    Source: docs/topics/books.md, "Rules".
    """
    if event.programme != declared.programme:
        return []
    return [
        _draft(event, declared.book, number, rule)
        for number, rule in enumerate(declared.book.rules)
        if rule.on == event.kind and rule.at_once is at_once and _applies(event, rule)
    ]


def _applies(event: PostableEvent, rule: PostingRule) -> bool:
    return all(event.data.get(name) == value for name, value in rule.when.items()) and all(
        _said(_value(event.data, rule.values[name])) for name in rule.said
    )


def _said(value: Any) -> bool:
    """Whether something is said that is not nothing: neither empty nor a zero."""
    return value not in (None, "") and str(value).strip("0") not in ("", ".")


def _draft(event: PostableEvent, book: BookDeclaration, number: int, rule: PostingRule) -> Draft:
    values = {name: _value(event.data, path) for name, path in rule.values.items()}
    day = current_registers().calendar.local_date(event.at)
    return draft_kind(book, rule.entry, f"{event.id}.{number}", day, values, ref=str(values.get("ref") or ""))


def _value(data: dict[str, Any], path: str) -> Any:
    """A literal (`=1.00`), or a value of the event's data by its dotted path."""
    if path.startswith("="):
        return path[1:]
    found: Any = data
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _post(events: Sequence[PostableEvent]) -> None:
    for event in events:
        try:
            with transaction.atomic():
                reason = _post_one(event)
        except stuck.AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one event raises, the others go on; it is set aside, shown
            reason = stuck.why(error)
        if reason:
            stuck.set_aside(LOOP, str(event.id), event.number, reason)


def _post_one(event: PostableEvent) -> str:
    """Post what the rules of all books make of an event, in one act; the reason when it is refused."""
    drafts = [draft for declared in all_books().values() for draft in drafts_of(event, declared)]
    return refused(post_acts([Act(tuple(drafts), ACTOR)])[0]) if drafts else ""


def _set_aside() -> list[PostableEvent]:
    """Events that could not be posted and may be tried now."""
    resting, known = stuck.resting(LOOP)
    due = sorted(known - resting)
    if not due:
        return []
    events = [_event(row) for row in query(AGAIN, due)]
    stuck.mended(LOOP, due)
    return events


def _rules() -> set[tuple[str, str]]:
    return rules_of(at_once=False)


def rules_of(*, at_once: bool) -> set[tuple[str, str]]:
    """The programmes and kinds of events for which some book has a rule. Source: docs/topics/books.md, "Rules"."""
    return {
        (each.programme, rule.on)
        for each in all_books().values() for rule in each.book.rules if rule.at_once is at_once
    }  # fmt: skip


def _event(row: tuple[Any, ...]) -> PostableEvent:
    event, case, kind, at, data, programme, number, kept = row
    said, form = (
        each if isinstance(each, dict) else msgspec.json.decode(each) if each else {} for each in (data, kept)
    )
    whole = {**said, "case": number, "case_id": str(case), "kept": form}
    return PostableEvent(str(event), kind, at, programme, number, whole)
