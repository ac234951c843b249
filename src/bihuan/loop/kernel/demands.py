"""Whether what a programme demands before a step is true, in three values; what was asked goes into the event.

The kernel knows no room: facts are asked of `Facts`, tables are the programme's. Numbers are compared as exact
decimals, days as days. What cannot be answered is told by name, never guessed.
Source: DESIGN §14 (`Facts.ask`); docs/adr/0298-demands.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.loop.kernel.context import Context, refusal
from bihuan.loop.kernel.demand_rules import DemandRule, FactRule, TestRule
from bihuan.loop.kernel.model import Data, Refusal
from bihuan.rules.errors import InputError

Answer = bool | None
TODAY = "today"


def demanded(context: Context) -> list[Data] | Refusal:
    """Return for each demand before this command what was asked and answered, or the first that is not met.

    Returns:
        A dict `{id, facts, citation}` for each demand that applied; facts by name: `[value, citation]`.

    Source: docs/adr/0298-demands.md
    """
    told: list[Data] = []
    for rule in context.rules.demands:
        if context.command.kind not in rule.before or context.data.get("history"):
            continue
        asked = _Asked(context, rule)
        if any(_answer(test, asked) is False for test in rule.when):
            continue
        if no := _not_met(rule, asked):
            return no
        cited: Data = {"citation": rule.citation} if rule.citation else {}
        told.append({"id": rule.id, "facts": asked.told, **cited})
    return told


def _not_met(rule: DemandRule, asked: _Asked) -> Refusal | None:
    answers = [(test, _answer(test, asked)) for test in rule.need]
    if all(answer for _, answer in answers):
        return None
    lacking = sorted({name for test, answer in answers if answer is None for name in asked.lacking(test)})
    zh, en = rule.reason.zh, rule.reason.en
    if lacking:
        zh, en = f"{zh}（缺少：{'、'.join(lacking)}）", f"{en} (not known: {', '.join(lacking)})"
    if told := "; ".join(str(value) for name in rule.tell if (value := asked.open_value(name)) is not None):
        zh, en = f"{zh}：{told}", f"{en}: {told}"
    return refusal(rule.id, zh, en, remedy=(rule.remedy.zh, rule.remedy.en) if rule.remedy else None)


class _Asked:
    """The facts of one demand, each asked for at most once."""

    def __init__(self, context: Context, rule: DemandRule) -> None:
        self._context = context
        self._rule = rule
        self._values: dict[str, Any] = {}
        self.told: Data = {}

    def __call__(self, name: str) -> Any:
        """The value of a fact, None when it is not known."""
        if name == TODAY:
            return self._today()
        if name not in self._values:
            if name in self._rule.tables:
                value, cited = self._of_table(name)
            elif name in self._rule.products:
                value, cited = self._of_product(name), {"product": list(self._rule.products[name])}
            else:
                value, cited = self._resolved(self._rule.facts[name])
            self._values[name] = value
            self.told[name] = [None if cited.get("sealed") else _plain(value), cited]
        return self._values[name]

    def _today(self) -> str:
        """The day in the district: a right that lapsed last night has lapsed at one in the morning."""
        if TODAY not in self._values:
            zone = ZoneInfo(self._context.facts.due(self._context.at, "1h")[1]["zone"])
            self._values[TODAY] = self._context.at.astimezone(zone).date().isoformat()
        return str(self._values[TODAY])

    def open_value(self, name: str) -> Any:
        """The value of a fact that may be told; None when it is not known or sealed."""
        self(name)
        return self.told[name][0] if name in self.told else None

    def lacking(self, test: TestRule) -> list[str]:
        """The facts of a test that are not known."""
        return [name for name in (test.fact, test.against) if name and self(name) is None]

    def _resolved(self, rule: FactRule) -> tuple[Any, Data]:
        value, cited = self._of_fact(rule)
        if rule.as_unit and value is not None:
            value = self._context.facts.unit(str(value), self._context.at)
        return value, cited

    def _of_fact(self, rule: FactRule) -> tuple[Any, Data]:
        context = self._context
        if rule.form is not None:
            return _said(context, rule.form), {"form": rule.form, **({"sealed": True} if self._sealed(rule) else {})}
        if rule.opened is not None:
            return context.case.kept.get(rule.opened), {"opened": rule.opened}
        if rule.actor is not None:
            return getattr(context.command.actor, rule.actor), {"actor": rule.actor}
        if rule.case is not None:
            value = context.data.get(rule.case) or getattr(context.case, rule.case)
            return value, {"case": rule.case}
        key = self._key(rule)
        if not key:
            return None, {}
        found = context.facts.ask(str(rule.ask), str(key), context.at, context.programme.id)
        return found if found is not None else (None, {})

    def _sealed(self, rule: FactRule) -> bool:
        """Whether the form's value is among the erasable words, of which an event keeps no copy."""
        return rule.form in ((self._context.command.private or {}).get("fields") or {})

    def _key(self, rule: FactRule) -> Any:
        if rule.of is None:
            return self._context.case.subject or self._context.data.get("subject")
        if rule.of.word is not None:
            return rule.of.word
        return _said(self._context, rule.of.form) if rule.of.form else self(str(rule.of.fact))

    def _of_table(self, name: str) -> tuple[Any, Data]:
        rule, context = self._rule.tables[name], self._context
        inputs = {name: self(fact) for name, fact in rule.inputs.items()}
        if any(value is None for value in inputs.values()):
            return None, {}
        texts = {name: value if isinstance(value, bool) else str(_plain(value)) for name, value in inputs.items()}
        try:
            return context.facts.table(context.programme.id, rule.table, context.at, texts)
        except InputError:  # a code that the table does not know is a fact that nobody knows
            return None, {"table": rule.table}

    def _of_product(self, name: str) -> Decimal | None:
        """The product of other facts, in exact decimals; None where one is not known or no number."""
        factors = [self(fact) for fact in self._rule.products[name]]
        if any(value is None for value in factors):
            return None
        try:
            return prod((_number(value) for value in factors), start=Decimal(1))
        except (InvalidOperation, ValueError):
            return None


