"""`bihuan erase ask|list|approve|refuse`: erasure of personal content on request, by two people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.loop.models import ErasureRow
    from bihuan.registers.pure.tables import District

app = typer.Typer(no_args_is_help=True, help="Erase personal content on request: two people · 个人信息删除")
By = Annotated[str, typer.Option("--by", help="Log-in name of who acts 操作人用户名")]


@app.command("ask")
def ask(
    number: Annotated[str, typer.Argument(help="Case number 案件编号")],
    reason: Annotated[str, typer.Option("--reason", help="Why, without personal words 理由")],
    by: By,
    ground: Annotated[str, typer.Option("--ground", help="request, order, misplaced 事由")] = "request",
    as_json: JsonOption = False,
) -> None:
    """Ask for the personal content of an ended case to be erased; another person decides. 申请

    See docs/topics/operations.md, "Erasure on request".
    """
    actor, _ = _person(by)
    from bihuan.loop import erasing

    row = erasing.ask_erasure(number, ground, reason, actor, datetime.now(UTC))
    text = f"{row.id}\n下一步（另一人） · next, by another person: bihuan erase approve {row.id} --by …"
    finish({"ok": True, **_told(row)}, as_json=as_json, text=text)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Requests of this district, those that wait first. 清单

    See docs/topics/operations.md, "Erasure on request".
    """
    start_django()
    from bihuan.loop import erasing
    from bihuan.loop.store import current_facts

    found = erasing.requests(current_facts().registers.district.code)
    told = [{"case": each["number"], **_told(each["row"])} for each in found]
    lines = [f"{t['id']}  {t['case']}  {t['ground']}  {t['outcome'] or 'waits 待复核'}" for t in told]
    finish({"ok": True, "requests": told}, as_json=as_json, text="\n".join(lines) or "none 无")


@app.command("approve")
def approve(key: Annotated[str, typer.Argument(help="Id of the request 申请编号")], by: By,
            as_json: JsonOption = False) -> None:  # fmt: skip
    """Approve: the content is erased, events and proofs stay. 同意并删除

    See docs/topics/operations.md, "Erasure on request".
    """
    _decide(key, by, as_json, approved=True)


@app.command("refuse")
def refuse(key: Annotated[str, typer.Argument(help="Id of the request 申请编号")], by: By,
           as_json: JsonOption = False) -> None:  # fmt: skip
    """Refuse a request; nothing is erased. 不同意

    See docs/topics/operations.md, "Erasure on request".
    """
    _decide(key, by, as_json, approved=False)


def _decide(key: str, by: str, as_json: bool, *, approved: bool) -> None:
    actor, district = _person(by)
    from bihuan.loop import erasing

    try:
        request = UUID(key)
    except ValueError:
        fail(f"{key!r} 不是申请编号 · is no id of a request", "bihuan erase list")
    row = erasing.decide(request, actor, district, datetime.now(UTC), approve=approved)
    counts = ", ".join(f"{place} {number}" for place, number in row.erased.items())
    finish({"ok": True, **_told(row)}, as_json=as_json, text=f"{row.outcome}  {counts}")


def _person(username: str) -> tuple[Actor, District]:
    """The actor behind a log-in name, with the roles that person has, and the district."""
    start_django()
    from bihuan.loop.actors import actor_of
    from bihuan.loop.store import current_facts
    from bihuan.registers.models import User

    facts = current_facts()
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        fail(f"没有用户 {username} · there is no active user {username!r}", "bihuan load users …")
    return actor_of(user, datetime.now(UTC), facts.registers), facts.registers.district


def _told(row: ErasureRow) -> dict[str, Any]:
    told = {"id": str(row.id), "ground": row.ground, "asked_by": row.asked_by, "decided_by": row.decided_by}
    return told | {"outcome": row.outcome, "erased": row.erased}
