"""Letters that stand: found by number, code or case; their facts with sources; their files as they were sent.

Source: docs/topics/letters.md, "Why did I get this"; DESIGN §7 (visibility is one query).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from bihuan.documents.letters.catalogue import all_letters
from bihuan.documents.letters.models import LetterFile, LetterRow, LetterWords
from bihuan.documents.letters.pure.declaration import LetterFact
from bihuan.documents.letters.pure.facts import write_fact
from bihuan.loop.codes import hashes_of
from bihuan.loop.kernel.model import Actor
from bihuan.loop.store import visible_to
from bihuan.registers.identity import sealer
from bihuan.registers.pure.calendars import Calendar

PAGE = 40
LOOK, LOOKS = 200, 10
"""How many letters are looked at in one statement, and how often, until a page is full."""


def letters_for(actor: Actor, before: UUID | None = None, most: int = PAGE) -> list[LetterRow]:
    """Return a page of the letters that somebody may see, the newest first.

    Seen are letters of cases that they see, to their own units, and of no case for whoever reads figures of the whole
    district. Letters are read in their own order and their cases asked by key, so no list of cases is ever walked.

    Args:
        actor: Who looks. before: The letter before which the page begins. most: Letters at most.

    Source: DESIGN §7 (visibility is one query); docs/adr/0233 (a list goes on after a line).
    """
    found: list[LetterRow] = []
    for _ in range(LOOKS):
        rows = LetterRow.objects.order_by("-pk")
        batch = list(rows.filter(pk__lt=before)[:LOOK] if before is not None else rows[:LOOK])
        found += _visible(actor, batch)
        if len(found) >= most or len(batch) < LOOK:
            break
        before = batch[-1].pk
    return found[:most]


def letters_of_cases(actor: Actor, cases: Sequence[UUID], most: int = PAGE) -> list[LetterRow]:
    """Return the letters of some cases that somebody may see, the newest first.

    Source: DESIGN §7 (visibility is one query); DESIGN §14 (a subject's page).
    """
    return _visible(actor, list(LetterRow.objects.filter(case_id__in=cases).order_by("-pk")[:most])) if cases else []


def letter_for(actor: Actor, key: UUID) -> LetterRow | None:
    """Return a letter, when somebody may see it. Source: DESIGN §7 (visibility is one query)."""
    row = LetterRow.objects.filter(pk=key).first()
    return next(iter(_visible(actor, [row])), None) if row is not None else None


def _visible(actor: Actor, rows: Sequence[LetterRow]) -> list[LetterRow]:
    cases = {row.case_id for row in rows if row.case_id is not None}
    seen = set(visible_to(actor).filter(pk__in=cases).values_list("pk", flat=True)) if cases else set()
    units, counts = actor.units | {actor.unit or ""} - {""}, actor.may("count")
    return [
        row
        for row in rows
        if row.case_id in seen or (row.unit and row.unit in units) or (row.case_id is None and counts)
    ]


def letter_by_code(number: str, code: str) -> LetterRow | None:
    """Return the letter of a number and check code, or None; inside the caller's district.

    Source: docs/adr/0220 (access codes are kept as keyed digests).
    """
    wanted = hashes_of(code)
    said = number.strip()
    found = LetterRow.objects.filter(code_index__in=list(wanted))
    return next((row for row in found if said in row.number.values()), None)


def file_of(row: LetterRow, name: str) -> bytes | None:
    """Return a file as it was sent; None when there is none of that name or it was erased.

    Source: docs/adr/0274-letters.md (6).
    """
    found = LetterFile.objects.filter(letter_id=row.id, name=name).first()
    if found is None or found.sealed is None:
        return None
    return sealer().unseal_bytes(bytes(found.sealed), found.key_id, row.district_id, row.id)


def words_of(row: LetterRow) -> dict[str, Any] | None:
    """Return the facts with their sources and the addressee's lines; None when they were erased."""
    found = LetterWords.objects.filter(pk=row.id).first()
    if found is None or found.sealed is None:
        return None
    content = sealer().unseal_bytes(bytes(found.sealed), found.key_id, row.district_id, row.id)
    words: dict[str, Any] = json.loads(content)
    return words


def explained(row: LetterRow, language: str, calendar: Calendar) -> list[tuple[str, str, str]]:
    """Return (what it is called, how it reads, where it came from) of each fact of a letter, in its declared order.

    Source: docs/topics/letters.md, "Why did I get this".
    """
    words = words_of(row)
    if words is None:
        return []
    declared = all_letters().get(row.letter)
    known: dict[str, LetterFact] = dict(declared.letter.facts) if declared else {}
    order = [*(name for name in known if name in words["facts"]), *(n for n in words["facts"] if n not in known)]
    return [_told(name, known.get(name), words["facts"][name], language, calendar) for name in order]


def _told(
    name: str, fact: LetterFact | None, said: dict[str, Any], language: str, calendar: Calendar
) -> tuple[str, str, str]:
    value = said["value"]
    if fact is None:
        return name, str(value), source_text(said["source"], language)
    called = fact.name.zh if language == "zh" else fact.name.en
    if fact.type != "table":
        return called, write_fact(fact, value, language, calendar.zone), source_text(said["source"], language)
    rows = "; ".join(
        ", ".join(write_fact(column, row[key], language, calendar.zone) for key, column in fact.columns.items())
        for row in value
    )
    return called, rows, source_text(said["source"], language)


def source_text(source: dict[str, Any], language: str) -> str:
    """Return in words where a fact came from. Source: docs/topics/letters.md, "Why did I get this"."""
    zh = language == "zh"
    if "table" in source:
        said = (
            f"{source.get('citation')}（{source.get('edition')}）"
            if zh
            else f"{source.get('citation')} ({source.get('edition')})"
        )
        return f"规则表 {source['table']}：{said}" if zh else f"rule table {source['table']}: {said}"
    if "subject" in source:
        at = str(source.get("recorded_at", ""))[:10]
        came = source.get("source", "")
        return (
            f"名册 {source['subject']}，{came}，{at} 登记"
            if zh
            else f"register {source['subject']}, {came}, recorded {at}"
        )
    if "case" in source:
        return f"案件 {source['case']}" if zh else f"case {source['case']}"
    if "event" in source:
        return f"办理记录 {source['event']}" if zh else f"record {source['event']}"
    return "经办人填写" if zh else "given by the officer"


def described_row(row: LetterRow) -> dict[str, Any]:
    """Return what stands of a letter as JSON: nothing of a person."""
    return {
        "id": str(row.id), "letter": row.letter, "edition": row.edition, "programme": row.programme,
        "number": row.number, "dated": row.dated.isoformat(), "case_id": str(row.case_id) if row.case_id else None,
        "basis": row.basis, "remedies": row.remedies,
        "remedy_until": row.remedy_until.isoformat() if row.remedy_until else None,
        "ways": row.ways, "files": row.files, "made_at": row.made_at.isoformat(),
    }  # fmt: skip
