"""From the log to letters: events, entries, sent forms, a batch at a time; a declared occasion becomes a letter once.

The position moves in the transaction that writes. What cannot be written (a gap, no font) is set aside with the names
of its gaps, shown (`loop.stuck`) and tried again. The loop knows nothing of this.
Source: DESIGN §14 (a letter by a declared occasion); docs/adr/0274-letters.md (8).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from bihuan.documents.letters.catalogue import DeclaredLetter, all_letters
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.documents.letters.models import LetterPosition
from bihuan.documents.letters.occasions import LetterWanted, asked_again, asked_between
from bihuan.documents.letters.pure.composing import LetterRefused
from bihuan.documents.letters.sending import refused_reason, write_after
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.models import CaseRow

LOOP = "letters"
BATCH = 200
_LAST = "SELECT max(index) FROM (SELECT index FROM ledger_entry WHERE index > %s ORDER BY index LIMIT %s) AS batch"
_WHAT = (
    "SELECT e.id, e.case_id, e.kind, e.occurred_at, e.data::text, e.actor, c.programme, c.kind, c.number "
    "FROM loop_event e JOIN loop_case c ON c.id = e.case_id "
)
_EVENTS = (
    f"{_WHAT} JOIN ledger_entry l ON l.event_id = e.id WHERE l.index > %s AND l.index <= %s AND e.kind = ANY(%s) "
    "AND c.programme = ANY(%s) AND c.history IS NULL ORDER BY l.index"
)
_AGAIN = f"{_WHAT} WHERE e.id = ANY(%s::uuid[]) ORDER BY e.recorded_at, e.version"


class LetterEvent(NamedTuple):
    """An event as an occasion reads it."""

    id: UUID
    case: UUID
    kind: str
    at: datetime
    data: dict[str, Any]
    actor: str
    programme: str
    case_kind: str
    number: str


def follow_events(world: LoopFacts, batch: int = BATCH) -> int:
    """Write the letters that the next events of the log ask for; returns how many leaves were passed.

    Args:
        world: The facts in force, of the district that is worked for.
        batch: Leaves at most.

    Source: docs/adr/0274-letters.md (8; once for each occasion).
    """
    with transaction.atomic():
        district = world.registers.district.code
        position, _ = LetterPosition.objects.select_for_update().get_or_create(district_id=district, source="log")
        last = last_leaf(position.index, batch)
        if last is None:
            _write(_set_aside(), world)
            return 0
        found = [each for each in all_letters().values() if each.letter.occasion.event]
        kinds = sorted({str(each.letter.occasion.event) for each in found})
        programmes = sorted({each.programme for each in found})
        events = [_asked(each) for each in events_between(position.index, last, kinds, programmes)]
        _write([*events, *asked_between(position.index, last)], world)
        passed: int = last - position.index
        position.index = last
        LetterPosition.objects.filter(pk=position.pk).update(index=last)
    return passed


def letters_after(event: LetterEvent) -> list[DeclaredLetter]:
    """Return the letters that an event asks for: of its programme, its kind, type of case and values.

    Source: docs/topics/letters.md, "A letter is a file" (occasion).
    """
    return [
        each
        for each in all_letters().values()
        if each.letter.occasion.event == event.kind
        and event.programme == each.programme
        and (not each.letter.occasion.cases or event.case_kind in each.letter.occasion.cases)
        and all(event.data.get(name) == value for name, value in each.letter.occasion.when.items())
    ]


def _asked(event: LetterEvent) -> LetterWanted:
    def occasion(_programme: str) -> LetterOccasion:
        case = CaseRow.objects.get(pk=event.case)
        return LetterOccasion(f"event:{event.id}", event.at, event.programme, event.data, case, event.actor)

    return LetterWanted(event.id, event.number, letters_after(event), occasion)


def _write(asked: Sequence[LetterWanted], world: LoopFacts) -> None:
    for each in asked:
        for declared in each.letters:
            try:
                with transaction.atomic():
                    write_after(declared, each.occasion(declared.programme), {}, world)
            except stuck.AWAY:
                raise
            except LetterRefused as refused:
                stuck.set_aside(LOOP, str(each.id), each.number, f"{declared.letter.letter}: {refused_reason(refused)}")
            except Exception as error:  # noqa: BLE001 - whatever one raises, the others go on; it is set aside, shown
                stuck.set_aside(LOOP, str(each.id), each.number, stuck.why(error))


def last_leaf(position: int, batch: int) -> int | None:
    """Return the last leaf of the next batch of the log; None at its end. Source: docs/adr/0274-letters.md (8)."""
    ((last,),) = _rows(_LAST, position, batch)
    return None if last is None else int(last)


def events_between(position: int, last: int, kinds: Sequence[str], programmes: Sequence[str]) -> list[LetterEvent]:
    """Return the events of some kinds and programmes between two leaves, in their order, history left out.

    Source: docs/adr/0274-letters.md (8).
    """
    return _events(_EVENTS, position, last, kinds, programmes) if kinds else []


def events_again(ids: Sequence[str]) -> list[LetterEvent]:
    """Return events by their ids. Source: docs/adr/0274-letters.md (8)."""
    return _events(_AGAIN, ids)


def _set_aside() -> list[LetterWanted]:
    resting, known = stuck.resting(LOOP)
    due = sorted(known - resting)
    if not due:
        return []
    asked = [*map(_asked, events_again(due)), *asked_again(due)]
    stuck.mended(LOOP, due)
    return asked


def _events(sql: str, *given: Any) -> list[LetterEvent]:
    return [
        LetterEvent(
            event, case, kind, at, {**msgspec.json.decode(data), "case": number}, actor, programme, sort, number
        )
        for event, case, kind, at, data, actor, programme, sort, number in _rows(sql, *given)
    ]


def _rows(sql: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(given))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
