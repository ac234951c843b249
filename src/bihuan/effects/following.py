"""From events to versions: follows the log, a batch at a time; an event has its effects once.

The position moves in the transaction that writes, so that a crash repeats the whole batch, and a version that is known
already is not written again. What cannot be written (a subject that is not known and lacks required fields, a value of
the wrong type) is set aside, shown (`loop.stuck`) and tried again.
Source: DESIGN §14; docs/adr/0295-effects.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from bihuan.effects.models import EffectPosition
from bihuan.effects.rules import EffectEvent, EffectFault, Ends, PlannedVersion, day_of, planned_of
from bihuan.loop import stuck
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import current_facts
from bihuan.registers.live import current_registers
from bihuan.registers.pure.snapshot import Registers
from bihuan.rules.terms import end_term, term_of
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import system
from bihuan.subjects.loading import Here
from bihuan.subjects.pure.cells import CellReader, Columns, Row
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.several import SingleAct, write_several
from bihuan.subjects.writing import Authorship, end_subjects, write_rows

LOOP, ACTOR = "effects", "system:effect"
BATCH = 500
TOGETHER = 200
"""Acts that are written in one trip at most."""
MOST_MEANT = 10_000
"""Subjects that one event may change at most."""
_LAST = "SELECT max(index) FROM (SELECT index FROM ledger_entry WHERE index > %s ORDER BY index LIMIT %s) AS batch"
_WHAT = (
    "SELECT e.id, e.kind, e.occurred_at, c.programme, c.kind, c.number, e.data::text, o.data::text, c.fold::text "
    "FROM loop_event e JOIN loop_case c ON c.id = e.case_id "
    "JOIN loop_event o ON o.case_id = e.case_id AND o.version = 1 "
)
_EVENTS = (
    f"{_WHAT} JOIN ledger_entry l ON l.event_id = e.id WHERE l.index > %s AND l.index <= %s AND e.kind = ANY(%s) "
    "AND c.programme = ANY(%s) ORDER BY l.index"
)
_AGAIN = f"{_WHAT} WHERE e.id = ANY(%s::uuid[]) ORDER BY e.recorded_at, e.version"


def follow_events(district: str, now: datetime | None = None, batch: int = BATCH) -> int:
    """Write what the next events of the log mean for the registers; returns how many leaves were passed.

    Args:
        district: For which the transaction works.
        now: The moment of recording where a district is played; None: the database's clock.

    Source: docs/adr/0295-effects.md (an event has its effects once)
    """
    with transaction.atomic():
        position, _ = EffectPosition.objects.select_for_update().get_or_create(district_id=district)
        ((last,),) = _rows(_LAST, position.index, batch)
        if last is None:
            _apply(_set_aside(), now)
            return 0
        kinds, programmes = _declared()
        _apply(_events(_EVENTS, position.index, last, kinds, programmes) if kinds else [], now)
        passed: int = last - position.index
        position.index = last
        position.save()
    return passed


def _declared() -> tuple[list[str], list[str]]:
    """Kinds of events and programmes with effects."""
    found = {
        (rule.on, programme.id)
        for programme in all_programmes().values()
        for case in programme.cases.values()
        for rule in case.effects
    }
    return sorted({kind for kind, _ in found}), sorted({programme for _, programme in found})


def _apply(events: Sequence[EffectEvent], now: datetime | None) -> None:
    """Write what events mean: together where they follow one another and none reads what another wrote."""
    registers = current_registers()
    ends, together = _counting(registers), _Together(registers, now)
    programmes = all_programmes()
    for event in events:
        try:
            planned = list(planned_of(event, programmes[event.programme], registers.calendar.zone, ends))
            together.add(event, planned)
        except stuck.AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one event raises, the others go on; it is set aside, shown
            stuck.set_aside(LOOP, str(event.id), event.number, stuck.why(error))
    together.write()


class _Together:
    """Acts of events that wait to be written in one trip."""

    def __init__(self, registers: Registers, now: datetime | None) -> None:
        self.registers, self.now = registers, now
        self.waiting: list[tuple[EffectEvent, list[PlannedVersion]]] = []
        self.acts: list[SingleAct] = []
        self.keys: set[tuple[str, str]] = set()

    def add(self, event: EffectEvent, planned: list[PlannedVersion]) -> None:
        """Take an event: to the others, or by itself after them."""
        keys = {(each.type, each.key) for each in planned}
        alone = len(keys) < len(planned) or any(each.where or each.ends for each in planned)
        if alone or keys & self.keys or len(self.acts) >= TOGETHER:
            self.write()
        if alone:
            _write_alone(event, planned, self.registers, self.now)
            return
        acts = [_act(event, each, self.registers, self.now) for each in planned]
        self.waiting.append((event, planned))
        self.acts += acts
        self.keys |= keys

    def write(self) -> None:
        """Write what waits; where the whole is refused, each event by itself, and the wrong one is set aside."""
        waiting, acts = self.waiting, self.acts
        self.waiting, self.acts, self.keys = [], [], set()
        try:
            with transaction.atomic():
                write_several(acts)
            return
        except stuck.AWAY:
            raise
        except Exception:  # noqa: BLE001, S110 - which of them is wrong is seen below, where each is written by itself
            pass
        for event, planned in waiting:
            try:
                _write_alone(event, planned, self.registers, self.now)
            except stuck.AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - as in `_apply`
                stuck.set_aside(LOOP, str(event.id), event.number, stuck.why(error))


def _write_alone(
    event: EffectEvent, planned: Sequence[PlannedVersion], registers: Registers, now: datetime | None
) -> None:
    with transaction.atomic():
        for each in planned:
            for meant in _meant(each, registers):
                _write(event, meant, registers, now)


def _meant(planned: PlannedVersion, registers: Registers) -> list[PlannedVersion]:
    """The version itself, or one for every subject whose fields say what `where` asks for on that day."""
    if not planned.where:
        return [planned]
    kind, looker = subject_type(planned.type), system(LOOP, "effect")
    found = asking.find(
        registers.district.code, kind, asking.Viewpoint(planned.since, None, planned.where, limit=MOST_MEANT), looker
    )
    return [planned._replace(key=held.key, where={}) for held in found]


def _counting(registers: Registers) -> Ends:
    """Terms by the programme's own tables, the district's place and its working days."""
    book, place = current_facts().book, registers.district.code

    def ends(programme: str, name: str, begun: date, inputs: Mapping[str, str]) -> date:
        row = book.of(programme).lookup(name, begun, place, **inputs)
        return end_term(term_of(row), begun, lambda day: registers.calendar.worked(day)[0]).last

    return ends


def _write(event: EffectEvent, planned: PlannedVersion, registers: Registers, now: datetime | None) -> None:
    kind, author = subject_type(planned.type), _author(event, registers, now)
    if planned.ends:
        end_subjects(kind, [planned.key], author, planned.since)
    else:
        write_rows(kind, [_row(kind, planned, registers)], author, planned.since)


def _act(event: EffectEvent, planned: PlannedVersion, registers: Registers, now: datetime | None) -> SingleAct:
    kind = subject_type(planned.type)
    return SingleAct(kind, _row(kind, planned, registers), _author(event, registers, now))


def _author(event: EffectEvent, registers: Registers, now: datetime | None) -> Authorship:
    reason = f"{event.programme}/{event.case_kind}: {event.kind}"
    return Authorship(registers.district.code, ACTOR, f"case {event.number}", "effect", reason, recorded=now)


def _row(kind: SubjectType, planned: PlannedVersion, registers: Registers) -> Row:
    """The planned version as a row that was read: each value checked by its field's type."""
    zone = registers.calendar.zone
    fitted = {
        name: day_of(value, zone) if _is(kind, name, "date")
        else _unit_code(value, planned, registers) if _is(kind, name, "unit") else value
        for name, value in planned.values.items()
    }  # fmt: skip
    said = {kind.key: planned.key, **fitted}
    reader = CellReader(kind, Columns({name: name for name in said}, (), ()), Here(registers))
    rows, rejected = reader.read([1], {name: [value] for name, value in said.items()})
    if rejected:
        wrong = rejected[0]
        raise EffectFault(f"{wrong.field}: {wrong.what.en} {wrong.value}")
    _check_new(kind, rows[0], planned, registers)
    return rows[0]._replace(valid_from=planned.since, valid_to=planned.until)


