"""A form as a declared file: `PROGRAMME/forms/NAME.yaml`. Pure, no Django.

    form: street-stall
    edition: "2026-01"
    name: {zh: 临时占道申请, en: Street stall}
    about: {zh: …, en: …}
    fields:
      firm: {type: credit_code, name: {zh: 统一社会信用代码, en: Credit code}, required: true, open: true}
      firm_name:
        {type: text, name: {zh: 名称, en: Name}, required: true, source: {register: enterprise, by: firm, field: name}}
      kind: {type: choice, name: …, required: true, open: true, choices: [{code: food, zh: 食品, en: Food}, …]}
      licence:
        {type: file, name: …, required: true, show: [{field: kind, equals: food}], issuer: {register: permit, by: firm}}
      issued: {type: date, name: …, lasts: {months: 6, warn: 14}}
    steps: [{id: who, name: …, fields: [firm, firm_name]}, {id: what, name: …, fields: [kind, licence, issued]}]
    declarations: [{id: true_words, text: {zh: …, en: …}, sign: name, basis: …}]
    through: {door: intake.receive, case: request, values: {title: kind, text: firm_name, name: firm_name}}

Source: DESIGN §14 (document); docs/adr/0279-forms.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from bihuan.declare.editions import short_digest
from bihuan.declare.fieldtype import FieldType
from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.declare.types import field_types
from bihuan.rules.terms import LONGEST, UNITS, Term

FOLDER = "forms"
ATTACHED = ("file", "photo")
"""Types whose answer is an upload, kept under its hash; never a value."""
NOT_ASKED = ("article", "form", "indicator", "origin", "person", "signature")
"""Types of commands and programmes, which somebody from outside cannot know."""
MOST_FILES = 10
LITERAL = "="
"""Stands before a value of `through` that is no field's name."""
ALL = "*"
"""In place of a field: every answer that says nothing of a person, a line each."""


class ShowCondition(Strict):
    """One condition of showing: a field equals a value, is one of some, or has been answered (or not)."""

    field: Code
    equals: str | int | bool | None = None
    among: tuple[str | int, ...] | None = Field(default=None, alias="in")
    present: bool | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.equals, self.among, self.present)) != 1:
            raise ValueError("a condition says one of equals, in, present")
        return self

    def holds(self, value: Any) -> bool:
        """Whether it holds of a field's value; None: the field was not answered, or not asked.

        Source: docs/adr/0279 (conditions are closed: equals, in, present)
        """
        if self.present is not None:
            return (value is not None) is self.present
        if self.among is not None:
            return value in self.among
        return type(value) is type(self.equals) and bool(value == self.equals)


class FormChoice(Strict):
    """One code of a code list."""

    code: str = Field(min_length=1, max_length=64)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class PrefillSource(Strict):
    """Where a value is taken from instead of being asked: a field of the subject whose key the field `by` says.

    `shown`: anybody who writes the key may read the value; absent: it is taken when the form is sent, unseen.
    """

    kind: Slug = Field(alias="register")
    by: Code
    field: Code
    shown: bool = False


class Issuer(Strict):
    """Who issues a paper: a register. While it is connected the paper is never asked for.

    `by`: the field that says the subject's key; `state`: states of the subject in which the paper counts; empty: all.
    """

    kind: Slug = Field(alias="register")
    by: Code
    state: tuple[Code, ...] = ()


class Picked(Strict):
    """The register whose subjects are offered: the answer is the key of one of them. `where`: what its fields say."""

    kind: Slug = Field(alias="register")
    where: dict[Code, str] = Field(default_factory=dict)


class Lasts(Strict):
    """For how long a proof holds from the day in this field; it must still hold when the form is sent."""

    days: int | None = Field(default=None, ge=0, le=LONGEST)
    working_days: int | None = Field(default=None, ge=0, le=LONGEST)
    months: int | None = Field(default=None, ge=0, le=1200)
    years: int | None = Field(default=None, ge=0, le=100)
    warn: int = Field(default=0, ge=0, le=LONGEST)
    citation: str = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, unit) is not None for unit in UNITS) != 1:
            raise ValueError(f"a proof holds for one of {', '.join(UNITS)}")
        return self

    @property
    def term(self) -> Term:
        """The term. Source: docs/adr/0278 (a proof holds for a term)."""
        unit = next(unit for unit in UNITS if getattr(self, unit) is not None)
        return Term(getattr(self, unit), unit, citizen=True, warn=self.warn, citation=self.citation)


