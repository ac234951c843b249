"""The desk: opening, classifying, answering, dispatching, merging, recalling, arbitrating."""

from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import (
    Context,
    Draft,
    desk,
    facts_of,
    missing,
    refusal,
    unit,
)
from bihuan.loop.kernel.model import Data, Refusal
from bihuan.loop.kernel.programme import AdmissionRule

OPEN_FIELDS = (
    "channel",
    "category",
    "area",
    "urgency",
    "place",
    "subject",
    "reporters",
    "fields",
    "origin",
    "history",
    "restricted",
)

DISTRICT = "district"  # a fallback of this name is the district's own unit, not a unit's code


def open_(context: Context) -> list[Draft] | Refusal:
    """Register a signal as a case; dispatch at once where the programme says the routing is clear."""
    data, rules = context.data, context.rules
    urgency = data.get("urgency", "general")
    if urgency not in rules.urgencies:
        known = "、".join(rules.urgencies)
        return refusal("unknown_urgency", f"紧急程度{urgency!r}未定义，可用：{known}",
                       f"urgency {urgency!r} is not one of {known}", field="urgency")  # fmt: skip
    lacking = _retired(context) or _required_fields(context) or _too_late(context)
    if lacking is not None:
        return lacking
    opened = context.draft(
        programme=context.programme.id,
        edition=context.programme.edition,
        kind=data["kind"],
        shape=rules.shape,
        number=data["number"],
        holder=desk(rules.gate.reviewer if rules.gate else rules.desk),
        **{k: data[k] for k in OPEN_FIELDS if data.get(k) is not None},
    )
    if rules.shape == "gate":
        applicant = data.get("unit") or context.command.actor.unit
        if applicant is None:
            return missing("unit", "申请单位", "the applicant unit")
        opened.data["lead"] = applicant
    if rules.admission is not None:
        admitted = _admitted(context, rules.admission, data.get("subject"))
        if admitted is None:
            return [opened, _not_admitted(rules.admission)]
        opened.data["admission"] = admitted
    if not rules.auto_dispatch or data.get("hold"):
        return [opened]
    sent = _dispatch(context, data.get("category"), data.get("area"), data.get("unit"))
    return sent if isinstance(sent, Refusal) else [opened, sent]


def _retired(context: Context) -> Refusal | None:
    """A retired programme takes no new case; what was reported before that day is still one of before."""
    since = context.facts.retired(context.programme.id, context.at)
    if since is None:
        return None
    name = context.programme.name
    return refusal(
        "programme_retired",
        f"“{name.zh}”自 {since} 起停止受理新件，未结案件继续办理",
        f"“{name.en}” takes no new cases since {since}; open ones go on",
        remedy=(
            "请选用其他事项，或由管理员恢复受理",
            "Choose another programme, or let the administrator take it up again",
        ),
    )


def _admitted(context: Context, rule: AdmissionRule, subject: str | None) -> Data | None:
    return context.facts.admission(context.programme.id, rule.by, subject, context.at) if subject else None


def _not_admitted(rule: AdmissionRule) -> Draft:
    """Refused on record: what is not on the list valid that day does not take effect."""
    reason = {"zh": rule.reason.zh, "en": rule.reason.en}
    return Draft(
        "refused", {"state": "refused", "outcome": "refused", "holder": None, "reason": "not_admitted", "text": reason}
    )


def _too_late(context: Context) -> Refusal | None:
    """An application must be made a declared span before its start."""
    notice = context.rules.gate.notice if context.rules.gate else None
    if notice is None:
        return None
    start = context.form.get(notice.field)
    try:
        first = date.fromisoformat(str(start))
    except ValueError:
        return refusal("bad_date", "日期须为 年-月-日", "a date must read YYYY-MM-DD", field=f"fields.{notice.field}")
    earliest, _ = context.facts.due(context.at, notice.within)
    if datetime.combine(first, time.max, UTC) < earliest:
        return refusal("too_late", f"须提前{notice.within}申请", f"must be applied for {notice.within} ahead",
                       field=f"fields.{notice.field}",
                       remedy=("推迟开始日期", "Choose a later start"))  # fmt: skip
    return None


