"""One of a register by lot, among those who may: declared, committed to, drawn in a full order, and repeated. Pure.

    lot: mediator
    name: {zh: 抽取调解员, en: Draw of a mediator}
    about: {zh: …, en: …}
    basis: 人民调解法第十九条
    among: {subject: mediator, states: [active], recused: conflicts}

`recused` is a field with the codes (joined by `;`) of whom somebody has an interest in: who names one of the parties is
left out before the list is committed to. All who are left are drawn into one order; the first goes. Whoever has to
stand aside later makes room for the next, with a reason, and nothing is drawn again.
Source: docs/topics/draws.md, "One of a register"; docs/adr/0407-lots.md; RFC 3797.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic import Field

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.source import Document
from bihuan.draws.pure.record import DrawRefused
from bihuan.ledger.core.draw import DrawDefinition, DrawStratum, carry_out_draw
from bihuan.ledger.core.errors import DrawError

FOLDER, STRATUM = "lots", "all"


class LotList(Strict):
    """Whom to draw from: subjects in some states, and the field that says whom each has an interest in."""

    subject: Slug
    states: list[Code] = Field(min_length=1)
    recused: Code


class LotFile(Strict):
    """`lots/NAME.yaml`: what is drawn, on what basis, among whom."""

    lot: Slug
    name: Name
    about: Name
    basis: str = Field(min_length=1)
    among: LotList


class StoodAside(msgspec.Struct, frozen=True):
    """Somebody who was drawn and stands aside, and why."""

    key: str
    reason: str


class LotRecord(msgspec.Struct, frozen=True):
    """Everything of one lot. `order`: everybody on the list as drawn; `aside`: of them who stood aside.

    Args:
        lot: Of which declaration. name: Of this one, unique. about: The number of the case it is for.
        parties: Codes in which nobody drawn may have an interest. day: On which the register was read.
        listed, recused: Who could be drawn, and who was left out for an interest.
        drawn_at: ISO instant; empty until it is drawn.
    """

    lot: str
    name: str
    about: str
    parties: list[str]
    day: str
    listed: list[str]
    recused: list[str]
    definition: dict[str, Any]
    commitment: str
    entropy: list[str] = []
    seed: str = ""
    order: list[str] = []
    drawn_at: str = ""
    aside: list[StoodAside] = []

    @property
    def goes(self) -> str:
        """Who goes: the first of the order who did not stand aside; empty for nobody."""
        away = {each.key for each in self.aside}
        return next((key for key in self.order if key not in away), "")


def read_lot_file(document: Document) -> LotFile:
    """Return what a file declares.

    Raises:
        DeclarationError: what is wrong, with line and field.

    Source: docs/topics/draws.md, "One of a register"
    """
    return validated(document, LotFile)


def recused_of(interests: str, parties: Sequence[str]) -> bool:
    """Return whether somebody has an interest in one of the parties. Source: 人民调解法 (2010) art. 15, 23."""
    return bool({each.strip() for each in interests.split(";")} & set(parties))


def committed_lot(
    what: tuple[str, str, str], parties: Sequence[str], day: str, lists: tuple[Sequence[str], Sequence[str]],
    entropy_source: str, salt: str,
) -> LotRecord:  # fmt: skip
    """Return a lot that is committed to and not drawn yet.

    Args:
        what: Names of the declaration and of this lot, and the number of its case. lists: Who may be drawn, who not.

    Raises:
        DrawRefused: nobody is left to draw from, or no party is named.

    Source: RFC 3797 §2
    """
    listed, recused = sorted(lists[0]), sorted(lists[1])
    if not parties or not listed:
        raise DrawRefused(
            "没有当事人或无人可抽 · no party is named, or everybody on the list has an interest", "ask another panel"
        )
    purpose = f"{what[0]} {what[1]}; for {what[2]}; parties {';'.join(sorted(parties))}; recused {';'.join(recused)}"
    definition = DrawDefinition(purpose, entropy_source, (DrawStratum(STRATUM, tuple(listed), len(listed)),), salt)
    return LotRecord(
        *what, sorted(parties), day, listed, recused, definition.as_json(), definition.commitment().hex()
    )  # fmt: skip


def drawn_lot(record: LotRecord, entropy: Sequence[str], at: str) -> LotRecord:
    """Return the lot with the order that the public values give.

    Source: RFC 3797 §4; docs/adr/0407-lots.md
    """
    told = carry_out_draw(DrawDefinition.from_json(record.definition), entropy)
    return msgspec.structs.replace(
        record, entropy=list(entropy), seed=told["seed"], order=list(told["drawn"][STRATUM]), drawn_at=at
    )


def aside_later(record: LotRecord, key: str, reason: str) -> LotRecord:
    """Return the lot after who goes has stood aside: the next in the order goes.

    Raises:
        DrawRefused: it is not their turn, no reason is given, or nobody is left.

    Source: docs/adr/0407-lots.md
    """
    if key != record.goes or not reason.strip():
        raise DrawRefused(f"{key} 并非当选者或未说明理由 · {key} is not whose turn it is, or no reason is given", "")
    changed = msgspec.structs.replace(record, aside=[*record.aside, StoodAside(key, reason.strip()[:200])])
    if not changed.goes:
        raise DrawRefused("无人可替换 · nobody is left in the order", "ask another panel")
    return changed


def verify_lot(record: LotRecord) -> None:
    """Repeat a lot from its record.

    Raises:
        DrawError: names the first part that does not follow from the rest.

    Source: RFC 3797 §1; docs/topics/draws.md, "Anybody repeats it"
    """
    said = record.definition
    try:
        again = committed_lot(
            (record.lot, record.name, record.about), record.parties, record.day, (record.listed, record.recused),
            said["entropy_source"], said["salt"],
        )  # fmt: skip
    except (KeyError, DrawRefused) as error:
        raise DrawError(f"lot record: {error}") from error
    if again.commitment != record.commitment or again.definition != said:
        raise DrawError("名单与承诺不符 · the list is not that which was committed to")
    if not record.entropy:
        return
    again = drawn_lot(again, record.entropy, record.drawn_at)
    for part in ("seed", "order"):
        if getattr(again, part) != getattr(record, part):
            raise DrawError(f"lot record: {part} does not follow from the list and the entropy; it was altered")
    for each in record.aside:
        try:
            again = aside_later(again, each.key, each.reason)
        except DrawRefused as error:
            raise DrawError(f"lot record: {each.key} could not stand aside; it was altered") from error
