"""kill -9 of the worker while it plans and delivers: nobody is forgotten, every repetition is recognisable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from bihuan.ledger import store as ledger
from bihuan.notices.delivering import deliver_due
from bihuan.notices.models import Delivery, Notice, Webhook
from bihuan.notices.planning import plan_notices
from bihuan.registers import live
from bihuan.registers.pure.ids import new_id
from tests.crashing import run_and_kill
from tests.notices.test_notices import reported
from tests.shipped import load_shipped

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """The model district, committed, so that other processes see it."""
    load_shipped()
    yield
    live.forget_snapshots()


def worker() -> str:
    """One round of a worker with small batches; answers how much it did."""
    return str(ledger.sequence_leaves(7) + plan_notices(5) + deliver_due(3))


def hammer(rounds: int, receiver: Any, wait_until: Callable[..., None]) -> None:
    """Kill two workers again and again while reports come in."""
    Webhook.objects.create(id=new_id(), district_id="110108", url=receiver.url, kinds=["receipt"])
    numbers = set()
    for round_ in range(rounds):
        for n in range(4):
            numbers.add(reported(f"{round_}-{n}", email="", name="").number)
        run_and_kill([worker, worker])
        wait_until(lambda: _no_lock_held(), 30)
    while ledger.sequence_leaves() or plan_notices():
        pass
    Notice.objects.filter(next_at__isnull=False).update(next_at=datetime.now(UTC))
    while deliver_due():
        pass
    keys = {headers["Idempotency-Key"] for headers, _ in receiver.taken}
    assert {body["number"] for body in receiver.bodies()} == numbers
    assert len(keys) == len(numbers) == Notice.objects.filter(kind="receipt").count()
    done = Delivery.objects.filter(status="delivered").values("notice").distinct().count()
    assert done == len(numbers)
    assert not Notice.objects.filter(next_at__isnull=False).exists()


def _no_lock_held() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ledger.LOCK])
        return bool(cursor.fetchone()[0])


def test_ten_kills_forget_nobody(committed: None, receiver: Any, wait_until: Callable[..., None]) -> None:
    hammer(10, receiver, wait_until)


@pytest.mark.soak
def test_fifty_kills_forget_nobody(committed: None, receiver: Any, wait_until: Callable[..., None]) -> None:
    hammer(50, receiver, wait_until)
