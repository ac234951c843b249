"""Names of units, places, categories and people in the reader's language, from the registers in force."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from pathlib import Path

from bihuan.faces.parts.language import say
from bihuan.loop.indicator_files import definitions
from bihuan.loop.kernel.model import Text
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.models import User
from bihuan.registers.pure.categories import Categories, load_categories
from bihuan.registers.pure.organisation import Organisation
from bihuan.registers.pure.roles import catalogue
from bihuan.registers.pure.snapshot import Registers
from bihuan.registers.roles import all_roles


class PageNames:
    """Names for one page. People are read once per page, by `know`.

    Args:
        registers: The registers in force.
        day: The local date on which units are named.
        people: Whether names of staff may be shown to this reader (else their role is).
    """

    def __init__(self, registers: Registers, day: date, *, people: bool = False) -> None:
        self.registers, self.day, self.shows_people = registers, day, people
        self._people: dict[str, str] = {}

    @cached_property
    def _graph(self) -> dict[str, Organisation]:
        return {unit.id: unit for unit in self.registers.organisations.at(self.day).units()}

    def unit(self, key: str | None) -> str:
        """Return the name of a unit by id or code; its last name when it has ended, the key itself when it is unknown.

        Source: DESIGN §3 (old cases keep their historical holder's name); docs/topics/registers.md.
        """
        if not key:
            return ""
        found = self._graph.get(key) or self.registers.unit(key, self.day)
        if found is None and key in self.registers.organisations:
            found = self.registers.organisations.spans(key)[-1]
        return say((found.name_zh, found.name_en or found.name_zh)) if found else key

    def area(self, code: str | None) -> str:
        """Return the name of an area."""
        found = self.registers.areas.get(code) if code else None
        return say((found.name_zh, found.name_en or found.name_zh)) if found else (code or "")

    def category(self, code: str | None, programme: str = "hotline") -> str:
        """Return the name of a category, looked up in the programme's tree and then in every other."""
        if not code:
            return ""
        found = next((node for tree in trees(programme) if (node := tree.get(code))), None)
        return say(found) if found else code

    def category_path(self, code: str | None, programme: str = "hotline") -> str:
        """Return the name of a category below the names of the levels above it."""
        parts = (code or "").split(".")
        prefixes = [".".join(parts[: i + 1]) for i in range(len(parts))] if code else []
        return " › ".join(self.category(prefix, programme) for prefix in prefixes)

    def holder(self, key: str | None, kind: str | None, person: str | None = None) -> str:
        """Return the accountable holder: a unit (and person in it) or a desk.

        Source: DESIGN §3 (old cases keep their historical holder's name); docs/topics/registers.md.
        """
        if not key:
            return ""
        if kind == "desk":
            return f"{self.role(key)}{say(Text('（岗位）', ' desk'))}"
        return f"{self.unit(key)} · {self.person(person)}" if person else self.unit(key)

    def role(self, code: str) -> str:
        """Return the name of a role. Source: docs/adr/0234."""
        found = all_roles().get(code)
        return say((found.name.zh, found.name.en)) if found else code

    def indicator(self, code: str) -> str:
        """Return the name of an indicator."""
        found = definitions(self.day).get(code)
        return say(found.name) if found else code.replace("_", " ")

    def know(self, actors: Iterable[str | None]) -> None:
        """Read the names of these actors (`user:<uuid>`) in one query; an id of another form stays a nobody.

        Source: docs/topics/faces.md (colleagues by name for staff only)
        """
        wanted = {a.removeprefix("user:") for a in actors if a and _USER.fullmatch(a)} - self._people.keys()
        if wanted and self.shows_people:
            found = User.objects.filter(pk__in=wanted).values_list("pk", "name")
            self._people.update({str(pk): name for pk, name in found})

    def person(self, actor: str | None) -> str:
        """Return who acted: a colleague's name for staff, else what they are to the case.

        Source: docs/topics/faces.md (colleagues by name for staff only)
        """
        kind, _, key = (actor or "").partition(":")
        if kind == "user":
            return self._people.get(key) or say(Text("工作人员", "Staff"))
        if kind in (_prefix("own_report"), _prefix("visitor")):
            return self._acting("own_report")
        return self._acting("clock") if kind == _prefix("clock") else self.role(kind) if kind else ""

    def _acting(self, program: str) -> str:
        """Return what they are called who act as a program of the role catalogue."""
        return self.role(min(catalogue().actors[program].roles))


def _prefix(program: str) -> str:
    """Return how the ids of actors begin who act as a program of the role catalogue."""
    return catalogue().actors[program].id.partition(":")[0]


_USER = re.compile(r"user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def trees(first: str = "hotline") -> Iterator[Categories]:
    """Yield the category trees of all programmes, `first`'s before the others; each is read only when asked for."""
    for path in _tree_files(first):
        yield load_categories(path)


_ordered: dict[str, tuple[object, tuple[Path, ...]]] = {}


def _tree_files(first: str) -> tuple[Path, ...]:
    """The files of the trees in that order, worked out once for the programmes in use: a list asks for each row."""
    programmes = all_programmes()
    key = first if first in programmes else ""
    known = _ordered.get(key)
    if known is None or known[0] is not programmes:
        declared = [
            (programme.id != key, folder_of(programme.id) / rules.categories)
            for programme in programmes.values()
            for rules in programme.cases.values()
            if rules.categories
        ]
        known = _ordered[key] = programmes, tuple(dict.fromkeys(path for _, path in sorted(declared)))
    return known[1]


def rules_of(programme: str, kind: str) -> tuple[Programme | None, CaseType | None]:
    """Return the declaration of a case's programme and type, or None when it is no longer installed."""
    found = all_programmes().get(programme)
    return found, found.cases.get(kind) if found else None
