"""The fold: `evolve(case, event)` and `fold(events)`.

It copies resolved facts from the event into the case. It never looks up a rule, a clock or a name,
so a case stays explainable after every table, calendar or organisation has changed.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from bihuan.loop.kernel.model import (
    Case,
    Clock,
    Data,
    Event,
    Holder,
    Party,
    Pending,
    Verification,
)

Changes = dict[str, Any]


def parse(text: str) -> datetime:
    """An ISO 8601 instant as events write it (UTC, `Z`)."""
    return datetime.fromisoformat(text)


def evolve(case: Case, event: Event) -> Case:
    """The case after `event`. Pure; raises `ValueError` when the event does not follow the case."""
    if event.version != case.version + 1:
        raise ValueError(f"case {case.id} is at version {case.version}; event {event.version} does not follow")
    data = event.data
    changes: Changes = {"version": event.version}
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
    special = _SPECIAL.get(event.kind)
    if special is not None:
        special(case, event, data, changes)
    return replace(case, **changes)


def fold(case_id: UUID, events: Iterable[Event]) -> Case:
    """The case that its events, in order, amount to."""
    case = Case(id=case_id)
    for event in events:
        case = evolve(case, event)
    return case


def with_clocks(case: Case, ops: list[Data], at: datetime) -> Case:
    """The case after further clock operations of the same event."""
    return replace(case, clocks=_clocks(case.clocks, ops, at))


def _clocks(clocks: dict[str, Clock], ops: list[Data], at: datetime) -> dict[str, Clock]:
    result = dict(clocks)
    for op in ops:
        name = op["name"]
        result[name] = _clock(result.get(name), op, at)
    return result


def _clock(clock: Clock | None, op: Data, at: datetime) -> Clock:
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


def _opened(case: Case, event: Event, data: Data, changes: Changes) -> None:
    place = data.get("place")
    changes.update(
        programme=data["programme"],
        edition=data["edition"],
        kind=data["kind"],
        shape=data["shape"],
        number=data["number"],
        channel=data["channel"],
        opened_at=event.occurred_at,
        category=data.get("category"),
        area=data.get("area"),
        urgency=data.get("urgency", "general"),
        place=place and tuple(place),
        subject=data.get("subject"),
        reporters=data.get("reporters", 1),
        history=data.get("history"),
        origin=data.get("origin", {}),
        restricted=data.get("restricted"),
        lead=data.get("lead"),
    )


def _classified(case: Case, event: Event, data: Data, changes: Changes) -> None:
    for name in ("category", "area", "urgency", "subject"):
        if name in data:
            changes[name] = data[name]
    if "place" in data:
        changes["place"] = data["place"] and tuple(data["place"])


def _dispatched(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(lead=data["lead"], chain=(), contacted_at=None, submitted_at=None)
    changes.update(
        evidence=(),
        verification=None,
        binding=case.binding or data.get("binding", False),
    )


def _returned(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(returns=case.returns + 1, chain=(), lead=None)


def _recalled(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(chain=(), lead=None, pending={})


def _reopened(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(
        reopens=case.reopens + 1,
        chain=(),
        evidence=(),
        contacted_at=None,
        submitted_at=None,
    )
    if event.kind == "reopened":
        changes["verification"] = None


def _delegated(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["chain"] = tuple(data["chain"])


def _contacted(case: Case, event: Event, data: Data, changes: Changes) -> None:
    if case.contacted_at is None:
        changes["contacted_at"] = event.occurred_at


def _evidence(case: Case, event: Event, data: Data, changes: Changes) -> None:
    item = {k: v for k, v in data.items() if k not in ("holder", "clocks", "state", "by_unit")}
    changes["evidence"] = (*case.evidence, item)


def _submitted(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["submitted_at"] = event.occurred_at
    changes["verification"] = Verification(sampled=data["sampled"])
    changes["pending"] = {k: v for k, v in case.pending.items() if not k.startswith(("extension:", "suspension"))}


def _request(case: Case, event: Event, data: Data, changes: Changes) -> None:
    pending = Pending(kind=event.kind, by=event.actor, at=event.occurred_at, data=data["request"])
    changes["pending"] = {**case.pending, data["pending"]: pending}


def _answered_request(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["pending"] = {k: v for k, v in case.pending.items() if k != data["pending"]}
    if event.kind == "suspended":
        changes["suspended_until"] = parse(data["until"])
    if event.kind == "excluded":
        entry = {
            "reason": data["reason"],
            "approver": event.actor,
            "at": msgspec.to_builtins(event.occurred_at),
        }
        changes["exclusions"] = {**case.exclusions, data["indicator"]: entry}


def _resumed(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["suspended_until"] = None


def _called_in(case: Case, event: Event, data: Data, changes: Changes) -> None:
    if "parties" in data:
        new = {
            p["unit"]: Party(p["unit"], p.get("task", ""), event.occurred_at, call=str(data.get("kind", "")))
            for p in data["parties"]
        }
        changes["parties"] = {**case.parties, **new}


def _party(
    **fields: Callable[[Event], Any],
) -> Callable[[Case, Event, Data, Changes], None]:
    def change(case: Case, event: Event, data: Data, changes: Changes) -> None:
        party = case.parties[data["party"]]
        updated = replace(party, **{name: value(event) for name, value in fields.items()})
        changes["parties"] = {**case.parties, party.unit: updated}

    return change


def _arrived(case: Case, event: Event, data: Data, changes: Changes) -> None:
    """A party that has been there stays among the units that handled the case, even when it is released later."""
    _party(arrived_at=_at)(case, event, data, changes)
    if data["party"] not in case.units:
        changes["units"] = (*case.units, data["party"])


def _released(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["parties"] = {k: v for k, v in case.parties.items() if k != data["party"]}


def _attempted(case: Case, event: Event, data: Data, changes: Changes) -> None:
    round_ = case.verification or Verification()
    upcoming = data.get("next_attempt_at")
    changes["verification"] = replace(
        round_,
        attempts=round_.attempts + 1,
        next_attempt_at=upcoming and parse(upcoming),
    )


def _verified(case: Case, event: Event, data: Data, changes: Changes) -> None:
    round_ = case.verification or Verification()
    changes["verification"] = replace(
        round_,
        attempts=round_.attempts + 1,
        next_attempt_at=None,
        result=data["result"],
        satisfied=data.get("satisfied"),
        verifier=event.actor,
    )
    if data.get("reopens"):
        _reopened(case, event, data, changes)


def _sampled(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["verification"] = Verification(sampled=True)


def _joined(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["reporters"] = case.reporters + data.get("reporters", 1)


def _left(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["reporters"] = max(1, case.reporters - data.get("reporters", 1))
    if str(data.get("report", "")).startswith("reporter:"):
        changes["left"] = (*case.left, data["report"])


def _merged(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(parent=data["parent"], before_merge=data["before"])


def _unmerged(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(parent=None, before_merge=None)


def _urged(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["urges"] = case.urges + 1


def _restricted(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["restricted"] = data["restricted"]


def _inherited(case: Case, event: Event, data: Data, changes: Changes) -> None:
    """The heir counts among the units that handled the case: it may not verify what it has taken over."""
    if "lead" in data:
        changes["lead"] = data["lead"]
    if "chain" in data:
        changes["chain"] = tuple(data["chain"])
    moved = data.get("parties_moved", {})
    if moved:
        parties = ((moved.get(code, code), party) for code, party in case.parties.items())
        changes["parties"] = {code: replace(party, unit=code) for code, party in parties if code is not None}
    units = changes.get("units", case.units)
    heirs = [data.get("lead"), *(new for old, new in moved.items() if old in case.units)]
    changes["units"] = tuple(dict.fromkeys([*units, *(unit for unit in heirs if unit)]))


def _migrated(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["edition"] = data["edition"]


def _at(event: Event) -> datetime:
    return event.occurred_at


def _score(event: Event) -> Any:
    return event.data["score"]


_SPECIAL: dict[str, Callable[[Case, Event, Data, Changes], None]] = {
    "opened": _opened,
    "classified": _classified,
    "dispatched": _dispatched,
    "arbitrated": _dispatched,
    "returned": _returned,
    "recalled": _recalled,
    "delegated": _delegated,
    "handed_back": _delegated,
    "contacted": _contacted,
    "evidence_added": _evidence,
    "submitted": _submitted,
    "extension_requested": _request,
    "suspension_requested": _request,
    "exclusion_requested": _request,
    "extended": _answered_request,
    "extension_refused": _answered_request,
    "suspended": _answered_request,
    "suspension_refused": _answered_request,
    "excluded": _answered_request,
    "exclusion_refused": _answered_request,
    "resumed": _resumed,
    "called_in": _called_in,
    "arrived": _arrived,
    "task_finished": _party(done_at=_at),
    "party_scored": _party(score=_score),
    "lead_scored": _party(score_of_lead=_score),
    "released": _released,
    "verification_attempted": _attempted,
    "verified": _verified,
    "sampled": _sampled,
    "reopened": _reopened,
    "reporter_joined": _joined,
    "reporter_left": _left,
    "merged": _merged,
    "unmerged": _unmerged,
    "urged": _urged,
    "restricted": _restricted,
    "inherited": _inherited,
    "migrated": _migrated,
    "history_recorded": lambda case, event, data, changes: None,
}
