"""A policy as a declared file: `PROGRAMME/clauses/ID.yaml`. Pure.

    id: rent-relief
    edition: "2026-01"
    name: {zh: 房租补贴, en: Rent relief}
    about: {zh: …, en: …}
    from: 2026-01-01
    alternatives:
      small:
        - {id: size, field: employees, at_most: 50, text: {zh: …, en: …}, citation: 第三条}
    amount: {fixed: 20000.00}
    budget: {book: policy-budget, entry: grant, line: L-07}

A clause is one test of one field, with its words and citation, and the days on which it counts. There are no
expressions. Source: DESIGN §14 (clause sets); docs/topics/entitlements.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.source import Document
from bihuan.methods.parts.clauses import PolicyCondition

FOLDER = "clauses"
FEN = Decimal("0.01")
TESTS = {
    "in_": "in", "not_in": "not_in", "is_": "is", "at_least": ">=", "more_than": ">", "less_than": "<",
    "at_most": "<=", "before": "before", "on_or_after": "on_or_after",
}  # fmt: skip
"""The tests of a clause, and what the method calls them."""


class ClauseRule(Strict):
    """One test of one field of the register; both days of `from` and `to` count, absent is open."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Code
    field: Code
    in_: list[str] | None = Field(default=None, alias="in", min_length=1)
    not_in: list[str] | None = Field(default=None, min_length=1)
    is_: bool | None = Field(default=None, alias="is")
    at_least: Decimal | None = None
    more_than: Decimal | None = None
    at_most: Decimal | None = None
    less_than: Decimal | None = None
    before: date | None = None
    on_or_after: date | None = None
    text: Name
    citation: str = Field(min_length=1)
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, name) is not None for name in TESTS) != 1:
            raise ValueError(f"a clause is exactly one of {', '.join(name.rstrip('_') for name in TESTS)}")
        return self

    @property
    def test(self) -> tuple[str, str]:
        """The method's name of the test, and its value as the method reads it."""
        name = next(name for name in TESTS if getattr(self, name) is not None)
        value = getattr(self, name)
        if isinstance(value, list):
            return TESTS[name], ";".join(value)
        return TESTS[name], str(int(value)) if isinstance(value, bool) else str(value)


class AmountRule(Strict):
    """What is granted, in yuan: a fixed amount, or a share of a money field, at most so much."""

    fixed: Decimal | None = Field(default=None, gt=0)
    share: Decimal | None = Field(default=None, gt=0, le=1)
    of: Code | None = None
    at_most: Decimal | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.fixed is None) == (self.share is None) or (self.share is None) != (self.of is None):
            raise ValueError("an amount is `fixed`, or a `share` `of` a field")
        return self

    def fen(self, values: Mapping[str, str]) -> int | None:
        """The amount in fen for texts by field, half a fen up; None when the field is not known."""
        if self.fixed is not None:
            return int(self.fixed / FEN)
        try:
            amount = (self.share or Decimal(0)) * Decimal(values.get(self.of or "") or "x")
        except InvalidOperation:
            return None
        if self.at_most is not None:
            amount = min(amount, self.at_most)
        return int((amount / FEN).quantize(Decimal(1), ROUND_HALF_UP))


class BudgetRule(Strict):
    """From where it is paid: a book, its kind of entry, and the line that every entry names."""

    book: Slug
    entry: Code
    line: str


class RequiredFact(Strict):
    """What must be known before freezing: a subject's field has one of these values, until the day in `until`."""

    subject: Slug
    key: str
    field: Code
    in_: list[str] = Field(alias="in", min_length=1)
    until: Code | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OptOut(Strict):
    """Where it is said who does not want it: a type of subjects, its field for whom, its field for which policy."""

    subject: Slug
    whom: Code
    policy: Code


class PolicyFile(Strict):
    """One policy in one edition.

    `grant` and `lists`: the registers in which payments and lists stand. `tells`: the letter to whom was paid.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Slug
    edition: str = Field(min_length=1)
    name: Name
    about: Name
    kind: Literal["reward", "subsidy", "licence"] = "subsidy"
    over: Slug = "enterprise"
    from_: date = Field(alias="from")
    to: date | None = None
    period: Literal["year", "once"] = "year"
    alternatives: dict[Code, list[ClauseRule]] = Field(min_length=1)
    amount: AmountRule
    not_with: list[Slug] = []
    cap: Decimal | None = Field(default=None, gt=0)
    budget: BudgetRule
    requires: RequiredFact | None = None
    opt_out: OptOut | None = None
    grant: Slug | None = None
    lists: Slug | None = None
    tells: Slug | None = None
    notice: str = Field(default="5 working days", pattern=r"^\d+ working days$")

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [rule.id for _, rule in self.rules()]
        if len(names) != len(set(names)):
            raise ValueError("a clause's id names one clause of the policy")
        return self

    def rules(self) -> Iterator[tuple[str, ClauseRule]]:
        """Every clause with its alternative, in declared order."""
        for alternative, rules in self.alternatives.items():
            for rule in rules:
                yield alternative, rule

    @cached_property
    def clauses(self) -> tuple[PolicyCondition, ...]:
        """The clauses as the method judges them."""
        return tuple(
            PolicyCondition(self.id, alternative, f"{self.id}/{rule.id}", rule.field, *rule.test,
                   str(rule.from_ or ""), str(rule.to or ""))
            for alternative, rules in self.alternatives.items() for rule in rules
        )  # fmt: skip

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields it asks for, the amount's included."""
        asked = [rule.field for _, rule in self.rules()] + ([self.amount.of] if self.amount.of else [])
        return tuple(dict.fromkeys(asked))

    def runs_on(self, day: date) -> bool:
        """Whether the policy is in force on a day; its first and last day count."""
        return self.from_ <= day and (self.to is None or day <= self.to)

    def period_of(self, day: date) -> str:
        """The period that a day belongs to, in which nobody gets it twice."""
        return str(day.year) if self.period == "year" else "once"


def read_policy(document: Document) -> PolicyFile:
    """Return the policy that a file declares.

    Raises:
        DeclarationError: with every fault, each with file, line, field, rule and remedy.
    """
    return validated(document, PolicyFile)
