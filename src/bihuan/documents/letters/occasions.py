"""What a letter may be written after besides events of cases, found in the log: entries of books and sent forms.

Both have a leaf of their own, so the one position in the log tells how far they were read. Each becomes an occasion
with its values; a letter is asked for by its declaration.
Source: docs/adr/0327-letters-after-entries-forms-incidents.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from bihuan.books.catalogue import all_books
from bihuan.books.pure.amounts import write_amount
from bihuan.documents.letters.catalogue import DeclaredLetter, all_letters
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.loop.models import CaseRow, EventRow

_ENTRY = """
SELECT e.id, e.book, e.kind, e.key, e.day, e.posted_at, e.actor, (
    SELECT json_agg(json_build_array(a.name, a.subject, a.unit, n.amount) ORDER BY n.number)
    FROM book_line n JOIN book_account a ON a.id = n.account_id WHERE n.entry_id = e.id)::text
FROM book_entry e """
_ENTRIES = f"""{_ENTRY} JOIN ledger_entry l ON l.event_id = e.id
WHERE l.index > %s AND l.index <= %s AND (e.book, e.kind) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
ORDER BY l.index
"""  # noqa: S608 - built from constants
_ENTRIES_AGAIN = f"{_ENTRY} WHERE e.id = ANY(%s::uuid[]) ORDER BY e.posted_at, e.id"
_FORM = "SELECT s.id, s.form, s.at, s.actor, s.number, s.said::text, s.case_id FROM form_submission s "
_FORMS = f"""{_FORM} JOIN ledger_entry l ON l.event_id = s.statement_id
WHERE l.index > %s AND l.index <= %s AND s.form = ANY(%s) ORDER BY l.index
"""
_FORMS_AGAIN = f"{_FORM} WHERE s.id = ANY(%s::uuid[]) ORDER BY s.at, s.id"


class LetterWanted(NamedTuple):
    """Something in the log that asks for letters.

    Args:
        id: Names it, also where it is set aside. number: Of its case; empty for none.
        letters: That it asks for. occasion: Gives what happened, for the programme of a letter.
    """

    id: UUID
    number: str
    letters: Sequence[DeclaredLetter]
    occasion: Callable[[str], LetterOccasion]


class _Entry(NamedTuple):
    id: UUID
    book: str
    kind: str
    key: str
    day: Any
    at: datetime
    actor: str
    lines: str


class _Form(NamedTuple):
    id: UUID
    form: str
    at: datetime
    actor: str
    number: str
    said: str
    case: UUID | None


def asked_between(position: int, last: int) -> list[LetterWanted]:
    """Return the entries and forms between two leaves that a letter is declared for.

    Source: docs/adr/0327-letters-after-entries-forms-incidents.md (1).
    """
    letters = all_letters().values()
    named = sorted({(str(o.book), str(o.entry)) for each in letters if (o := each.letter.occasion).entry is not None})
    found: list[LetterWanted] = []
    if named:
        books, kinds = (list(column) for column in zip(*named, strict=True))
        found += map(_of_entry, _rows(_ENTRIES, _Entry, position, last, books, kinds))
    forms = sorted({str(each.letter.occasion.form) for each in letters if each.letter.occasion.form is not None})
    if forms:
        found += map(_of_form, _rows(_FORMS, _Form, position, last, forms))
    return found


def asked_again(ids: Sequence[str]) -> list[LetterWanted]:
    """Return entries and forms by their ids; ids of anything else give nothing."""
    return [
        *map(_of_entry, _rows(_ENTRIES_AGAIN, _Entry, ids)),
        *map(_of_form, _rows(_FORMS_AGAIN, _Form, ids)),
    ]


def _of_entry(entry: _Entry) -> LetterWanted:
    letters = _declared(entry=entry.kind, book=entry.book)
    case = _case_of_key(entry.key)

    def occasion(programme: str) -> LetterOccasion:
        return LetterOccasion(f"entry:{entry.id}", entry.at, programme, _entry_data(entry, case), case, entry.actor)

    return LetterWanted(entry.id, case.number if case else "", letters, occasion)


def _of_form(sent: _Form) -> LetterWanted:
    case = CaseRow.objects.filter(pk=sent.case).first() if sent.case else None

    def occasion(programme: str) -> LetterOccasion:
        data = {"form": sent.form, "number": sent.number, "case": sent.number, "said": msgspec.json.decode(sent.said)}
        return LetterOccasion(f"form:{sent.id}", sent.at, programme, data, case, sent.actor)

    return LetterWanted(sent.id, sent.number, _declared(form=sent.form), occasion)


def _declared(**named: str) -> list[DeclaredLetter]:
    return [
        each
        for each in all_letters().values()
        if all(getattr(each.letter.occasion, name) == value for name, value in named.items())
    ]


def _entry_data(entry: _Entry, case: CaseRow | None) -> dict[str, Any]:
    """What facts may take `from: {event: …}`: the entry, and for each account its subject, amount and unit."""
    book = all_books()[entry.book].book if entry.book in all_books() else None
    accounts: dict[str, dict[str, str]] = {}
    for name, subject, unit, amount in msgspec.json.decode(entry.lines):
        scale = book.scale(unit) if book is not None else 0
        accounts[name] = {"subject": subject, "unit": unit, "amount": write_amount(abs(amount), scale)}
    return {
        "book": entry.book, "entry": entry.kind, "key": entry.key, "day": entry.day.isoformat(),
        "case": case.number if case is not None else None, "accounts": accounts,
    }  # fmt: skip


def _case_of_key(key: str) -> CaseRow | None:
    """The case whose event was posted by a rule: the entry's key begins with the event's id."""
    try:
        event = UUID(key.partition(".")[0])
    except ValueError:
        return None
    case = EventRow.objects.filter(pk=event).values_list("case_id", flat=True).first()
    return CaseRow.objects.filter(pk=case).first() if case else None


def _rows[T](sql: str, row: Callable[..., T], *given: Any) -> Iterator[T]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(given))
        yield from (row(*each) for each in cursor.fetchall())
