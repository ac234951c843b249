"""What a pass leads to, as pages say it: its title, when it is, where, whether it is called off, who may ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bihuan.books.applying import PassOffer
from bihuan.books.catalogue import DeclaredBook, UnknownBook, all_books, book_named
from bihuan.books.declaration import PassAsked, PassKind
from bihuan.books.models import PassRow
from bihuan.declare.types import field_type
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import Looker

MOST = 5_000
"""Most subjects of a register that a page looks through."""
STATES = {
    "holds": Text("有效", "Valid"),
    "waits": Text("候补中", "Waiting"),
    "asked": Text("已登记，等待摇号或确认", "Asked for; the draw or a confirmation comes"),
    "admitted": Text("已入场", "Let in"),
    "back": Text("已退票", "Given back"),
    "missed": Text("未到场", "Not used"),
}


@dataclass(frozen=True)
class PassOccasion:
    """What a pass leads to.

    Args:
        key: Of the subject. title, place: As the register says. starts, ends: Aware. ended: Called off since that day.
    """

    key: str
    title: str
    place: str
    starts: datetime
    ends: datetime | None = None
    ended: str = ""


def occasion_of(here: World, held: PassRow) -> PassOccasion | None:
    """Return what a pass leads to; None for what no register knows. Source: docs/adr/0317-passes.md."""
    declared = all_books().get(held.book)
    kind = declared.book.passes.get(held.kind) if declared else None
    if declared is None or kind is None or kind.about not in subject_types():
        return None
    day = here.now.astimezone(here.zone).date()
    type_, looker = subject_types()[kind.about], looker_of(here)
    found = asking.get(here.registers.district.code, type_, held.subject, day, looker)
    return occasion(here, kind, found.key, found.values) if found is not None else None


def looker_of(here: World) -> Looker:
    """Who looks into the register for a pass. Source: docs/topics/subjects.md, "Purpose"."""
    return Looker(here.actor.id, here.actor.roles, frozenset(), "passes")


def occasion(here: World, kind: PassKind, key: str, values: dict[str, Any]) -> PassOccasion | None:
    """Read what a register says of an occasion; None where it does not say when. Source: docs/adr/0317-passes.md."""
    starts = instant(values.get(kind.starts))
    if starts is None:
        return None
    return PassOccasion(
        key, str(values.get(kind.title) or key), place_of(here, kind, values), starts,
        instant(values.get(kind.ends or "")), str(values.get(kind.ended or "") or ""),
    )  # fmt: skip


def place_of(here: World, kind: PassKind, values: dict[str, Any]) -> str:
    """The place by its title where it is a subject. Source: docs/adr/0317-passes.md."""
    value, declared = values.get(kind.place or ""), subject_types()[kind.about].fields.get(kind.place or "")
    if value is None or declared is None:
        return ""
    type_ = subject_types().get(str(declared.to)) if declared.type == "subject" else None
    if type_ is None:
        return str(field_type(declared.type).export(value))
    day = here.now.astimezone(here.zone).date()
    found = asking.get(here.registers.district.code, type_, str(value), day, looker_of(here))
    return str(found.values.get(type_.title_field, value)) if found is not None else str(value)


def instant(value: Any) -> datetime | None:
    """An instant of a register; None for none that can be read."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


@dataclass(frozen=True)
class AskedKind:
    """A kind of pass that anybody may ask for: its book's file, its name there, itself, and how it is asked for."""

    file: DeclaredBook
    name: str
    kind: PassKind
    asked: PassAsked


def asked_kind(book: str, name: str) -> AskedKind | None:
    """Return a kind of pass by its names when it can be asked for. Source: docs/adr/0335-asking-for-passes.md."""
    try:
        found = book_named(book)
    except UnknownBook:
        return None
    kind = found.book.passes.get(name)
    if kind is None or kind.asked is None or kind.about not in subject_types():
        return None
    return AskedKind(found, name, kind, kind.asked)


def asked_kinds() -> list[AskedKind]:
    """Return every kind of pass that can be asked for. Source: docs/adr/0335-asking-for-passes.md."""
    found = [asked_kind(book, name) for book, file in sorted(all_books().items()) for name in file.book.passes]
    return [each for each in found if each is not None]


def offer_of(kind: AskedKind, key: str, values: dict[str, Any]) -> PassOffer | None:
    """Read how a subject of the register is offered; None where it does not say from when to when.

    Source: docs/adr/0335-asking-for-passes.md.
    """
    asked = kind.asked
    opens, closes = instant(values.get(asked.opens)), instant(values.get(asked.closes))
    if opens is None or closes is None:
        return None
    drawn = asked.drawn is not None and str(values.get(asked.drawn[0])) == asked.drawn[1]
    return PassOffer(key, opens, closes, int(str(values.get(asked.most) or 1)), drawn)


def occasions_of(here: World, kind: AskedKind, key: str = "") -> list[tuple[PassOccasion, PassOffer]]:
    """What can be asked for and is not over, the next one first; of one subject with its place, otherwise without.

    Source: docs/adr/0335-asking-for-passes.md.
    """
    day = here.now.astimezone(here.zone).date()
    viewpoint = asking.Viewpoint(day, equal={"key": key}, limit=1) if key else asking.Viewpoint(day, limit=MOST)
    shown = kind.kind if key else kind.kind.model_copy(update={"place": None})
    found = []
    for each in asking.find(here.registers.district.code, subject_types()[kind.kind.about], viewpoint, looker_of(here)):
        told, offer = occasion(here, shown, each.key, each.values), offer_of(kind, each.key, each.values)
        if told is not None and offer is not None and (key or told.starts > here.now):
            found.append((told, offer))
    return sorted(found, key=lambda pair: (pair[0].starts, pair[0].key))
