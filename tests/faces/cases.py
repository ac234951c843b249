"""Cases in every interesting state, made through intake and the store as the pages would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bihuan.intake.access import code_of
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop import scope
from bihuan.loop.actors import actor_of
from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.store import Order, append
from bihuan.registers.live import current_registers
from bihuan.registers.models import User

RESIDENT = Actor(id="anonymous", roles=frozenset({"resident"}))


def person(username: str) -> Actor:
    """The actor behind a demonstration log-in."""
    return actor_of(User.objects.get(username=username), datetime.now(UTC), current_registers())


def opened(text: str = "楼道路灯不亮", phone: str = "13800138000") -> tuple[Case, str]:
    """A case just received, and its reporter's access code."""
    scope.ensure(current_registers().district.code)
    report = NewReport(
        key=str(uuid4()), programme="hotline", kind="request", channel="web",
        at=datetime.now(UTC) - timedelta(minutes=90), title=text, text=text,
        category="utilities.heating.cold", area="110108011", place=(116_310_000, 39_980_000),
        reporter=Reporter(name="张三", phone=phone),
    )  # fmt: skip
    (receipt,) = receive([report], actor=RESIDENT)
    assert receipt.value is not None, receipt.refusal
    assert receipt.report is not None
    return receipt.value, code_of(receipt.report)


def then(case: Case, username: str, command: str, private: dict[str, Any] | None = None, **data: Any) -> Case:
    """The case after one command; it must be possible."""
    order = Order(Command(command, person(username), datetime.now(UTC), data, private), UUID(str(case.id)))
    (result,) = append([order])
    assert result.refusal is None, result.refusal
    assert result.case is not None
    return result.case


def handled(text: str = "暖气不热") -> tuple[Case, str]:
    """A case that its unit claims done."""
    case, code = opened(text)
    case = then(case, "operator", "dispatch", unit="street-110108011")
    case = then(case, "handler", "accept")
    case = then(case, "handler", "contact")
    case = then(case, "handler", "add_evidence", sha256="a" * 64, type="photo")
    case = then(case, "handler", "submit")
    return case, code