def _is(kind: SubjectType, name: str, type_: str) -> bool:
    return name in kind.fields and kind.fields[name].type == type_


def _unit_code(value: Any, planned: PlannedVersion, registers: Registers) -> Any:
    """A unit as registers name it, by its code of the day: a case knows its units by their keys."""
    key = str(value)
    if key not in registers.organisations:
        return value
    spans = registers.organisations.spans(key)
    return next((span for span in spans if span.on(planned.since)), spans[-1]).code


def _check_new(kind: SubjectType, row: Row, planned: PlannedVersion, registers: Registers) -> None:
    """A subject that begins by an effect has all required fields."""
    lacking = [name for name, rule in kind.fields.items() if rule.required and row.values.get(name) is None]
    if lacking:
        looker = system(LOOP, "effect")
        if asking.get(registers.district.code, kind, planned.key, planned.since, looker) is None:
            raise EffectFault(f"there is no {kind.id} {planned.key!r}, and the effect lacks {', '.join(lacking)}")


def _set_aside() -> list[EffectEvent]:
    """Events whose effects could not be written and may be tried now."""
    resting, known = stuck.resting(LOOP)
    due = sorted(known - resting)
    if not due:
        return []
    events = _events(_AGAIN, due)
    stuck.mended(LOOP, due)
    return events


def _events(sql: str, *given: Any) -> list[EffectEvent]:
    return [EffectEvent(*row[:6], *(msgspec.json.decode(text) for text in row[6:])) for row in _rows(sql, *given)]


def _rows(sql: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())
