"""The fold: `evolve(case, event)` and `fold(events)`.

It copies resolved facts from the event into the case. It never looks up a rule, a clock or a name,
so a case stays explainable after every table, calendar or organisation has changed. The common parts of an event are
folded here, what is a kind's own by its row.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from bihuan.loop.kernel.model import Case, Clock, ClockOp, Data, Event, Holder
from bihuan.loop.kernel.table import table


def parse(text: str) -> datetime:
    """Return an ISO 8601 instant as events write it (UTC, `Z`)."""
    return datetime.fromisoformat(text)


def evolve(case: Case, event: Event) -> Case:
    """Return the case after `event`. Pure; raises `ValueError` when the event does not follow the case.

    Source: docs/adr/0001 (1, 3); DESIGN §9 (4, state = fold(events))
    """
    if event.version != case.version + 1:
        raise ValueError(f"case {case.id} is at version {case.version}; event {event.version} does not follow")
    data = event.data
    changes: dict[str, Any] = {"version": event.version}
    if "state" in data:
        changes["state"] = data["state"]
    if "holder" in data:
        holder = data["holder"]
        changes["holder"] = holder and Holder(**holder)
        if holder and holder["kind"] == "unit" and holder["id"] not in case.units:
            changes["units"] = (*case.units, holder["id"])
    if "clocks" in data:
        changes["clocks"] = _clocks(case.clocks, data["clocks"], event.occurred_at)
    if "outcome" in data:
        changes["outcome"] = data["outcome"]
        changes["ended_at"] = event.occurred_at if data["outcome"] else None
    if "by_unit" in data and event.actor not in case.handlers:
        changes["handlers"] = (*case.handlers, event.actor)
    kind = table().kinds.get(event.kind)
    if kind is not None and kind.fold is not None:
        kind.fold(case, event, data, changes)
    return replace(case, **changes)


def fold(case_id: UUID, events: Iterable[Event]) -> Case:
    """Return the case that its events, in order, amount to.

    Source: docs/adr/0001 (1, 3); DESIGN §9 (4, state = fold(events))
    """
    case = Case(id=case_id)
    for event in events:
        case = evolve(case, event)
    return case


def with_clocks(case: Case, ops: list[ClockOp], at: datetime) -> Case:
    """Return the case after further clock operations of the same event. Source: docs/adr/0001 (3)."""
    return replace(case, clocks=_clocks(case.clocks, ops, at))


def _clocks(clocks: dict[str, Clock], ops: list[ClockOp], at: datetime) -> dict[str, Clock]:
    result = dict(clocks)
    for op in ops:
        name = op["name"]
        result[name] = _clock(result.get(name), op, at)
    return result


def _clock(clock: Clock | None, op: ClockOp, at: datetime) -> Clock:
    what = op["op"]
    if what == "start":
        warn = tuple(parse(w) for w in op.get("warn", ()))
        return Clock(
            name=op["name"],
            started=at,
            due=parse(op["due"]),
            warn=warn,
            why=op.get("why", {}),
        )
    if clock is None:
        raise ValueError(f"clock {op['name']!r} was never started")
    if what == "stop":
        return replace(clock, stopped=at)
    if what == "pause":
        return replace(clock, paused=at)
    if what == "warn":
        return replace(clock, warned=clock.warned + 1)
    if what == "miss":
        return replace(clock, missed=True, warned=len(clock.warn))
    due, warn = parse(op["due"]), tuple(parse(w) for w in op.get("warn", ()))
    if what in ("resume", "restore"):
        stopped = clock.stopped if what == "resume" else None
        return replace(
            clock,
            due=due,
            warn=warn,
            paused=None,
            stopped=stopped,
            granted=_stood(clock, at),
            why=op.get("why", clock.why),
        )
    if what == "extend":
        granted = (*clock.granted, {"within": op["why"]["within"]}) if "within" in op.get("why", {}) else clock.granted
        return replace(
            clock,
            due=due,
            warn=warn,
            warned=0,
            missed=False,
            extended=clock.extended + 1,
            granted=granted,
            why=op.get("rule", clock.why),
        )
    if what == "replace":
        return replace(clock, due=due, warn=warn, warned=op["warned"], missed=False, why=op["why"])
    raise ValueError(f"unknown clock operation {what!r}")


def _stood(clock: Clock, at: datetime) -> tuple[Data, ...]:
    if clock.paused is None:
        return clock.granted
    stood = {"paused": msgspec.to_builtins(clock.paused), "resumed": msgspec.to_builtins(at)}
    return (*clock.granted, stood)
