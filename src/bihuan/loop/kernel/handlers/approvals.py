"""Requests and their approval: extension, suspension (挂账), exclusion (申请剔除)."""

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, Draft, missing, refusal
from bihuan.loop.kernel.evolve import parse
from bihuan.loop.kernel.model import Case, Refusal
from bihuan.loop.kernel.programme import ByTable, ClockRule


def request_extension(context: Context) -> list[Draft] | Refusal:
    """Ask for more time on one clock, before it is missed, at most as often as declared."""
    name = context.data.get("clock")
    rule = _clock_rule(context, name)
    clock = context.case.clocks.get(str(name))
    if rule is None or rule.extend is None or clock is None or not clock.running:
        return refusal(
            "not_extendable",
            "该时限不可延期",
            "that clock cannot be extended",
            field="clock",
        )
    if clock.extended >= rule.extend.times:
        return refusal("extended_enough", f"最多延期{rule.extend.times}次",
                       f"at most {rule.extend.times} extensions", field="clock")  # fmt: skip
    if context.at >= clock.due:
        return refusal(
            "too_late",
            "已超期，不能再申请延期",
            "the deadline has passed",
            field="clock",
        )
    if "given" in clock.why and rule.extend.within is None:
        return refusal("given_from_outside", "该时限由上级平台确定", "the system above has set this deadline", field="clock",
                       remedy=("请向上级平台申请延期", "Ask the system above for more time"))  # fmt: skip
    if not context.said("reason"):
        return missing("reason", "延期理由", "the reason")
    return [context.draft(pending=f"extension:{name}", request={"clock": name})]


def approve_extension(context: Context) -> list[Draft] | Refusal:
    """Grant it: the further time counts from the present due time."""
    key, rule = (
        f"extension:{context.data.get('clock')}",
        _clock_rule(context, context.data.get("clock")),
    )
    if key not in context.case.pending or rule is None or rule.extend is None:
        return nothing_pending("clock")
    clock = context.case.clocks[rule.name]
    within = rule.extend.within or _own_length(rule, clock.why)
    op = clocks.extend(rule, clock, within, context.facts)
    return [context.draft(pending=key, clocks=[op])]


def _own_length(rule: ClockRule, why: dict[str, str]) -> str:
    return why.get("within", "") if isinstance(rule.within, ByTable) else rule.within


def refuse_extension(context: Context) -> list[Draft] | Refusal:
    """Do not grant it."""
    return _refuse(context, f"extension:{context.data.get('clock')}", "clock")


def request_suspension(context: Context) -> list[Draft] | Refusal:
    """Ask to suspend until a date, for a declared reason."""
    rule, data = context.rules.suspend, context.data
    if rule is None:
        return refusal(
            "no_suspension",
            "此类案件不可挂账",
            "cases of this kind cannot be suspended",
        )
    if data.get("reason") not in rule.reasons:
        return refusal("unknown_reason", f"挂账理由须为：{'、'.join(rule.reasons)}",
                       f"the reason must be one of {', '.join(rule.reasons)}", field="reason")  # fmt: skip
    if not data.get("until"):
        return missing("until", "挂账截止日", "the end date")
    latest, _ = context.facts.due(context.at, rule.max)
    if not context.at < parse(data["until"]) <= latest:
        return refusal("bad_end", f"截止日须晚于现在且不超过{rule.max}", f"the end must lie within {rule.max}",
                       field="until")  # fmt: skip
    return [
        context.draft(
            pending="suspension",
            request={"until": data["until"], "reason": data["reason"]},
        )
    ]


def approve_suspension(context: Context) -> list[Draft] | Refusal:
    """Suspend: clocks stand still until the approved end."""
    pending = context.case.pending.get("suspension")
    if pending is None:
        return nothing_pending("suspension")
    if parse(pending.data["until"]) <= context.at:
        return refusal("bad_end", "申请的截止日已过", "the requested end has passed", field="until")
    ops = clocks.pause(context.rules, context.case)
    return [
        context.draft(
            pending="suspension",
            until=pending.data["until"],
            reason=pending.data["reason"],
            clocks=ops,
        )
    ]


