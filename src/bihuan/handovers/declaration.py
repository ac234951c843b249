"""A handover as a declared file: `PROGRAMME/handovers/NAME.yaml`.

    handover: waste-trip
    name: {zh: 建筑垃圾运输, en: A load of construction waste}
    given: {subject: load, number: number, carrier: plate, place: yard, giver: site, at: left, gross: gross, tare: tare,
            interval: scale_e, estimated: estimated, settled: settled, group: plan}
    received: {subject: weighing, number: load, carrier: plate, place: yard, at: weighed, gross: gross, tare: tare,
               interval: scale_e}
    within: 6h

Both sides are registers of subjects; the file says which of their fields tell what. What is counted and not weighed
(money, objects) says `counted`: it has no error, and where no field tells how much, an act is one piece.
Source: docs/topics/handovers.md; docs/adr/0362-counted-handovers.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document, Step
from bihuan.handovers.pure.judging import OF_GIVEN, OF_RECEIVED, HandoverRule
from bihuan.registers.pure.durations import Duration

FOLDER = "handovers"
_UNITS = {"minutes": 60, "hours": 3_600, "days": 86_400}
type Fault = tuple[tuple[Step, ...], str, str, str]


class SideFile(Strict):
    """Which fields of a register tell a side.

    Args:
        subject: The type. number: Of the act; on the giving side it is told, on the receiving side as it was read.
        carrier: Who takes or brings it. place: Where it shall arrive, or arrived. giver: Who gives it.
        at: The instant. gross, tare: kg, or what is counted; without tare the quantity is net; without both, one piece.
        interval: e of the scale, kg.
        estimated: yes where somebody only estimated it. settled: The day from which a person has settled it.
        group: What acts are summed up by.
    """

    subject: Slug
    number: Code
    carrier: Code
    place: Code
    at: Code
    gross: Code | None = None
    tare: Code | None = None
    interval: Code | None = None
    estimated: Code | None = None
    settled: Code | None = None
    giver: Code | None = None
    group: Code | None = None

    @property
    def fields(self) -> dict[str, str]:
        """What is read, by what it tells. Source: docs/topics/handovers.md."""
        return {name: value for name, value in self.model_dump(exclude_none=True).items() if name != "subject"}


class ScalesFile(Strict):
    """When a scale is judged as a whole: pairs with so many counterparts within so many days."""

    pairs: int = Field(ge=3)
    counterparts: int = Field(ge=2, default=2)
    days: int = Field(ge=1, le=366, default=30)


class LicenceFile(Strict):
    """The register that says on which days a carrier may carry."""

    subject: Slug
    carrier: Code
    first: Code
    last: Code


class PlannedFile(Strict):
    """What a group was to give in all, kg: a field of the type that the group leads to."""

    subject: Slug
    field: Code


class CountedFile(Strict):
    """What is counted: its unit as books and messages name it, and in words. Nothing of it is off by an error."""

    unit: Annotated[str, Field(pattern=r"^[A-Za-z]{1,12}$", examples=["CNY"])]
    name: Name


class HandoverBook(Strict):
    """The book that follows, and its kinds of entries; values: `amount`, `out`, `in`, `difference`, `number`,
    `carrier`, `place`, `giver`, `group`.

    `give`: something left; `even`, `short`, `over`: it arrived so; `lose`: it never will; `stray`: from nowhere.
    """

    book: Slug
    give: Code
    even: Code
    short: Code
    over: Code
    lose: Code | None = None
    stray: Code | None = None

    @property
    def kinds(self) -> dict[str, str]:
        """Kinds of entries by step. Source: docs/topics/handovers.md, "The book"."""
        return {name: value for name, value in self.model_dump(exclude_none=True).items() if name != "book"}


class ReceiptPartyFile(Strict):
    """The register of carriers or receivers: its name, and the number by which it is allowed to act.

    `by`: the field of the giving side that leads there; a receiver is found by the place.
    """

    subject: Slug
    name: Code
    number: Code
    by: Code | None = None


class ReceiptFile(Strict):
    """What a receiving record says beside both sides: fields of the receipt for the code and the treatment, parties."""

    code: Code
    treatment: Code
    carrier: ReceiptPartyFile
    receiver: ReceiptPartyFile


class HandoverFile(Strict):
    """A handover.

    Args:
        estimate: The error of an estimated quantity, as a part of it. counted: Where it is not weighed in kilograms.
        words: Exceptions as this handover calls them, in place of the common words. receipts: What a receiving record
            says besides.
    """

    handover: Slug
    name: Name
    about: Name | None = None
    given: SideFile
    received: SideFile
    within: Annotated[str, Field(pattern=r"^\d+ ?(min|h|hours?|d|days?)$", examples=["6h"])]
    estimate: Decimal = Field(default=Decimal("0.10"), gt=0, lt=1)
    counted: CountedFile | None = None
    words: dict[Code, Name] = Field(default={})
    scales: ScalesFile | None = None
    licence: LicenceFile | None = None
    planned: PlannedFile | None = None
    book: HandoverBook | None = None
    receipts: ReceiptFile | None = None
    citation: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.given.subject == self.received.subject:
            raise ValueError("the two sides are two registers: who gave, and who received")
        if self.planned and not self.given.group:
            raise ValueError("`planned` needs `group` on the giving side")
        sides = (self.given, self.received)
        if self.counted and (self.scales or any(each.tare or each.interval or each.estimated for each in sides)):
            raise ValueError("what is counted has no scale, tare, interval or estimate")
        if not self.counted and not all(each.gross for each in sides):
            raise ValueError("`gross` is missing; only what is `counted` may be one piece an act")
        if self.receipts and (self.counted or not self.receipts.carrier.by):
            raise ValueError(
                "receiving records are of what is weighed, and `carrier` says `by` which field it is found"
            )
        if unknown := set(self.words) - {*OF_GIVEN, *OF_RECEIVED}:
            raise ValueError(f"`words` names no exception: {', '.join(sorted(unknown))}")
        return self

    @property
    def rule(self) -> HandoverRule:
        """How both sides are judged. Source: docs/adr/0310-handovers.md."""
        length = Duration.parse(self.within)
        scales = (self.scales.pairs, self.scales.counterparts, self.scales.days) if self.scales else (0, 0, 0)
        return HandoverRule(length.amount * _UNITS[length.unit], *scales, self.licence is not None)

    def needs(self) -> dict[str, set[str]]:
        """Type → fields that are read. Source: docs/topics/handovers.md."""
        found = {each.subject: set(each.fields.values()) for each in (self.given, self.received)}
        if self.licence:
            found[self.licence.subject] = {self.licence.carrier, self.licence.first, self.licence.last}
        return found


def load_handover(path: Path) -> HandoverFile:
    """Return the validated handover of a file.

    Raises:
        DeclarationError: with every problem, each with file, line, field, rule and remedy.

    Source: docs/adr/0310-handovers.md (a handover is a file)
    """
    document = Document(path)
    found = validated(document, HandoverFile)
    faults = list(handover_faults(found))
    if faults:
        raise DeclarationError([document.problem(list(steps), *told) for steps, *told in faults])
    return found


def handover_faults(found: HandoverFile) -> Iterator[Fault]:
    """Yield what does not exist: types, their open fields, the book and its kinds of entries.

    Source: docs/adr/0310-handovers.md (a handover is a file)
    """
    for name, side in (("given", found.given), ("received", found.received)):
        yield from _fields((name,), side.subject, side.fields)
    if found.licence:
        yield from _fields(("licence",), found.licence.subject, found.licence.model_dump(exclude={"subject"}))
    if found.planned:
        yield from _fields(("planned",), found.planned.subject, {"field": found.planned.field})
    if found.book:
        yield from _book(found.book)
    if found.receipts:
        yield from _receipts(found, found.receipts)


def _receipts(found: HandoverFile, rule: ReceiptFile) -> Iterator[Fault]:
    own = {"code": rule.code, "treatment": rule.treatment}
    yield from _fields(("receipts",), found.received.subject, own)
    yield from _fields(("receipts", "carrier"), found.given.subject, {"by": str(rule.carrier.by)})
    for name, party in (("carrier", rule.carrier), ("receiver", rule.receiver)):
        yield from _fields(("receipts", name), party.subject, {"name": party.name, "number": party.number})


def _fields(at: tuple[Step, ...], type_id: str, fields: dict[str, str]) -> Iterator[Fault]:
    from bihuan.subjects.catalogue import subject_types

    kind = subject_types().get(type_id)
    if kind is None:
        yield (*at, "subject"), f"there is no type {type_id!r}", "both sides are registers", "correct the spelling"
        return
    for name, field in fields.items():
        if field not in kind.open_fields and field not in kind.derived:
            known = ", ".join(kind.open_fields)
            yield (*at, name), f"{type_id} has no open field {field!r}", f"one of: {known}", "correct the spelling"


def _book(declared: HandoverBook) -> Iterator[Fault]:
    from bihuan.books.catalogue import all_books

    known = all_books().get(declared.book)
    if known is None:
        yield ("book", "book"), f"there is no book {declared.book!r}", f"one of: {', '.join(all_books())}", "declare it"
        return
    for step, kind in declared.kinds.items():
        if kind not in known.book.entries:
            told = f"one of: {', '.join(known.book.entries)}"
            yield ("book", step), f"{declared.book} has no entry {kind!r}", told, "correct the spelling"
