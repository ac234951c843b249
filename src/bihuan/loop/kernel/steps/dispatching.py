"""Dispatching: the desk sends a case to its duty-bearer, takes it back, or an arbiter rules whose it is."""

from msgspec import UNSET, UnsetType, field

from bihuan.loop.kernel.context import Context, PlannedEvent, desk, missing, refusal, unit
from bihuan.loop.kernel.fields import OPTIONAL_REASON, REASON, UNIT, fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Reasoned, UnitId, facts_of
from bihuan.loop.kernel.routing import Bearer, bearer_for, duty_bearer
from bihuan.loop.kernel.states import DESK, HELD
from bihuan.loop.kernel.step import Step


class Dispatched(Reasoned, frozen=True, kw_only=True):
    """The unit that leads from now on, who may help, and the row of the duty matrix (or the person) that says so.

    `parties`: only of an earlier version.
    """

    lead: UnitId
    duty: Data | None = None
    co_units: list[UnitId] | None = None
    parties: list[Data] | None = None


class Arbitrated(Dispatched, frozen=True, kw_only=True):
    """A dispatch by ruling; binding: no further return."""

    binding: bool | None = None


def dispatch(context: Context) -> list[PlannedEvent] | Refusal:
    """Send to the duty-bearer: the given unit, else the campaign's lead, the duty rule, the district itself (兜底).

    Source: DOMAIN E07 (clear jurisdiction → unit; unclear → district, 兜底)
    """
    given = context.data.get("unit")
    if given is None and (unknown := _unclassified(context)) is not None:
        return unknown
    sent = dispatch_to(context, context.case.category, context.case.area, given)
    return sent if isinstance(sent, Refusal) else [PlannedEvent(DISPATCHED, sent, context.command.private)]


def dispatch_to(context: Context, category: str | None, area: str | None, given: str | None) -> Data | Refusal:
    """The facts of a dispatch, from whatever step it follows.

    Source: DOMAIN E07 (clear jurisdiction → unit; unclear → district, 兜底)
    """
    found = bearer_for(context, category, area, given)
    return found if isinstance(found, Refusal) else facts_of(Dispatched(**_sent(found)))


def _sent(found: Bearer) -> Data:
    return {
        "lead": found.lead,
        "state": "dispatched",
        "holder": unit(found.lead),
        "duty": found.why,
        "co_units": found.helpers,
    }


def _unclassified(context: Context) -> Refusal | None:
    """The district is the last resort of what is classified, not the first of what is not (兜底不是分类).

    Only where the case type is classified at all: without categories nobody at the desk could say more.
    """
    case, by_matrix = context.case, context.rules.duty.by == "matrix"
    known = case.category if by_matrix else case.area
    if context.rules.categories is None or known:
        return None
    found = duty_bearer(context, case.category, case.area)
    if "campaign" in found.why:
        return None  # the campaign has said whose it is
    if not found.why.get("fallback") and found.lead != context.facts.district():
        return None
    zh, en = ("分类", "category") if by_matrix else ("地点", "place")
    return refusal("unclassified", f"还没有{zh}，职责清单只剩区级兜底",
                   f"without a {en} only the district itself is left as duty-bearer",
                   field="category" if by_matrix else "area",
                   remedy=(f"先补上{zh}再派单；确需指定单位，请在“单位”一栏写明",
                           f"Give the {en} first; or name the unit, if you know it"))  # fmt: skip


def _begin(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(lead=data["lead"], chain=(), contacted_at=None, submitted_at=None)
    changes.update(
        evidence=(),
        verification=None,
        binding=case.binding or data.get("binding", False),
    )


class Recalled(Reasoned, frozen=True, kw_only=True):
    """The unit that it was taken back from."""

    from_: UnitId | UnsetType | None = field(default=UNSET, name="from")


def recall(context: Context) -> list[PlannedEvent] | Refusal:
    """Take a wrong dispatch back; it does not count as the unit's return.

    Source: DOMAIN E07 (退单 is the unit's own; a wrong dispatch is not)
    """
    if not context.said("reason"):
        return missing("reason", "收回理由", "the reason for recalling")
    return [context.record(Recalled(holder=desk(context.rules.desk), from_=context.case.lead))]


def _take_back(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(chain=(), lead=None, pending={})


def arbitrate(context: Context) -> list[PlannedEvent] | Refusal:
    """The arbiter names the unit; binding. Source: DOMAIN §2 (returned at most n times, then arbitration)."""
    if not context.data.get("unit"):
        return missing("unit", "承办单位", "the unit")
    found = bearer_for(context, context.case.category, context.case.area, context.data["unit"])
    return found if isinstance(found, Refusal) else [context.record(Arbitrated(**_sent(found), binding=True))]


DISPATCHED = EventKind(
    kind="dispatched",
    name=Text("已派单", "dispatched"),
    payload=Dispatched,
    fold=_begin,
    story=Sentence(zh="派给{lead}办理[：{reason}]", en="Sent to {lead}[: {reason}]"),
)
STEPS = (
    Step(
        order=40,
        command="dispatch",
        who="desk",
        sources=DESK,
        event=DISPATCHED,
        target="dispatched",
        label=Text("按职责清单派给责任单位", "Send to the duty-bearer by the duty matrix"),
        button=Text("派单", "Dispatch"),
        handler=dispatch,
        asks=(UNIT, OPTIONAL_REASON),
        shortcut="d",
    ),
    Step(
        order=130,
        command="recall",
        who="dispatcher",
        sources=HELD,
        event=EventKind(
            kind="recalled",
            name=Text("已收回", "recalled"),
            payload=Recalled,
            fold=_take_back,
            cancels=("dispatched", "accepted"),
            story=Sentence(zh="派单有误，收回[：{reason}]", en="Wrongly sent, taken back[: {reason}]"),
        ),
        target="received",
        label=Text("派单有误，收回重派", "Wrong dispatch: taken back"),
        button=Text("收回重派", "Recall"),
        handler=recall,
        asks=(REASON,),
        risky=True,
    ),
    Step(
        order=160,
        command="arbitrate",
        who="adjudicator",
        sources=("arbitration",),
        event=EventKind(
            kind="arbitrated",
            name=Text("已裁定", "ruled"),
            payload=Arbitrated,
            fold=_begin,
            counts_as={"dispatched": "dispatched"},
            story=Sentence(zh="裁定由{lead}办理[：{reason}]", en="Ruled that {lead} handles it[: {reason}]"),
        ),
        target="dispatched",
        label=Text("退单超过次数，裁定承办单位", "Too many returns: an arbiter names the unit, binding"),
        button=Text("裁定", "Rule"),
        handler=arbitrate,
        asks=(fixed("unit", "承办单位", "Unit", "unit", required=True), REASON),
    ),
)