def refuse_suspension(context: Context) -> list[Draft] | Refusal:
    """Do not suspend."""
    return _refuse(context, "suspension", "suspension")


def request_exclusion(context: Context) -> list[Draft] | Refusal:
    """Ask that the case not count in an indicator; reason and cut-off are declared."""
    rule, data = context.rules.exclusions, context.data
    if rule is None:
        return refusal(
            "no_exclusions",
            "此类案件没有剔除申请",
            "this kind of case has no exclusions",
        )
    if data.get("reason") not in rule.reasons:
        return refusal("unknown_reason", f"剔除理由须为：{'、'.join(rule.reasons)}",
                       f"the reason must be one of {', '.join(rule.reasons)}", field="reason")  # fmt: skip
    if not data.get("indicator"):
        return missing("indicator", "指标", "the indicator")
    key = f"exclusion:{data['indicator']}"
    if key in context.case.pending or data["indicator"] in context.case.exclusions:
        return refusal(
            "asked_already",
            "该指标已申请剔除",
            "already asked for this indicator",
            field="indicator",
        )
    late = _after_cutoff(context, rule.cutoff)
    if late is not None:
        return late
    request = {k: data[k] for k in ("indicator", "reason", "evidence") if k in data}
    return [context.draft(pending=key, request=request)]


def _after_cutoff(context: Context, cutoff: str) -> Refusal | None:
    counted = context.case.submitted_at or context.case.ended_at or context.at
    until = context.facts.month_end(counted, cutoff)
    if context.at > until:
        return refusal("after_cutoff", f"申请截止{clocks.iso(until)}", f"the cut-off was {clocks.iso(until)}",
                       remedy=("封账后只能通过公布的更正处理", "After closing, only a published restatement"))  # fmt: skip
    return None


def approve_exclusion(context: Context) -> list[Draft] | Refusal:
    """Exclude: an event with reason and approver; its rate is published."""
    key = f"exclusion:{context.data.get('indicator')}"
    pending = context.case.pending.get(key)
    if pending is None:
        return nothing_pending("indicator")
    return [
        context.draft(
            pending=key,
            indicator=pending.data["indicator"],
            reason=pending.data["reason"],
        )
    ]


def refuse_exclusion(context: Context) -> list[Draft] | Refusal:
    """Do not exclude."""
    return _refuse(context, f"exclusion:{context.data.get('indicator')}", "indicator")


def _refuse(context: Context, key: str, field: str) -> list[Draft] | Refusal:
    if key not in context.case.pending:
        return nothing_pending(field)
    if not context.said("reason"):
        return missing("reason", "不予批准的理由", "the reason")
    return [context.draft(pending=key)]


AWAITED = {  # commands that answer a request → how the request is kept in `case.pending`
    f"{answer}_{word}": (prefix, field)
    for word, prefix, field in (
        ("extension", "extension:", "clock"), ("suspension", "suspension", "suspension"), ("exclusion", "exclusion:", "indicator"),
    )
    for answer in ("approve", "refuse")
}  # fmt: skip


def unasked(case: Case, command: str) -> Refusal | None:
    """The refusal of a command that answers a request when nobody has made one."""
    prefix, field = AWAITED.get(command, ("", ""))
    if not prefix or any(key.startswith(prefix) for key in case.pending):
        return None
    return nothing_pending(field)


def nothing_pending(field: str) -> Refusal:
    """Nothing of that kind waits for an answer."""
    return refusal("nothing_pending", "没有待批的申请", "nothing waits for approval", field=field)


def _clock_rule(context: Context, name: object) -> ClockRule | None:
    return next((c for c in context.rules.clocks if c.name == name), None)


HANDLERS = {
    f.__name__: f
    for f in (
        request_extension,
        approve_extension,
        refuse_extension,
        request_suspension,
        approve_suspension,
        refuse_suspension,
        request_exclusion,
        approve_exclusion,
        refuse_exclusion,
    )
}
