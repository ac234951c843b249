"""The unit: accepting, returning, contacting, delegating, evidence, claiming completion."""

from bihuan.loop.kernel.context import Context, Draft, desk, missing, refusal, unit
from bihuan.loop.kernel.evidence import lacking
from bihuan.loop.kernel.model import Refusal
from bihuan.loop.kernel.programme import Sample


def accept(context: Context) -> list[Draft]:
    """首接负责: the first receiver signs for the case and leads it."""
    holder = context.case.holder
    assert holder is not None  # the permission rule has seen a holding unit
    return [context.draft(holder=unit(holder.id, holder.person))]


def return_(context: Context) -> list[Draft] | Refusal:
    """Not our duty: with a reason code, at most n times, then arbitration; never after a ruling."""
    case, rules = context.case, context.rules.returns
    reason = context.data.get("reason")
    if reason not in rules.reasons:
        known = "、".join(f"{k}（{n.zh}）" for k, n in rules.reasons.items())
        return refusal("unknown_reason", f"退单理由须为：{known}", f"the reason must be one of {', '.join(rules.reasons)}",
                       field="reason")  # fmt: skip
    if case.binding:
        return refusal("binding", "已裁定，不得再退单", "an arbiter has ruled: no further return",
                       remedy=("请办理，或申请延期", "Handle it, or ask for more time"))  # fmt: skip
    to_arbiter = case.returns + 1 > rules.max
    target = "arbitration" if to_arbiter else "received"
    holder = desk(rules.arbiter if to_arbiter else context.rules.desk)
    draft = context.draft(state=target, reason=reason, holder=holder)
    draft.data["from"] = case.lead
    return [draft]


def contact(context: Context) -> list[Draft]:
    """The unit says it has spoken with the reporter: stops the contact clock; the event says what that rests on."""
    trace = context.facts.trace(context.case, context.command.actor, context.case.opened_at, answers=False)
    return [context.draft(channel=context.data.get("channel", "phone"), rests_on=trace)]


def delegate(context: Context) -> list[Draft] | Refusal:
    """Pass on inside the unit: to a unit below it, to a person, or both."""
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
    return [context.draft(holder=unit(code, person), chain=chain)]


def hand_back(context: Context) -> list[Draft] | Refusal:
    """One step up the chain inside the unit."""
    case = context.case
    assert case.holder is not None
    if case.holder.person:
        return [context.draft(holder=unit(case.holder.id), chain=list(case.chain))]
    if not case.chain:
        return refusal("top_of_chain", "已是责任单位，没有上一级", "this is the duty-bearing unit itself",
                       remedy=("不属职责请退单", "If it is not your duty, return it"))  # fmt: skip
    return [context.draft(holder=unit(case.chain[-1]), chain=list(case.chain[:-1]))]


def note(context: Context) -> list[Draft] | Refusal:
    """A line in the timeline."""
    if not context.command.private:
        return missing("text", "内容", "the text")
    return [context.draft()]


def add_evidence(context: Context) -> list[Draft] | Refusal:
    """One piece of evidence, named by the SHA-256 of its bytes."""
    digest = str(context.data.get("sha256", ""))
    if len(digest) != 64 or any(c not in "0123456789abcdef" for c in digest):
        return refusal(
            "bad_hash",
            "佐证须有SHA-256",
            "evidence needs the SHA-256 of its bytes",
            field="sha256",
        )
    if any(item["sha256"] == digest for item in context.case.evidence):
        return refusal(
            "same_evidence",
            "同一佐证已上传",
            "the same file is already attached",
            field="sha256",
        )
    if (known := _known(context)) is not None:
        return known
    fields = ("sha256", "type", "taken_at", "place", "size", "media", "picture")
    return [context.draft(**{k: context.data.get(k) for k in fields})]


def _known(context: Context) -> Refusal | None:
    """A picture proves once, and never what it was reported with; other files may serve several cases unless `unique`."""
    unique, data = context.rules.evidence.unique, context.data
    seen = context.facts.used_for(data, context.case) if unique or data.get("media") else None
    remedy = ("请上传办理之后在本案现场拍摄的照片", "Attach a photograph of this very place, taken after the work")
    if seen is None:
        return None
    if seen.where == "report":
        return refusal("reporters_picture", f"这是反映问题时的材料（{seen.number}），不能证明已经办结",
                       f"this came with the report ({seen.number}); it cannot prove that the work is done",
                       field="sha256", remedy=remedy)  # fmt: skip
    if seen.where == "earlier":
        return refusal("same_evidence", "同一佐证已用于本案，不能重复计算", "this is evidence of this case already and counts once",
                       field="sha256", remedy=remedy)  # fmt: skip
    if unique or data.get("picture") or data.get("type") == "photo":
        return refusal("used_elsewhere", f"该佐证已用于案件{seen.number}",
                       f"this file is evidence of case {seen.number} already", field="sha256", remedy=remedy)  # fmt: skip
    return None


def submit(context: Context) -> list[Draft] | Refusal:
    """Claim completion: evidence and parties must be complete; then somebody else verifies."""
    case, rules = context.case, context.rules
    gap = lacking(rules, case, context.at) or _unfinished(context)
    if gap is not None:
        return gap
    verify = rules.verify
    assert verify is not None  # the declaration refuses handled shapes without verification
    sampled = not isinstance(verify.sample, Sample) or context.facts.sampled(case, str(verify.sample.fraction))
    facts = {"solvable": context.data.get("solvable"), "sampled": sampled}
    if not sampled:
        return [context.ending("closed", **facts)]
    return [context.draft(state="verifying", holder=desk(verify.by), **facts)]


def _unfinished(context: Context) -> Refusal | None:
    scored = context.rules.parties is not None and context.rules.parties.score
    for party in context.case.parties.values():
        if party.done_at is None:
            return refusal("party_unfinished", f"{party.unit}的分办任务未完成", f"{party.unit} has not finished its task",
                           remedy=("请其完成，或说明理由后解除", "Let it finish, or release it with a reason"))  # fmt: skip
        if scored and party.score is None:
            return refusal(
                "party_unscored",
                f"尚未评价{party.unit}",
                f"{party.unit} has not been scored",
            )
    return None


HANDLERS = {
    "accept": accept,
    "return": return_,
    "contact": contact,
    "delegate": delegate,
    "hand_back": hand_back,
    "note": note,
    "add_evidence": add_evidence,
    "submit": submit,
}
