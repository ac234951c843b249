"""Which grants may stand beside each other: some policies exclude others, and a subject gets at most a declared sum.

What was granted before stands. Of the new ones the larger comes first, then the policy's name: so the same answer for
any order of rows. Pure. Source: docs/topics/entitlements.md, "Beside each other".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from bihuan.entitlements.pure.declared import FEN, PolicyFile


class Claimant(NamedTuple):
    """Somebody who is entitled. `fen`: amount."""

    key: str
    policy: str
    fen: int
    alternative: str


class JudgedClaimant(NamedTuple):
    """A candidate and why not: empty, `excluded_by:POLICY`, or `over_cap`."""

    candidate: Claimant
    reason: str


def stack_grants(
    candidates: Iterable[Claimant], before: Mapping[str, Mapping[str, int]], policies: Mapping[str, PolicyFile]
) -> list[JudgedClaimant]:
    """Return each candidate with the reason why it may not be granted.

    Args:
        candidates: Of one period.
        before: For each subject what it was granted in the period: policy → fen.
        policies: Every policy by id.

    Source: docs/topics/entitlements.md, "Beside each other"
    """
    held: dict[str, dict[str, int]] = {key: dict(granted) for key, granted in before.items()}
    told = []
    for each in sorted(candidates, key=lambda c: (c.key, -c.fen, c.policy)):
        mine = held.setdefault(each.key, {})
        reason = _why_not(each, mine, policies)
        if not reason:
            mine[each.policy] = each.fen
        told.append(JudgedClaimant(each, reason))
    return told


def _why_not(each: Claimant, held: Mapping[str, int], policies: Mapping[str, PolicyFile]) -> str:
    if each.policy in held:
        return "granted_before"
    own = policies[each.policy]
    for other in sorted(held):
        if other in own.not_with or each.policy in _excluded(policies, other):
            return f"excluded_by:{other}"
    cap = own.cap
    if cap is not None and sum(held.values()) + each.fen > int(cap / FEN):
        return "over_cap"
    return ""


def _excluded(policies: Mapping[str, PolicyFile], name: str) -> Collection[str]:
    found = policies.get(name)
    return found.not_with if found else ()
