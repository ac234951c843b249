"""Roles: what each may do, declared as one row of `data/roles.yaml`. Pure.

The code asks for a capability or a room (`may`, `opens`) and knows no role's name; declarations, grants and events name
roles as data. A programme may declare roles of its own (`LocalRole`), which are granted in that programme only.

**Source:** DESIGN §12 (roles × scopes decide visibility) and §13 (no constant of a city in code); ADR 0234.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from bihuan.declare.model import Name, Strict, validated
from bihuan.declare.source import Document

FILE = Path(__file__).parent.parent / "data" / "roles.yaml"
LONGEST = 24
"""Characters of a role's id: as many as a grant stores."""

Sees = Literal["nothing", "own", "unit", "scope"]
ScopeKind = Literal["district", "area", "unit", "programme"]
SCOPES = frozenset(get_args(ScopeKind))
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=LONGEST)]


class Ability(Name):
    """One capability or room. `local`: it ends at a programme's border, so a programme's own role may have it."""

    local: bool = False
    menu: bool = True


class LocalRole(Strict):
    """A role that one programme declares for itself, as written in `programme.yaml`."""

    name: Name
    about: Name
    sees: Sees = "nothing"
    may: tuple[Code, ...] = ()
    rooms: tuple[Code, ...] = ()
    second_factor: bool = False

    @model_validator(mode="after")
    def _within_the_programme(self) -> Self:
        known = catalogue()
        for what, asked, abilities in (("may", self.may, known.capabilities), ("rooms", self.rooms, known.rooms)):
            allowed = {name for name, ability in abilities.items() if ability.local}
            if beyond := sorted(set(asked) - allowed):
                raise ValueError(
                    f"{what} {beyond[0]!r} is not for a role of one programme: {', '.join(sorted(allowed))}"
                )
        return self

    def role(self, key: str, programme: str) -> Role:
        """The role under its id; it is granted in its programme only.

        Source: docs/adr/0234 (a role is one row of capabilities)
        """
        return self._role(key, scopes=frozenset({"programme"}), programme=programme)

    def _role(self, key: str, **fields: Any) -> Role:
        may, rooms = frozenset(self.may), frozenset(self.rooms)
        return Role(key, self.name, self.about, self.sees, may, rooms, second_factor=self.second_factor, **fields)


@dataclass(frozen=True, slots=True)
class Role:
    """One role.

    Args:
        id: as grants, declarations and events name it.
        sees: which cases: none, that of the own report, those of the own units, or all in the scope of the grant.
        may: capabilities; rooms: working pages it opens.
        scopes: kinds of scope in which it is granted.
        second_factor: in production nobody with this role works without one.
        granted: whether people are given it; else programs and reporters act as it.
        programme: the programme it belongs to, empty for a role of the whole house.
    """

    id: str
    name: Name
    about: Name
    sees: Sees = "nothing"
    may: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    scopes: frozenset[str] = SCOPES
    second_factor: bool = False
    granted: bool = True
    programme: str = ""

    def holds_in(self, kind: str, key: str) -> bool:
        """Whether it may be granted in a scope: of a kind it knows, and in no other programme than its own.

        Source: docs/adr/0234 (a role is one row of capabilities)
        """
        return self.granted and kind in self.scopes and self.programme in ("", key)


class _Shared(LocalRole):
    """A row of the shared catalogue."""

    scopes: frozenset[ScopeKind] = SCOPES
    granted: bool = True

    @model_validator(mode="after")
    def _within_the_programme(self) -> Self:
        return self  # a role of the house may have every capability; `_File` checks that it exists

    def role(self, key: str, programme: str = "") -> Role:
        """The role under its id."""
        return self._role(key, scopes=frozenset(self.scopes), granted=self.granted, programme=programme)


class Acting(Strict):
    """As whom a program acts: `{}` in the id is filled in by the program."""

    id: str
    roles: frozenset[Code]


class Defaults(Strict):
    """What a declaration means where it names no role."""

    desk: Code
    arbiter: Code
    opened_by: list[Code]
    reopened_by: list[Code]


