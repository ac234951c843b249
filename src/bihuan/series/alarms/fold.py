"""Counting verdicts into incidents: so many in a row open, so many in a row close; a gap starts the count anew.

An incident opens at the first of `on_count` values in a row that speak for it, once they span more than `lasts`
minutes where the rule says so, and closes at the last of `off_count` in a row that speak against it. A limit of another
origin (a permit issued anew) begins a new incident.
Source: docs/adr/0256 (2, 3); docs/adr/0420 (`lasts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bihuan.series.alarms.judges import MINUTE, fixed_bound, judge_of
from bihuan.series.alarms.model import Incident, LimitSpan, SeenValue, State
from bihuan.series.rules import AlarmRule


class Folding:
    """Follows the values of one line under one rule.

    Args:
        rule: Declared.
        decimals: Digits that the series keeps.
        limits: Spans of a limit that is not fixed.
        state: Where to go on; None: before the first value.
    """

    def __init__(
        self, rule: AlarmRule, decimals: int, limits: Sequence[LimitSpan] = (), state: State | None = None
    ) -> None:
        self.rule, self.state = rule, dict(state or {})
        self.ended: list[Incident] = []
        self._sign = -1 if rule.kind == "below" else 1
        self._gap = None if rule.max_gap is None else rule.max_gap * MINUTE
        self._lasts = 0 if rule.lasts is None else rule.lasts * MINUTE
        self._bound = fixed_bound(rule, decimals)
        self._judge = None if rule.kind == "silence" else judge_of(rule, decimals, limits)

    def follow(self, values: Iterable[SeenValue]) -> None:
        """Take further values, in the order of their instants."""
        values = list(values)
        if values and self._is_calm(values):
            self.state["last"] = values[-1].at
            return
        for seen in values:
            if self._judge is None:
                self._hear(seen)
            else:
                self._count(seen)
            self.state["last"] = seen.at

    def _is_calm(self, values: Sequence[SeenValue]) -> bool:
        """Whether nothing counts and none of the values reaches a fixed limit: then only the last instant matters."""
        if self._bound is None or "run" in self.state or "open" in self.state:
            return False
        farthest = max(seen.value for seen in values) if self._sign > 0 else min(seen.value for seen in values)
        return self._sign * farthest <= self._sign * self._bound

    def lasting(self, now: int | None = None) -> Incident | None:
        """Return the incident that is open; of silence the one that has lasted until now, if it is long enough."""
        state = self.state
        if self._judge is None:
            assert self.rule.minutes is not None
            begins = state.get("last", 0) + self.rule.minutes * MINUTE
            return Incident(begins, None, None, 0) if now is not None and "last" in state and now > begins else None
        if "open" not in state:
            return None
        return Incident(state["open"], None, state["peak"], state["values"], state.get("cited", ""))

    def incidents(self, now: int | None = None) -> list[Incident]:
        """Return those that have ended since the fold began, and the one that lasts."""
        lasting = self.lasting(now)
        return [*self.ended, lasting] if lasting else list(self.ended)

    def _hear(self, seen: SeenValue) -> None:
        assert self.rule.minutes is not None
        longest = self.rule.minutes * MINUTE
        last = self.state.get("last")
        if last is not None and seen.at - last > longest:
            self.ended.append(Incident(last + longest, seen.at, None, 0))

    def _count(self, seen: SeenValue) -> None:
        assert self._judge is not None
        state, rule = self.state, self.rule
        is_open, last = "open" in state, state.get("last")
        if not is_open and self._gap is not None and last is not None and seen.at - last > self._gap:
            self._forget_count()
            state.pop("same", None)  # of a value that comes back after a gap nobody knows that it stood still
        verdict = self._judge(state, seen)
        if state.get("run") and verdict.says > 0 and verdict.cited != state.get("cited", ""):
            if is_open:
                self._close(state["last"])
            self._forget_count()
        if verdict.says > 0:
            self._speak_for(seen, verdict.cited)
        elif "open" in state:
            state["off"] = state.get("off", 0) + 1 if verdict.says < 0 else 0
            if state["off"] >= rule.off_count:
                self._close(seen.at)
        else:
            self._forget_count()

    def _speak_for(self, seen: SeenValue, cited: str) -> None:
        state = self.state
        if not state.get("run"):
            state["first"], state["peak"], state["values"], state["cited"] = seen.at, seen.value, 0, cited
        state["run"] = state.get("run", 0) + 1 if "open" not in state else 1
        state["values"] += 1
        state["off"] = 0
        if self._sign * seen.value > self._sign * state["peak"]:
            state["peak"] = seen.value
        if "open" not in state and state["run"] >= self.rule.on_count and self._has_lasted(seen.at):
            state["open"] = state["first"]

    def _has_lasted(self, at: int) -> bool:
        return not self._lasts or at - int(self.state["first"]) > self._lasts

    def _close(self, at: int) -> None:
        state = self.state
        self.ended.append(Incident(state["open"], at, state["peak"], state["values"], state.get("cited", "")))
        del state["open"]
        self._forget_count()

    def _forget_count(self) -> None:
        for name in ("run", "first", "peak", "values", "cited", "off"):
            self.state.pop(name, None)


def incidents_of(
    rule: AlarmRule,
    decimals: int,
    values: Iterable[SeenValue],
    limits: Sequence[LimitSpan] = (),
    now: int | None = None,
) -> list[Incident]:
    """Return every incident of a line under a rule, oldest first: the replay that everything else must equal.

    Args:
        rule: Declared.
        decimals: Digits that the series keeps.
        values: In the order of their instants.
        limits: See `judges.judge_of`.
        now: Until when silence is counted (microseconds since 1970); None: only up to the last value.

    Source: docs/adr/0256 (1).
    """
    folding = Folding(rule, decimals, limits)
    folding.follow(values)
    return folding.incidents(now)
