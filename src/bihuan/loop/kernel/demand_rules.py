"""What must be true before a step is taken, as a programme declares it: facts, tables over facts, tests of facts.

    demands:
      - id: red_needs_a_control
        before: [approve]
        facts:
          controls: {ask: risk.live_controls}              # of what the case is about
          size: {form: size}                               # what the form of this command says
          state: {ask: enterprise.state, of: {form: firm}} # of something that is named otherwise
        tables: {grade: {table: risk_grade, inputs: {size: size}}}
        when: [{fact: grade, in: [red]}]
        need: [{fact: controls, at_least: 1}]
        reason: {zh: …, en: …}

There are no expressions: a fact is asked for or said, a test is one of a closed list.
Source: docs/adr/0298-demands.md.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from bihuan.declare.model import Code, Name, Strict

SUBJECT = "subject"
Scalar = bool | int | Decimal | date | str


class KeyRule(Strict):
    """What a fact is asked about, when that is not the case's subject: a field of the form, another fact, or a `word`
    that is always the same."""

    form: Code | None = None
    fact: Code | None = None
    word: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.form, self.fact, self.word].count(None) != 2:
            raise ValueError("name either a field of the form, another fact, or a word")
        return self


class FactRule(Strict):
    """Where a fact comes from: asked of a room (`KIND.FIELD`), said in the form of this command (`form`) or of the opening
    (`opened`), of the case itself, or of who acts. `as_unit`: the value is a unit's code, compared as that unit."""

    ask: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_.-]*( [0-9]+(min|h|d))?$")
    of: KeyRule | None = None
    form: Code | None = None
    opened: Code | None = None
    case: str | None = Field(default=None, pattern="^(category|area|urgency|subject|lead)$")
    actor: str | None = Field(default=None, pattern="^(id|unit)$")
    as_unit: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.ask, self.form, self.opened, self.case, self.actor)) != 1:
            raise ValueError("a fact has one source: ask, form, opened, case or actor")
        if self.of is not None and self.ask is None:
            raise ValueError("only what is asked for is asked about something")
        return self


class TableRule(Strict):
    """A fact that a rule table or decision gives, the programme's or one that none owns: each input is another fact."""

    table: str = Field(pattern=r"^[a-z][a-z0-9_.-]*$")
    inputs: dict[Code, Code] = Field(min_length=1)


class TestRule(Strict):
    """One test of a fact; exactly one of the tests is named."""

    fact: Code
    known: bool | None = None
    in_: list[str] | None = Field(default=None, alias="in", min_length=1)
    not_in: list[str] | None = Field(default=None, min_length=1)
    is_: bool | None = Field(default=None, alias="is")
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    more_than: Decimal | None = None
    less_than: Decimal | None = None
    before: Code | None = None
    not_before: Code | None = None
    same_as: Code | None = None
    differs_from: Code | None = None
    among: Code | None = None
    not_among: Code | None = None
    covers: Code | None = None
    at_least_fact: Code | None = None
    at_most_fact: Code | None = None
    more_than_fact: Code | None = None
    less_than_fact: Code | None = None

    @cached_property
    def test(self) -> tuple[str, object]:
        """The name of the test and what it compares with.

        Source: docs/adr/0298-demands.md (a closed list of tests)
        """
        said = [(name, getattr(self, name)) for name in TESTS if getattr(self, name) is not None]
        return said[0]

    @property
    def against(self) -> str | None:
        """The other fact that this test compares with; None when it compares with a value.

        Source: docs/adr/0298-demands.md (a closed list of tests)
        """
        name, value = self.test
        return str(value) if name in OF_FACTS else None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, name) is not None for name in TESTS) != 1:
            raise ValueError(f"a test is exactly one of {', '.join(name.rstrip('_') for name in TESTS)}")
        return self


OF_FACTS = ("before", "not_before", "same_as", "differs_from", "among", "not_among", "covers", "at_least_fact",
            "at_most_fact", "more_than_fact", "less_than_fact")  # fmt: skip
TESTS = ("known", "in_", "not_in", "is_", "at_least", "at_most", "more_than", "less_than", *OF_FACTS)


class DemandRule(Strict):
    """What must be true before some commands: where every `when` holds, every `need` must.

    A `when` that cannot be answered counts as met: what nobody knows does not let anybody through. `tell`: facts whose
    values a refusal names, such as which loads are missing. `products`: name → the numbers whose product it is, exactly.
    """

    id: Code
    before: list[Code] = Field(min_length=1)
    facts: dict[Code, FactRule] = Field(min_length=1)
    tables: dict[Code, TableRule] = Field(default_factory=dict)
    when: list[TestRule] = Field(default_factory=list)
    products: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    need: list[TestRule] = Field(min_length=1)
    reason: Name
    remedy: Name | None = None
    citation: str = ""
    tell: list[Code] = Field(default_factory=list)

    @model_validator(mode="after")
    def _named(self) -> Self:
        known = {*self.facts, *self.tables, *self.products, "today"}
        asked = [test.fact for test in (*self.when, *self.need)]
        asked += [test.against for test in (*self.when, *self.need) if test.against]
        asked += [name for rule in self.tables.values() for name in rule.inputs.values()]
        asked += [name for factors in self.products.values() for name in factors]
        asked += self.tell
        asked += [rule.of.fact for rule in self.facts.values() if rule.of and rule.of.fact]
        for name in asked:
            if name not in known:
                raise ValueError(f"there is no fact {name!r}; there are {', '.join(sorted(known))}")
        names = [*self.facts, *self.tables, *self.products]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{', '.join(sorted(twice))} is declared twice")
        if few := [
            name for name, factors in self.products.items() if len(factors) < 2 or set(factors) & {*self.products}
        ]:
            raise ValueError(f"{', '.join(few)}: a product is of two facts or more, and of no other product")
        return self
