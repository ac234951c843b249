"""Which books somebody may look into: all from the cockpit, those of the own programmes from the room `books`."""

from __future__ import annotations

from collections.abc import Mapping

from bihuan.books.catalogue import DeclaredBook, all_books
from bihuan.loop.kernel.model import Actor
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes, folder_of

ROOM = "books"


def seen_books(actor: Actor) -> Mapping[str, DeclaredBook]:
    """Return the books that an actor may look into, by name.

    A role that works in the room `books` and is granted for programmes opens the books that lie in their folders; one
    that a programme declares for itself and that has no limit opens that programme's.

    Source: docs/adr/0365-room-of-books.md
    """
    books = all_books()
    if actor.opens("cockpit"):
        return books
    mine = {programme for role in actor.roles for programme in _programmes(actor, role)}
    return {name: each for name, each in books.items() if (of := programme_of_book(each)) and of.id in mine}


def programme_of_book(declared: DeclaredBook) -> Programme | None:
    """Return the programme in whose folder a book lies. Source: docs/topics/books.md."""
    for programme in all_programmes().values():
        if folder_of(programme.id).name == declared.programme:
            return programme
    return None


def _programmes(actor: Actor, role: str) -> tuple[str, ...]:
    """The programmes for which a role of the actor opens books."""
    row = actor.role(role)
    if row is None or ROOM not in row.rooms:
        return ()
    limits = [each.partition(":")[2] for each in actor.limits.get(role, ()) if each.startswith("programme:")]
    return tuple(limits) or ((row.programme,) if row.programme else tuple(all_programmes()))
