"""What another edition of the clauses, or another day, changes: for whom, from which answer to which.

In: clauses BEFORE and AFTER (the same file twice compares two days), FIRMS and FIELDS as for `eligibility`; the days of
the two questions. Out: every firm and policy whose answer changes; a policy that is only in one edition is `no` in the
other. JSON: counts from → to, and the names of clauses that were added, removed or changed. Linear.
Source: Kleene (1952) §64; DESIGN §14 (the difference between two editions).
Compared with: `eligibility` run twice (tests/methods/test_eligibility.py).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.clauses import NAMES, ClauseSet, Register
from bihuan.methods.parts.policies import FIELDS, FIRMS, clauses_input, clauses_of, kinds_of, register_of


def compare_editions(given: Given) -> Answer:
    """Whose answer changes between two editions or days.

    Source: Kleene (1952) §64.
    """
    kinds = kinds_of(given["fields"])
    old, old_broken = clauses_of(given["before"], kinds)
    new, new_broken = clauses_of(given["after"], kinds)
    register, firms = register_of(given["firms"], kinds)
    states = [
        _states(ClauseSet(old, given.option("day_before"), old_broken), register),
        _states(ClauseSet(new, given.option("day_after"), new_broken), register),
    ]
    names, out = firms["firm"].text(), []
    nobody = np.zeros(register.size, dtype=np.uint8)
    for policy in sorted({*states[0], *states[1]}):
        one, two = (each.get(policy, nobody) for each in states)
        out += [(names[r], policy, NAMES[one[r]], NAMES[two[r]]) for r in np.flatnonzero(one != two).tolist()]
    counts = Counter(f"{before} → {after}" for _, _, before, after in out)
    was, now = ({clause.name: clause for clause in edition} for edition in (old, new))
    facts: dict[str, Any] = {
        "changed": len(out),
        "transitions": dict(sorted(counts.items())),
        "added": sorted(now.keys() - was.keys()),
        "removed": sorted(was.keys() - now.keys()),
        "altered": sorted(name for name in was.keys() & now.keys() if was[name] != now[name]),
    }
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), facts=facts)


def _states(chosen: ClauseSet, register: Register) -> dict[str, NDArray[np.uint8]]:
    answers = chosen.answers(register, 0, register.size, missing=False)
    return dict(zip(chosen.policies, answers.states, strict=True))


_NAMES = ("firm", "policy", "before", "after")
_ANSWERS = one_of(yes="符合|Yes", no="不符合|No", unknown="未知|Unknown")
METHOD = Method(
    name="eligibility-change",
    zh="政策版本差异",
    en="Whom another edition of the clauses affects",
    inputs=(clauses_input("before", "原条款", "Clauses before"), clauses_input("after", "新条款", "Clauses after"), FIRMS, FIELDS),
    options=(
        Option("day_before", "原日期", "Day of the first question", "date"),
        Option("day_after", "新日期", "Day of the second question", "date"),
    ),
    output=(
        Column("firm", "主体", "Subject"), Column("policy", "政策", "Policy"),
        Column("before", "原结论", "Answer before", "choice", choices=_ANSWERS),
        Column("after", "新结论", "Answer after", "choice", choices=_ANSWERS),
    ),
    facts=(
        AnswerKey("changed", "变化数", "Answers that change", {"type": "integer"}),
        AnswerKey("transitions", "变化去向", "How many from which answer to which", {"type": "object"}),
        AnswerKey("added", "新增条款", "Clauses added", {"type": "array"}),
        AnswerKey("removed", "删除条款", "Clauses removed", {"type": "array"}),
        AnswerKey("altered", "修改条款", "Clauses changed", {"type": "array"}),
    ),
    key=("firm", "policy"),
    run=compare_editions,
    source="Kleene (1952) §64",
    peer="eligibility run twice",
    cost="firms × clauses",
)  # fmt: skip
