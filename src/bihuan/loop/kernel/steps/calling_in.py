"""Calling units in (吹哨): they come, prove that they came, do their part, or are released."""

from datetime import datetime

from msgspec.structs import replace

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, missing, refusal
from bihuan.loop.kernel.evidence import distance_m
from bihuan.loop.kernel.fields import REASON, UNIT, choice, fixed, named
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, ClockOp, Data, Event, Party, Refusal, Text
from bihuan.loop.kernel.parties import called_unit, change_party, declared
from bihuan.loop.kernel.payload import Part, Payload, Place, Reasoned, UnitId, Words
from bihuan.loop.kernel.step import Step

IN_PROGRESS = ("in_progress",)


class Called(Part, frozen=True, kw_only=True):
    """One unit that is called in."""

    unit: UnitId
    task: Words | None = None


class CalledIn(Payload, frozen=True, kw_only=True):
    """The kind of call and the units; what they are to do is among the words."""

    kind: str | None = None
    parties: list[Called] | None = None


class Arrived(Payload, frozen=True, kw_only=True):
    """Which unit, where it stood, and the digest of its signature."""

    party: UnitId
    place: Place | None = None
    signature: str | None = None


class TaskFinished(Payload, frozen=True, kw_only=True):
    """Which unit has done its part."""

    party: UnitId


class Released(Reasoned, frozen=True, kw_only=True):
    """Which unit is no longer needed."""

    party: UnitId


def call_in(context: Context) -> list[PlannedEvent] | Refusal:
    """Call units in; each gets an arrival clock and a task clock. Source: DOMAIN E12 (街乡吹哨、部门报到)."""
    rule, data = context.rules.parties, context.data
    if rule is None:
        return refusal(
            "no_parties",
            "此类案件不能吹哨",
            "units cannot be called in on this kind of case",
        )
    if data.get("kind") not in rule.kinds:
        return refusal("unknown_kind", f"哨种须为：{'、'.join(rule.kinds)}", f"the kind must be one of {', '.join(rule.kinds)}",
                       field="kind")  # fmt: skip
    if not data.get("units") or not context.said("task"):
        return missing(
            "units" if not data.get("units") else "task",
            "被吹哨单位和任务",
            "the units and the task",
        )
    units: list[str] = []
    for code in data["units"]:
        found = context.facts.unit(code, context.at)
        if found is None or found == context.case.lead or found in context.case.parties or found in units:
            return refusal("bad_party", f"单位{code!r}不存在、已在场或是吹哨单位自己", f"unit {code!r} is unknown, already called or the lead itself",
                           field="units")  # fmt: skip
        units.append(found)
    parties = [Called(unit=code) for code in units]
    called = {code: Party(code, "", context.at, call=data["kind"]) for code in units}
    asked = replace(context.case, parties=called)
    ops = [
        clocks.call(name, within, asked, context.at, context.facts) for name, within in clocks.of_parties(rule, asked)
    ]
    return [context.record(CalledIn(parties=parties, kind=data["kind"], clocks=ops))]


def _call(case: Case, event: Event, data: Data, changes: Changes) -> None:
    if "parties" in data:
        new = {
            p["unit"]: Party(p["unit"], p.get("task", ""), event.occurred_at, call=str(data.get("kind", "")))
            for p in data["parties"]
        }
        changes["parties"] = {**case.parties, **new}


def _stop(context: Context, *names: str) -> list[ClockOp]:
    return clocks.cancel(context.case, set(names))


def arrive(context: Context) -> list[PlannedEvent] | Refusal:
    """Arrival is proved by position, time and signature.

    Source: DOMAIN E12 (arrival is proved by position, time and signature)
    """
    rule, party = context.rules.parties, called_unit(context)
    if isinstance(party, Refusal):
        return party
    assert rule is not None
    place = context.data.get("place")
    if place is None:
        return missing("place", "位置", "the position")
    if rule.signature and not context.data.get("signature"):
        return missing("signature", "签名", "the signature")
    if context.case.place is not None:
        metres = distance_m(context.case.place, tuple(place))
        if metres > rule.arrival_within_m:
            return refusal("too_far", f"距现场{metres:.0f}米，须在{rule.arrival_within_m}米内",
                           f"{metres:.0f} m from the site; must be within {rule.arrival_within_m} m", field="place")  # fmt: skip
    if party.arrived_at is not None:
        return refusal("arrived_already", "已到场", "already there")
    arrived = Arrived(
        party=party.unit,
        place=list(place),
        signature=context.data.get("signature"),
        clocks=_stop(context, f"arrive@{party.unit}"),
    )
    return [context.record(arrived)]


