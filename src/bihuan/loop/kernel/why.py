"""`why`: the explanation of a deadline or a holder, read from the events that decided it."""

from collections.abc import Sequence

import msgspec

from bihuan.loop.kernel.model import Case, Data, Event, Text


class Why(msgspec.Struct, frozen=True):
    """An answer: the value, the sentence, the rule it rests on and the events that led to it."""

    what: str
    value: str | None
    text: Text
    rule: Data = {}
    events: tuple[int, ...] = ()


def why(case: Case, events: Sequence[Event], what: str = "deadline") -> Why:
    """Return why the case has its deadline, holder or state. Raises `KeyError` for anything else.

    Source: DESIGN §3 (`why` is a return type)
    """
    return _ANSWERS[what](case, events)


def _deadline(case: Case, events: Sequence[Event]) -> Why:
    running = [c for c in case.clocks.values() if c.running]
    if not running:
        return Why("deadline", None, Text("没有运行中的时限", "no clock is running"))
    clock = min(running, key=lambda c: c.due)
    versions = tuple(e.version for e in events if any(op["name"] == clock.name for op in e.data.get("clocks", ())))
    span = clock.why.get("within", clock.why.get("given", clock.why.get("promised", "")))
    citation = clock.why.get("citation", "")
    return Why(
        "deadline",
        clock.due.isoformat(),
        Text(
            f"时限“{clock.name}”自{clock.started:%Y-%m-%d %H:%M}Z起{span}。{citation}",
            f"clock {clock.name!r}: {span} from {clock.started:%Y-%m-%d %H:%M}Z. {citation}",
        ),
        clock.why,
        versions,
    )


def _holder(case: Case, events: Sequence[Event]) -> Why:
    last = next((e for e in reversed(events) if "holder" in e.data), None)
    holder = case.holder
    if holder is None or last is None:
        return Why("holder", None, Text("案件已结束，无承办人", "the case has ended; nobody holds it"))
    rule = last.data.get("duty", {})
    return Why(
        "holder",
        holder.id,
        Text(f"因第{last.version}个事件“{last.kind}”", f"by event {last.version}, {last.kind}"),
        rule,
        (last.version,),
    )


def _state(case: Case, events: Sequence[Event]) -> Why:
    last = next(e for e in reversed(events) if "state" in e.data)
    return Why(
        "state",
        case.state,
        Text(f"因第{last.version}个事件“{last.kind}”", f"by event {last.version}, {last.kind}"),
        {},
        (last.version,),
    )


_ANSWERS = {"deadline": _deadline, "holder": _holder, "state": _state}
