# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Support that is delivered without application: what there is, whether it is for me, and the lists in public notice.

What somebody answers on the asking page stands in the address of that page only; nothing of it is kept.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.entitlements.catalogue import all_policies, editions_of, kinds_for
from bihuan.entitlements.explaining import explain_line
from bihuan.entitlements.models import GrantListRow
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.entitlements.pure.differing import difference
from bihuan.entitlements.pure.questions import ask_all, explain, next_question
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.methods.parts.clauses import PolicyCondition, wrong_clause
from bihuan.registers.isolation import in_district
from bihuan.subjects.catalogue import subject_type

MOST = 2000
LONGEST = 64
WORDS = {
    "title": Text("惠企政策", "Support for firms"),
    "lead": Text("按登记数据判断，符合条件即列入名单，公示期满直接兑付，无须申请。", "Judged by registered data: whoever is entitled is on a list, and is paid when its notice is over. Nobody has to apply."),
    "ask": Text("看看哪些适合我", "Which are for me?"),
    "ask_lead": Text("一次只问一个问题，先问能确定最多政策的。回答只在本页，不留存。", "One question at a time, first the one that decides most. Answers stay on this page; nothing is kept."),
    "yes": Text("符合", "Yes"), "no": Text("不符合", "No"), "unknown": Text("尚不能确定", "Not known yet"),
    "next": Text("下一个问题", "Next question"), "answer": Text("回答", "Answer"), "again": Text("重新开始", "Begin again"),
    "missing": Text("还缺", "Missing"), "clauses": Text("条件与依据", "Conditions and their basis"),
    "one_of": Text("以下各组满足一组即可，组内须全部满足：", "One of these groups is enough; all of a group must hold:"),
    "group": Text("条件组", "Group"), "condition": Text("条件", "Condition"), "basis": Text("依据", "Basis"), "state": Text("结论", "Answer"),
    "amount": Text("标准", "Amount"), "lists": Text("名单", "Lists"), "notice": Text("公示至", "In notice until"), "digest": Text("名单摘要", "Digest of the list"),
    "firm": Text("企业", "Firm"), "paid": Text("已兑付", "Paid"), "struck": Text("已剔除", "Struck"), "listed": Text("公示中", "In notice"), "refused": Text("资金不足，未付", "Not paid: no money left"),
    "not_with": Text("不得同时享受", "Not together with"), "done": Text("没有需要再问的了。", "Nothing is left to ask."),
    "object": Text("对名单有异议的，请在公示期内提出。", "Objections are raised while the notice runs."), "raise": Text("提出异议", "Object"),
    "changes": Text("版本差异", "What changed between editions"), "before": Text("原版", "Before"), "after": Text("新版", "After"),
    "added": Text("新增条件", "Condition added"), "removed": Text("删除条件", "Condition removed"), "altered": Text("修改条件", "Condition altered"),
    "cap": Text("合计上限", "Cap of all policies"), "from": Text("施行日期", "In force from"), "to": Text("终止日期", "In force until"), "period": Text("期间", "Period"),
    "one_edition": Text("目前只有一个版本。", "There is one edition so far."),
    "why": Text("为什么没有我", "Why not me?"), "why_lead": Text("输入统一社会信用代码，查看列入或未列入的原因和未登记的事项。登记的具体数据不在此公开，逐条理由以函件送达企业。", "Enter the unified social credit code: why it is listed or not, and which facts are not registered. What the register says is not shown here; the firm gets it clause by clause, by letter."),
    "code": Text("统一社会信用代码", "Unified social credit code"), "look": Text("查看", "Look"), "known": Text("登记数据", "Registered"),
    "mend": Text("登记补齐后，下一期名单自动列入，无须申请。", "Once it is registered, the next list includes whoever is entitled; nobody has to apply."),
    "opt_out": Text("不愿享受的，可声明放弃；声明后不再列入名单。", "Whoever does not want it says so, and is on no list from then on."),
}  # fmt: skip
STATES = {"yes": "ok", "no": "bad", "unknown": "warn"}


def catalogue(request: HttpRequest) -> HttpResponse:
    """Every policy in force.

    Source: docs/topics/entitlements.md, "Pages"
    """
    here = world(request)
    found = [(p, _amount(p)) for p in all_policies().values() if p.runs_on(_today(here))]
    return render(request, "faces/public/policies.html", {"policies": found, "words": _words()})


def one(request: HttpRequest, key: str) -> HttpResponse:
    """One policy: conditions with their basis, amount, lists that were published.

    Raises:
        Http404: nobody declares it.

    Source: docs/topics/entitlements.md, "Pages"
    """
    here = world(request)
    policy = all_policies().get(key)
    if policy is None:
        raise Http404(_("There is nothing of that name."))
    with in_district(here.registers.district.code):
        rows = GrantListRow.objects.filter(policy=key, published_at__isnull=False).order_by("-published_at")[:20]
        lists = [(row.key, moment(row.notice_ends) if row.notice_ends else "", row.paid_at is not None) for row in rows]
    context = {
        "policy": policy, "words": _words(), "amount": _amount(policy), "lists": lists,
        "groups": _groups(policy, _today(here), {}),
        "changes": _changes(policy),
        "beside": [all_policies()[name].name for name in policy.not_with if name in all_policies()],
    }  # fmt: skip
    return render(request, "faces/public/policy.html", context)


