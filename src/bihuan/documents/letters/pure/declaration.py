"""A letter as a declared file: `PROGRAMME/letters/NAME.yaml`. Pure, no Django.

    letter: put-right
    name: {zh: 责令限期整改通知书, en: Order to put right}
    authority: {zh: 示范区应急管理局, en: Model District Emergency Office}
    occasion: {event: dispatched}
    addressee: {to: subject, type: enterprise, key: firm}
    facts:
      firm: {name: {zh: 单位, en: Firm}, type: text, from: {event: firm}}
      days: {name: {zh: 期限, en: Term}, type: count, from: {table: hazard.term, output: days, inputs: {grade: grade}}}
    basis: [{law: …, article: {zh: 第四十一条, en: Article 41}, edition: "2021", citation: …, verified: true}]
    decision: {zh: 责令…, en: …}
    officer: officer
    remedies: [{kind: review, name: …, to: …, term: {table: review.term, output: days, moves: true}}]
    number: {zh: "应急责改〔{year}〕{count}号", en: "…"}
    texts: {zh: …, en: …}

Source: DESIGN §14 (document); docs/topics/letters.md.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bihuan.declare.editions import short_digest
from bihuan.declare.model import Code, Name, Slug, Strict

FOLDER = "letters"
LANGUAGES = ("zh", "en")
STANDING = ("number", "dated", "authority", "addressee", "case")
"""Facts that every letter has without declaring them; `until_KIND` is the last day of a remedy."""
UNTIL = "until_"
ORIGINS = ("event", "opened", "case", "subject", "table", "given")
"""Where a fact may come from."""

TermUnit = Literal["days", "working_days", "months", "years"]
Way = Literal["page", "mail", "post", "webhook"]
Text = Annotated[str, Field(min_length=1)]


class BothTexts(Strict):
    """The same text in both languages, each of the closed language of letters."""

    zh: Text
    en: Text

    def of(self, language: str) -> str:
        """Return the text of a language."""
        return self.zh if language == "zh" else self.en


class LetterChoice(Strict):
    """One code of a fact with its words."""

    code: str = Field(min_length=1, max_length=64)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class FactOrigin(Strict):
    """Where a fact comes from: exactly one of them.

    `event`: a value of the event's data, by its dotted path. `opened`: the same of what the case opened with
    (`fields.reason`, `about.values.name`). `case`: a field of the case. `subject`: TYPE.FIELD of the subject whose key
    `key` says, as of the letter's day or of the date fact `on`. `table`: the answer of a rule table (`output`;
    `inputs`: from facts, or `=literal`). `given`: whoever writes the letter says it.
    """

    event: str | None = None
    opened: str | None = None
    case: Code | None = None
    subject: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*$", examples=["site.name"])
    table: str | None = None
    given: Literal[True] | None = None
    key: Code | None = None
    on: Code | None = None
    output: Code | None = None
    inputs: dict[Code, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = [name for name in ORIGINS if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(f"a fact comes from one of {', '.join(ORIGINS)}")
        if (self.subject is None) != (self.key is None):
            raise ValueError("`key` names the fact that says which subject; it belongs to `subject` alone")
        return self

    @property
    def kind(self) -> str:
        """Which of them."""
        return next(name for name in ORIGINS if getattr(self, name) is not None)


class FactColumn(Strict):
    """One column of a table fact."""

    name: Name
    type: Code = "text"
    format: Code | None = None
    choices: tuple[LetterChoice, ...] = ()


class LetterFact(Strict):
    """One fact: its type of the catalogue, where it comes from, how it reads, whether the letter can do without it."""

    name: Name
    type: Code = "text"
    origin: FactOrigin = Field(alias="from")
    required: bool = True
    format: Code | None = None
    choices: tuple[LetterChoice, ...] = ()
    columns: dict[Code, FactColumn] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _columns(self) -> Self:
        if (self.type == "table") != bool(self.columns):
            raise ValueError("a fact of type table has `columns`, and only such a one")
        return self


class LegalBasis(Strict):
    """An article in its edition; or `table`: the fact whose row of a rule table is cited. `when`: a fact it needs."""

    law: Name | None = None
    article: Name | None = None
    edition: str = ""
    citation: str = ""
    verified: bool = False
    table: Code | None = None
    when: Code | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.table is None and not (self.law and self.article and self.edition and self.citation):
            raise ValueError("a basis has law, article, edition and citation, or names the fact of a table")
        return self


class RemedyTerm(Strict):
    """How long a remedy lasts: an amount of a unit, said here or by a rule table, after a day that is not counted.

    `after`: a date fact, or `dated`. `moves`: a last day that is no working day moves on to the next one; or the
    table's output that says so.
    """

    amount: int | None = Field(default=None, ge=1, le=36_500)
    unit: TermUnit = "days"
    table: str | None = None
    output: Code = "days"
    inputs: dict[Code, str] = Field(default_factory=dict)
    after: Code = "dated"
    moves: bool | Code = False
    citation: str = ""
    edition: str = ""
    verified: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.amount is None) == (self.table is None):
            raise ValueError("a term has an amount of its own or is taken from a table, one of the two")
        if self.amount is not None and not self.citation:
            raise ValueError("a term that is not from a table needs a `citation`")
        return self


class Remedy(Strict):
    """What somebody who disagrees may do, where, and until which day; `text` in place of the usual sentence."""

    kind: Code
    name: Name
    to: Name
    term: RemedyTerm
    text: BothTexts | None = None


class Occasion(Strict):
    """What a letter is written after: one of them; none of them: by hand.

    `event`: a kind of event of the programme's loop (`cases`: of these types of cases; `when`: values its data has).
    `incident`: a rule of a `series`; `entry`: a kind of entry of `book`; `form`: by its name. `watch`: by its name,
    when an incident of it is opened (a case or a reminder), clears or is retracted (`on`, also of a series); `case`:
    the field of the subject that says the number of the case that the letter is about, or `key`, where the watch opens
    none.
    """

    event: Code | None = None
    cases: tuple[Code, ...] = ()
    when: dict[Code, str | int | bool] = Field(default_factory=dict)
    incident: Code | None = None
    series: Slug | None = None
    entry: Code | None = None
    book: Slug | None = None
    watch: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_-]*$", examples=["permit_soon"])
    on: Literal["opened", "cleared", "retracted"] = "opened"
    case: Code | None = None
    form: Slug | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = [n for n in ("event", "incident", "entry", "watch", "form") if getattr(self, n) is not None]
        if len(named) > 1:
            raise ValueError("a letter has one occasion: event, incident, entry, watch or form")
        if (self.entry is None) != (self.book is None):
            raise ValueError("`entry` and `book` belong together")
        if (self.incident is None) != (self.series is None):
            raise ValueError("`incident` and `series` belong together")
        if self.watch is None and self.case is not None:
            raise ValueError("`on` and `case` belong to the occasion of a `watch`")
        if self.watch is None and self.incident is None and self.on != "opened":
            raise ValueError("`on` and `case` belong to the occasion of a `watch`, `on` also to that of an `incident`")
        return self

    @property
    def kind(self) -> str:
        """Which of them; `hand` for none."""
        named = ("event", "incident", "entry", "watch", "form")
        return next((name for name in named if getattr(self, name) is not None), "hand")


class Addressee(Strict):
    """Whom it goes to: the case's reporter, the holder's unit, a subject (`type`, and the fact that says its key), the
    `passes` of a `book` to what the fact `key` says (each holder one), or whoever the writer names. `name` and
    `address`: fields of the subject's type. `may_be_unknown`: while nobody is known (an outlet whose firm has not been
    found yet) no letter is due, and nothing is set aside.
    """

    to: Literal["reporter", "unit", "subject", "passes", "given"] = "given"
    type: Slug | None = None
    book: Slug | None = None
    key: Code | None = None
    name: Code = "name"
    address: Code = "address"
    may_be_unknown: bool = False

    @model_validator(mode="after")
    def _subject(self) -> Self:
        if (self.to == "subject") != (self.type is not None):
            raise ValueError("an addressee that is a subject has `type` and `key`, and only such a one")
        if (self.to == "passes") != (self.book is not None):
            raise ValueError("holders of passes have `book` and `key`, and only they")
        if (self.to in ("subject", "passes")) != (self.key is not None):
            raise ValueError("`key` names the fact that says which subject; it belongs to a subject and to passes")
        if self.may_be_unknown and self.to != "subject":
            raise ValueError("`may_be_unknown` is said of a subject that a register may not name yet")
        return self


class LetterDeclaration(Strict):
    """A letter. `informs`: it decides nothing, so it needs neither decision nor remedy; the basis stays."""

    letter: Slug
    name: Name
    authority: Name
    occasion: Occasion = Occasion()
    addressee: Addressee = Addressee()
    facts: dict[Code, LetterFact] = Field(default_factory=dict)
    basis: tuple[LegalBasis, ...] = Field(min_length=1)
    decision: BothTexts | None = None
    officer: Code = "officer"
    remedies: tuple[Remedy, ...] = ()
    informs: bool = False
    number: BothTexts
    delivery: tuple[Way, ...] = Field(default=("page",), min_length=1)
    texts: BothTexts

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if not self.informs and (self.decision is None or not self.remedies):
            raise ValueError(
                "a letter that decides has a `decision` and `remedies`; one that does not: `informs: true`"
            )
        if len({each.kind for each in self.remedies}) != len(self.remedies):
            raise ValueError("two remedies of one kind")
        return self

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the content: the edition that a sent letter names."""
        return short_digest(json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False))

    def standing(self) -> tuple[str, ...]:
        """Names that its texts may use without declaring them."""
        return (*STANDING, *(UNTIL + each.kind for each in self.remedies))


def plain_schema() -> dict[str, Any]:
    """Return the JSON Schema of a letter's file. Source: JSON Schema 2020-12."""
    return LetterDeclaration.model_json_schema(by_alias=True)
