"""`bihuan entitle`: policies, their answers, the next question, lists from freezing to payment."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish
from bihuan.declare.problems import DeclarationError

app = typer.Typer(no_args_is_help=True, help="Entitlements: judge, ask, freeze, publish, pay · 免申即享")
Policy = Annotated[str, typer.Argument(metavar="POLICY", help="Id of a policy 政策")]
ListKey = Annotated[str, typer.Argument(metavar="LIST", help="Key of a list 名单")]
At = Annotated[str, typer.Option("--at", help="The day; default today 日期")]
ActorOption = Annotated[str, typer.Option("--as", help="Who acts 经办人")]


@app.command("list")
def list_policies(as_json: JsonOption = False) -> None:
    """List the policies that are declared, and files that are set aside. 政策列表"""
    from bihuan.entitlements.catalogue import all_policies, policies_aside

    found = [
        {"policy": p.id, "edition": p.edition, "zh": p.name.zh, "en": p.name.en, "over": p.over,
         "from": p.from_.isoformat(), "to": p.to.isoformat() if p.to else None, "clauses": len(p.clauses)}
        for p in all_policies().values()
    ]  # fmt: skip
    aside = [problem.as_dict() for problem in policies_aside()]
    text = "\n".join(f"{p['policy']:<24} {p['zh']} · {p['en']}" for p in found) or "no policy is declared"
    finish({"ok": not aside, "policies": found, "aside": aside}, as_json=as_json, text=text)


@app.command("judge")
def judge(
    policy: Policy,
    at: At = "",
    by: Annotated[str, typer.Option("--by", help="Field to sum up by 分组")] = "street",
    as_json: JsonOption = False,
) -> None:
    """Who is entitled on a day: yes, no, unknown; how much, by a field of the register. Nothing is kept. 测算"""
    district, day = _begin(at)
    from bihuan.entitlements.catalogue import policy_named, programme_of
    from bihuan.entitlements.judging import judge_register, summary

    chosen = policy_named(policy)
    found = judge_register([chosen], district, day, programme=programme_of(policy))
    sums = summary(found, 0, chosen, by)
    fen = sum(each["fen"] for each in sums.values())
    told = {"ok": True, "policy": policy, "at": day.isoformat(), **found.counts(0), "fen": fen, "by": sums}
    finish(told, as_json=as_json, text=f"{found.counts(0)}  {fen / 100:.2f}")


@app.command("draft")
def draft(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A draft, like clauses/ID.yaml 政策草案")],
    at: At = "",
    by: Annotated[list[str] | None, typer.Option("--by", help="Field to sum up by; repeatable 分组")] = None,
    as_json: JsonOption = False,
) -> None:
    """What a draft would do on a day, beside the edition in use: who, how much, who gains and loses. 草案测算"""
    district, day = _begin(at)
    from bihuan.declare.source import Document
    from bihuan.entitlements.catalogue import all_policies, draft_problems, programme_of
    from bihuan.entitlements.foreseeing import foresee
    from bihuan.entitlements.pure.declared import read_policy

    document = Document(file)
    changed = read_policy(document)
    if problems := list(draft_problems(changed, document)):
        raise DeclarationError(problems)
    used = all_policies().get(changed.id)
    programme = programme_of(changed.id) if used else ""
    found = foresee(changed, used, district, day, programme, by or ("street", "size"))
    told = {
        "ok": True, "policy": changed.id, "draft": changed.edition, "at": day.isoformat(), **found.counts,
        "fen": found.fen, "most_fen": found.most, "amount_not_known": found.sizeless,
        "missing": dict(found.missing),
        "by": {name: {k: list(v) for k, v in each.items()} for name, each in found.by.items()},
        "gains": [each._asdict() for each in found.gains], "losses": [each._asdict() for each in found.losses],
    }  # fmt: skip
    most = "?" if found.most is None else f"{found.most / 100:.2f}"
    moved = f"+{len(found.gains)} -{len(found.losses)}"
    text = f"{dict(found.counts)}  {found.fen / 100:.2f} (at most {most})  {moved}"
    finish(told, as_json=as_json, text=text)


@app.command("ask")
def ask(
    facts: Annotated[list[str] | None, typer.Option("--fact", help="FIELD=VALUE; repeatable 已知")] = None,
    at: At = "",
    as_json: JsonOption = False,
) -> None:
    """Answers of every policy for one subject, and the next question that decides most. 逐问判断"""
    _, day = _begin(at)
    from bihuan.entitlements.catalogue import all_policies
    from bihuan.entitlements.pure.questions import ask_all, next_question

    known = dict(each.partition("=")[::2] for each in facts or [])
    told = ask_all([p for p in all_policies().values() if p.runs_on(day)], day.isoformat(), known)
    answers = {name: {"answer": answer, "missing": missing} for name, (answer, missing) in told.items()}
    text = "\n".join(f"{name:<24} {each['answer']}" for name, each in answers.items())
    question = next_question(told)
    finish({"ok": True, "answers": answers, "next": question}, as_json=as_json, text=f"{text}\nnext: {question or '—'}")


@app.command("freeze")
def freeze(policy: Policy, actor: ActorOption, at: At = "", as_json: JsonOption = False) -> None:
    """Freeze the list of a policy for the period of a day. 冻结名单"""
    district, day = _begin(at)
    from bihuan.entitlements.catalogue import policy_named
    from bihuan.entitlements.lists import freeze_list

    done = freeze_list(policy_named(policy), district, day, actor)
    told: dict[str, Any] = {
        "ok": True, "list": done.row.key, "digest": done.row.digest, "listed": done.listed, "fen": done.fen,
        "left_out": dict(done.left_out), "answers": dict(done.answers),
    }  # fmt: skip
    finish(told, as_json=as_json, text=f"{done.row.key}  {done.listed}  {done.fen / 100:.2f}  {dict(done.left_out)}")


@app.command("publish")
def publish(key: ListKey, as_json: JsonOption = False) -> None:
    """Publish a list: its notice runs from now. 公示"""
    district, _ = _begin("")
    from bihuan.entitlements.lists import publish_list

    row = publish_list(key, district)
    ends = row.notice_ends.isoformat() if row.notice_ends else None
    finish({"ok": True, "list": key, "notice_ends": ends}, as_json=as_json, text=f"{key}  {ends}")


@app.command("strike")
def strike_one(key: ListKey, whom: Annotated[str, typer.Argument(help="Whom to take off 要剔除的人")],
               reason: Annotated[str, typer.Option("--reason", help="Why 理由")],
               as_json: JsonOption = False) -> None:  # fmt: skip
    """Take somebody off a list before it is paid. 剔除"""
    district, _ = _begin("")
    from bihuan.entitlements.lists import strike

    strike(key, whom, reason, district)
    finish({"ok": True, "list": key, "struck": whom}, as_json=as_json, text=f"{key} − {whom}")


@app.command("pay")
def pay(key: ListKey, actor: ActorOption, as_json: JsonOption = False) -> None:
    """Pay a list whose notice is over, from the budget's book; again has no effect. 兑付"""
    district, _ = _begin("")
    from bihuan.entitlements.paying import pay_list

    done = pay_list(key, district, actor)
    finish({"ok": True, "list": key, "outcomes": dict(done.outcomes), "fen": done.fen}, as_json=as_json,
           text=f"{key}  {dict(done.outcomes)}  {done.fen / 100:.2f}")  # fmt: skip