class _File(Strict):
    capabilities: dict[Code, Ability]
    rooms: dict[Code, Ability]
    roles: dict[Code, _Shared]
    actors: dict[Code, Acting]
    defaults: Defaults

    @model_validator(mode="after")
    def _names_what_exists(self) -> Self:
        for key, row in self.roles.items():
            for asked, known in ((row.may, self.capabilities), (row.rooms, self.rooms)):
                if unknown := sorted(set(asked) - known.keys()):
                    raise ValueError(f"role {key!r} names {unknown[0]!r}: one of {', '.join(known)}")
        named = [*(role for each in self.actors.values() for role in each.roles), self.defaults.desk,
                 self.defaults.arbiter, *self.defaults.opened_by, *self.defaults.reopened_by]  # fmt: skip
        if unknown := sorted(set(named) - self.roles.keys()):
            raise ValueError(f"{unknown[0]!r} is not a role: one of {', '.join(self.roles)}")
        return self


@dataclass(frozen=True)
class Catalogue(Mapping[str, Role]):
    """The roles of the house by id, in declared order, and what they are made of."""

    capabilities: Mapping[str, Ability]
    rooms: Mapping[str, Ability]
    actors: Mapping[str, Acting]
    defaults: Defaults
    roles: Mapping[str, Role] = field(repr=False)

    def __getitem__(self, key: str) -> Role:
        return self.roles[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.roles)

    def __len__(self) -> int:
        return len(self.roles)

    def __hash__(self) -> int:
        return id(self)


@cache
def catalogue() -> Catalogue:
    """The roles that come with the software. Source: docs/adr/0234 (a role is one row of capabilities)."""
    return read_roles(FILE)


def read_roles(path: Path) -> Catalogue:
    """Return the roles of a file.

    Raises:
        DeclarationError: with every fault, each with file, line, field, rule and remedy.

    Source: docs/adr/0234 (a role is one row of capabilities)
    """
    found = validated(Document(path), _File)
    roles = {key: row.role(key) for key, row in found.roles.items()}
    return Catalogue(found.capabilities, found.rooms, found.actors, found.defaults, roles)


def may(roles: Iterable[str], capability: str, local: Mapping[str, Role] | None = None) -> bool:
    """Whether some role has a capability.

    Args:
        roles: ids; one that is not known gives nothing.
        capability: of the catalogue.
        local: roles of programmes, beside those of the house.

    Raises:
        KeyError: no such capability is declared.

    Source: docs/adr/0234 (a role is one row of capabilities)
    """
    catalogue().capabilities[capability]
    return capability in _union(roles, local)[0]


def opens(roles: Iterable[str], room: str, local: Mapping[str, Role] | None = None) -> bool:
    """Whether some role works in a room; arguments and errors as of `may`.

    Source: docs/adr/0234 (a role is one row of capabilities)
    """
    catalogue().rooms[room]
    return room in _union(roles, local)[1]


def roles_that(capability: str) -> tuple[str, ...]:
    """The ids of the house's roles with a capability, in declared order.

    Source: docs/adr/0234 (a role is one row of capabilities)
    """
    known = catalogue()
    known.capabilities[capability]
    return tuple(key for key, role in known.items() if capability in role.may)


def who_may(*capabilities: str) -> Name:
    """The names of the roles that have one of these capabilities and are granted to people, for a refusal.

    Source: docs/adr/0234 (a role is one row of capabilities)
    """
    held = {role for each in capabilities for role in roles_that(each)}
    named = [role.name for key, role in catalogue().items() if key in held and role.granted]
    return Name(zh="、".join(name.zh for name in named) or "无", en=", ".join(name.en for name in named) or "nobody")


def _union(roles: Iterable[str], local: Mapping[str, Role] | None) -> tuple[frozenset[str], frozenset[str]]:
    """(capabilities, rooms) of roles together."""
    held = frozenset(roles)
    if not local:
        return _all_of(held)
    own = [local[key] for key in held & local.keys()]
    capabilities, rooms = _all_of(held)
    return capabilities.union(*(r.may for r in own)), rooms.union(*(r.rooms for r in own))


@lru_cache(maxsize=1024)
def _all_of(roles: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """(capabilities, rooms) of roles of the house together."""
    known = [catalogue()[role] for role in roles if role in catalogue()]
    return frozenset().union(*(r.may for r in known)), frozenset().union(*(r.rooms for r in known))
