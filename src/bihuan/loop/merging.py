"""Merging and splitting as pairs of commands that succeed or fail together."""

from datetime import datetime
from uuid import UUID

from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.store.appending import Order
from bihuan.loop.store.read import get_case


def merge_orders(child: Case, parent: Case, actor: Actor, at: datetime, group: int = 1) -> list[Order]:
    """Child joins parent; the parent then answers to every reporter of both."""
    joined = {"report": str(child.id), "from": str(child.id), "reporters": child.reporters}
    return [
        Order(Command("merge", actor, at, {"parent": str(parent.id)}), child.id, group=group),
        Order(Command("join", actor, at, joined), parent.id, group=group),
    ]


def split_orders(child: Case, actor: Actor, at: datetime, group: int = 1) -> list[Order]:
    """A wrong merge is split: the child's clocks are restored, the parent forgets its reporters.

    A parent that has ended keeps its count; only the child is restored then.
    """
    orders = [Order(Command("unmerge", actor, at), child.id, group=group)]
    parent = get_case(UUID(child.parent)) if child.parent else None
    if parent is not None and parent.open:
        left = {"report": str(child.id), "to": str(child.id), "reporters": child.reporters}
        orders.append(Order(Command("leave", actor, at, left), parent.id, group=group))
    return orders
