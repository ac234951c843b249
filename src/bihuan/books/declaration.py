"""A book as a declared file: `PROGRAMME/books/NAME.yaml`. Pure, no Django.

    book: authority
    name: {zh: 预算指标账, en: Budget authority}
    units: {CNY: {name: {zh: 元, en: yuan}, scale: 2}}
    accounts:
      granted: {name: {zh: 已批复, en: Granted}, normal: debit, unit: CNY, floor: 0, subject: line}
    entries:
      grant: {name: …, lines: [{debit: granted, subject: line}, {credit: appropriated}]}
    rules: [{on: verified, entry: grant, values: {amount: amount, line: budget_line}}]

An account with `subject` has one standing per subject, written `granted:line-7`. A line without `amount` moves the
value `amount`; other lines name the value they move. Source: DESIGN §14; docs/adr/0260-books.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bihuan.books.pure.amounts import DEEPEST_SCALE, read_amount
from bihuan.declare.editions import short_digest
from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.loop.kernel.table import table
from bihuan.rules.journal import ORDER, Reason

FOLDER = "books"
AMOUNT = "amount"
"""The value that a line moves which names none."""

UnitCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,23}$", examples=["CNY", "kg"])]


class BookUnit(Strict):
    """What is counted, and how finely: `scale` decimals (2 for fen, 3 for grams in kg, 0 for pieces)."""

    name: Name
    scale: int = Field(ge=0, le=DEEPEST_SCALE, default=0)


class BookAccount(Strict):
    """An account: its normal side, its unit, what its subjects are, and the bounds of its balance.

    `floor` and `ceiling` are balances on the normal side, in the unit; absent: none. What is reserved counts.
    """

    name: Name
    normal: Literal["debit", "credit"]
    unit: UnitCode
    subject: Code | None = None
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    source: bool = False  # what a chain of references must reach (provenance)
    traced: bool = False  # what leaves here must rest on a source


class EntryLine(Strict):
    """One line of a kind of entry: the account of one side, the value that says its subject, the value it moves."""

    debit: Code | None = None
    credit: Code | None = None
    subject: Code | None = None
    amount: Code = AMOUNT

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.debit is None) == (self.credit is None):
            raise ValueError("a line has a debit account or a credit account, one of the two")
        return self

    @property
    def account(self) -> str:
        """The account, whichever side it is on."""
        return self.debit or self.credit or ""


class EntryKind(Strict):
    """What an entry of a kind always says."""

    name: Name
    lines: tuple[EntryLine, ...] = Field(min_length=2)
    needs_ref: bool = False  # it rests on an earlier entry, which must be named


class PostingRule(Strict):
    """An event of the programme's loop that becomes an entry, once.

    `on`: the kind of event; `when`: values its data must have; `entry`: the kind of entry; `values`: from where in the
    event's data each value of the lines is taken (a name, `kept.NAME` of the opening's form, or `=literal`); `said`:
    only where these values are said and not zero; `at_once`: in the transaction of the event; where the book refuses,
    the step is refused.
    """

    on: Code
    when: dict[Code, str | int | bool] = Field(default_factory=dict)
    entry: Code
    values: dict[Code, str] = Field(default_factory=dict)
    said: tuple[Code, ...] = ()
    at_once: bool = False


class PeriodEnd(Strict):
    """What becomes of what an account still holds when a period ends: one entry for each of its standings.

    `entry`: the kind that is posted on the last day; `value`: the value of its lines that says the subject; `then`: the
    kind that is posted on the day after, with the same subject and amount (what is carried over comes back).
    """

    account: Code
    entry: Code
    value: Code | None = None
    then: Code | None = None


class IntervalKind(Strict):
    """A resource that is reserved by time: a hall, a yard, a vehicle; nobody has it while somebody else does.

    `subject`: what its resources are; `before`, `after`: minutes that belong to a reservation for setting up and taking
    down; `hold`: minutes after which one that nobody confirms has expired.
    """

    name: Name
    subject: Code
    before: int = Field(ge=0, le=10_080, default=0)
    after: int = Field(ge=0, le=10_080, default=0)
    hold: int | None = Field(ge=1, le=525_600, default=None)


class NoShowRule(Strict):
    """The house's rule for who does not come: `table` says for how many days, by the `misses` within so many days.

    It ends by itself, and `appeal` says to whom it can be put.
    """

    table: Code
    within: int = Field(ge=1, le=3660)
    appeal: Name


class PassAsked(Strict):
    """Passes that anybody asks for on a page from `opens` to `closes`, at most `most` of them: fields of the subject.

    `drawn`: a field and its value with which a draw decides after `closes`; otherwise who comes first is served, and
    who comes later waits.
    """

    opens: Code
    closes: Code
    most: Code
    drawn: tuple[Code, str] | None = None
    no_show: NoShowRule | None = None


class PassSurvey(Strict):
    """A survey of whoever was let in: `form` asks it for `days`; a mean is shown from `least` answers on."""

    form: Slug
    days: int = Field(ge=1, le=366, default=14)
    least: int = Field(ge=1, le=1000, default=5)


class PassKind(Strict):
    """A pass to something: whoever has an entry of the kind `entry` shows its code and is let in once.

    `value`: the value of the entries that says to what. `about`: the type of subjects of that; `title`, `starts`,
    `ends`, `place`, `ended` its fields. `admit`, `back`, `miss`: entries that end a pass at the door, before it, after
    it. `early`: minutes before the start from which the door lets in; `until`: until which one gives back. `asked`: how
    anybody may ask for one. `survey`: what whoever was let in is asked afterwards.
    """

    name: Name
    entry: Code
    value: Code
    about: Slug
    starts: Code
    admit: Code
    title: Code = "name"
    ends: Code | None = None
    place: Code | None = None
    ended: Code | None = None
    back: Code | None = None
    miss: Code | None = None
    early: int = Field(ge=0, le=10_080, default=120)
    until: int = Field(ge=0, le=525_600, default=0)
    asked: PassAsked | None = None
    survey: PassSurvey | None = None


class PublishedAccount(Strict):
    """An account that is published as fiscal data: what it held for each subject, under columns taken from a register.

    `account`: kept for subjects of the type `about`; `columns`: a field of it → what the column is in Fiscal Data
    Package terms (`functional-classification:generic:code`, `date:fiscal-year` …).
    """

    name: Name
    account: Code
    about: Slug
    columns: dict[Code, Annotated[str, Field(pattern=r"^[a-z-]+(:[a-z0-9-]+)*$")]] = Field(min_length=1)


class BookDeclaration(Strict):
    """A book. `refusals`: the order in which reasons for a refusal are looked for; absent: the house's."""

    book: Slug
    name: Name
    units: dict[UnitCode, BookUnit] = Field(min_length=1)
    accounts: dict[Code, BookAccount] = Field(min_length=2)
    entries: dict[Code, EntryKind] = Field(default_factory=dict)
    rules: tuple[PostingRule, ...] = ()
    periods: Literal["year", "month", "none"] = "year"
    period_end: tuple[PeriodEnd, ...] = ()
    intervals: dict[Code, IntervalKind] = Field(default_factory=dict)
    passes: dict[Code, PassKind] = Field(default_factory=dict)
    publishes: dict[Code, PublishedAccount] = Field(default_factory=dict)
    refusals: tuple[Reason, ...] = ORDER

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the content."""
        return short_digest(json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False))

    def scale(self, unit: str) -> int:
        """Decimals of a unit; 0 for one that the book does not know."""
        found = self.units.get(unit)
        return found.scale if found else 0

    def bound(self, account: str, which: Literal["floor", "ceiling"]) -> int | None:
        """A bound of an account in smallest units; None for none."""
        found = self.accounts[account]
        value: Decimal | None = getattr(found, which)
        return None if value is None else read_amount(f"{value:f}", self.scale(found.unit))


def load_book(path: Path) -> BookDeclaration:
    """Return the validated book of a file.

    Raises:
        DeclarationError: with every problem, each with file, line, field, rule and remedy.
    """
    document = Document(path)
    found = validated(document, BookDeclaration)
    problems = list(_problems(document, found))
    if problems:
        raise DeclarationError(problems)
    return found


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a book's file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **BookDeclaration.model_json_schema()}


def _problems(document: Document, book: BookDeclaration) -> Iterator[Problem]:
    yield from _account_problems(document, book)
    for kind, entry in book.entries.items():
        yield from _entry_problems(document, book, kind, entry)
    for number, rule in enumerate(book.rules):
        yield from _rule_problems(document, book, number, rule)
    for number, end in enumerate(book.period_end):
        yield from _end_problems(document, book, number, end)
    for title, told in book.publishes.items():
        found = book.accounts.get(told.account)
        if found is None or found.subject is None:
            yield document.problem(
                ["publishes", title, "account"], f"{told.account!r} is no account that is kept for subjects",
                "what is published stands under columns of a register", f"one of {', '.join(book.accounts)}",
            )  # fmt: skip
    for name, each in book.passes.items():
        yield from _pass_problems(document, book, name, each)
    if sorted(book.refusals) != sorted(ORDER):
        yield document.problem(
            ["refusals"], "the order leaves a reason out or names one twice", "each reason stands once",
            f"list each of {', '.join(ORDER)}",
        )  # fmt: skip


def _account_problems(document: Document, book: BookDeclaration) -> Iterator[Problem]:
    for name, account in book.accounts.items():
        at: list[str | int] = ["accounts", name]
        if account.unit not in book.units:
            known = ", ".join(book.units)
            yield document.problem(
                [*at, "unit"], f"{account.unit!r} is not declared", "units are declared", f"one of {known}"
            )
            continue
        for which, sign in (("floor", -1), ("ceiling", 1)):
            value: Decimal | None = getattr(account, which)
            if value is None:
                continue
            if read_amount(f"{value:f}", book.scale(account.unit)) is None:
                yield document.problem(
                    [*at, which], f"{value} is finer than the unit", f"at most {book.scale(account.unit)} decimals",
                    "round it, or give the unit a larger scale",
                )  # fmt: skip
            elif value * sign < 0:
                yield document.problem(
                    [*at, which], f"an empty account is outside {value}", "an account begins with nothing in it",
                    "floor: 0 or less, ceiling: 0 or more",
                )  # fmt: skip


def _entry_problems(document: Document, book: BookDeclaration, kind: str, entry: EntryKind) -> Iterator[Problem]:
    moved: dict[str, dict[str, int]] = {}
    for number, line in enumerate(entry.lines):
        at: list[str | int] = ["entries", kind, "lines", number]
        account = book.accounts.get(line.account)
        if account is None:
            remedy = f"one of {', '.join(book.accounts)}"
            yield document.problem(at, f"there is no account {line.account!r}", "lines name declared accounts", remedy)
            continue
        if (account.subject is None) != (line.subject is None):
            remedy = "remove `subject:`" if account.subject is None else f"add `subject: {account.subject}`"
            rule = "an account with subjects is always written with one, another never"
            yield document.problem(at, f"{line.account!r} and its subject do not agree", rule, remedy)
        sums = moved.setdefault(account.unit, {})
        sums[line.amount] = sums.get(line.amount, 0) + (1 if line.debit else -1)
    for unit, sums in moved.items():
        if len(sums) == 1 and any(sums.values()):
            yield document.problem(
                ["entries", kind, "lines"], f"the lines can never balance in {unit}", "Σ = 0 per entry and unit",
                "debit and credit the same value equally often",
            )  # fmt: skip


def _rule_problems(document: Document, book: BookDeclaration, number: int, rule: PostingRule) -> Iterator[Problem]:
    at: list[str | int] = ["rules", number]
    if rule.on not in table().kinds:
        near = ", ".join(get_close_matches(rule.on, table().kinds)) or "see docs/reference/events.md"
        yield document.problem([*at, "on"], f"no event is called {rule.on!r}", "rules follow events of the loop", near)
    kind = book.entries.get(rule.entry)
    if kind is None:
        remedy = f"one of {', '.join(book.entries) or '(none declared)'}"
        yield document.problem(
            [*at, "entry"], f"there is no entry {rule.entry!r}", "rules post declared entries", remedy
        )
        return
    wanted = {name for line in kind.lines for name in (line.amount, line.subject) if name} | set(rule.said)
    for name in sorted(wanted - set(rule.values)):
        yield document.problem(
            [*at, "values"], f"nothing says {name!r}", "a rule gives every value that its entry's lines name",
            f"add `{name}: FIELD` (a field of the event, or `=literal`)",
        )  # fmt: skip


def _end_problems(document: Document, book: BookDeclaration, number: int, end: PeriodEnd) -> Iterator[Problem]:
    at: list[str | int] = ["period_end", number]
    if end.account not in book.accounts:
        remedy = f"one of {', '.join(book.accounts)}"
        yield document.problem(
            [*at, "account"], f"there is no account {end.account!r}", "accounts are declared", remedy
        )
        return
    for field, kind in (("entry", end.entry), ("then", end.then)):
        declared = book.entries.get(kind) if kind else None
        if kind is not None and declared is None:
            remedy = f"one of {', '.join(book.entries)}"
            yield document.problem([*at, field], f"there is no entry {kind!r}", "kinds of entries are declared", remedy)
        elif declared is not None and not _moves_all(declared, end):
            yield document.problem(
                [*at, field], f"{kind!r} does not move {end.account!r} for each of its subjects",
                "its lines name the account, the one value `amount`, and as subject only `value`",
                f"a line with {end.account!r}, and `value:` as its lines call the subject",
            )  # fmt: skip


def _pass_problems(document: Document, book: BookDeclaration, name: str, declared: PassKind) -> Iterator[Problem]:
    for field, kind in (
        ("entry", declared.entry),
        ("admit", declared.admit),
        ("back", declared.back),
        ("miss", declared.miss),
    ):
        entry = book.entries.get(kind) if kind else None
        if kind is not None and entry is None:
            remedy = f"one of {', '.join(book.entries)}"
            yield document.problem(
                ["passes", name, field], f"there is no entry {kind!r}", "kinds of entries are declared", remedy
            )
        elif entry is not None and any(line.amount != AMOUNT or line.subject != declared.value for line in entry.lines):
            yield document.problem(
                ["passes", name, field], f"{kind!r} does not move {AMOUNT!r} of one {declared.value!r}",
                "its lines name the one value `amount`, and as subject only `value`", "as the book's entries say it",
            )  # fmt: skip


def _moves_all(kind: EntryKind, end: PeriodEnd) -> bool:
    return (
        any(line.account == end.account for line in kind.lines)
        and all(line.amount == AMOUNT and line.subject in (None, end.value) for line in kind.lines)
        and not kind.needs_ref
    )
