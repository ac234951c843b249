"""The orders in use: every `orders/*.yaml` of every programme folder; a faulty file is set aside."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.documents.orders.declaration import FOLDER, OrderDeclaration, load_order
from bihuan.faults import Fault
from bihuan.loop.folders import roots


class UnknownOrder(Fault):
    """An order that no programme declares, or that was never drafted."""

    remedy = "see `bihuan order list`; an order is declared in PROGRAMME/orders/NAME.yaml"


class DeclaredOrder(NamedTuple):
    """An order, its file, and the folder's programme."""

    order: OrderDeclaration
    file: Path
    programme: str


_known: list[tuple[tuple[tuple[Path, int], ...], dict[str, DeclaredOrder], dict[Path, DeclarationError]]] = []


def all_orders() -> dict[str, DeclaredOrder]:
    """Return every order by name. Source: docs/topics/orders.md, "An order is a file"."""
    return _read()[0]


def orders_aside() -> dict[Path, DeclarationError]:
    """Return the files that are not in use. Source: docs/topics/orders.md, "An order is a file"."""
    return _read()[1]


def order_named(name: str) -> DeclaredOrder:
    """Return an order by its name.

    Raises:
        UnknownOrder: no programme declares it.

    Source: docs/topics/orders.md, "An order is a file".
    """
    found = all_orders().get(name)
    if found is None:
        known = ", ".join(sorted(all_orders())) or "none"
        raise UnknownOrder(f"没有这种指令 · there is no order {name!r}; known: {known}")
    return found


def _read() -> tuple[dict[str, DeclaredOrder], dict[Path, DeclarationError]]:
    files = [file for root in roots() for file in sorted(root.glob(f"*/{FOLDER}/*.yaml"))]
    stamped = tuple((file, file.stat().st_mtime_ns) for file in files)
    if not _known or _known[0][0] != stamped:
        orders: dict[str, DeclaredOrder] = {}
        aside: dict[Path, DeclarationError] = {}
        for file in files:
            try:
                order = load_order(file)
            except DeclarationError as error:
                aside[file] = error
                continue
            if order.order in orders:
                told = f"{order.order!r} is declared by {orders[order.order].file} already"
                problem = Problem(str(file), 1, "order", told, "one order, one name", "give it another name")
                aside[file] = DeclarationError([problem])
                continue
            orders[order.order] = DeclaredOrder(order, file, file.parents[1].name)
        _known[:] = [(stamped, orders, aside)]
    return _known[0][1], _known[0][2]