def ask(request: HttpRequest) -> HttpResponse:
    """The next question that decides most, and every answer clause by clause.

    Source: docs/topics/entitlements.md, "Asking"
    """
    here = world(request)
    day = _today(here)
    policies = [policy for policy in all_policies().values() if policy.runs_on(day)]
    asked = {policy.over for policy in policies}
    kind = subject_type(min(asked)) if asked else None
    policies = [policy for policy in policies if policy.over == min(asked)]  # questions are about one kind of asker
    fields = {name for policy in policies for name in policy.fields}
    facts = {name: str(request.GET[name])[:LONGEST].strip() for name in request.GET if name in fields}
    facts = {name: text for name, text in facts.items() if text and (kind is None or _reads(kind, name, text))}
    told = ask_all(policies, day.isoformat(), facts)
    field = next_question(told)
    known = {} if kind is None else {name: say(kind.fields[name].name) for name in fields}
    context = {
        "words": _words(), "facts": [(name, known.get(name, name), text) for name, text in facts.items()],
        "field": field, "question": known.get(field or "", field), "input": _input(kind, field) if kind and field else None,
        "answers": [
            (policy, STATES[told[policy.id][0]], say(WORDS[told[policy.id][0]]),
             [known.get(name, name) for name in told[policy.id][1]], _groups(policy, day, facts))
            for policy in sorted(policies, key=lambda p: (["yes", "unknown", "no"].index(told[p.id][0]), p.id))
        ],
    }  # fmt: skip
    return render(request, "faces/public/policy_ask.html", context)


def one_list(request: HttpRequest, key: str) -> HttpResponse:
    """A published list: who, how much, on which ground, its digest; and, for a code that is asked, why not.

    Raises:
        Http404: there is none, or it is not public.

    Source: docs/topics/entitlements.md, "Delivery", "Why"
    """
    here = world(request)
    with in_district(here.registers.district.code):
        row = GrantListRow.objects.filter(key=key, published_at__isnull=False).first()
        lines = [] if row is None else list(row.rows.exclude(state="left_out").order_by("key")[:MOST])
    policy = all_policies().get(row.policy) if row else None
    if row is None or policy is None:
        raise Http404(_("There is nothing of that name."))
    rows = [
        (each.key, f"{each.amount / 100:,.2f}", each.alternative, say(WORDS[each.state]), each.reason) for each in lines
    ]
    whom = str(request.GET.get("whom", ""))[:LONGEST].strip().upper()
    context = {
        "policy": policy, "key": key, "digest": row.digest, "rows": rows, "words": _words(), "whom": whom,
        "why": _why(here, key, whom) if whom else None,
        "ends": moment(row.notice_ends) if row.notice_ends else "",
    }  # fmt: skip
    return render(request, "faces/public/policy_list.html", context)


def _why(here: World, key: str, whom: str) -> dict[str, Any]:
    """Why somebody is on the list or not.

    Anybody reads the reason and which facts are not registered; what the register says, clause by clause, is for those
    who work on the programme, and reaches the firm by letter.
    """
    found = explain_line(key, whom, here.registers.district.code)
    kind = subject_type(found.policy.over)
    open_to = here.staff and here.actor.may("see_restricted")
    return {
        "reason": say(Text(**found.words)),
        "missing": [say(kind.fields[name].name) for name in found.missing if name in kind.fields],
        "clauses": [
            (say(Text(**each["text"])), each["citation"], each["known"], say(Text(**each["answer"])))
            for each in (found.clauses if open_to else ())
        ],
    }  # fmt: skip


def _today(here: World) -> date:
    return here.now.astimezone(here.zone).date()


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}


def _amount(policy: PolicyFile) -> str:
    rule = policy.amount
    if rule.fixed is not None:
        return f"¥{rule.fixed:,.2f}"
    kind = subject_type(policy.over)
    most = f"，≤ ¥{rule.at_most:,.2f}" if rule.at_most is not None else ""
    return f"{(rule.share or 0) * 100:.4g}% × {say(kind.fields[rule.of or ''].name)}{most}"


def _groups(policy: PolicyFile, day: date, facts: dict[str, str]) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """Each group with its conditions in force: words, basis, answer, colour."""
    groups: dict[str, list[tuple[str, str, str, str]]] = {}
    for each in explain(policy, day.isoformat(), facts):
        if each.counts:
            state = say(WORDS[each.state]) if facts else ""
            groups.setdefault(each.alternative, []).append(
                (say(each.rule.text), each.rule.citation, state, STATES[each.state])
            )
    return list(groups.items())


def _changes(policy: PolicyFile) -> list[tuple[str, str, list[tuple[str, str, str, str]]]]:
    """What each edition changed against the one before, the latest first: what, words before and after, basis."""
    editions = editions_of(policy.id)
    told = []
    for before, after in pairwise(editions):
        found = difference(before, after)
        rows = [
            (say(WORDS[each.how]), say(each.before.text) if each.before else "",
             say(each.after.text) if each.after else "", each.rule.citation)
            for each in found.clauses
        ]  # fmt: skip
        rows += [(say(WORDS.get(name, Text(name, name))), one, two, "") for name, one, two in found.values]
        told.append((before.edition, after.edition, rows))
    return told[::-1]


def _reads(kind: Any, name: str, text: str) -> bool:
    """Whether a text is a value of the field's kind: a number for numbers, a day for days."""
    test = {"number": ">=", "date": "before", "flag": "is"}.get(kinds_for(kind)[name], "in")
    return not wrong_clause(PolicyCondition("", "", "", name, test, text), kinds_for(kind))


def _input(kind: Any, field: str) -> tuple[str, list[tuple[str, str]]]:
    """How a question is asked: its type for the browser, and the codes to choose from."""
    rule, sort = kind.fields[field], kinds_for(kind)[field]
    if sort == "flag":
        return "select", [("1", say(Text("是", "Yes"))), ("0", say(Text("否", "No")))]
    if rule.choices:
        return "select", [(choice.code, say(choice)) for choice in rule.choices]
    return {"number": "number", "date": "date"}.get(sort, "text"), []
