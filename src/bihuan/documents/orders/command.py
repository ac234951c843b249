"""`bihuan order`: what is declared, drafting, approving, ending, receipts, coverage."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import typer

from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Orders · 指令")

Key = Annotated[UUID, typer.Argument(metavar="ID", help="Id of an order 指令编号")]
Actor = Annotated[str, typer.Option("--actor", help="Who acts 操作人")]


@app.command("list")
def list_orders(as_json: JsonOption = False) -> None:
    """List the orders that are declared, and files that are set aside. 指令目录"""
    from bihuan.documents.orders.catalogue import all_orders, orders_aside

    found = [
        {"order": name, "zh": each.order.name.zh, "en": each.order.name.en, "programme": each.programme,
         "lane": each.order.lane, "priority": each.order.priority}
        for name, each in sorted(all_orders().items())
    ]  # fmt: skip
    aside = [problem.as_dict() for error in orders_aside().values() for problem in error.problems]
    text = "\n".join(f"{each['order']}  {each['zh']} · {each['en']}" for each in found) or "no order is declared"
    finish({"ok": not aside, "orders": found, "aside": aside}, as_json=as_json, text=text)


@app.command("draft")
def draft(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of an order 指令")],
    facts: Annotated[Path, typer.Argument(metavar="FACTS.json", help='{"facts": {…}, "to": ["…"]} 事实与对象')],
    key: Annotated[str, typer.Option("--key", help="Names this one; the same twice is one order 编号")],
    actor: Actor,
    as_json: JsonOption = False,
) -> None:
    """Draft an order; another person approves it. 拟稿"""
    try:
        given = json.loads(facts.read_text(encoding="utf-8-sig"), parse_float=str)
    except (OSError, ValueError) as error:
        fail(f"{facts}: {error}", 'write {"facts": {…}, "to": ["CODE", …]}')

    def act(world: Any) -> Any:
        from bihuan.documents.orders.acting import draft_order

        to = [str(each) for each in given.get("to", ())]
        return draft_order(name, key, dict(given.get("facts", {})), to, world, actor).id

    _act(act, as_json)


@app.command("approve")
def approve(key: Key, actor: Actor, as_json: JsonOption = False) -> None:
    """Approve, sign and dispatch a draft, as a second person. 签发"""

    def act(world: Any) -> UUID:
        from bihuan.documents.orders.acting import approve_order

        approve_order(key, world, actor)
        return key

    _act(act, as_json)


@app.command("end")
def end(
    key: Key,
    kind: Annotated[Literal["refused", "cancelled"], typer.Argument(help="refused: a draft; cancelled 不予签发、撤销")],
    actor: Actor,
    reason: Annotated[str, typer.Option("--reason", help="Why 原因")] = "",
    as_json: JsonOption = False,
) -> None:
    """Refuse a draft or cancel an order. 不予签发或撤销"""

    def act(world: Any) -> UUID:
        from bihuan.documents.orders.acting import end_order

        end_order(key, kind, world, actor, reason)
        return key

    _act(act, as_json)


@app.command("receipt")
def receipt(
    key: Key,
    addressee: Annotated[str, typer.Argument(help="Code of the addressee 对象")],
    kind: Annotated[Literal["received", "done", "declined"], typer.Argument(help="What it says 回执")],
    actor: Actor,
    as_json: JsonOption = False,
) -> None:
    """Record what an addressee says. 登记回执"""

    def act(world: Any) -> UUID:
        from bihuan.documents.orders.acting import receipt_order

        receipt_order(key, addressee, kind, world, actor)
        return key

    _act(act, as_json)


@app.command("show")
def show(key: Key, as_json: JsonOption = False) -> None:
    """Show an order: its text, course, receipts, coverage, signature. 查看指令"""
    _act(lambda world: key, as_json)


def _act(act: Any, as_json: bool) -> None:
    """Do something to an order and show it; a refusal ends with its code."""
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.documents.orders.course import OrderRefused
    from bihuan.documents.orders.models import OrderRow
    from bihuan.documents.orders.showing import described_order
    from bihuan.loop.store import current_facts
    from bihuan.registers.isolation import in_district

    world = current_facts(dt.datetime.now(dt.UTC))
    try:
        key = act(world)
    except OrderRefused as error:
        fail(f"{error.what.zh} · {error.what.en}", f"{error.remedy.zh} · {error.remedy.en}", refused=error.code)
    with in_district(world.registers.district.code):
        row = OrderRow.objects.filter(pk=key).first()
        if row is None:
            fail(f"没有指令 · there is no order {key}", "see `bihuan order list` and /orders/")
        told = described_order(row)
    text = f"{told['id']}  {told['state']}  {told['coverage']}\n{told['texts']['zh']}"
    finish({"ok": True, **told}, as_json=as_json, text=text)