@app.command("lists")
def lists(as_json: JsonOption = False) -> None:
    """Every list with its state. 名单"""
    district, _ = _begin("")
    from bihuan.entitlements.models import GrantListRow
    from bihuan.registers.isolation import in_district

    with in_district(district):
        found = [
            {"list": row.key, "policy": row.policy, "frozen_at": row.frozen_at.isoformat(), "digest": row.digest,
             "notice_ends": row.notice_ends.isoformat() if row.notice_ends else None,
             "paid_at": row.paid_at.isoformat() if row.paid_at else None}
            for row in GrantListRow.objects.order_by("frozen_at")
        ]  # fmt: skip
    finish({"ok": True, "lists": found}, as_json=as_json, text="\n".join(str(each["list"]) for each in found))


@app.command("revisit")
def revisit(key: ListKey, as_json: JsonOption = False) -> None:
    """Who was paid by a list and would not be on it by what is known now. 复核已兑付名单"""
    district, _ = _begin("")
    from bihuan.entitlements.revisiting import revisit_list

    found = [each._asdict() for each in revisit_list(key, district)]
    finish({"ok": True, "list": key, "unsupported": found}, as_json=as_json, text="\n".join(str(f) for f in found))


@app.command("why")
def why(
    key: ListKey, whom: Annotated[str, typer.Argument(help="Key of the subject 主体")], as_json: JsonOption = False
) -> None:
    """Why somebody is on a list or not, clause by clause. 为何列入或未列入"""
    district, _ = _begin("")
    from bihuan.entitlements.explaining import explain_line

    found = explain_line(key, whom, district)
    lines = [
        f"{each['answer']['zh']} · {each['answer']['en']}  {each['text']['zh']} [{each['citation']}] {each['known']}"
        for each in found.clauses
    ]
    text = "\n".join([f"{key} {whom}: {found.words['zh']} · {found.words['en']}", *lines])
    finish({"ok": True, "whom": whom, **found.as_json()}, as_json=as_json, text=text)


