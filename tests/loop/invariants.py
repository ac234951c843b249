"""The promises of the loop, written a second time and independently of the kernel: each function raises AssertionError.

They are used on random walks, on the simulated district and on rows read back from the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import chinese_calendar
import msgspec

from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Event
from bihuan.loop.kernel.payload import facts_of
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.table import decode_event
from bihuan.registers.pure.snapshot import Registers

OPEN = {"received", "dispatched", "in_progress", "arbitration", "suspended", "verifying", "in_effect"}
ENDED = {"closed", "answered", "withdrawn", "invalid", "transferred", "refused", "merged", "revoked"}
LAST_PUBLISHED = max(day.year for day in chinese_calendar.constants.holidays)
HANDLED = {"accepted", "contacted", "delegated", "handed_back", "evidence_added", "submitted", "called_in"} | {
    "arrived",
    "task_finished",
}


def typed(events: Iterable[Event]) -> None:
    """What an event says is what the payload of its kind can say: it decodes, and nothing is lost."""
    for event in events:
        try:
            said = facts_of(decode_event(event.kind, event.data))
        except msgspec.ValidationError as error:
            raise AssertionError(f"{event.kind}: {error}") from error
        assert said == event.data, f"{event.kind} says what its payload loses"


def alive(rules: CaseType, case: Case) -> None:
    """Invariant 1: one accountable holder, a running clock or a dated suspension; nothing runs in an ended case."""
    running = [c for c in case.clocks.values() if c.stopped is None and c.paused is None]
    if case.ended_at is not None:
        assert case.state in ENDED, f"ended in state {case.state}"
        assert case.outcome == case.state, f"outcome {case.outcome} in state {case.state}"
        assert case.outcome in rules.outcomes, f"outcome {case.outcome} is not declared"
        assert case.holder is None, f"an ended case is held by {case.holder}"
        assert not running, f"clocks run in an ended case: {[c.name for c in running]}"
        return
    assert case.state in OPEN, f"open in state {case.state}"
    assert case.outcome is None
    assert case.holder is not None, f"nobody is accountable in state {case.state}"
    handling = case.state in ("dispatched", "in_progress", "suspended")
    assert case.holder.kind == ("unit" if handling else "desk"), f"{case.holder.kind} {case.holder.id} in {case.state}"
    assert case.holder.id
    if case.state == "suspended":
        assert case.suspended_until is not None, "a suspension without an end"
    else:
        assert running, f"no clock runs in state {case.state}; clocks: {sorted(case.clocks)}"
    earliest = min((c.due for c in running), default=None)
    assert case.deadline == earliest, f"deadline {case.deadline}, earliest running clock {earliest}"


def verified_by_others(
    rules: CaseType, events: Sequence[Event], actors: Mapping[str, Actor], registers: Registers
) -> None:
    """Invariant 2: whoever verifies is none of those the declaration excludes, on the graph of that day."""
    people: set[str] = set()
    units: set[str] = set()
    finder = actors[events[0].actor]
    for event in events:
        if event.kind in HANDLED:
            people.add(event.actor)
        holder = event.data.get("holder")
        if holder and holder["kind"] == "unit":
            units.add(holder["id"])
        if event.kind in ("arrived", "task_finished"):  # a party that never came has handled nothing
            units.add(event.data["party"])
        if event.kind in ("verified", "verification_attempted") and rules.verify is not None:
            who = actors[event.actor]
            day = event.occurred_at.astimezone(registers.calendar.zone).date()
            found = _relation(who, people, units, registers, day)
            found |= {"finder"} if who.id == finder.id or (who.unit is not None and who.unit == finder.unit) else set()
            excluded = found & set(rules.verify.independent_of)
            assert not excluded, f"{who.id} of {who.unit} verified although {sorted(excluded)}"


def _relation(who: Actor, people: set[str], units: set[str], registers: Registers, day: date) -> set[str]:
    found = {"handler"} if who.id in people else set()
    if who.unit is None:
        return found
    spans = {o.id: o for o in registers.organisations if o.on(day)}
    if who.unit in units:
        found.add("unit")
    if who.unit not in spans:
        return found
    line = _line(who.unit, spans)
    for unit in units & set(spans):
        district = spans[unit].kind == "district"
        if who.unit == unit or (not district and unit in line and not _contracts(line, unit, spans)):
            found.add("unit")
        if who.unit in _line(unit, spans)[1:] and spans[who.unit].kind != "district":
            found.add("superiors_below_district")
        hirers = [u for u in _line(unit, spans) if spans[u].kind != "district"]
        if spans[who.unit].kind == "contractor" and {spans[who.unit].parent, *spans[who.unit].clients} & set(hirers):
            found.add("contractor")
    return found


def _line(unit: str, spans: Mapping[str, Any]) -> list[str]:
    line = [unit]
    while line[-1] in spans and spans[line[-1]].parent in spans:
        line.append(spans[line[-1]].parent)
    return line


def _contracts(line: list[str], unit: str, spans: Mapping[str, Any]) -> bool:
    """Whether the way up from the verifier to the unit passes through a contract instead of staying inside."""
    return any(spans[u].kind == "contractor" for u in line[: line.index(unit)])


def conserved(rules: CaseType, cases: Iterable[Case], *, joined: bool = True) -> dict[str, int]:
    """Invariant 3: in = open + each declared outcome; with `joined`, every merged reporter is kept by the parent.

    Returns the count by outcome.
    """
    cases = list(cases)
    counted = Counter("open" if c.ended_at is None else str(c.outcome) for c in cases)
    assert sum(counted.values()) == len(cases)
    assert set(counted) <= {"open", *rules.outcomes}, f"undeclared outcomes: {set(counted) - set(rules.outcomes)}"
    by_id = {str(c.id): c for c in cases}
    merged = Counter(c.parent for c in cases if c.state == "merged")
    for parent, children in merged.items() if joined else ():
        assert parent in by_id, f"merged into {parent}, which does not exist"
        kept = by_id[str(parent)].reporters + len(by_id[str(parent)].left)
        assert kept >= 1 + children, f"{children} cases merged into {parent}, which knows {kept} reporters"
    return dict(counted)


def folded(case: Case, events: Sequence[Event]) -> None:
    """Invariant 4, pure part: the case is the fold; versions count from 1; the byte form returns the same events."""
    assert [e.version for e in events] == list(range(1, len(events) + 1))
    stored = [msgspec.json.decode(msgspec.json.encode(e), type=Event) for e in events]
    assert stored == list(events), "an event changes when it is written and read"
    for event in events:
        _no_floats(event.data, f"{event.kind}.data")
        assert event.recorded_at.tzinfo is not None
        assert event.occurred_at.tzinfo is not None
    again = fold(case.id, stored)
    assert again == case, "the case is not the fold of its events"
    assert msgspec.json.decode(msgspec.json.encode(case), type=Case) == case, "the fold changes when stored"


def _no_floats(value: Any, where: str) -> None:
    assert not isinstance(value, float), f"a float in {where}"
    if isinstance(value, dict):
        for key, inner in value.items():
            _no_floats(inner, f"{where}.{key}")
    if isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            _no_floats(inner, f"{where}[{i}]")


def deadlines_right(events: Sequence[Event], registers: Registers) -> int:
    """Invariant 5: every deadline counted afresh from its cited span and the State Council's days. Returns how many."""
    checked = 0
    for event in events:
        for op in event.data.get("clocks", ()):
            span = op.get("why", {}).get("within")
            if op["op"] == "start" and span is not None and "given" not in op["why"]:
                expected = _due(event.occurred_at, span, registers)
                if expected is None:  # beyond the published years: the clock must say that it guesses
                    assert op["why"].get("provisional"), f"{op['name']}: a guessed deadline that does not say so"
                    continue
                due = datetime.fromisoformat(op["due"])
                assert due == expected, f"{op['name']}: {span} from {event.occurred_at} is {expected}, not {due}"
                checked += 1
    return checked


