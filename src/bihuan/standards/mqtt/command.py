"""`bihuan mqtt`: keys that terminals pin, and the broker's rules of access."""

from typing import Annotated
from urllib.parse import quote

import typer

from bihuan.console.output import JsonOption, finish
from bihuan.ledger.core.sm2 import ALGORITHM
from bihuan.standards.mqtt.broker import access_rules, queue_brokers, readings_broker

WIRE = "mqtt"
app = typer.Typer(no_args_is_help=True, help="Messages on the wire: keys and access. 消息线路")


@app.command("keys")
def keys(as_json: JsonOption = False) -> None:
    """Public keys of the queues, which terminals pin. 队列公钥"""
    from bihuan.ledger.seals import queue_key

    found = [
        {"queue": each.queue, "algorithm": ALGORITHM, "key": each.id, "public": each.raw.hex()}
        for each in (queue_key(queue).public for queue in sorted(_queues()))
    ]  # fmt: skip
    text = "\n".join(f"{each['key']} {each['public']}" for each in found)
    finish({"ok": True, "keys": found}, as_json=as_json, text=text)


@app.command("access")
def access(
    terminals: Annotated[list[str], typer.Option("--terminal", help="QUEUE=CODE, once for each. 终端")] = [],  # noqa: B006
    as_json: JsonOption = False,
) -> None:
    """Write the broker's file of access (acl_file of Mosquitto). 服务器权限"""
    by_queue: dict[str, list[str]] = {queue: [] for queue in _queues()}
    for each in terminals:
        queue, _, code = each.partition("=")
        by_queue.setdefault(queue, []).append(code)
    reader, places = readings_broker(), queue_brokers()
    accounts = {queue: places[queue].user if queue in places else f"bihuan-{quote(queue)}" for queue in by_queue}
    rules = access_rules(reader.user if reader else "bihuan-readings", accounts, by_queue)
    finish({"ok": True, "rules": rules}, as_json=as_json, text=rules)


def _queues() -> set[str]:
    from bihuan.documents.orders.catalogue import all_orders

    return {
        each.order.carried.queue
        for each in all_orders().values()
        if each.order.carried is not None and each.order.carried.wire == WIRE
    }
