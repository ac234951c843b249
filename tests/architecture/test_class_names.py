"""One meaning per name: a class is called otherwise than every class of another room.

A reader who meets `Change` must not have to look which of four it is. The list of those that still share a name only
shrinks: whoever renames one takes it out.

Source: docs/glossary.md; CONTRIBUTING.md, "House rules" (one word per thing).
"""

from __future__ import annotations

from collections import defaultdict

from tests.tree import files

SHARED: set[str] = set()
"""Names that classes of several rooms still have; nothing is added here."""

EVERYWHERE = {"Meta"}
"""What a library asks every class to call a part of it."""


def rooms_of_classes() -> dict[str, set[str]]:
    """Each name of a class, private ones aside, with the rooms that have one."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in files():
        if "migrations" not in file.parts and "programmes" not in file.parts:
            for each in file.classes:
                found[each.name].add(file.parts[0])
    return {name: rooms for name, rooms in found.items() if not name.startswith("_") and name not in EVERYWHERE}


def test_no_class_is_called_as_another_rooms() -> None:
    shared = {name: sorted(rooms) for name, rooms in rooms_of_classes().items() if len(rooms) > 1}
    assert {name: rooms for name, rooms in shared.items() if name not in SHARED} == {}, "say what it is"
    assert sorted(SHARED - shared.keys()) == [], "take it out of the list: it has one meaning now"
