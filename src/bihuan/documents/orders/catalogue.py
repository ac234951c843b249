"""The orders in use: every `orders/*.yaml` of every programme folder; a faulty file is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError
from bihuan.documents.orders.declaration import FOLDER, OrderDeclaration, load_order
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of
from bihuan.loop.shelves import DeclaredShelf


class UnknownOrder(Fault):
    """An order that no programme declares, or that was never drafted."""

    remedy = "see `bihuan order list`; an order is declared in PROGRAMME/orders/NAME.yaml"


class DeclaredOrder(NamedTuple):
    """An order, its file, and the id of the programme in whose folder it lies."""

    order: OrderDeclaration
    file: Path
    programme: str


def _read(file: Path) -> tuple[str, DeclaredOrder]:
    order = load_order(file)
    return order.order, DeclaredOrder(order, file, programme_of(file))


_shelf: DeclaredShelf[DeclaredOrder] = DeclaredShelf(FOLDER, "order", _read)


def all_orders() -> Mapping[str, DeclaredOrder]:
    """Return every order by name. Source: docs/topics/orders.md, "An order is a file"."""
    return _shelf.content().found


def orders_aside() -> Mapping[Path, DeclarationError]:
    """Return the files that are not in use. Source: docs/topics/orders.md, "An order is a file"."""
    return _shelf.content().aside


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


def forget_orders() -> None:
    """Look at the files at once the next time."""
    _shelf.forget()
