"""Writing a letter: composed, rendered, sealed, numbered and promised to the log in one transaction, once per occasion.

Rooms above ask for a letter by `write_after`; whoever has facts by hand, by `write_letter`. What has a gap raises and
nothing is written, not even a number. Source: docs/adr/0274-letters.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from bihuan.documents.letters.addressing import LetterTo, addressees_of
from bihuan.documents.letters.catalogue import DeclaredLetter, lookup_for
from bihuan.documents.letters.factfiles import number_of
from bihuan.documents.letters.gathering import LetterOccasion, gather_facts
from bihuan.documents.letters.models import LetterDue, LetterFile, LetterRow, LetterWords
from bihuan.documents.letters.pure.composing import ComposingWorld, LetterRefused, compose_letter
from bihuan.documents.letters.pure.facts import Known
from bihuan.documents.letters.pure.sheet import Composed, Envelope
from bihuan.documents.letters.rendering.files import digests_of, render_files
from bihuan.ledger.statements import promise_statements
from bihuan.loop.codes import code_of, hash_of
from bihuan.loop.facts import LoopFacts
from bihuan.registers.identity import insert_identities, seal_identity, sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log_committed

STATEMENT = "letter"
"""The kind of the log's statements about letters."""

KEPT_YEARS = 5
"""How long the sealed name and address of an addressee are kept when nothing else decides; docs/topics/letters.md."""

_NEXT = """
INSERT INTO documents_letter_count AS c (district_id, letter, year, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (district_id, letter, year) DO UPDATE SET count = c.count + 1 RETURNING count
"""


class WrittenLetter(NamedTuple):
    """A letter that stands; `fresh` when it was written now."""

    row: LetterRow
    fresh: bool


def write_after(
    declared: DeclaredLetter, occasion: LetterOccasion, given: Mapping[str, Any], world: LoopFacts
) -> list[WrittenLetter]:
    """Write a letter after an occasion to everyone it goes to.

    Args:
        declared: The letter. occasion: What happened. given: Facts that the writer says. world: The facts in force.

    Raises:
        LetterRefused: a letter has a gap; nothing is written to anybody.

    Source: docs/adr/0274-letters.md.
    """
    with in_district(world.registers.district.code):
        facts = gather_facts(declared.letter, occasion, given, world)
        to = addressees_of(declared.letter, occasion, facts, world)
        if not to and not declared.letter.addressee.may_be_unknown:
            to = [LetterTo(("",))]
        return [write_letter(declared, facts, each, occasion, world) for each in to]


def write_letter(
    declared: DeclaredLetter, facts: Mapping[str, Known], to: LetterTo, occasion: LetterOccasion, world: LoopFacts
) -> WrittenLetter:
    """Write one letter to one addressee; the same occasion twice is one letter.

    Args:
        declared: The letter. facts: With their sources. to: Whom it goes to. occasion: What happened.
        world: The facts in force; its `now` dates the letter.

    Raises:
        LetterRefused: with every gap; nothing is written.
        FontMissing, CharacterMissing: its PDF cannot be made.

    Source: docs/adr/0274-letters.md.
    """
    district = world.registers.district
    name = f"{occasion.key}:{to.key}" if to.key else occasion.key
    with in_district(district.code):
        _one_at_a_time(f"{district.code} {declared.letter.letter} {name}")
        known = LetterRow.objects.filter(letter=declared.letter.letter, occasion=name).first()
        if known is not None:
            return WrittenLetter(known, False)
        return WrittenLetter(_write(declared, facts, to, (name, occasion), world), True)


def _write(
    declared: DeclaredLetter,
    facts: Mapping[str, Known],
    to: LetterTo,
    named: tuple[str, LetterOccasion],
    world: LoopFacts,
) -> LetterRow:
    name, occasion = named
    letter, district, key = declared.letter, world.registers.district, new_id()
    dated = world.registers.calendar.local_date(world.now)
    count = _counted(district.code, letter.letter, dated.year)
    case = occasion.case
    envelope = Envelope(
        dated, number_of(letter, dated.year, count), to.lines, case.number if case else "", code_of(key)
    )
    asked = ComposingWorld(lookup_for(declared, district.code), world.registers.calendar)
    composed = compose_letter(letter, facts, envelope, asked)
    files = render_files(composed)
    digests = digests_of(files)
    row = LetterRow.objects.create(
        id=key, district_id=district.code, letter=letter.letter, edition=letter.digest, programme=declared.programme,
        occasion=name, year=dated.year, count=count, number=dict(envelope.number), dated=dated,
        case_id=case.id if case else None, unit=to.unit, report_id=to.report, language=to.language,
        basis=[dict(each) for each in composed.basis], remedies=_remedies(composed),
        remedy_until=min((each.day for each in composed.until.values()), default=None), files=digests,
        ways=list(letter.delivery), code_index=hash_of(envelope.code), made_at=world.now,
        actor=occasion.actor or "system:letters",
    )  # fmt: skip
    _seal(row, composed, files, to, world)
    LetterDue.objects.bulk_create(
        LetterDue(letter_id=key, way=way, district_id=district.code, next_at=None if way == "post" else world.now)
        for way in letter.delivery
        if way != "page"
    )
    stated = {"letter": letter.letter, "edition": letter.digest, "files": digests}
    promise_statements(STATEMENT, {key: stated}, world.now)
    log_committed("letter_written", letter=key, kind=letter.letter, programme=declared.programme)
    return row


def _one_at_a_time(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"letter {name}"])


def _counted(district: str, letter: str, year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [district, letter, year])
        return int(cursor.fetchone()[0])


def _remedies(composed: Composed) -> dict[str, Any]:
    return {kind: {"until": each.day.isoformat(), **each.why} for kind, each in composed.until.items()}


def _seal(row: LetterRow, composed: Composed, files: Mapping[str, bytes], to: LetterTo, world: LoopFacts) -> None:
    seals, district = sealer(), row.district_id
    words = {
        "addressee": list(to.lines),
        "facts": {name: {"value": known.value, "source": dict(known.source)} for name, known in composed.facts.items()},
    }
    content = json.dumps(words, ensure_ascii=False, sort_keys=True).encode()
    LetterWords.objects.create(
        letter_id=row.id, district_id=district, key_id=seals.current_id,
        sealed=seals.seal_bytes(content, district, row.id), identity_id=_identity(to, world),
    )  # fmt: skip
    LetterFile.objects.bulk_create(
        LetterFile(
            letter_id=row.id, name=name, district_id=district, key_id=seals.current_id,
            sealed=seals.seal_bytes(file, district, row.id),
        )
        for name, file in files.items()
    )  # fmt: skip


def _identity(to: LetterTo, world: LoopFacts) -> UUID | None:
    """Seal name and address of whoever is no reporter, apart from the words, so that each look at it is on record."""
    if to.report is not None or not to.contact:
        return None
    until = (world.now + timedelta(days=KEPT_YEARS * 365)).date()
    sealed = seal_identity(to.contact, world.registers.district, world.now, until)
    insert_identities([sealed])
    return sealed.id


def refused_reason(error: LetterRefused) -> str:
    """Return why a letter was refused in a line for those who mend it: names of gaps, no values."""
    return "letter refused: " + ", ".join(f"{gap.field} ({gap.code})" for gap in error.gaps)