@app.command("tell")
def tell(key: ListKey, whom: Annotated[str, typer.Argument(help="Key of the subject 主体")],
         officer: Annotated[str, typer.Option("--officer", help="Name in the letter 经办人姓名")],
         as_json: JsonOption = False) -> None:  # fmt: skip
    """Write the letter that says why somebody was paid, or why not. 出具兑付通知或说明"""
    _begin("")
    from bihuan.entitlements.explaining import tell_why
    from bihuan.loop.store import current_facts

    number = tell_why(key, whom, current_facts(), officer, "user:command")
    finish({"ok": True, "list": key, "whom": whom, "letter": number}, as_json=as_json, text=number)


@app.command("compare")
def compare(
    policy: Policy,
    before: Annotated[str, typer.Option("--before", help="Edition; default the last one 旧版")] = "",
    at: At = "",
    as_json: JsonOption = False,
) -> None:
    """What the edition in use changes against an earlier one: clauses, amounts, and for how many. 版本差异"""
    district, day = _begin(at)
    from bihuan.entitlements.catalogue import editions_of
    from bihuan.entitlements.comparing import affected
    from bihuan.entitlements.pure.differing import difference

    *earlier, now = editions_of(policy)
    old = next((each for each in reversed(earlier) if before in ("", each.edition)), None)
    if old is None:
        fail(f"{policy} 没有更早的版本 {before} · there is no such earlier edition", "see clauses/earlier/")
    changed, moved = difference(old, now), affected(old, now, district, day)
    told = {"ok": True, "policy": policy, "before": old.edition, "after": now.edition,
            "clauses": [each.as_json() for each in changed.clauses],
            "values": [list(each) for each in changed.values], **moved}  # fmt: skip
    finish(told, as_json=as_json, text=f"{old.edition} → {now.edition}  {moved}")


def _begin(at: str) -> tuple[str, date]:
    """The district that is worked for, and the day that is asked about."""
    start_django()
    from django.utils import timezone

    from bihuan.registers.live import current_registers

    registers = current_registers()
    try:
        day = date.fromisoformat(at) if at else timezone.now().astimezone(registers.calendar.zone).date()
    except ValueError:
        fail(f"{at!r} 不是日期 · is no day", "YYYY-MM-DD")
    return registers.district.code, day