def kept_for_later(context: Context) -> Data:
    """Return the open values of this opening's form that later demands ask for.

    Source: docs/adr/0298-demands.md (`opened`)
    """
    named = {fact.opened for rule in context.rules.demands for fact in rule.facts.values() if fact.opened}
    form = context.data.get("fields") or {}
    return {name: form[name] for name in sorted(named) if form.get(name) is not None}


def _said(context: Context, name: str) -> Any:
    """What the form of this command says; an opened case's form is not asked again."""
    value = context.form.get(name)
    return context.data.get(name) if value is None else value


def _plain(value: Any) -> Any:
    return (
        value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, Decimal) else value
    )


def _answer(test: TestRule, asked: _Asked) -> Answer:
    name, other = test.test
    value = asked(test.fact)
    if name == "known":
        return (value is not None) == other
    if test.against is not None:
        other = asked(test.against)
    if value is None or other is None:
        return None
    try:
        return _TESTS[name](value, other)
    except (InvalidOperation, ValueError):
        return None


def _number(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("a yes or no is no number")
    found = Decimal(str(value))
    if not found.is_finite():
        raise ValueError("not a finite number")
    return found


def _listed(value: Any) -> list[str]:
    """The codes of a list as registers keep it: joined by `;`."""
    return [part.strip() for part in str(value).split(";") if part.strip()]


def _day(value: Any) -> date:
    return value if type(value) is date else date.fromisoformat(str(value)[:10])


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "in_": lambda value, other: str(value) in other,
    "not_in": lambda value, other: str(value) not in other,
    "is_": lambda value, other: value is other,
    "at_least": lambda value, other: _number(value) >= _number(other),
    "at_most": lambda value, other: _number(value) <= _number(other),
    "more_than": lambda value, other: _number(value) > _number(other),
    "less_than": lambda value, other: _number(value) < _number(other),
    "before": lambda value, other: _day(value) < _day(other),
    "not_before": lambda value, other: _day(value) >= _day(other),
    "same_as": lambda value, other: str(value) == str(other),
    "differs_from": lambda value, other: str(value) != str(other),
    "among": lambda value, other: str(value) in _listed(other),
    "not_among": lambda value, other: str(value) not in _listed(other),
    "covers": lambda value, other: set(_listed(other)) <= set(_listed(value)),
    "at_least_fact": lambda value, other: _number(value) >= _number(other),
    "at_most_fact": lambda value, other: _number(value) <= _number(other),
    "more_than_fact": lambda value, other: _number(value) > _number(other),
    "less_than_fact": lambda value, other: _number(value) < _number(other),
}
