"""What a paid list still rests on: who of it would not be entitled by what is known now of the list's own day.

A correction of the register never takes anything back by itself: it is told, and a recovery is a case with a hearing.
Source: docs/topics/entitlements.md, "Afterwards".
"""

from __future__ import annotations

from typing import NamedTuple

from bihuan.entitlements.catalogue import policy_named, programme_of
from bihuan.entitlements.judging import judge_register
from bihuan.entitlements.lists import list_named
from bihuan.entitlements.paying import number_of
from bihuan.methods.parts.clauses import NAMES, YES_STATE
from bihuan.registers.isolation import in_district


class Unsupported(NamedTuple):
    """A line that was paid and no longer holds. `answer`: no or unknown, by what is known now. `fen`: what was paid."""

    key: str
    grant: str
    answer: str
    fen: int


def revisit_list(key: str, district: str) -> list[Unsupported]:
    """Return who was paid by a list and would not be on it by what is known now, in the order of keys.

    Source: docs/topics/entitlements.md, "Afterwards"
    """
    with in_district(district):
        row = list_named(key)
        paid = dict(row.rows.filter(state="paid").values_list("key", "amount"))
    policy = policy_named(row.policy)
    found = judge_register([policy], district, row.day, programme=programme_of(policy.id))
    answers = {name: int(found.states[0][place]) for place, name in enumerate(found.keys)}
    return [
        Unsupported(who, number_of(policy.id, who, row.period), NAMES[answers.get(who, 0)], paid[who])
        for who in sorted(paid)
        if answers.get(who, 0) != YES_STATE
    ]
