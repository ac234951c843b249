"""A type of subjects as it is declared: fields, links, states, purpose. One YAML file; pure, reads nothing by itself.

    id: permit
    edition: "2026-01"
    name: {zh: 许可, en: Permit}
    key: number
    fields:
      number: {type: code, name: {zh: 编号, en: Number}}
      holder: {type: subject, to: enterprise, name: {zh: 持有人, en: Holder}}

Source: DESIGN §14 (subject); docs/topics/subjects.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pydantic import Field

from bihuan.declare.editions import short_digest
from bihuan.declare.fieldtype import FieldType
from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document, Step
from bihuan.declare.types import field_types
from bihuan.subjects.pure.cities import CityModel, faults_of_city
from bihuan.subjects.pure.derived import Derived
from bihuan.subjects.pure.recordings import MadeRows

LINK = ":"
"""Stands between the type and the name of a link: `enterprise:owner` is a type of facts of its own."""
ENDS = ("from", "to")
"""The two fields that every link has."""
MOST_FOUND = 8
"""Fields of a type that may be searched by; each costs an index entry for every version."""


class Choice(Strict):
    """One code of a code list."""

    code: str = Field(min_length=1, max_length=64)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class SubjectField(Strict):
    """One field.

    `find`: lists may be narrowed by it. `show`: it stands in lists. `personal`: it says something of a person, and
    `secret`: it must not be read by everybody; both are sealed and each look is logged. `to`: the value is the key of a
    subject of that type. `unit` belongs to numbers, `choices` to code lists.
    """

    type: Code
    name: Name
    required: bool = False
    find: bool = False
    show: bool = False
    personal: bool = False
    secret: bool = False
    to: Slug | None = None
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    about: Name | None = None

    @property
    def sealed(self) -> bool:
        """Whether its values are kept encrypted. Source: docs/topics/subjects.md, "Personal fields"."""
        return self.personal or self.secret


class SubjectLink(Strict):
    """A dated fact between two subjects: what it is called from either side, where it leads, what it carries."""

    to: Slug
    name: Name
    back: Name
    kind: Literal["control", "part_of", "downstream", "group", "plain"] = "plain"
    attributes: dict[Code, SubjectField] = Field(default_factory=dict)


class LifeState(Strict):
    """A state that follows from dates: it holds from the day in `since` until before the day in `until`.

    A field without a value: `since` has not come, `until` is not in sight. `lasts` names a field with a number of days:
    the state holds on `since` and so many days after it (a proof that expires). The first state that holds counts.
    """

    id: Code
    name: Name
    since: Code | None = None
    until: Code | None = None
    lasts: Code | None = None
    ended: bool = False


class Purpose(Strict):
    """Who may read: some of these roles, working for some of these programmes. An empty list does not narrow."""

    roles: tuple[Code, ...] = ()
    programmes: tuple[Slug, ...] = ()
    why: Name | None = None


class TypeRetention(Strict):
    """How long personal fields are kept after the subject has ended."""

    years: int = Field(ge=0, le=100)
    citation: str = Field(min_length=1)


class Upkeep(Strict):
    """Who may change a subject by hand, and whether a second person must agree."""

    roles: tuple[Code, ...] = ()
    second_person: bool = False


class AvailabilityRule(Strict):
    """State in time: the status and its codes that mean open; the fields of weekly hours and of capacity."""

    status: Code
    open: tuple[str, ...] = Field(min_length=1)
    hours: Code | None = None
    capacity: Code | None = None


class SubjectType(Strict):
    """One type of subjects, in force from the edition on."""

    id: Slug
    edition: str = Field(min_length=1)
    place: int = Field(ge=0, default=1000)
    name: Name
    about: Name
    key: Code
    title: Code | None = None
    geometry: Code | None = None
    fields: dict[Code, SubjectField] = Field(min_length=1)
    links: dict[Code, SubjectLink] = Field(default_factory=dict)
    states: tuple[LifeState, ...] = ()
    derived: dict[Code, Derived] = Field(default_factory=dict)
    identify: tuple[Code, ...] = ()
    purpose: Purpose | None = None
    retention: TypeRetention | None = None
    edit: Upkeep = Upkeep()
    availability: AvailabilityRule | None = None
    city: CityModel | None = None
    made: MadeRows | None = None
    fresh_days: int | None = Field(default=None, ge=1)
    source: str = ""

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of what the file says; how an edition is told from another.

        Source: docs/adr/0231 (digests are taken of the text that was written).
        """
        said = self.model_dump(mode="json", exclude=None if self.city else {"city"})  # as it was before there was one
        return short_digest(json.dumps(said, sort_keys=True, ensure_ascii=False))

    @property
    def fence(self) -> str:
        """The fence around its values: empty for none, else the type and a digest of its purpose.

        A purpose that is declared anew is a new fence: what was collected for the old one stays behind the old one.

        Source: docs/topics/subjects.md, "Personal fields".
        """
        if self.purpose is None or not (self.purpose.roles or self.purpose.programmes):
            return ""
        said = self.purpose.model_dump(mode="json", include={"roles", "programmes"})
        return f"{self.id}/{short_digest(json.dumps(said, sort_keys=True))}"

    @cached_property
    def asked(self) -> dict[str, AskedField]:
        """Every field as its field type wants to know it."""
        return {name: AskedField.of(name, rule) for name, rule in self.fields.items()}

    @cached_property
    def open_fields(self) -> tuple[str, ...]:
        """Fields that are kept in the clear. Source: docs/topics/subjects.md, "Personal fields"."""
        return tuple(name for name, rule in self.fields.items() if not rule.sealed)

    @cached_property
    def sealed_fields(self) -> tuple[str, ...]:
        """Fields that are kept encrypted. Source: docs/topics/subjects.md, "Personal fields"."""
        return tuple(name for name, rule in self.fields.items() if rule.sealed)

    @cached_property
    def found_by(self) -> tuple[str, ...]:
        """Fields that lists are narrowed by: those declared so, and those that lead to another subject.

        Source: docs/topics/subjects.md, "Who is who".
        """
        return tuple(name for name, rule in self.fields.items() if (rule.find or rule.to) and not rule.sealed)

    @property
    def shown(self) -> tuple[str, ...]:
        """Fields of a list: the key first, then those declared so; without any, the first three. Of a link all.

        Source: docs/topics/subjects.md, "Pages and API".
        """
        if not self.key:
            return tuple(self.fields)
        chosen = [name for name in self.open_fields if self.fields[name].show and name != self.key]
        return (self.key, *(chosen or [name for name in self.open_fields if name != self.key][:3]))

    @property
    def title_field(self) -> str:
        """The field that names a subject before people: `title`, else `name`, else the key.

        Source: docs/topics/subjects.md, "Pages and API".
        """
        return self.title or ("name" if "name" in self.fields else self.key)

    def link_types(self) -> Iterator[SubjectType]:
        """Each link as a type of facts with the fields `from`, `to` and its attributes.

        Source: docs/topics/subjects.md, "Links".
        """
        for name in self.links:
            yield self.link_type(name)

    def link_type(self, name: str) -> SubjectType:
        """A link as a type: its key is `FROM|TO`; it stands behind the same fence.

        Raises:
            KeyError: there is no such link.

        Source: docs/topics/subjects.md, "Links".
        """
        link = self.links[name]
        near = SubjectField(type="subject", name=self.name, required=True, to=self.id, find=True, show=True)
        far = SubjectField(type="subject", name=link.name, required=True, to=link.to, find=True, show=True)
        return SubjectType.model_construct(
            id=f"{self.id}{LINK}{name}", edition=self.edition, place=self.place, name=link.name, about=link.name,
            key="", title=None, geometry=None, fields={"from": near, "to": far, **link.attributes}, links={}, states=(),
            derived={}, identify=(),
            purpose=self.purpose, retention=self.retention, edit=self.edit, fresh_days=None, source=self.source,
        )  # fmt: skip


