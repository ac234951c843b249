"""`bihuan case list|show|act` and `bihuan why`: the same visibility, actions and decisions as every face."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from uuid import UUID

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor, Case, Event, Refusal

app = typer.Typer(no_args_is_help=True, add_completion=False)
case = typer.Typer(no_args_is_help=True, help="List, show and act on cases · 案件")
app.add_typer(case, name="case")

Key = Annotated[str, typer.Argument(help="Case number or id. 案件编号")]
As = Annotated[
    str | None, typer.Option("--as", help="Log-in name of the person who acts; default: the auditor's view. 用户")
]


@case.command("list")
def list_cases(
    state: Annotated[str | None, typer.Option(help="Only this state. 状态")] = None,
    programme: Annotated[str | None, typer.Option(help="Only this programme. 事项")] = None,
    unit: Annotated[str | None, typer.Option(help="Only cases this unit (code) leads. 承办单位")] = None,
    area: Annotated[str | None, typer.Option(help="Only below this area code. 区域")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only open cases past their deadline. 超期")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 条数")] = 50,
    who: As = None,
    as_json: JsonOption = False,
) -> None:
    """List cases by deadline. 列出案件

    See docs/topics/kernel.md.
    """
    start_django()
    from bihuan.loop.store import current_facts, visible_to

    facts = current_facts()
    rows = visible_to(_actor(who))
    if state:
        rows = rows.filter(state=state)
    if programme:
        rows = rows.filter(programme=programme)
    if unit:
        found = facts.unit(unit, facts.now)
        if found is None:
            fail(f"there is no unit {unit!r} today", "see the codes in organisations.csv or on the units page")
        rows = rows.filter(lead=found)
    if area:
        rows = rows.filter(area__startswith=area)
    if overdue:
        rows = rows.filter(ended_at__isnull=True, deadline__lt=facts.now)
    fields = ("number", "programme", "state", "category", "area", "deadline", "title")
    found_rows = list(rows.order_by("deadline", "number").values(*fields)[:limit])
    lines = [f"{r['number']:22} {r['state']:12} {r['deadline'] or '–'!s:32} {r['title']}" for r in found_rows]
    finish({"ok": True, "cases": found_rows}, as_json=as_json, text="\n".join(lines))


@case.command("show")
def show(key: Key, who: As = None, as_json: JsonOption = False) -> None:
    """Show a case: where it stands, its clocks, its events, and what may be done now. 查看案件

    See docs/topics/kernel.md.
    """
    start_django()
    from bihuan.loop.kernel.actions import actions
    from bihuan.loop.programmes import all_programmes
    from bihuan.loop.store import current_facts
    from bihuan.loop.store.read import course

    actor, facts = _actor(who), current_facts()
    found = _case(key, actor)
    events = course(found.id, words=False)
    possible = actions(all_programmes()[found.programme], found, actor, facts.now, facts)
    result = {
        "ok": True,
        "case": _told(found),
        "events": [_event(e) for e in events],
        "actions": [a.command for a in possible if a.possible],
    }
    lines = [f"{found.number}  {found.programme}/{found.kind}  {found.state}  {found.lead or '–'}"]
    lines += [f"  {c.name:14} {c.due:%Y-%m-%d %H:%M} {_clock_state(c)}" for c in found.clocks.values()]
    lines += [f"  {e.version:3} {e.occurred_at:%Y-%m-%d %H:%M}Z {e.kind:22} {e.actor}" for e in events]
    finish(result, as_json=as_json, text="\n".join(lines))


@case.command("act")
def act(
    key: Key,
    command: Annotated[str, typer.Argument(help="Command, such as dispatch. 操作")],
    who: Annotated[str, typer.Option("--as", help="Log-in name of the person who acts. 用户")],
    data: Annotated[str, typer.Option("--data", help="Its fields as a JSON object. 字段")] = "{}",
    private: Annotated[str, typer.Option("--private", help="Erasable words as a JSON object. 内容")] = "{}",
    as_json: JsonOption = False,
) -> None:
    """Act on a case as a person; refused exactly as on the page. 办理操作

    See docs/topics/kernel.md.
    """
    start_django()
    from bihuan.loop.attached import attached
    from bihuan.loop.kernel.model import Command, Refusal
    from bihuan.loop.kernel.table import by_hand, table
    from bihuan.loop.store import Order, append

    actor = _actor(who)
    found = _case(key, actor)
    if command in table().by_command and not by_hand(command):
        fail(f"{command} is not done by hand", f"see what is possible: bihuan case show {found.number} --as {who}")
    words = _object(private, "--private")
    given = attached(command, _object(data, "--data"), found.id)
    if isinstance(given, Refusal):
        _refused(given, found.number, who)
    result = append([Order(Command(command, actor, datetime.now(UTC), given, words or None), found.id)])[0]
    if result.refusal is not None:
        _refused(result.refusal, found.number, who)
    assert result.case is not None
    told = {"ok": True, "case": _told(result.case), "events": [_event(e) for e in result.events]}
    finish(told, as_json=as_json, text=f"{result.case.number} → {result.case.state}")


def _refused(no: Refusal, number: str, who: str) -> NoReturn:
    remedy = no.remedy.en if no.remedy else f"see what is possible: bihuan case show {number} --as {who}"
    fail(f"{no.text.zh} · {no.text.en}", remedy, code=no.code, field=no.field)


@app.command("why")
def why(
    key: Annotated[str, typer.Argument(help="Case number or id; or INDICATOR@YYYY-MM[/unit/KEY]. 案件或数字")],
    what: Annotated[str | None, typer.Argument(help="deadline, holder or state of the case. 内容")] = None,
    who: As = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a deadline, holder or state of a case, or a published number. 依据

    See docs/topics/kernel.md and docs/topics/indicators.md.
    """
    start_django()
    if "@" in key:
        _why_number(key, as_json)
        return
    from bihuan.loop.kernel.why import why as explain
    from bihuan.loop.store.read import course

    found = _case(key, _actor(who))
    events = course(found.id, words=False)
    asked = (what,) if what else ("state", "holder", "deadline")
    try:
        answers = {name: explain(found, events, name) for name in asked}
    except KeyError:
        fail(f"{what!r} cannot be explained", "ask for deadline, holder or state")
    result = {
        name: {"value": a.value, "zh": a.text.zh, "en": a.text.en, "rule": a.rule, "events": list(a.events)}
        for name, a in answers.items()
    }
    lines = [f"{name}: {a['value']}\n  {a['zh']}\n  {a['en']}\n  {a['rule']}" for name, a in result.items()]
    finish({"ok": True, "number": found.number, "why": result}, as_json=as_json, text="\n".join(lines))