def _due(start: datetime, span: str, registers: Registers) -> datetime | None:
    amount = int("".join(c for c in span if c.isdigit()))
    unit, _, ends = span.lstrip("0123456789 ").partition(", ")
    if unit in ("h", "hour", "hours"):
        return start + timedelta(hours=amount)
    if unit == "min":
        return start + timedelta(minutes=amount)
    local = start.astimezone(registers.calendar.zone)
    if unit in ("d", "day", "days") and ends == "end of day":
        return _last_second(local.date() + timedelta(days=amount), registers)
    if unit in ("d", "day", "days"):
        return (local + timedelta(days=amount)).astimezone(UTC)
    assert unit in ("working day", "working days"), f"no independent rule for {span!r}"
    day = local.date()
    while amount:
        day += timedelta(days=1)
        if day.year > LAST_PUBLISHED:
            return None
        amount -= chinese_calendar.is_workday(day)
    return _last_second(day, registers)


def _last_second(day: date, registers: Registers) -> datetime:
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), registers.calendar.zone)
    return midnight.astimezone(UTC) - timedelta(seconds=1)


def accounted(rules: CaseType, events: Sequence[Event]) -> None:
    """Returns stop at the limit; after a ruling there are none; every exclusion has reason, approver and request."""
    returned, ruled, asked = 0, False, set()
    for event in events:
        if event.kind == "returned":
            returned += 1
            assert not ruled, "returned after an arbiter had ruled"
            assert event.data["reason"] in rules.returns.reasons
            assert (event.data["state"] == "arbitration") == (returned > rules.returns.max)
        ruled = ruled or event.kind == "arbitrated"
        if event.kind == "exclusion_requested":
            asked.add(event.data["request"]["indicator"])
        if event.kind == "excluded":
            assert event.data["indicator"] in asked, "excluded without a request"
            assert event.data["reason"], "excluded without a reason"
            assert event.actor, "excluded without an approver"
    assert returned <= rules.returns.max + 1


def punctual(commands: Sequence[Command], events: Sequence[Event]) -> None:
    """Every missed deadline is recorded at or after it fell due, and never for a clock that had stopped."""
    stopped: set[str] = set()
    for event in events:
        for op in event.data.get("clocks", ()):
            name = op["name"]
            if op["op"] in ("start", "restore", "resume"):
                stopped.discard(name)
            if op["op"] == "stop":
                stopped.add(name)
            if op["op"] == "miss":
                assert name not in stopped, f"{name} was missed after it had stopped"
                assert datetime.fromisoformat(op["due"]) <= event.occurred_at
    assert len(commands) <= len(events)