class FormField(Strict):
    """One field.

    `open`: kept in the clear too, for lists and figures; all else is kept sealed. `personal`: it says something of a
    person. `at_least`, `at_most`: bounds of a number. `most`: how many files. `show`: all of these must hold.
    `pick`: a code out of a register.
    """

    type: Code
    name: Name
    about: Name | None = None
    required: bool = False
    open: bool = False
    personal: bool = False
    unit: str = ""
    choices: tuple[FormChoice, ...] = ()
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    most: int = Field(default=1, ge=1, le=MOST_FILES)
    show: tuple[ShowCondition, ...] = ()
    source: PrefillSource | None = None
    issuer: Issuer | None = None
    lasts: Lasts | None = None
    pick: Picked | None = None

    @property
    def attached(self) -> bool:
        """Whether its answer is an upload."""
        return self.type in ATTACHED


class FormStep(Strict):
    """One step: the fields that are asked together."""

    id: Code
    name: Name
    about: Name | None = None
    fields: tuple[Code, ...] = Field(min_length=1)


class Signed(Strict):
    """A declaration to be signed (告知承诺): by a tick, or by writing one's full name."""

    id: Code
    text: Name
    sign: Literal["tick", "name"] = "tick"
    required: bool = True
    basis: str = ""


class Through(Strict):
    """Where a sent form goes: a door of the house, and what each of its values is: a field's, or `=literal`."""

    door: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$", examples=["intake.receive"])]
    programme: Slug | None = None
    case: Code
    values: dict[str, str] = Field(default_factory=dict)


class FormRetention(Strict):
    """How long what was sent is kept, from the day it was sent."""

    days: int = Field(ge=1, le=LONGEST)
    citation: str = Field(min_length=1)


class FormDeclaration(Strict):
    """A form, in force from the edition on. `who`: anybody, people who work for the district, or the reporter of a case
    of the programme, who has opened it by number and access code; `own` then names the field with the case's number.
    """

    form: Slug
    edition: str = Field(min_length=1)
    place: int = Field(ge=0, default=1000)
    name: Name
    about: Name
    who: Literal["anybody", "staff", "reporter"] = "anybody"
    own: Code | None = None
    minutes: int = Field(default=10, ge=1, le=240)
    fields: dict[Code, FormField] = Field(min_length=1)
    steps: tuple[FormStep, ...] = Field(min_length=1)
    declarations: tuple[Signed, ...] = ()
    through: Through
    draft_days: int = Field(default=30, ge=1, le=365)
    retention: FormRetention
    basis: str = ""

    @cached_property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the content; how an edition is told from another."""
        return short_digest(json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Every field in the order in which it is asked."""
        return tuple(name for step in self.steps for name in step.fields)

    @cached_property
    def asked(self) -> dict[str, AskedOfForm]:
        """Every field as its type wants to know it."""
        return {name: AskedOfForm.of(name, rule) for name, rule in self.fields.items()}

    def named(self, name: str) -> Iterator[str]:
        """Yield the fields whose answer says which subject a field asks a register about."""
        rule = self.fields[name]
        if rule.source is not None:
            yield rule.source.by
        if rule.issuer is not None:
            yield rule.issuer.by


class AskedOfForm(NamedTuple):
    """A declared field as `declare.fieldtype.Asked`."""

    name: str
    label: Name
    type: str
    required: bool
    choices: tuple[tuple[str, FormChoice], ...]
    unit: str = ""

    @staticmethod
    def of(name: str, rule: FormField) -> AskedOfForm:
        """Return the field of a rule. Source: docs/adr/0231 (a type knows the least of its field)."""
        return AskedOfForm(
            name, rule.name, rule.type, rule.required, tuple((c.code, c) for c in rule.choices), rule.unit
        )

    @property
    def kind(self) -> FieldType:
        """Its type in the catalogue."""
        return field_types()[self.type]
