"""Clocks: which start, stop, pause and resume at an event, and what falls due by a tick.

Deadlines are absolute instants with their reason, computed once by `decide` and written into the event.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.model import Case, Clock, ClockOp, Data
from bihuan.loop.kernel.programme import ByDay, ByTable, CaseType, ClockRule, PartyRule
from bihuan.loop.kernel.table import table


def iso(at: datetime) -> str:
    """An instant as events write it: UTC with `Z`, microseconds only when there are any.

    Source: RFC 3339 §5.6, always in UTC; docs/adr/0001 (3, one byte form of an event)
    """
    text = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()
    return f"{text[:-6]}Z"  # of UTC it always ends with +00:00


def warnings(started: datetime, due: datetime, fractions: list[Decimal]) -> list[str]:
    """Instants at which the given fractions of the time allowed have passed.

    Source: docs/topics/kernel.md, "Clocks" (a declaration's `warn`)
    """
    seconds = (due - started).total_seconds()
    return [iso(started + timedelta(seconds=int(seconds * float(f)))) for f in fractions]


def start(rule: ClockRule, case: Case, at: datetime, facts: Facts, given: dict[str, str]) -> ClockOp:
    """The operation that starts `rule`'s clock at `at`.

    A clock the system above has set (`given[name]`, an ISO instant) is taken as it is, also when it is past: then it is
    missed at once. It binds the first handling; at a second one a past deadline no longer does, the rule's own span runs.

    Source: docs/topics/kernel.md, "Clocks" (a clock that the system above has set is taken as given)
    """
    if rule.name in given and not (case.reopens and datetime.fromisoformat(given[rule.name]) <= at):
        due, why = (
            datetime.fromisoformat(given[rule.name]),
            {"given": case.origin.get("source", "source")},
        )
    elif isinstance(rule.within, ByDay):
        due, why = _promised(rule.within, case, at, facts)
    else:
        within, why = _span(rule.within, case, at, facts)
        due, citation = facts.due(at, within)
        why = {"within": within, **citation, **why}
    return {
        "op": "start",
        "name": rule.name,
        "due": iso(due),
        "warn": warnings(at, due, rule.warn) if due > at else [],
        "why": why,
    }


def call(name: str, within: str | ByTable, case: Case, at: datetime, facts: Facts) -> ClockOp:
    """The operation that starts a clock of a called-in unit at `at`: it warns of nothing, the lead keeps watch.

    Source: DOMAIN E12 (街乡吹哨、部门报到: the lead keeps watch)
    """
    span, why = _span(within, case, at, facts)
    due, citation = facts.due(at, span)
    return {"op": "start", "name": name, "due": iso(due), "warn": [], "why": {"within": span, **citation, **why}}


def of_parties(rule: PartyRule, case: Case) -> Iterator[tuple[str, str | ByTable]]:
    """The clocks of called-in units by name, each with the span that `rule` gives it.

    Source: DOMAIN E12 (arrival and finish of each called-in unit)
    """
    for unit, party in case.parties.items():
        yield f"arrive@{unit}", rule.arrival(party.call)
        yield f"finish@{unit}", rule.finish


def _span(within: str | ByTable, case: Case, at: datetime, facts: Facts) -> tuple[str, Data]:
    if isinstance(within, ByTable):
        return facts.table(case.programme, within.table, at, _asked(case))
    return within, {}


def _promised(rule: ByDay, case: Case, at: datetime, facts: Facts) -> tuple[datetime, Data]:
    """The end of the day that the register says, as known at `at`; a day that nobody has said is due at once."""
    zone = facts.due(at, "1h")[1]["zone"]
    found = facts.ask(f"{case.about}.{rule.day}", case.subject, at, case.programme) if case.subject else None
    if found is None:
        return at, {"promised": rule.day, "zone": zone}
    day = date.fromisoformat(str(found[0])[:10])
    due = datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)).astimezone(UTC)
    return due, {"promised": day.isoformat(), "zone": zone, **found[1]}


def _asked(case: Case) -> dict[str, Any]:
    """What the kernel tells a table about a case; `programme_checks` refuses tables that ask for more."""
    return {"category": case.category, "urgency": case.urgency, "area": case.area}


def whole(case: Case, clock: Clock) -> Clock:
    """A clock that another unit's was handed down as, with what that one brought: its beginning, its rule, its time
    granted, and a standstill during which it was handed on. Any other clock is itself.

    Source: docs/topics/kernel.md, "Clocks" and "Who has a case exists".
    """
    earlier = case.clocks.get(str(clock.why.get("handed_from")))
    if earlier is None or earlier.stopped is None:
        return clock
    before = whole(case, earlier)
    stood = ({"paused": iso(before.paused), "resumed": iso(earlier.stopped)},) if before.paused is not None else ()
    granted = (*before.granted, *stood, *clock.granted)
    why = clock.why if "within" in clock.why else {**before.why, **clock.why}
    return replace(clock, started=before.started, granted=granted, why=why)


def replaced(
    within: str | ByTable | ByDay, fractions: list[Decimal], case: Case, clock: Clock, at: datetime, facts: Facts
) -> list[ClockOp]:
    """What another rule makes of a clock that began under an earlier one; nothing when the earlier one still holds.

    A table is asked for the edition in force at `at` when that edition says it applies to open cases, else for the one
    that held when the clock started. Time granted on top (extensions, standstills) is granted again, in its order, and
    uses up no further extension. A clock that the system above set, or a promise of the register, stays as it was set.

    Args:
        within: the span of the rule that takes over, or the table that gives it.
        fractions: of the time allowed, at which the clock warns.

    Source: docs/topics/rules.md, "When a rule changes under open cases".
    """
    if "given" in clock.why or isinstance(within, ByDay):
        return []
    clock = whole(case, clock)
    asked = clock.started
    if isinstance(within, ByTable) and facts.reaches_open(case.programme, within.table, at):
        asked = at
    span, why = _span(within, case, asked, facts)
    if _same(clock.why, span, why):
        return []
    base, citation = facts.due(clock.started, span)
    due = _granted(base, clock, span, facts)
    handed = {name: clock.why[name] for name in ("handed_from",) if name in clock.why}
    return _replace(clock, due, fractions, {"within": span, **citation, **why, **handed}, at)


def recounted(rule: ClockRule | None, clock: Clock, at: datetime, facts: Facts) -> list[ClockOp]:
    """What the calendar in force makes of a provisional clock; nothing while no deadline of it moves or becomes certain.

    The span stays as it was (with its table, edition and citation), and so does the time granted on top. `rule` is None
    for clocks that no programme declares (called-in units): they are warned at the same fractions of their time as before.

    Source: docs/topics/kernel.md, "Clocks" (a provisional deadline is counted again by the published year)
    """
    if clock.stopped is not None or not clock.why.get("provisional") or "within" not in clock.why:
        return []
    within = clock.why["within"]
    spans = [within, *(each["within"] for each in clock.granted if "within" in each)]
    base, citation = facts.due(clock.started, within)
    due = _granted(base, clock, within, facts)
    provisional = "provisional" in citation or any(facts.guesses(due, span) for span in spans)
    if provisional and due == clock.due:
        return []
    editions = (facts.due(clock.started, span)[1].get("calendar") for span in spans)
    kept = {name: value for name, value in clock.why.items() if name != "provisional"}
    why = {**kept, **citation, "calendar": next(filter(None, editions), kept.get("calendar"))}
    return _replace(
        clock, due, rule.warn if rule else _fractions(clock), why | ({"provisional": True} if provisional else {}), at
    )


def _fractions(clock: Clock) -> list[Decimal]:
    """At which fractions of its time a clock warns."""
    whole = clock.due - clock.started
    return [Decimal(str((w - clock.started) / whole)) for w in clock.warn] if whole else []


def _replace(clock: Clock, due: datetime, fractions: list[Decimal], why: Data, at: datetime) -> list[ClockOp]:
    """The operation that gives a clock another deadline; a deadline that is past by then is missed at once."""
    seen = clock.paused or at
    warn = warnings(clock.started, due, fractions)
    op: ClockOp = {
        "op": "replace",
        "name": clock.name,
        "due": iso(due),
        "warn": warn,
        "warned": sum(datetime.fromisoformat(w) <= seen for w in warn),
        "why": why,
    }
    missed = clock.paused is None and due <= at
    return [op, {"op": "miss", "name": clock.name, "due": iso(due)}] if missed else [op]


def _same(old: Data, within: str, new: Data) -> bool:
    """Whether a clock already follows the rule found: the same edition of the same table, or the same fixed span."""
    if "table" in new or "table" in old:
        return all(old.get(name) == new.get(name) for name in ("table", "edition", "jurisdiction"))
    return bool(old.get("within") == within)


def _granted(due: datetime, clock: Clock, within: str, facts: Facts) -> datetime:
    """`due` with the time granted on top of the clock's own, as if this rule had held from the start."""
    if not clock.granted and clock.extended:
        # Extended before grants were recorded one by one: what lies beyond the clock's own length is what was granted.
        span = clock.why.get("within", within)
        return facts.resume(facts.due(clock.started, span)[0], clock.due, span, due)
    for each in clock.granted:
        if "paused" in each:
            stood, on = datetime.fromisoformat(each["paused"]), datetime.fromisoformat(each["resumed"])
            due = facts.resume(stood, due, within, on)
        else:
            due, _ = facts.due(due, each["within"])
    return due


def meanings(event: str, state: str) -> set[str]:
    """What `event` leading to `state` means to clocks, so that a declaration need not list the ways there.

    Whatever gives a unit the case (a ruling, a second handling, a failed verification) also counts as `dispatched`;
    being drawn for re-verification also counts as `submitted`: each kind of event says so in its row.

    Source: docs/topics/kernel.md, "Clocks" (what also counts as `dispatched` or `submitted`)
    """
    counts = table().kinds[event].counts_as.get(state)
    return {event} if counts is None else {event, counts}


def changes(rules: CaseType, before: Case, after: Case, event: str, at: datetime, facts: Facts) -> list[ClockOp]:
    """Clock operations that `event` causes. `after` is the case with the event's other facts applied.

    Source: docs/topics/kernel.md, "Clocks"; docs/adr/0001 (3, due times are absolute)
    """
    ops: list[ClockOp] = []
    given: dict[str, str] = after.origin.get("due", {})
    if after.history and "due" in after.origin:
        return _replayed(rules, before, after, event, at, facts, given)
    meant = meanings(event, after.state)
    ends = bool(after.outcome)
    for rule in rules.clocks:
        clock = before.clocks.get(rule.name)
        alive = clock is not None and clock.stopped is None
        if ends or (alive and not meant.isdisjoint(rule.stops)):
            if alive:
                ops.append({"op": "stop", "name": rule.name})
            continue
        if not meant.isdisjoint(rule.starts) and (not alive or rule.restart):
            ops.append(start(rule, after, at, facts, given))
    if ends:  # clocks that no rule declares: those of called-in units, of an admission
        stopped = {op["name"] for op in ops}
        ops += [op for op in cancel(before, set(before.clocks)) if op["name"] not in stopped]
    return ops


def _replayed(
    rules: CaseType, before: Case, after: Case, event: str, at: datetime, facts: Facts, given: dict[str, str]
) -> list[ClockOp]:
    """A historical file knows only the deadlines it gives: these run from the opening to the ending."""
    if event == "opened":
        return [start(rule, after, at, facts, given) for rule in rules.clocks if rule.name in given]
    return cancel(before, set(before.clocks)) if after.outcome else []


def cancel(case: Case, names: set[str]) -> list[ClockOp]:
    """Stop the named clocks that still run. Source: docs/adr/0230 (1, a row says which clocks its step cancels)."""
    return [{"op": "stop", "name": n} for n, c in case.clocks.items() if n in names and c.stopped is None]


def pause(rules: CaseType, case: Case) -> list[ClockOp]:
    """Pause every running clock that the rules let pause.

    Source: docs/topics/kernel.md, "Clocks" (a suspension pauses clocks)
    """
    keep = {r.name for r in rules.clocks if not r.pauses}
    return [{"op": "pause", "name": n} for n, c in case.clocks.items() if c.running and n not in keep]


def resume(case: Case, at: datetime, facts: Facts, op: Literal["resume", "restore"] = "resume") -> list[ClockOp]:
    """Resume paused clocks: what was left when they paused is left again from `at`.

    Source: docs/topics/kernel.md, "Clocks" (what was left then is left again afterwards)
    """
    return [
        _resumed(clock, clock.paused, at, facts, op)
        for clock in case.clocks.values()
        if clock.paused is not None and clock.stopped is None
    ]


def _resumed(clock: Clock, paused: datetime, at: datetime, facts: Facts, op: Literal["resume", "restore"]) -> ClockOp:
    within = clock.why.get("within")
    due = facts.resume(paused, clock.due, within, at)
    warn = [iso(facts.resume(paused, w, within, at) if w > paused else w) for w in clock.warn]
    moved: ClockOp = {"op": op, "name": clock.name, "due": iso(due), "warn": warn}
    edition = facts.guesses(due, within)
    return {**moved, "why": {**clock.why, "calendar": edition, "provisional": True}} if edition else moved


def extend(rule: ClockRule | None, clock: Clock, within: str, facts: Facts) -> ClockOp:
    """Extend a clock: the further time counts from the present due time, not from the request.

    Source: docs/topics/kernel.md, "Clocks" (an extension counts from the due time, not from the request)
    """
    due, why = facts.due(clock.due, within)
    fractions = rule.warn if rule else []
    op: ClockOp = {
        "op": "extend",
        "name": clock.name,
        "due": iso(due),
        "warn": warnings(clock.due, due, fractions),
        "why": {"within": within, **why},
    }
    if "provisional" not in why:
        return op
    return {**op, "rule": {**clock.why, "calendar": why["calendar"], "provisional": True}}


def fallen(case: Case, at: datetime) -> list[ClockOp]:
    """Warnings and misses that have fallen due by `at` and are not recorded yet.

    Source: DESIGN §3 (time is a command)
    """
    return list(_fallen(case, at))


def _fallen(case: Case, at: datetime) -> Iterator[ClockOp]:
    for name, clock in case.clocks.items():
        if not clock.running or clock.missed:
            continue
        if clock.due <= at:
            yield {"op": "miss", "name": name, "due": iso(clock.due)}
            continue
        for instant in clock.warn[clock.warned :]:
            if instant <= at:
                yield {"op": "warn", "name": name, "at": iso(instant)}


def next_tick(case: Case) -> datetime | None:
    """When the clock must next look at this case: a warning, a miss, the end of a suspension.

    Source: docs/adr/0001 (4, time is a command)
    """
    times = [case.suspended_until] if case.state == "suspended" and case.suspended_until else []
    for clock in case.clocks.values():
        if clock.running and not clock.missed:
            upcoming = clock.warn[clock.warned : clock.warned + 1]
            times.append(max(min((*upcoming, clock.due)), clock.started))  # given too late: missed when it starts
    return min(times, default=None)
