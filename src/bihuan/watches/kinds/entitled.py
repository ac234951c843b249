"""`entitled`: what was granted rests no longer on its conditions: by what the register says today the answer is no.

Nothing is taken back by it: it opens a look, and an officer decides. Source: docs/topics/entitlements.md, "Afterwards".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.entitlements.catalogue import all_policies, programme_of
from bihuan.entitlements.judging import judge_register
from bihuan.methods.parts.clauses import NO_STATE
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind
from bihuan.watches.parts import field_faults
from bihuan.watches.scene import Scene


class Entitled(Strict):
    """Our fields that say whom something was granted, and under which policy."""

    whom: Code
    policy: Code


def find(scene: Scene, over: Over, rule: Entitled) -> Hits:
    """Every grant whose policy, in the clauses of today, says no of whom it was paid.

    Source: docs/topics/watches.md, "entitled"; Kleene (1952) §64 (what is not known is not a no).
    """
    table, policies = scene.narrow(over), all_policies()
    keys, whom = table["key"].to_pylist(), table[rule.whom].to_pylist()
    said = table[rule.policy].to_pylist()
    lost: dict[str, frozenset[str]] = {}
    for name in sorted({each for each in said if each in policies}):
        found = judge_register([policies[name]], scene.district, scene.day, scene.known, programme_of(name))
        lost[name] = frozenset(found.keys[row] for row in found.of(0, NO_STATE))
    rows = [n for n, (who, policy) in enumerate(zip(whom, said, strict=True)) if who in lost.get(policy, ())]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        told = scene.tell(over.subject or "", table, [rule.whom, rule.policy], [rows[each] for each in chosen])
        return [[*facts, Fact("answer", "no", "entitlements", scene.day.isoformat())] for facts in told]

    return Hits([keys[n] for n in rows], [""] * len(rows), ["no"] * len(rows), tell, table.num_rows)


def why(rule: Entitled) -> Words:
    """The rule in words."""
    return Words("按今天的登记数据和条款已不符合条件", "by today's register and clauses it is not entitled any more")


def faults(scene: Any, over: Over, rule: Entitled) -> Iterator[Fault]:
    """Both fields are there."""
    yield from field_faults(over, ("whom",), rule.whom)
    yield from field_faults(over, ("policy",), rule.policy)


def fields(over: Over, rule: Entitled) -> dict[str, set[str]]:
    """Whom, and which policy."""
    return {over.subject or "": {rule.whom, rule.policy}}


KIND = WatchKind(
    "entitled",
    Words("条件已不具备", "No longer entitled"),
    Words("已兑付的主体按现行数据和条款不再符合条件", "whoever was paid is not entitled any more by today's register"),
    Entitled, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