def _required_fields(context: Context) -> Refusal | None:
    given, rules = context.form, context.rules
    for name, rule in rules.fields.items():
        if rule.required and not given.get(name):
            return missing(f"fields.{name}", rule.name.zh, rule.name.en)
        if given.get(name) and rule.choices and given[name] not in rule.choices:
            return refusal("not_a_choice", f"{rule.name.zh}只能是：{'、'.join(rule.choices)}",
                           f"{rule.name.en} must be one of {', '.join(rule.choices)}", field=f"fields.{name}")  # fmt: skip
    for name, label in (rules.gate.requires if rules.gate else {}).items():
        if not given.get(name):
            return missing(f"fields.{name}", label.zh, label.en)
    return None


def classify(context: Context) -> list[Draft] | Refusal:
    """Set or correct category, area, urgency, place."""
    given: Data = {k: context.data[k] for k in ("category", "area", "urgency", "place", "subject") if k in context.data}
    if not given:
        return missing("category", "分类、地点或紧急程度", "a category, place or urgency")
    return [Draft("classified", given)]


def answer(context: Context) -> list[Draft] | Refusal:
    """Answered on the call: ends the case; the knowledge article is named."""
    if not (context.command.private or context.data.get("article")):
        return missing("text", "答复内容", "the answer")
    return [context.ending("answered", article=context.data.get("article"))]


def dispatch(context: Context) -> list[Draft] | Refusal:
    """Send to the duty-bearer: the given unit, else the campaign's lead, the duty rule, the district itself (兜底)."""
    given = context.data.get("unit")
    if given is None and (unknown := _unclassified(context)) is not None:
        return unknown
    sent = _dispatch(context, context.case.category, context.case.area, given)
    return sent if isinstance(sent, Refusal) else [sent]


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


def _dispatch(context: Context, category: str | None, area: str | None, given: str | None) -> Draft | Refusal:
    if given is not None:
        chosen = context.facts.unit(given, context.at)
        if chosen is None:
            return refusal(
                "unknown_unit",
                f"没有单位{given!r}",
                f"there is no unit {given!r} today",
                field="unit",
            )
        found = Bearer(chosen, (), {"chosen_by": context.command.actor.id})
    elif context.rules.duty.by == "given" and context.rules.duty.lead is None:
        return missing("unit", "承办单位", "the unit")
    else:
        found = duty_bearer(context, category, area)
    lead = found.lead
    data: dict[str, Any] = {"lead": lead, "state": "dispatched", "holder": unit(lead), "duty": found.why}
    others = [co for co in found.co_units if co != lead]
    if others:
        data["co_units"] = others  # 首接负责: the first receiver leads and may call them in
    return Draft("dispatched", data, context.command.private if context.command.kind == "dispatch" else None)


class Bearer(NamedTuple):
    """Who bears a duty, who helps, and the row that says so."""

    lead: str
    co_units: tuple[str, ...]
    why: Data


def duty_bearer(context: Context, category: str | None, area: str | None) -> Bearer:
    """The duty-bearer: whom the case's campaign declared, else by the case type's duty rule, else its fallback (兜底)."""
    facts, duty = context.facts, context.rules.duty
    declared = _declared(context)
    if declared is not None:
        return declared
    co_units: tuple[str, ...] = ()
    why: Data
    if duty.lead is not None:
        lead, why = facts.unit(duty.lead, context.at), {"fixed": duty.lead}
    elif duty.by == "area":
        lead, why = facts.office(area, context.at)
    else:
        lead, co_units, why = facts.duty(category, area, context.at)
    if lead is None or (why.get("fallback") and duty.fallback != DISTRICT):
        named = None if duty.fallback == DISTRICT else facts.unit(duty.fallback, context.at)
        lead, why = named or facts.district(), {**why, "fallback": duty.fallback if named else DISTRICT}
    return Bearer(lead, co_units, why)


