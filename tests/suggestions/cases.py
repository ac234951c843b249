"""Cases as intake makes them, and what people then do to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.merging import merge_orders, split_orders
from bihuan.loop.store import Order, append, get_case

OPERATOR = Actor("user:op", frozenset({"operator"}))
COLD, STREET = "utilities.heating.cold", "110108001"


def opened(text: str, *, ago: float = 60, programme: str = "hotline", kind: str = "request", **data: Any) -> Case:
    """A case just received, `ago` minutes old."""
    report = NewReport(key=str(uuid4()), programme=programme, kind=kind, channel="web",
                       at=datetime.now(UTC) - timedelta(minutes=ago), title=text[:60], text=text, **data)  # fmt: skip
    (receipt,) = receive([report], actor=OPERATOR)
    assert receipt.value is not None, receipt.refusal
    return receipt.value


def then(case: Case, command: str, **data: Any) -> Case:
    """The case after one command of the operator; it must be possible."""
    (result,) = append([Order(Command(command, OPERATOR, datetime.now(UTC), data), case.id)])
    assert result.refusal is None, result.refusal
    assert result.case is not None
    return result.case


def merged(child: Case, parent: Case) -> Case:
    """The child after it was merged into the parent."""
    _done(merge_orders(child, parent, OPERATOR, datetime.now(UTC)))
    return now(child)


def split(child: Case) -> Case:
    """The child after its merge was split again."""
    _done(split_orders(child, OPERATOR, datetime.now(UTC)))
    return now(child)


def now(case: Case) -> Case:
    """The case as it stands."""
    found = get_case(UUID(str(case.id)))
    assert found is not None
    return found


def _done(orders: list[Order]) -> None:
    refused = [r.refusal for r in append(orders) if r.refusal]
    assert refused == []
