"""What one value says under a rule: open, close, or neither; with whole numbers, so every machine says the same.

Source: NIST/SEMATECH e-Handbook of Statistical Methods §6.3.2.3 (CUSUM), §6.3.2.4 (EWMA); docs/adr/0256.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from bihuan.series.alarms.model import LimitSpan, SeenValue, State
from bihuan.series.rounding import scaled
from bihuan.series.rules import AlarmRule

FINE = 10**6
"""Means are kept with six digits more than values, cut toward the floor: exact and repeatable."""
MINUTE = 60_000_000


class AlarmVerdict(NamedTuple):
    """What a value says: 1 opens, −1 closes, 0 neither; and by which limit."""

    says: int
    cited: str = ""


type Judge = Callable[[State, SeenValue], AlarmVerdict]


def judge_of(rule: AlarmRule, decimals: int, limits: Sequence[LimitSpan] = ()) -> Judge:
    """Return what judges the values of one line under a rule.

    Args:
        rule: Declared.
        decimals: Digits that the series keeps.
        limits: Spans of a limit that is not fixed, by their beginning; where none holds, nothing is judged.
    """
    if rule.limit is not None and rule.limit.fixed is not None:
        limits = (LimitSpan(-(2**63), 2**63, _whole(rule.limit.fixed, decimals)),)
    return _JUDGES[rule.kind](rule, decimals, limits)


def fixed_bound(rule: AlarmRule, decimals: int) -> int | None:
    """Return the one limit that a value must pass to speak for an incident; None when more is asked.

    Args:
        rule: Declared. decimals: Digits that the series keeps.

    Source: docs/adr/0256 (2).
    """
    if rule.kind not in ("above", "below") or rule.limit is None or rule.limit.fixed is None:
        return None
    return _whole(rule.limit.fixed, decimals)


def _beyond(sign: int) -> Callable[[AlarmRule, int, Sequence[LimitSpan]], Judge]:
    def made(rule: AlarmRule, decimals: int, limits: Sequence[LimitSpan]) -> Judge:
        begins = [span.first for span in limits]
        clear = None if rule.clear is None else sign * _whole(rule.clear, decimals)

        def judge(state: State, seen: SeenValue) -> AlarmVerdict:
            number = bisect_right(begins, seen.at) - 1
            if number < 0 or seen.at >= limits[number].end:
                return AlarmVerdict(-1)
            value, limit = sign * seen.value, sign * limits[number].value
            if value > limit:
                return AlarmVerdict(1, limits[number].cited)
            closes = value <= limit if clear is None else value < clear
            return AlarmVerdict(-1 if closes else 0, limits[number].cited)

        return judge

    return made


def _ewma(rule: AlarmRule, decimals: int, limits: Sequence[LimitSpan]) -> Judge:
    """The exponentially weighted mean lies farther from the target than the limit."""
    assert rule.weight is not None
    assert rule.target is not None
    weight, target = Fraction(rule.weight), _whole(rule.target, decimals) * FINE
    limit, slack = limits[0].value * FINE, _whole(rule.slack, decimals) * FINE

    def judge(state: State, seen: SeenValue) -> AlarmVerdict:
        before = state.get("mean", target)
        step = (seen.value * FINE - before) * weight
        state["mean"] = before + step.numerator // step.denominator
        return AlarmVerdict(1 if abs(state["mean"] - target) > limit + slack else -1)

    return judge


def _cusum(rule: AlarmRule, decimals: int, limits: Sequence[LimitSpan]) -> Judge:
    """The sum of what exceeds target and slack, upward or downward, exceeds the limit; it begins anew at nought."""
    assert rule.target is not None
    target, slack = _whole(rule.target, decimals), _whole(rule.slack, decimals)
    limit = limits[0].value

    def judge(state: State, seen: SeenValue) -> AlarmVerdict:
        # Bounded above, so that what lasted long is over soon after its cause.
        for name, sign in (("up", 1), ("down", -1)):
            sums = state.get(name, 0) + sign * (seen.value - target) - slack
            state[name] = min(max(0, sums), 2 * limit)
        return AlarmVerdict(1 if max(state["up"], state["down"]) > limit else -1)

    return judge


def _stuck(rule: AlarmRule, decimals: int, limits: Sequence[LimitSpan]) -> Judge:
    """The same value for longer than so many minutes, unless it lies at or below the floor."""
    assert rule.minutes is not None
    longest = rule.minutes * MINUTE
    floor = None if rule.floor is None else _whole(rule.floor, decimals)

    def judge(state: State, seen: SeenValue) -> AlarmVerdict:
        if seen.value != state.get("same"):
            state["same"], state["since"] = seen.value, seen.at
        honest = floor is not None and seen.value <= floor
        return AlarmVerdict(1 if not honest and seen.at - state["since"] > longest else -1)

    return judge


def _drift(rule: AlarmRule, decimals: int, limits: Sequence[LimitSpan]) -> Judge:
    """The mean of the last so many values lies farther from that of the first so many than the limit."""
    assert rule.count is not None
    count, limit = rule.count, limits[0].value * rule.count

    def judge(state: State, seen: SeenValue) -> AlarmVerdict:
        if state.get("counted", 0) < count:
            state["counted"] = state.get("counted", 0) + 1
            state["base"] = state.get("base", 0) + seen.value
        last = [*state.get("last_values", ()), seen.value][-count:]
        state["last_values"] = last
        return AlarmVerdict(1 if len(last) == count and abs(sum(last) - state["base"]) > limit else -1)

    return judge


def _whole(number: Decimal, decimals: int) -> int:
    return scaled(Fraction(number), decimals)


_JUDGES: dict[str, Callable[[AlarmRule, int, Sequence[LimitSpan]], Judge]] = {
    "above": _beyond(1),
    "below": _beyond(-1),
    "ewma": _ewma,
    "cusum": _cusum,
    "stuck": _stuck,
    "drift": _drift,
}
