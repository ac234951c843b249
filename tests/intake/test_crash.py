"""kill -9 of live intake: every receipt that was given out is a case, exactly once, and the ledger proves it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection

from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.ledger import store as ledger
from bihuan.ledger.verification import verify_log
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import CaseRow, EventRow, KeyRow, ReportRow
from bihuan.loop.store import current_facts, get_case, history, tick
from bihuan.registers import live
from tests.crashing import run_and_kill
from tests.shipped import load_shipped

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]
OPERATOR = Actor("user:operator", frozenset({"operator"}))


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """The model district, committed, so that other processes see it."""
    load_shipped()
    yield
    live.forget_snapshots()


def intake() -> str:
    """One acknowledged report; one in four is sent twice, as a client does that saw no answer."""
    key = f"{random.getrandbits(64):x}"
    report = NewReport(
        key=key, programme="hotline", kind="request", channel="api", at=datetime.now(UTC), text="水管爆裂",
        category="utilities.water.burst", area="110108001001", reporter=Reporter(phone="13800138000"), dispatch=True,
    )  # fmt: skip
    receipt = receive([report], actor=OPERATOR)[0]
    if random.random() < 0.25:
        assert receive([report], actor=OPERATOR)[0].number == receipt.number
    return f"{key} {receipt.number}"


def background() -> str:
    """The worker's part: clocks and the sequencer."""
    tick(limit=50)
    ledger.sequence_leaves(30)
    return ""


def hammer(rounds: int, wait_until: Callable[..., None]) -> None:
    """Kill two intake processes and a worker, again and again."""
    acknowledged: dict[str, str] = {}
    for _ in range(rounds):
        current_facts()  # the children inherit the snapshot instead of each reading it
        acknowledged |= dict(line.split(" ") for line in run_and_kill([intake, intake, background]))
        wait_until(_quiet, 30)
    current_facts()
    while ledger.sequence_leaves():
        pass
    numbers = list(CaseRow.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers))
    assert set(acknowledged.values()) <= set(numbers)
    assert len(set(acknowledged.values())) == len(acknowledged) > rounds
    assert CaseRow.objects.count() == ReportRow.objects.count() == KeyRow.objects.count()
    assert EventRow.objects.count() == ledger.size()
    assert verify_log().findings == []
    for number in random.sample(numbers, min(20, len(numbers))):
        case = get_case(number)
        assert case is not None
        assert case == fold(case.id, history(case.id))


def _quiet() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return bool(cursor.fetchone()[0] == 0)


def test_ten_kills_lose_and_double_nothing(committed: None, wait_until: Callable[..., None]) -> None:
    hammer(10, wait_until)


@pytest.mark.soak
def test_fifty_kills_lose_and_double_nothing(committed: None, wait_until: Callable[..., None]) -> None:
    hammer(50, wait_until)