class AskedField(NamedTuple):
    """A declared field as `declare.fieldtype.Asked`."""

    name: str
    label: Name
    type: str
    required: bool
    choices: tuple[tuple[str, Choice], ...]
    unit: str = ""

    @staticmethod
    def of(name: str, rule: SubjectField) -> AskedField:
        """The field of a rule."""
        choices = tuple((choice.code, choice) for choice in rule.choices)
        return AskedField(name, rule.name, rule.type, rule.required, choices, rule.unit)

    @property
    def kind(self) -> FieldType:
        """Its type in the catalogue."""
        return field_types()[self.type]


def state_of(kind: SubjectType, values: Mapping[str, Any], day: str) -> LifeState | None:
    """The state of a subject on a day, or None when none is declared or holds.

    Args:
        values: Its values by field. day: As 2026-03-01.

    Source: docs/topics/subjects.md, "States follow from dates".
    """
    for state in kind.states:
        since = values.get(state.since) if state.since else ""
        until = values.get(state.until) if state.until else None
        if since is None or since > day or (until is not None and until <= day):
            continue
        if state.lasts is None or _lasts(since, values.get(state.lasts), day):
            return state
    return None


def _lasts(since: str, days: Any, day: str) -> bool:
    """Whether so many days after `since` have not passed; without a number nothing lasts."""
    return days is not None and (date.fromisoformat(day) - date.fromisoformat(since)).days <= int(days)


