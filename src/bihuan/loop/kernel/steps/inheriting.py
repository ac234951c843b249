"""A unit that no longer exists is followed by its heir: the case it held, led or was called in to passes on.

Who follows: the successor that the organisation register names for the place of the case; where it names none, whom the
duty rule of the case type names on that day; where that names nobody, the district itself. The order is that of the
State Compensation Law (国家赔偿法) art. 7: the organ that continues the function, else the one above that abolished it.
Clocks run on: a reorganisation gives nobody more time.
"""

from datetime import datetime

from msgspec import UNSET, UnsetType, field
from msgspec.structs import replace

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, refusal, unit
from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Clock, ClockOp, Data, Event, Holder, Refusal, Text
from bihuan.loop.kernel.payload import Payload, ReasonCode, UnitId
from bihuan.loop.kernel.routing import duty_bearer
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import ALL, Step, never

REASON = "unit_ended"


class Inherited(Payload, frozen=True, kw_only=True):
    """Which units have ended (or which person has left), and who carries on with what.

    `heir` is the unit to name to people; `parties_moved`: called-in units by the heir of their task, None when released.
    """

    reason: ReasonCode | None = None
    ended: list[UnitId] | None = None
    heir: UnitId | None = None
    person: str | None = None
    lead: UnitId | None = None
    from_: UnitId | UnsetType | None = field(default=UNSET, name="from")
    duty: Data | UnsetType = UNSET
    chain: list[UnitId] | UnsetType = UNSET
    parties_moved: dict[str, str | None] | None = None


def ended_units(case: Case, facts: Facts, at: datetime) -> tuple[str, ...]:
    """The units that have a part in an open case at `at` and do not exist then: holder, lead, delegation, parties.

    Source: docs/topics/kernel.md, "Who has a case exists"; DESIGN §9 (7)
    """
    held = (case.holder.id,) if case.holder is not None and case.holder.kind == "unit" else ()
    lead = (case.lead,) if case.lead is not None else ()
    named = dict.fromkeys((*held, *lead, *case.chain, *case.parties))
    return tuple(code for code in named if facts.unit(code, at) is None)


def person_left(case: Case, facts: Facts) -> bool:
    """Whether a case is held by a person who is no longer active, or no longer of the unit that holds it.

    Source: docs/topics/kernel.md, "Who has a case exists"; DESIGN §9 (7)
    """
    holder = case.holder
    if holder is None or holder.kind != "unit" or holder.person is None:
        return False
    return facts.person(holder.person) not in ("", holder.id)


def inherit(context: Context) -> list[PlannedEvent] | Refusal:
    """Pass on what ended units had of the case; refused when all of them exist, or a gate's applicant has no heir.

    Source: docs/topics/kernel.md, "Who has a case exists"; DESIGN §9 (7)
    """
    case, facts, at = context.case, context.facts, context.at
    ended = ended_units(case, facts, at)
    if not ended and person_left(case, facts):
        assert case.holder is not None
        gone = Inherited(
            reason="person_left", holder=unit(case.holder.id), person=case.holder.person, heir=case.holder.id
        )
        return [context.record(gone)]
    if not ended:
        return refusal("nothing_ended", "相关单位均存续", "every unit of the case exists")
    heirs = {code: facts.heir(code, case.area, at) for code in ended}
    lead, why = _lead(context, heirs)
    if lead is None and case.lead in ended:
        return refusal("no_heir", "申请单位已撤销且无承继单位", "the applicant has ended and nobody follows it",
                       remedy=("请在组织机构中填写承继单位", "Name a successor in the organisation register"))  # fmt: skip
    known: Data = {}
    if lead != case.lead:
        known |= {"lead": lead, "from_": case.lead, "duty": why}
    if case.holder is not None and case.holder.kind == "unit":
        known |= _holding(context, heirs, lead or case.holder.id)
    elif lead is not None and heirs.keys() & set(case.chain):
        known["chain"] = _delegation(context, heirs, lead)
    known |= _parties(context, heirs, lead)
    heir = _carries_on(known, ended) or lead or facts.district()
    return [context.record(Inherited(reason=REASON, ended=list(ended), heir=heir, **known))]


