"""`moved`: a share of the newest closed period differs from the one before by more than their intervals allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.numbers.cube import Number
from bihuan.rules.rates import Rate
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind
from bihuan.watches.numbers import closed_periods, mine, number_faults, tell_number, type_said
from bihuan.watches.scene import Scene


class MovedRule(Strict):
    """Which way it has moved, and which kind of period is compared with the one before."""

    way: Literal["down", "up", "any"] = "any"
    period: Code = "month"


def find(scene: Scene, over: Over, rule: MovedRule) -> Hits:
    """Every share whose interval lies wholly apart from that of the period before.

    Source: docs/topics/watches.md, "moved"; intervals as the indicator declares them (Wilson 1927).
    """
    seen = closed_periods(scene, over, rule.period, 2)
    if len(seen) < 2 or seen[0].period.next != seen[1].period:
        return Hits((), (), (), lambda rows: [], 0)
    before, last = seen
    keys = [
        key
        for key, number in last.numbers.items()
        if mine(scene, key) and key in before.numbers and _fits(rule, _way(before.numbers[key], number))
    ]

    def tell(rows: Sequence[int]) -> list[list[Fact]]:
        return [[tell_number(over, last, keys[row]), tell_number(over, before, keys[row])] for row in rows]

    return Hits(keys, [""] * len(keys), [str(last.period)] * len(keys), tell, len(last.numbers))


def _way(before: Number, after: Number) -> str:
    """`down` or `up` where the intervals lie apart, else nothing."""
    if not (isinstance(before, Rate) and isinstance(after, Rate) and before.enough and after.enough):
        return ""
    first, second = before.interval, after.interval
    assert first is not None
    assert second is not None
    return "down" if second.high < first.low else "up" if second.low > first.high else ""


def _fits(rule: MovedRule, way: str) -> bool:
    return way != "" if rule.way == "any" else way == rule.way


def why(rule: MovedRule) -> Words:
    """The rule in words."""
    zh, en = {"down": ("下降", "fell"), "up": ("上升", "rose"), "any": ("变化", "moved")}[rule.way]
    return Words(
        f"指标较上期{zh}，两期区间不重叠", f"the number {en} by more than its interval since the period before"
    )


def faults(scene: Any, over: Over, rule: MovedRule) -> Iterator[Fault]:
    """The indicator is a declared share."""
    yield from number_faults(over, rule.period, rate=True)


KIND = WatchKind(
    "moved",
    Words("指标明显变化", "Number has moved"),
    Words("本期指标与上期相比变化超出区间", "a closed share that moved by more than its interval"),
    MovedRule, frozenset({"number"}), find, why, faults=faults, type_of=type_said,
)  # fmt: skip