def _declared(context: Context) -> Bearer | None:
    """The lead unit that the case's campaign declared for it, while that unit exists."""
    origin: Data = context.case.origin or context.data.get("origin") or {}
    lead = context.facts.unit(origin["lead"], context.at) if origin.get("lead") else None
    return None if lead is None else Bearer(lead, (), {"campaign": origin.get("campaign", "")})


def invalidate(context: Context) -> list[Draft] | Refusal:
    """Not a request at all; the reason is recorded."""
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    return [context.ending("invalid")]


def refuse(context: Context) -> list[Draft] | Refusal:
    """Not admissible: reason and the proper way are both required."""
    for name, zh, en in (
        ("reason", "理由", "the reason"),
        ("remedy", "救济途径", "the proper way to go"),
    ):
        if not context.said(name):
            return missing(name, zh, en)
    return [context.ending("refused")]


def transfer_out(context: Context) -> list[Draft] | Refusal:
    """Pass to a body outside the loop, such as the emergency services."""
    if not context.data.get("to"):
        return missing("to", "转送机关", "the body it is passed to")
    return [context.ending("transferred", to=context.data["to"])]


def merge(context: Context) -> list[Draft] | Refusal:
    """Join a parent case. Clocks pause, so that splitting a wrong merge restores them."""
    parent, case = context.data.get("parent"), context.case
    if not parent:
        return missing("parent", "主单", "the parent case")
    if parent == str(case.id):
        return refusal(
            "own_parent",
            "不能并入自身",
            "a case cannot be merged into itself",
            field="parent",
        )
    before = {"state": case.state, "holder": facts_of(case.holder)}
    ops = [{"op": "pause", "name": n} for n, c in case.clocks.items() if c.running]
    draft = context.ending("merged", parent=parent, before=before)
    draft.data["clocks"] = ops
    return [draft]


def unmerge(context: Context) -> list[Draft]:
    """Split a wrong merge: state, holder and remaining time are as they were."""
    before = context.case.before_merge or {}
    draft = context.draft(state=before["state"])
    draft.data["holder"] = before["holder"]
    draft.data["outcome"] = None
    draft.data["clocks"] = clocks.resume(context.case, context.at, context.facts, "restore")
    return [draft]


def join(context: Context) -> list[Draft] | Refusal:
    """Another reporter of the same matter; each is answered when the case ends."""
    if not context.data.get("report"):
        return missing("report", "来件", "the report that joins")
    return [context.draft(**{k: context.data.get(k) for k in ("report", "from", "reporters")})]


def leave(context: Context) -> list[Draft] | Refusal:
    """A reporter joined by mistake goes their own way again."""
    if not context.data.get("report"):
        return missing("report", "来件", "the report that leaves")
    return [context.draft(**{k: context.data.get(k) for k in ("report", "to", "reporters")})]


def restrict(context: Context) -> list[Draft] | Refusal:
    """Limit who may see the case (secrets, minors, the unit's own staff)."""
    kind = context.data.get("kind")
    return [context.draft(restricted=kind)] if kind else missing("kind", "限制类别", "the kind of restriction")


def recall(context: Context) -> list[Draft] | Refusal:
    """Take a wrong dispatch back; it does not count as the unit's return."""
    if not context.said("reason"):
        return missing("reason", "收回理由", "the reason for recalling")
    draft = context.draft(holder=desk(context.rules.desk))
    draft.data["from"] = context.case.lead
    return [draft]


def arbitrate(context: Context) -> list[Draft] | Refusal:
    """The arbiter names the unit; binding."""
    if not context.data.get("unit"):
        return missing("unit", "承办单位", "the unit")
    sent = _dispatch(context, context.case.category, context.case.area, context.data["unit"])
    if isinstance(sent, Refusal):
        return sent
    return [Draft("arbitrated", {**sent.data, "binding": True}, context.command.private)]


HANDLERS = {
    "open": open_,
    "classify": classify,
    "answer": answer,
    "dispatch": dispatch,
    "invalidate": invalidate,
    "refuse": refuse,
    "transfer_out": transfer_out,
    "merge": merge,
    "unmerge": unmerge,
    "join": join,
    "leave": leave,
    "restrict": restrict,
    "recall": recall,
    "arbitrate": arbitrate,
}
