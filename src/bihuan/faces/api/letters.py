"""Letters for programs: the list, one with its facts' digests and deliveries, a file, writing one by hand."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from bihuan.documents.letters import delivering, reading
from bihuan.documents.letters.addressing import LetterTo
from bihuan.documents.letters.catalogue import UnknownLetter, letter_named
from bihuan.documents.letters.gathering import LetterOccasion, gather_facts
from bihuan.documents.letters.models import LetterRow
from bihuan.documents.letters.pure.composing import LetterRefused
from bihuan.documents.letters.rendering.portable import CharacterMissing
from bihuan.documents.letters.sending import write_letter
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.letters import file_response
from bihuan.faces.parts.problems import not_found, problem
from bihuan.loop.store import visible_to
from bihuan.registers.isolation import in_district

router = Router(tags=["letters"], auth=STAFF)


class AddresseeAsked(Schema):
    """Whom a letter goes to; sealed as it is taken."""

    name: str = Field(min_length=1, max_length=200)
    address: str = Field(default="", max_length=400)
    email: str = Field(default="", max_length=200)


class LetterAsked(Schema):
    """A letter by hand: its facts that are `given`, its addressee, the case it is about."""

    key: str = Field(min_length=1, max_length=80)
    letter: str = Field(min_length=1, max_length=64)
    facts: dict[str, Any] = Field(default_factory=dict)
    addressee: AddresseeAsked
    case: str = Field(default="", max_length=32)
    language: str = Field(default="zh", pattern="^(zh|en)$")


class DeliveryAsked(Schema):
    """What a person knows of a delivery."""

    way: str = Field(pattern="^(page|mail|post|webhook)$")
    status: str = Field(pattern="^(served|bounced|returned)$")


@router.get("/letters", response=dict[str, Any], summary="Letters, the newest first")
@needs("read", "work")
def letters(request: HttpRequest, before: UUID | None = None) -> Any:
    """Forty letters that the caller may see; `next` asks for those before. Nobody is named."""
    rows = reading.letters_for(here(request).actor, before)
    last = str(rows[-1].pk) if len(rows) == reading.PAGE else None
    return {"letters": [reading.described_row(row) for row in rows], "next": last}


@router.get("/letters/{key}", response=dict[str, Any], summary="A letter and what became of it")
@needs("read", "work")
def letter(request: HttpRequest, key: UUID) -> Any:
    """Basis, remedies with their last days, digests as the log states them (`id` proves it there), deliveries."""
    row = _row(request, key)
    return reading.described_row(row) | {"deliveries": list(delivering.told_deliveries(row.id))}


@router.get("/letters/{key}/files/{name}", summary="A file as it was sent")
@needs("read", "reveal")
def file(request: HttpRequest, key: UUID, name: str) -> HttpResponse:
    """`LANGUAGE.FORMAT`, such as `zh.pdf`, with its addressee; the look is on record."""
    row = _row(request, key)
    answer = file_response(row, name)
    if answer is None:
        raise not_found("这个文件", "file")
    delivering.open_addressee(row, here(request).facts, here(request).actor.id)
    return answer


@router.post("/letters", response={200: dict[str, Any], 201: dict[str, Any]}, summary="Write a letter")
@needs("act", "write")
def write(request: HttpRequest, body: LetterAsked) -> Any:
    """Write a declared letter: 201 written, 200 known by its key, 422 refused with the first gap."""
    world = here(request)
    try:
        declared = letter_named(body.letter) if not body.letter.endswith((".yaml", ".yml")) else None
    except UnknownLetter:
        declared = None
    if declared is None:
        raise not_found("这种函件", "letter")
    case = visible_to(world.actor).filter(number=body.case).first() if body.case else None
    if body.case and case is None:
        raise not_found("这个案件", "case")
    occasion = LetterOccasion(f"hand:{body.key}", world.now, declared.programme, {}, case, world.actor.id)
    contact = {name: value for name, value in body.addressee.dict().items() if value}
    lines = tuple(contact[name] for name in ("name", "address") if contact.get(name))
    to = LetterTo(lines, contact=contact, language=body.language)
    try:
        with in_district(world.registers.district.code):
            facts = gather_facts(declared.letter, occasion, body.facts, world.facts)
            written = write_letter(declared, facts, to, occasion, world.facts)
    except LetterRefused as refused:
        gap = refused.gaps[0]
        raise problem(
            422, gap.code, gap.what.zh, gap.what.en, field=gap.field, remedy=(gap.remedy.zh, gap.remedy.en)
        ) from None
    except CharacterMissing as error:
        zh, _, en = error.message.partition(" · ")
        raise problem(422, "character_missing", zh, en or zh) from None
    return Status(201 if written.fresh else 200, reading.described_row(written.row))


@router.post("/letters/{key}/deliveries", response=dict[str, Any], summary="Record a delivery")
@needs("act", "write")
def record(request: HttpRequest, key: UUID, body: DeliveryAsked) -> Any:
    """Record a signed receipt, a mail or an envelope that came back."""
    row, world = _row(request, key), here(request)
    if body.way not in row.ways:
        raise problem(409, "not_its_way", "该函件不以此方式送达", "the letter does not go that way", field="way")
    with in_district(row.district_id):
        delivering.record_delivery(row, body.way, body.status, world.now, world.actor.id)
        return {"deliveries": list(delivering.told_deliveries(row.id))}


def _row(request: HttpRequest, key: UUID) -> LetterRow:
    row = reading.letter_for(here(request).actor, key)
    if row is None:
        raise not_found("这份函件", "letter")
    return row
