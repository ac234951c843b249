"""Answers over a whole register: its columns in one statement, then the method, block by block.

Source: DESIGN §14 (clause sets over a whole register, in columns); docs/topics/entitlements.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from bihuan.entitlements.catalogue import kinds_for
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.methods.declared.cells import Cells
from bihuan.methods.parts.clauses import NAMES, NO_STATE, UNKNOWN, YES_STATE, ClauseSet, Register
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker

BLOCK = 1 << 15
LOOKER = Looker("system:entitlements", frozenset(), frozenset(), "who is entitled to what")
EXTRA = ("street", "size", "kind")
"""Fields that summaries are by, where the register has them."""


@dataclass(frozen=True)
class RegisterAnswers:
    """What was found.

    Args:
        keys: Of the subjects, in order. columns: Texts by field, empty for not known.
        policies: In the order of `states`, uint8[policies, subjects]: 0 no, 1 unknown, 2 yes.
        missing: For each policy the missing fields of each subject, joined by `;`.
    """

    keys: Sequence[str]
    columns: Mapping[str, Sequence[str]]
    policies: Sequence[str]
    states: NDArray[np.uint8]
    missing: Sequence[NDArray[np.object_]]

    def counts(self, place: int) -> dict[str, int]:
        """How many yes, no, unknown of a policy."""
        return {name: int(np.count_nonzero(self.states[place] == state)) for state, name in enumerate(NAMES)}

    def of(self, place: int, state: int = YES_STATE) -> list[int]:
        """The subjects for whom a policy is in a state."""
        return [int(row) for row in np.flatnonzero(self.states[place] == state)]

    def facts_of(self, row: int) -> dict[str, str]:
        """What is known of one subject."""
        return {name: column[row] for name, column in self.columns.items() if column[row]}


def judge_register(
    policies: Sequence[PolicyFile], district: str, day: date, known: datetime | None = None, programme: str = ""
) -> RegisterAnswers:
    """Return the answer of every policy for every subject of their register on a day, as known then.

    Args:
        policies: Over one type of subjects. known: None: now. programme: For whose purpose is asked.

    Raises:
        FenceClosed: the register is closed to the programme.

    Source: Kleene (1952) §64; docs/topics/entitlements.md
    """
    kind = subject_type(policies[0].over)
    kinds = kinds_for(kind)
    wanted = tuple(dict.fromkeys([f for each in policies for f in each.fields] + [f for f in EXTRA if f in kinds]))
    looker = LOOKER._replace(programmes=frozenset({programme} if programme else ()))
    keys, columns = asking.columns(district, kind, asking.Viewpoint(day, known), looker, wanted)
    cells = {name: _cells(columns[name]) for name in wanted}
    register = Register(cells, kinds, len(keys))
    chosen = ClauseSet([clause for each in policies for clause in each.clauses], day.isoformat())
    blocks = [
        chosen.answers(register, first, min(first + BLOCK, register.size)) for first in range(0, register.size, BLOCK)
    ]
    width = len(chosen.policies)
    states = np.concatenate([b.states for b in blocks], axis=1) if blocks else np.zeros((width, 0), dtype=np.uint8)
    missing = []
    for place in range(width):
        bits = np.concatenate([b.missing[place] for b in blocks if b.missing is not None]) if blocks else np.zeros(0)
        texts = [chosen.missing_text(place, int(each)) if each else "" for each in bits]
        missing.append(np.array(texts, dtype=object))
    return RegisterAnswers(keys, columns, chosen.policies, states, missing)


def alternative_of(policy: PolicyFile, day: date, facts: Mapping[str, str]) -> str:
    """The first alternative that is wholly true, in declared order; it is the basis of a grant."""
    for name in policy.alternatives:
        own = [c for c in policy.clauses if c.alternative == name and c.holds_on(day.isoformat())]
        if own and ClauseSet(own, day.isoformat()).ask_one(facts)[policy.id][0] == "yes":
            return name
    return ""


def summary(found: RegisterAnswers, place: int, policy: PolicyFile, by: str) -> dict[str, dict[str, int]]:
    """How many would get it and how much (fen), by a field of the register. Source: docs/topics/entitlements.md."""
    told: dict[str, dict[str, int]] = {}
    for row in found.of(place):
        at = told.setdefault(found.columns[by][row] if by in found.columns else "", {"subjects": 0, "fen": 0})
        at["subjects"] += 1
        at["fen"] += policy.amount.fen(found.facts_of(row)) or 0
    return dict(sorted(told.items()))


def _cells(texts: Sequence[str]) -> Cells:
    distinct: dict[str, int] = {}
    codes = np.fromiter(
        (distinct.setdefault(text, len(distinct)) if text else -1 for text in texts), dtype=np.int32, count=len(texts)
    )
    words = tuple(distinct)
    return Cells(codes, words, words)


__all__ = ["NO_STATE", "UNKNOWN", "YES_STATE", "RegisterAnswers", "alternative_of", "judge_register", "summary"]