def _carries_on(known: Data, ended: tuple[str, ...]) -> str | None:
    """The unit to name to people: of the holder, else the party's heir."""
    holder: Holder | None = known.get("holder")
    heirs: list[str] = [heir for heir in known.get("parties_moved", {}).values() if heir]
    unit_held = holder.id if holder is not None and holder.id not in ended else None
    return known.get("lead") or (heirs[0] if heirs else unit_held)


def _lead(context: Context, heirs: dict[str, str | None]) -> tuple[str | None, Data]:
    """Who leads from now on, and why; the present lead while it exists."""
    case = context.case
    if case.lead is None or case.lead not in heirs:
        return case.lead, {}
    heir = heirs[case.lead]
    if heir is not None:
        return heir, {"heir_of": case.lead}
    if context.rules.gate is not None:
        return None, {}
    found = duty_bearer(context, case.category, case.area)
    return found.lead, found.why


def _holding(context: Context, heirs: dict[str, str | None], lead: str) -> Data:
    """Holder and delegation below `lead`: whoever still exists inside it keeps the case, the person too."""
    case, facts, at = context.case, context.facts, context.at
    assert case.holder is not None
    now = heirs.get(case.holder.id, case.holder.id)
    if now is None or not facts.inside(now, lead, at):
        now = lead
    person = case.holder.person if now == case.holder.id else None
    followed = (heirs.get(code, code) for code in case.chain)
    chain = [] if now == lead else list(dict.fromkeys([lead, *(c for c in followed if c and c != now)]))
    return {"holder": unit(now, person), "chain": chain}


def _delegation(context: Context, heirs: dict[str, str | None], lead: str) -> list[str]:
    """The delegation of a case that a desk holds at the moment: heirs in the place of the ended, inside `lead`."""
    followed = (heirs.get(code, code) for code in context.case.chain)
    inside = (code for code in followed if code and context.facts.inside(code, lead, context.at))
    return list(dict.fromkeys([lead, *inside]))


def _parties(context: Context, heirs: dict[str, str | None], lead: str | None) -> Data:
    """Called-in units that ended: the heir takes over task and clocks; without one, or already there, it is released."""
    case = context.case
    moved: dict[str, str | None] = {}
    ops: list[ClockOp] = []
    for code in (code for code in case.parties if code in heirs):
        heir = heirs[code]
        taken = heir is None or heir == lead or heir in case.parties or heir in moved.values()
        moved[code] = None if taken else heir
        for name in (f"arrive@{code}", f"finish@{code}"):
            clock = case.clocks.get(name)
            if clock is not None and clock.stopped is None:
                ops.append({"op": "stop", "name": name})
                if taken:
                    continue
                own = f"{name.partition('@')[0]}@{heir}"
                ops.append(_handed(clock, own, context.at))
                ops += [{"op": "pause", "name": own}] if clock.paused is not None else []
    return {"parties_moved": moved, "clocks": ops} if moved else {}


def _handed(clock: Clock, name: str, at: datetime) -> ClockOp:
    """The heir's clock: due when the ended unit's was; what a pause has used up is given back."""
    due = clock.due if clock.paused is None else clock.due + (at - clock.paused)
    return {"op": "start", "name": name, "due": clocks.iso(due), "warn": [], "why": {"handed_from": clock.name}}


def _follow(case: Case, event: Event, data: Data, changes: Changes) -> None:
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


STEPS = (
    Step(
        order=530,
        command="inherit",
        who="clock",
        sources=(*LIVE, "in_effect"),
        event=EventKind(
            kind="inherited",
            name=Text("已承继", "inherited"),
            payload=Inherited,
            fold=_follow,
            story=Sentence(zh="{ended}已撤销，改由{heir}继续办理", en="{ended} no longer exists; {heir} carries on"),
        ),
        shapes=ALL,
        label=Text("单位撤销，由承继单位继续办理", "A unit has ended: its heir takes over"),
        button=Text("承继", "Take over"),
        handler=inherit,
        used=never,
        optional=False,  # without it, the cases of a unit that ends would be nobody's
        by_hand=False,
    ),
)
