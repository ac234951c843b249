"""The next question worth asking, and an answer clause by clause. Pure.

The next question is the missing field that decides most open policies: first those for which it alone is missing, then
those that miss it at all, then by name. Source: docs/topics/entitlements.md, "Asking"; Kleene (1952) §64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bihuan.entitlements.pure.declared import ClauseRule, PolicyFile
from bihuan.methods.parts.clauses import ClauseSet, compile_condition


class ExplainedClause(NamedTuple):
    """One clause for one subject: `state` is yes, no or unknown; `counts`: it is in force that day."""

    alternative: str
    rule: ClauseRule
    state: str
    counts: bool


def next_question(told: Mapping[str, tuple[str, Sequence[str]]]) -> str | None:
    """Return the field to ask for next, or None when nothing is open.

    Args:
        told: Answer and missing fields by policy, as `ClauseSet.ask_one` gives them.

    Source: docs/topics/entitlements.md, "Asking"
    """
    open_policies = [missing for answer, missing in told.values() if answer == "unknown"]
    fields = {field for missing in open_policies for field in missing}
    if not fields:
        return None
    return min(fields, key=lambda field: (
        -sum(list(missing) == [field] for missing in open_policies),
        -sum(field in missing for missing in open_policies), field,
    ))  # fmt: skip


def explain(policy: PolicyFile, day: str, facts: Mapping[str, str]) -> list[ExplainedClause]:
    """Return every clause of a policy for one subject, in declared order.

    Args:
        day: ISO. facts: Texts by field; one that is not there is not known.
    """
    found = []
    for alternative, rule in policy.rules():
        text = facts.get(rule.field, "")
        state = "unknown" if not text else "yes" if compile_condition(*rule.test)(text) else "no"
        counts = str(rule.from_ or "") <= day and (rule.to is None or day <= str(rule.to))
        found.append(ExplainedClause(alternative, rule, state, counts))
    return found


def ask_all(policies: Sequence[PolicyFile], day: str, facts: Mapping[str, str]) -> dict[str, tuple[str, list[str]]]:
    """Return answer and missing fields of each policy for one subject.

    Source: Kleene (1952) §64
    """
    return ClauseSet([clause for policy in policies for clause in policy.clauses], day).ask_one(facts)
