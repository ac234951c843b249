"""From what watches find to letters: `occasion: {watch: NAME, on: opened | cleared | retracted}`, once per incident.

Follows the events of incidents in their order, outside the run that wrote them; the position moves in the transaction
that writes the letters. What cannot be written is set aside with the names of its gaps, shown, and tried again.
Source: DESIGN §14 (a letter by a declared occasion); docs/topics/letters.md; docs/adr/0331-letters-after-watches.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from bihuan.documents.letters.catalogue import DeclaredLetter, all_letters
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.documents.letters.models import LetterPosition
from bihuan.documents.letters.pure.composing import LetterRefused
from bihuan.documents.letters.sending import refused_reason, write_after
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.models import CaseRow
from bihuan.registers.isolation import in_district
from bihuan.registers.roles import all_roles
from bihuan.subjects.asking import get
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import Looker
from bihuan.watches.opening import lock_events

LOOP, SOURCE = "watch_letters", "watch"
BATCH = 200
BEGINS = frozenset({"opened", "reminded"})
KEY = "key"
"""In place of a field: the key of the subject itself."""
_TOP = "SELECT coalesce(max(id), -1) FROM watch_event WHERE district_id = %s"
_WHAT = """
SELECT e.id, e.kind, e.at, i.id, i.watch, i.programme, i.type, i.subject, i.part, i.current, i.opened_at, i.ended_at,
    i.reminded, i.case_id, i.facts::text
