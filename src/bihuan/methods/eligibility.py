"""Who is eligible for which policy on a day: yes, no, or unknown because these facts are missing.

In: CLAUSES (policy, alternative, field, test, value, days from–to), FIRMS (any columns; an empty cell is not known),
FIELDS (kind of each field). An absent value is not false and not 0; `not_in` of an unknown is unknown; 5 is 5.0 and
4.99 is less. A clause that cannot be asked is rejected and counts as unknown: nobody gets a yes by a typing error.
Out: answer and missing facts of every firm and policy, or with `count=only` the counts alone. Linear, in blocks.
Source: Kleene (1952) §64; 国办发〔2021〕 免申即享 (payment by data); DESIGN §14 (clause sets).
Compared with: every completion of the gaps (tests/methods/test_eligibility.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.clauses import NAMES, UNKNOWN, ClauseAnswers, ClauseSet
from bihuan.methods.parts.policies import FIELDS, FIRMS, clauses_input, clauses_of, kinds_of, register_of

BLOCK = 1 << 15
"""Subjects at a time: memory stays bounded however large the register is."""


def judge_firms(given: Given) -> Answer:
    """Answer and missing facts of every firm and policy.

    Source: Kleene (1952) §64.
    """
    kinds = kinds_of(given["fields"])
    clauses, broken = clauses_of(given["clauses"], kinds)
    register, firms = register_of(given["firms"], kinds)
    chosen = ClauseSet(clauses, given.option("at"), broken)
    only = given.option("count") == "only"
    counts = np.zeros(3, dtype=np.int64)
    blocks = []
    for first in range(0, register.size, BLOCK):
        found = chosen.answers(register, first, min(first + BLOCK, register.size), missing=not only)
        counts += [np.count_nonzero(found.states == state) for state in range(len(NAMES))]
        if not only:
            blocks.append(found)
    facts = {name: int(count) for name, count in zip(NAMES, counts, strict=True)}
    if only:
        return Answer(facts=facts)
    return Answer(_rows(chosen, firms["firm"].text(), blocks), facts=facts)


def _rows(chosen: ClauseSet, names: list[str], blocks: list[ClauseAnswers]) -> dict[str, Any]:
    """Rows by firm, then policy."""
    if not blocks or not chosen.policies:
        return {name: [] for name in _NAMES}
    order = sorted(range(len(names)), key=names.__getitem__)
    states = np.concatenate([block.states for block in blocks], axis=1)[:, order]
    columns = []
    for place in range(len(chosen.policies)):
        bits = np.concatenate([block.missing[place] for block in blocks if block.missing is not None])[order]
        distinct, where = np.unique(bits, return_inverse=True)
        texts = np.array([chosen.missing_text(place, int(each)) for each in distinct], dtype=object)
        columns.append(np.where(states[place] == UNKNOWN, texts[where], ""))
    return {
        "firm": np.repeat(np.array([names[row] for row in order], dtype=object), len(chosen.policies)).tolist(),
        "policy": chosen.policies * len(order),
        "answer": np.array(NAMES, dtype=object)[states.T.ravel()].tolist(),
        "missing": np.stack(columns, axis=1).ravel().tolist(),
    }


_NAMES = ("firm", "policy", "answer", "missing")
METHOD = Method(
    name="eligibility",
    zh="政策适用判断",
    en="Who is eligible for which policy",
    inputs=(clauses_input("clauses", "条款", "Clauses"), FIRMS, FIELDS),
    options=(
        Option("at", "截至日", "Day of the question", "date"),
        Option("count", "是否只计数", "Give the counts alone", "choice", "", choices=one_of(only="只计数|Only")),
    ),
    output=(
        Column("firm", "主体", "Subject"), Column("policy", "政策", "Policy"),
        Column("answer", "结论", "Answer", "choice", choices=one_of(yes="符合|Yes", no="不符合|No", unknown="未知|Unknown")),
        Column("missing", "缺少的字段", "Missing facts, joined by ;", required=False),
    ),
    facts=(
        AnswerKey("yes", "符合", "Yes", {"type": "integer"}), AnswerKey("no", "不符合", "No", {"type": "integer"}),
        AnswerKey("unknown", "未知", "Unknown", {"type": "integer"}),
    ),
    run=judge_firms,
    source="Kleene (1952) §64",
    peer="every completion of the gaps",
    cost="firms × clauses, in blocks",
)  # fmt: skip
