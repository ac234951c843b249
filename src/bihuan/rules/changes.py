"""What a new edition changes: the questions, at every edge of both editions, that it answers differently.

A changed rule is shown like this before it is put in force: not which lines of the file differ, but whom it concerns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bihuan.declare.source import JSON
from bihuan.rules.boundaries import boundary_cases
from bihuan.rules.decisions import DecisionTable, Given
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.quantities import number_text
from bihuan.rules.resolved import Resolved
from bihuan.rules.tables import RuleTable

type AnswersByCase = tuple[Mapping[str, JSON], ...]


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One question answered differently; `before` and `after` hold the values (none: no row answered)."""

    given: Mapping[str, Given]
    before: AnswersByCase
    after: AnswersByCase

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        given: dict[str, JSON] = {
            name: value if isinstance(value, str | bool) or value is None else number_text(value)
            for name, value in self.given.items()
        }
        return {
            "given": given,
            "before": [dict(one) for one in self.before],
            "after": [dict(one) for one in self.after],
        }


def changed_answers[T: RuleTable | DecisionTable](old: T, new: T, limit: int = 200_000) -> tuple[AnswerChange, ...]:
    """Every edge case of either edition whose answer differs, in the order of the cases.

    Args:
        old, new: two editions of one table with the same inputs.
        limit: most edge cases per edition.

    Raises:
        InputError: the inputs differ, or there are more than `limit` cases.

    Source: docs/topics/rules.md, "When a rule changes under open cases".
    """
    names = [{item.name: item.kind for item in table.inputs} for table in (old, new)]
    if names[0] != names[1]:
        raise InputError(f"{new.meta.id}: editions ask for different inputs, {names[0]} and {names[1]}.")
    found: dict[tuple[Given, ...], AnswerChange] = {}
    for table in (old, new):
        for case in boundary_cases(table, limit):
            key = tuple(case.given[name] for name in names[0])
            before, after = _answers(old, case.given), _answers(new, case.given)
            if before != after:
                found.setdefault(key, AnswerChange(case.given, before, after))
    return tuple(found.values())


def _answers(table: RuleTable | DecisionTable, given: Mapping[str, Given]) -> AnswersByCase:
    """The values answered; no row, or a word or number the edition does not know, is no answer."""
    try:
        if isinstance(table, RuleTable):
            answers: tuple[Resolved, ...] = (table.lookup(**given),)
        else:
            answers = table.collect(**given) if table.hit == "collect" else (table.decide(**given),)
    except (NoRuleError, InputError):
        return ()
    return tuple(_values(answer) for answer in answers)


def _values(answer: Resolved) -> Mapping[str, JSON]:
    said = answer.to_json()["values"]
    assert isinstance(said, dict)
    return said
