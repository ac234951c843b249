"""Facts of a letter from where it says they come: an event, its case, subjects as of a day; each with its source.

Rule tables are asked by `pure.composing`; what nobody knows stays away and becomes a gap there.
Source: docs/topics/letters.md, "A letter is a file"; docs/adr/0251-facts.md (`Facts.ask`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

from bihuan.documents.letters.pure.declaration import LetterFact
from bihuan.documents.letters.pure.facts import Known
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.models import CaseRow, EventRow
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.loop.store.read import history
from bihuan.registers.models import User
from bihuan.registers.pure.categories import load_categories
from bihuan.registers.pure.snapshot import Registers


@dataclass(frozen=True)
class LetterOccasion:
    """What happened that a letter is written after.

    Args:
        key: Names it once for all: `event:ID`, `incident:…`, `entry:…`, `watch:…`, `form:…`, `hand:…`.
        at: When it happened (aware). programme: Whose it is. data: Its values; `case` may name the case's number.
        case: The case it is about. actor: Who did it.
    """

    key: str
    at: datetime
    programme: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    case: CaseRow | None = None
    actor: str = ""


class StatesFacts(Protocol):
    """What facts are gathered for: a letter, a certificate."""

    @property
    def facts(self) -> Mapping[str, LetterFact]:
        """Its facts by name, each with its type and where it comes from."""
        ...


def gather_facts(
    letter: StatesFacts, occasion: LetterOccasion, given: Mapping[str, Any], world: LoopFacts
) -> dict[str, Known]:
    """Return what is known of a letter's facts.

    Args:
        letter: Its declaration. occasion: What happened.
        given: What the writer says; it stands for facts that are `given`, and for nothing else.
        world: The facts in force.

    Source: docs/topics/letters.md, "Facts".
    """
    found: dict[str, Known] = {}
    opened: Mapping[str, Any] | None = None
    for name, fact in letter.facts.items():
        origin = fact.origin
        if origin.kind == "given" and given.get(name) is not None:
            found[name] = Known(given[name], {"given": occasion.actor})
        elif origin.event is not None:
            value = _at(occasion.data, origin.event)
            if origin.event == "actor":
                value = name_of_person(occasion.actor)
            _put(found, name, value, {"event": occasion.key, "value": origin.event})
        elif origin.opened is not None and occasion.case is not None:
            opened = opened if opened is not None else _opened(occasion.case)
            _put(found, name, _at(opened, origin.opened), {"case": occasion.case.number, "opened": origin.opened})
        elif origin.case is not None and occasion.case is not None:
            value = case_value(occasion.case, origin.case, world.registers, occasion.at)
            _put(found, name, value, {"case": occasion.case.number, "field": origin.case})
    for name, fact in letter.facts.items():
        if fact.origin.subject is not None and fact.origin.key in found:
            _ask_subject(found, name, letter, occasion, world)
    return found


def case_value(case: CaseRow, name: str, registers: Registers, at: datetime) -> Any:
    """Return a field of a case as letters write it: units, areas, categories by name in both languages, days as days.

    Source: docs/topics/letters.md, "Fields of a case".
    """
    read = CASE_FIELDS.get(name)
    return read(case, registers, at) if read is not None else None


def _put(found: dict[str, Known], name: str, value: Any, source: Mapping[str, Any]) -> None:
    if value is not None:
        found[name] = Known(value, source)


def _at(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _opened(case: CaseRow) -> Mapping[str, Any]:
    """What the case opened with: its first event."""
    row = (
        EventRow.objects.filter(case_id=case.id, kind="opened")
        .order_by("version")
        .values_list("data", flat=True)
        .first()
    )
    return row if isinstance(row, Mapping) else {}


def name_of_person(actor: str) -> str | None:
    """Return the name of whoever acted; None for a system.

    Source: docs/topics/letters.md (every letter names its officer).
    """
    kind, _, key = actor.partition(":")
    if kind != "user":
        return None
    try:
        return User.objects.filter(pk=UUID(key.partition(":")[0])).values_list("name", flat=True).first()
    except ValueError:
        return None


def _ask_subject(
    found: dict[str, Known], name: str, letter: StatesFacts, occasion: LetterOccasion, world: LoopFacts
) -> None:
    origin = letter.facts[name].origin
    key = found[str(origin.key)].value
    at = occasion.at
    if origin.on is not None and origin.on in found:
        day = date.fromisoformat(str(found[origin.on].value)[:10])
        at = datetime.combine(day, time(12), world.registers.calendar.zone)
    answer = world.ask(str(origin.subject), str(key), at, occasion.programme)
    if answer is not None:
        found[name] = Known(answer[0], dict(answer[1]))


# -- fields of a case -----------------------------------------------------------------------------------


def _unit(key: str | None, registers: Registers, at: datetime) -> dict[str, str] | None:
    if not key or key not in registers.organisations:
        return None
    day = registers.calendar.local_date(at)
    spans = registers.organisations.spans(key)
    held = next((span for span in spans if span.on(day)), spans[-1])
    return {"zh": held.name_zh, "en": held.name_en or held.name_zh}


def _area(code: str | None, registers: Registers) -> dict[str, str] | None:
    found = registers.areas.get(code) if code else None
    return {"zh": found.name_zh, "en": found.name_en or found.name_zh} if found else None


def _category(case: CaseRow) -> dict[str, str] | None:
    programme = all_programmes().get(case.programme)
    if programme is None or not case.category:
        return None
    kind = programme.cases.get(case.kind)
    if kind is None or kind.categories is None:
        return None
    found = load_categories(folder_of(case.programme) / kind.categories).get(case.category)
    return {"zh": found.zh, "en": found.en} if found else None


def _day(at: datetime | None, registers: Registers) -> str | None:
    return registers.calendar.local_date(at).isoformat() if at else None


def _deadline(case: CaseRow, at: datetime) -> datetime | None:
    """The case's deadline as it stood when it happened: a letter written late says what the one in time would have."""
    return fold(case.id, (event for event in history(case.id) if event.occurred_at <= at)).deadline


type _Read = Callable[[CaseRow, Registers, datetime], Any]

CASE_FIELDS: Mapping[str, _Read] = MappingProxyType({
    "number": lambda case, registers, at: case.number,
    "programme": lambda case, registers, at: case.programme,
    "area": lambda case, registers, at: _area(case.area, registers),
    "category": lambda case, registers, at: _category(case),
    "unit": lambda case, registers, at: _unit(case.lead or case.holder_id, registers, at),
    "opened": lambda case, registers, at: _day(case.opened_at, registers),
    "ended": lambda case, registers, at: _day(case.ended_at, registers),
    "due": lambda case, registers, at: _day(_deadline(case, at), registers),
    "subject": lambda case, registers, at: case.fold.get("subject"),
    "urgency": lambda case, registers, at: case.urgency,
    "state": lambda case, registers, at: case.state,
})  # fmt: skip
