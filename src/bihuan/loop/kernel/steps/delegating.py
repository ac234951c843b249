"""Delegating: down and up again inside the unit (street → community → person)."""

from bihuan.loop.kernel.context import Context, PlannedEvent, missing, refusal, unit
from bihuan.loop.kernel.fields import UNIT, fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Payload, UnitId
from bihuan.loop.kernel.states import HELD
from bihuan.loop.kernel.step import Step


class Delegated(Payload, frozen=True, kw_only=True):
    """The units through which it went, outermost first."""

    chain: list[UnitId]


class HandedBack(Delegated, frozen=True, kw_only=True):
    """One step up; the units that are left, outermost first."""


def delegate(context: Context) -> list[PlannedEvent] | Refusal:
    """Pass on inside the unit: to a unit below it, to a person, or both.

    Source: DESIGN §9 (1, one accountable holder at every step)
    """
    case, facts = context.case, context.facts
    holder = case.holder
    assert holder is not None
    target, person = context.data.get("unit"), context.data.get("person")
    if not target and not person:
        return missing("unit", "下级单位或经办人", "a unit below or a person")
    code = holder.id
    if target:
        found = facts.unit(target, context.at)
        if found is None or not facts.inside(found, holder.id, context.at):
            return refusal("not_inside", "只能转交本单位内部", "only to a unit inside the holding unit", field="unit",
                           remedy=("不属本单位职责请退单", "If it is not your duty, return it"))  # fmt: skip
        code = found
    if person and facts.person(person) not in ("", code):
        return refusal("not_a_member", "该人员不属于接收单位", "that person does not belong to the unit that receives the case",
                       field="person", remedy=("从接收单位的人员中选择", "Choose one of the receiving unit's people"))  # fmt: skip
    chain = [*case.chain] if code == holder.id else [*case.chain, holder.id]
    return [context.record(Delegated(holder=unit(code, person), chain=chain))]


def hand_back(context: Context) -> list[PlannedEvent] | Refusal:
    """One step up the chain inside the unit. Source: DESIGN §9 (1, one accountable holder at every step)."""
    case = context.case
    assert case.holder is not None
    if case.holder.person:
        return [context.record(HandedBack(holder=unit(case.holder.id), chain=list(case.chain)))]
    if not case.chain:
        return refusal("top_of_chain", "已是责任单位，没有上一级", "this is the duty-bearing unit itself",
                       remedy=("不属职责请退单", "If it is not your duty, return it"))  # fmt: skip
    return [context.record(HandedBack(holder=unit(case.chain[-1]), chain=list(case.chain[:-1])))]


def _pass_on(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["chain"] = tuple(data["chain"])


STEPS = (
    Step(
        order=180,
        command="delegate",
        who="holder",
        sources=HELD,
        event=EventKind(
            kind="delegated",
            name=Text("已转交", "delegated"),
            payload=Delegated,
            fold=_pass_on,
            acts=True,
            heard="not",
            story=Sentence(zh="单位内部转交{holder}", en="Passed on inside the unit to {holder}"),
        ),
        label=Text("单位内部转交（街道→社区→个人）", "Passed on inside the unit"),
        button=Text("内部转交", "Delegate"),
        handler=delegate,
        asks=(UNIT, fixed("person", "经办人", "Person", "person")),
    ),
    Step(
        order=190,
        command="hand_back",
        who="holder_or_above",
        sources=HELD,
        event=EventKind(
            kind="handed_back",
            name=Text("已退回上一级", "handed back"),
            payload=HandedBack,
            fold=_pass_on,
            acts=True,
            heard="not",
            story=Sentence(zh="退回上一级{holder}", en="Handed back up to {holder}"),
        ),
        label=Text("退回上一级经办", "Handed back one step up inside the unit"),
        button=Text("退回上一级", "Hand back"),
        handler=hand_back,
        minor=True,
    ),
)