def _why_number(reference: str, as_json: bool) -> None:
    from bihuan.numbers.periods import PeriodError
    from bihuan.numbers.report import why_number

    try:
        told = why_number(reference)
    except PeriodError as error:
        fail(str(error), "for example: bihuan why resolution_rate@2026-10/unit/street-110108011")
    definition = told["definition"]
    text = (
        f"{definition['name']['zh']} {definition['name']['en']} · {told['name']['zh']}: {json.dumps(told['number'])}\n"
        f"  {definition['numerator']['zh']} ÷ {definition['denominator']['zh']}\n  {definition['citation']}\n"
        f"  query {told['query']} · log size {told['cut']['size']}"
    )
    finish({"ok": True, **told}, as_json=as_json, text=text)


def _actor(name: str | None) -> Actor:
    """The person of a log-in name with today's roles; without a name, an onlooker who cannot act."""
    from bihuan.loop.actors import actor_of
    from bihuan.loop.kernel.model import acting_as
    from bihuan.loop.store import current_facts
    from bihuan.registers.models import User

    facts = current_facts()
    if name is None:
        return acting_as("onlooker")
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        fail(f"there is no active log-in {name!r}", "give the log-in name of a person: bihuan load users FILE")
    return actor_of(user, facts.now, facts.registers)


def _case(key: str, actor: Actor) -> Case:
    from bihuan.loop.store import get_case, visible_to

    rows = visible_to(actor)
    try:
        known = rows.filter(pk=UUID(key)).values_list("pk", flat=True).first()
    except ValueError:
        known = rows.filter(number=key).values_list("pk", flat=True).first()
    found = get_case(known) if known else None
    if found is None:
        fail(f"no case {key!r} that this person may see", "check the number: bihuan case list")
    return found


def _object(text: str, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        fail(f"{option} is not JSON: {error}", """for example --data '{"reason": "not_our_duty"}'""")
    if not isinstance(value, dict):
        fail(f"{option} must be a JSON object", """for example --data '{"reason": "not_our_duty"}'""")
    return value


def _told(found: Case) -> dict[str, Any]:
    from bihuan.loop.kernel.apart import quiet

    return quiet(found)


def _event(event: Event) -> dict[str, Any]:
    return {
        "version": event.version,
        "kind": event.kind,
        "occurred_at": event.occurred_at.isoformat(),
        "actor": event.actor,
        "data": event.data,
    }


def _clock_state(clock: Any) -> str:
    if clock.stopped:
        return "stopped"
    return "paused" if clock.paused else ("missed" if clock.missed else "running")