def read_type(document: Document) -> SubjectType:
    """Return the type that a file declares.

    Raises:
        DeclarationError: with every fault, each with file, line, field, rule and remedy.

    Source: docs/topics/subjects.md, "A new type".
    """
    kind = validated(document, SubjectType)
    problems = [document.problem(steps, what, rule, remedy) for steps, what, rule, remedy in _faults(kind)]
    if problems:
        raise DeclarationError(problems)
    return kind


def unknown_targets(types: Mapping[str, tuple[SubjectType, Document]]) -> list[Problem]:
    """Links and fields that lead to a type that nobody declares. Source: docs/topics/subjects.md, "A new type"."""
    found: list[Problem] = []
    for kind, document in types.values():
        ends = [(("fields", name, "to"), rule.to) for name, rule in kind.fields.items() if rule.to]
        ends += [(("links", name, "to"), link.to) for name, link in kind.links.items()]
        for steps, to in ends:
            if to not in types:
                known = ", ".join(sorted(types))
                rule, remedy = "a link leads to a declared type", f"use one of: {known}"
                found.append(document.problem(steps, f"there is no type {to!r}", rule, remedy))
    return found


COUNTED = ("count", "number")
_NONE = SubjectField(type="text", name=Name(zh="无", en="none"))
type _Fault = tuple[tuple[Step, ...], str, str, str]


def _faults(kind: SubjectType) -> Iterator[_Fault]:
    yield from _of_key(kind)
    for name, rule in kind.fields.items():
        yield from _of_field(("fields", name), name, rule)
    for link_name, link in kind.links.items():
        for name, rule in link.attributes.items():
            steps = ("links", link_name, "attributes", name)
            yield from _of_field(steps, name, rule)
            if name in ENDS or rule.sealed:
                yield (
                    steps, f"{name!r} cannot be an attribute", "from and to are taken; links seal nothing", "rename it",
                )  # fmt: skip
    for place, state in enumerate(kind.states):
        for end in ("since", "until"):
            named = getattr(state, end)
            if named and (named not in kind.fields or kind.fields[named].type != "date"):
                yield (
                    ("states", place, end), f"{named!r} is no date of this type", "states follow from dates",
                    "name a field of type date",
                )  # fmt: skip
        if state.lasts and (state.since is None or kind.fields.get(state.lasts, _NONE).type not in COUNTED):
            yield (
                ("states", place, "lasts"), f"{state.lasts!r} is no number of days after a day",
                "`lasts` names a field of type count or number, beside `since`", "correct it",
            )  # fmt: skip
    for name in kind.identify:
        if name not in kind.found_by:
            yield (
                ("identify",), f"{name!r} is not to be found by", "an identifier of another source is searched for",
                f"declare {name!r} with `find: true`",
            )  # fmt: skip
    for part in ("status", "hours", "capacity"):
        named = getattr(kind.availability, part) if kind.availability else None
        if named and named not in kind.open_fields:
            yield (
                ("availability", part), f"{named!r} is no open field", "state in time stands in fields of the type",
                f"declare {named!r}",
            )  # fmt: skip
    if kind.city is not None:
        yield from faults_of_city(kind.city, kind.fields, kind.geometry)
    if len(kind.found_by) > MOST_FOUND:
        yield (
            ("fields",), f"{len(kind.found_by)} fields are to be found by", f"at most {MOST_FOUND}",
            "remove `find: true` from some",
        )  # fmt: skip


def _of_key(kind: SubjectType) -> Iterator[_Fault]:
    rule = kind.fields.get(kind.key)
    if rule is None:
        yield ("key",), f"{kind.key!r} is no field", "the key is one of the fields", f"declare {kind.key!r}"
    elif rule.sealed:
        yield ("key",), "the key is sealed", "a key stands in addresses and links", "choose a number of the register"
    for part in ("title", "geometry"):
        named = getattr(kind, part)
        if named and named not in kind.fields:
            yield (part,), f"{named!r} is no field", f"{part} is one of the fields", f"declare {named!r}"


def _of_field(steps: tuple[Step, ...], name: str, rule: SubjectField) -> Iterator[_Fault]:
    known = field_types()
    if rule.type not in known:
        said = f"one of {', '.join(known)}"
        yield (*steps, "type"), f"there is no field type {rule.type!r}", said, "use one of these"
        return
    if rule.type == "citizen_id" and not rule.personal:
        yield (*steps, "type"), "a citizen's number is personal", "it is sealed", "add `personal: true`"
    if rule.sealed and (rule.find or rule.to):
        yield steps, f"{name!r} is sealed and to be found by", "what is sealed is not searched", "remove one of the two"
    if rule.type == "choice" and not rule.choices:
        yield steps, f"{name!r} has no choices", "a code list has codes", "add `choices:` with code, zh and en"
    if rule.to is not None and rule.type != "subject":
        yield (*steps, "type"), f"{name!r} leads to a subject", "its type is subject", "write `type: subject`"
