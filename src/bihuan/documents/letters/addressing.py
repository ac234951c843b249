"""Whom a letter goes to: the reporters of a case, the unit that holds it, a subject, holders of passes, or by hand.

A reporter's name is opened for the letter alone, and the look is on record. A name never leaves this module but inside
sealed content. Source: docs/topics/letters.md, "A letter is a file"; DESIGN §8 (identity).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from bihuan.books.passes import holders_of
from bihuan.documents.letters.gathering import LetterOccasion, case_value
from bihuan.documents.letters.pure.declaration import LetterDeclaration
from bihuan.documents.letters.pure.facts import Known
from bihuan.loop.facts import LoopFacts
from bihuan.loop.merging import merged_into
from bihuan.loop.models import CaseRow, ReportRow
from bihuan.registers import identity
from bihuan.registers.pure.errors import RegisterError

ACTOR = "system:letters"
NAMELESS = "诉求人 · the reporter"
HOLDER = "持票人 · the holder of the ticket"


@dataclass(frozen=True)
class LetterTo:
    """One addressee.

    Args:
        lines: Name, then address, as printed. key: Tells addressees of one occasion apart, without naming anybody.
        unit: Code of a unit. report: Whose reporter it is. contact: To be sealed: name, address, email, phone.
        language: `zh` or `en`.
    """

    lines: tuple[str, ...]
    key: str = ""
    unit: str = ""
    report: UUID | None = None
    contact: Mapping[str, str] = field(default_factory=dict)
    language: str = "zh"


def addressees_of(
    letter: LetterDeclaration, occasion: LetterOccasion, facts: Mapping[str, Known], world: LoopFacts
) -> list[LetterTo]:
    """Return everyone a letter of an occasion goes to; of a case that others were merged into, each reporter.

    Args:
        letter: Its declaration. occasion: What happened. facts: What is known. world: The facts in force.

    Source: docs/topics/letters.md, "A letter is a file" (addressee).
    """
    to = letter.addressee.to
    if to == "reporter":
        return list(_reporters(occasion, world)) if occasion.case else []
    if to == "unit":
        return _unit(occasion, world)
    if to == "subject":
        return _subject(letter, occasion, facts, world)
    if to == "passes":
        return list(_holders(letter, facts, world))
    return []


def _holders(letter: LetterDeclaration, facts: Mapping[str, Known], world: LoopFacts) -> Iterator[LetterTo]:
    """Everybody who has a pass to what a fact says, or waits for one, each by itself."""
    known = facts.get(str(letter.addressee.key))
    for key, sealed in holders_of(str(letter.addressee.book), str(known.value)) if known else ():
        contact = _revealed(sealed, world, letter.letter)
        lines = tuple(contact[name] for name in ("name", "address") if contact.get(name)) or (HOLDER,)
        yield LetterTo(lines, str(key), contact=contact)


def _reporters(occasion: LetterOccasion, world: LoopFacts) -> Iterator[LetterTo]:
    assert occasion.case is not None
    cases = {case for case, _ in merged_into({occasion.case.id})}  # itself, and those merged into it
    for row in ReportRow.objects.filter(case_id__in=cases).order_by("received_at", "id"):
        known = contact_of(row, world, occasion.case.number) if row.identity_id else {}
        lines = tuple(known[name] for name in ("name", "address") if known.get(name)) or (NAMELESS,)
        language = "en" if row.language.startswith("en") else "zh"
        yield LetterTo(lines, str(row.id), report=row.id, language=language)


def contact_of(report: ReportRow, world: LoopFacts, number: str, actor: str = ACTOR) -> Mapping[str, str]:
    """Return what is known of a report's reporter; the look is on record. Nothing when it was erased."""
    return _revealed(report.identity_id, world, number, actor)


def _revealed(sealed: UUID | None, world: LoopFacts, number: str, actor: str = ACTOR) -> Mapping[str, str]:
    if sealed is None:
        return {}
    try:
        return identity.reveal(sealed, world.registers.district, actor, f"letter {number}")
    except RegisterError:
        return {}


def _unit(occasion: LetterOccasion, world: LoopFacts) -> list[LetterTo]:
    case: CaseRow | None = occasion.case
    name = case_value(case, "unit", world.registers, occasion.at) if case else None
    if case is None or name is None:
        return []
    key = str(case.lead or case.holder_id)
    return [LetterTo((name["zh"],), key, unit=key)]


def _subject(
    letter: LetterDeclaration, occasion: LetterOccasion, facts: Mapping[str, Known], world: LoopFacts
) -> list[LetterTo]:
    to = letter.addressee
    known = facts.get(str(to.key))
    answer = world.ask(str(to.type), str(known.value), occasion.at) if known else None
    if known is None or answer is None:
        return []
    values = answer[0]
    lines = tuple(str(values[name]) for name in (to.name, to.address) if values.get(name))
    contact = {"name": lines[0]} if lines else {}
    if values.get(to.address):
        contact["address"] = str(values[to.address])
    return [LetterTo(lines or ("",), f"{to.type}/{known.value}", contact=contact)]