def _come(case: Case, event: Event, data: Data, changes: Changes) -> None:
    """A party that has been there stays among the units that handled the case, even when it is released later."""
    change_party(arrived_at=_at)(case, event, data, changes)
    if data["party"] not in case.units:
        changes["units"] = (*case.units, data["party"])


def finish_task(context: Context) -> list[PlannedEvent] | Refusal:
    """A party's task is done; only after it has arrived.

    Source: DOMAIN E12 (no close while a called-in unit has an unfinished task)
    """
    party = called_unit(context)
    if isinstance(party, Refusal):
        return party
    if party.arrived_at is None and context.rules.parties is not None:
        return refusal("not_arrived", "尚未到场", "has not arrived yet")
    if party.done_at is not None:
        return refusal("done_already", "任务已完成", "the task is done already")
    return [context.record(TaskFinished(party=party.unit, clocks=_stop(context, f"finish@{party.unit}")))]


def release(context: Context) -> list[PlannedEvent] | Refusal:
    """A party is no longer needed; the reason stays on record. Source: DOMAIN E12 (街乡吹哨、部门报到)."""
    code = str(context.data.get("unit"))
    if code not in context.case.parties:
        return refusal(
            "no_such_party",
            "该单位未被吹哨",
            "that unit was not called in",
            field="unit",
        )
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    return [context.record(Released(party=code, clocks=_stop(context, f"arrive@{code}", f"finish@{code}")))]


def _let_go(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["parties"] = {k: v for k, v in case.parties.items() if k != data["party"]}


def _at(event: Event) -> datetime:
    return event.occurred_at


STEPS = (
    Step(
        order=300,
        command="call_in",
        who="holder",
        sources=IN_PROGRESS,
        event=EventKind(
            kind="called_in",
            name=Text("已吹哨", "called in"),
            payload=CalledIn,
            fold=_call,
            acts=True,
            story=Sentence(zh="吹哨：请{parties}到场[；任务：{task}]", en="Called in: {parties}[. Task: {task}]"),
        ),
        label=Text("吹哨：请相关部门到场", "Call other units in"),
        button=Text("吹哨", "Call in"),
        handler=call_in,
        asks=(
            choice("kind", "哨种", "Kind", lambda rules, case: named(rules.parties.kinds) if rules.parties else {}),
            fixed("units", "单位", "Units", "units", required=True),
            fixed("task", "任务", "Task", required=True),
        ),
        used=declared,
    ),
    Step(
        order=310,
        command="arrive",
        who="party",
        sources=IN_PROGRESS,
        event=EventKind(
            kind="arrived",
            name=Text("已到场", "arrived"),
            payload=Arrived,
            fold=_come,
            acts=True,
            story=Sentence(zh="{party}已到场", en="{party} arrived"),
        ),
        label=Text("到场：位置、时间、签名", "Arrived: place, time and signature"),
        button=Text("到场", "Arrive"),
        handler=arrive,
        asks=(
            fixed("place", "位置", "Position", "place", required=True),
            fixed("signature", "签名", "Signature", "signature", required=True),
        ),
        carries=(UNIT,),
        used=declared,
    ),
    Step(
        order=320,
        command="finish_task",
        who="party",
        sources=IN_PROGRESS,
        event=EventKind(
            kind="task_finished",
            name=Text("分办完成", "task finished"),
            payload=TaskFinished,
            fold=change_party(done_at=_at),
            acts=True,
            story=Sentence(zh="{party}完成分办任务", en="{party} finished its task"),
        ),
        label=Text("完成分办任务", "The sub-task is finished"),
        button=Text("完成分办", "Finish task"),
        handler=finish_task,
        carries=(UNIT,),
        used=declared,
    ),
    Step(
        order=350,
        command="release",
        who="holder",
        sources=IN_PROGRESS,
        event=EventKind(
            kind="released",
            name=Text("已解除到场", "released"),
            payload=Released,
            fold=_let_go,
            story=Sentence(zh="解除{party}到场[：{reason}]", en="{party} no longer needed[: {reason}]"),
        ),
        label=Text("解除无需到场的单位", "A party is no longer needed, with a reason"),
        button=Text("解除到场", "Release"),
        handler=release,
        asks=(fixed("unit", "单位", "Unit", "unit", required=True), REASON),
        used=declared,
        minor=True,
    ),
)
