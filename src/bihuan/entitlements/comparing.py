"""Whom another edition of a policy affects: over the whole register, on a day, nothing is kept.

Source: DESIGN §14 (the difference between two editions); docs/topics/entitlements.md, "Editions".
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from bihuan.entitlements.catalogue import programme_of
from bihuan.entitlements.judging import judge_register
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.methods.parts.clauses import NAMES, YES_STATE


def affected(before: PolicyFile, after: PolicyFile, district: str, day: date) -> dict[str, Any]:
    """Return how many answers change from what to what, and what would be paid by either edition (fen).

    Source: Kleene (1952) §64; docs/topics/entitlements.md, "Editions".
    """
    programme = programme_of(after.id)
    old, new = (judge_register([each], district, day, programme=programme) for each in (before, after))
    moved = Counter(
        f"{NAMES[int(one)]} → {NAMES[int(two)]}"
        for one, two in zip(old.states[0], new.states[0], strict=True) if one != two
    )  # fmt: skip
    fen = [
        sum(policy.amount.fen(found.facts_of(row)) or 0 for row in found.of(0, YES_STATE))
        for policy, found in ((before, old), (after, new))
    ]
    return {"transitions": dict(sorted(moved.items())), "fen_before": fen[0], "fen_after": fen[1]}