FROM watch_event e JOIN watch_incident i ON i.id = e.incident_id WHERE e.district_id = %s
"""
_NEXT = f"{_WHAT} AND e.id > %s AND e.id <= %s AND i.watch = ANY(%s) AND e.kind = ANY(%s) ORDER BY e.id LIMIT %s"
_AGAIN = f"{_WHAT} AND e.id = ANY(%s::bigint[]) ORDER BY e.id"


class WatchHappening(NamedTuple):
    """An event of an incident as an occasion reads it."""

    id: int
    kind: str
    at: datetime
    incident: UUID
    watch: str
    programme: str
    type: str
    subject: str
    part: str
    current: str
    opened_at: datetime
    ended_at: datetime | None
    reminded: str
    case: UUID | None
    facts: Sequence[Mapping[str, Any]]

    @property
    def on(self) -> str:
        """As an occasion names it: `opened` stands for a case and for a reminder."""
        return "opened" if self.kind in BEGINS else self.kind


def follow_incidents(world: LoopFacts, batch: int = BATCH) -> int:
    """Write the letters that the next events of incidents ask for; returns how many were looked at.

    A letter on `opened` is not written of an incident that has ended meanwhile.

    Args:
        world: The facts in force, of the district that is worked for. batch: Events at most.

    Source: docs/adr/0331-letters-after-watches.md.
    """
    district = world.registers.district.code
    found = [each for each in all_letters().values() if each.letter.occasion.watch]
    if not found:
        return 0
    top = _settled(district)
    with in_district(district):
        position, _ = LetterPosition.objects.select_for_update().get_or_create(district_id=district, source=SOURCE)
        if top <= position.index:
            _write(_set_aside(district), world)
            return 0
        watches = sorted({str(each.letter.occasion.watch) for each in found})
        kinds = sorted({*BEGINS, *(each.letter.occasion.on for each in found)})
        happened = _happened(_NEXT, district, position.index, top, watches, kinds, batch)
        _write(happened, world)
        index = happened[-1].id if len(happened) == batch else top
        LetterPosition.objects.filter(pk=position.pk).update(index=index)
    return len(happened)


def letters_on(happening: WatchHappening) -> list[DeclaredLetter]:
    """Return the letters that an event of an incident asks for.

    Source: docs/topics/letters.md, "A letter is a file" (occasion).
    """
    return [
        each
        for each in all_letters().values()
        if each.letter.occasion.watch == happening.watch and each.letter.occasion.on == happening.on
    ]


def _settled(district: str) -> int:
    """The newest event below which none is still being written: a number is given out before its row is seen."""
    with in_district(district):
        lock_events(alone=True)
        with connection.cursor() as cursor:
            cursor.execute(_TOP, [district])
            return int(cursor.fetchone()[0])


def _write(happened: Sequence[WatchHappening], world: LoopFacts) -> None:
    for each in happened:
        if each.on == "opened" and each.ended_at is not None:
            continue
        for declared in letters_on(each):
            try:
                with transaction.atomic():
                    _write_one(each, declared, world)
            except stuck.AWAY:
                raise
            except LetterRefused as refused:
                stuck.set_aside(LOOP, str(each.id), "", f"{declared.letter.letter}: {refused_reason(refused)}")
            except Exception as error:  # noqa: BLE001 - whatever one incident raises, the others go on; set aside, shown
                stuck.set_aside(LOOP, str(each.id), "", stuck.why(error))


def _write_one(each: WatchHappening, declared: DeclaredLetter, world: LoopFacts) -> None:
    case = _case(each, declared.letter.occasion.case, world)
    key = f"watch:{each.incident}:{each.on}"
    occasion = LetterOccasion(key, each.at, each.programme, _data(each, case, world), case, "system:watch")
    write_after(declared, occasion, {}, world)


def _case(each: WatchHappening, field: str | None, world: LoopFacts) -> CaseRow | None:
    """The case that the watch opened, or the one whose number the subject says."""
    if each.case is not None:
        return CaseRow.objects.filter(pk=each.case).first()
    if field is None:
        return None
    number = each.subject if field == KEY else _said(each, field, world)
    return CaseRow.objects.filter(number=number).first() if number else None


def _said(each: WatchHappening, field: str, world: LoopFacts) -> str:
    kind = subject_types().get(each.type)
    if kind is None:
        return ""
    day = world.registers.calendar.local_date(each.at)
    looker = Looker("system:watch", frozenset(), frozenset({each.programme}), "a letter after a declared watch")
    held = get(world.registers.district.code, kind, each.subject, day, looker)
    value = held.values.get(field) if held is not None else None
    return "" if value is None else str(value)


def _data(each: WatchHappening, case: CaseRow | None, world: LoopFacts) -> dict[str, Any]:
    """What a letter's facts may take `from: {event: …}`."""
    day = world.registers.calendar.local_date
    return {
        "watch": each.watch, "what": each.on, "type": each.type, "subject": each.subject, "part": each.part,
        "incident": each.current, "since": day(each.opened_at).isoformat(), "day": day(each.at).isoformat(),
        "case": case.number if case is not None else None, "office": _office(each, case, world),
        "facts": {str(fact["what"]).rpartition(".")[2]: fact.get("value") for fact in each.facts},
    }  # fmt: skip


def _office(each: WatchHappening, case: CaseRow | None, world: LoopFacts) -> dict[str, str] | None:
    """Who sees to it, in both languages: the role or unit that is reminded, or the unit that has the case."""
    kind, _, key = each.reminded.partition(":")
    if kind == "role" and key in all_roles():
        name = all_roles()[key].name
        return {"zh": name.zh, "en": name.en}
    unit = key if kind == "unit" else (case.lead or case.holder_id or "") if case is not None else ""
    if not unit or unit not in world.registers.organisations:
        return None
    held = world.registers.organisations.spans(unit)[-1]
    return {"zh": held.name_zh, "en": held.name_en or held.name_zh}


def _set_aside(district: str) -> list[WatchHappening]:
    resting, known = stuck.resting(LOOP)
    due = sorted(known - resting)
    if not due:
        return []
    happened = _happened(_AGAIN, district, [int(each) for each in due])
    stuck.mended(LOOP, due)
    return happened


def _happened(sql: str, district: str, *given: Any) -> list[WatchHappening]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [district, *given])
        return [WatchHappening._make((*row[:-1], msgspec.json.decode(row[-1]))) for row in cursor.fetchall()]
