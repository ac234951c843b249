"""kill -9 at random moments: nothing acknowledged is lost or doubled, and the log verifies."""

import os
import random
import select
import signal
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from bihuan.ledger import store
from bihuan.ledger.verification import verify_log
from tests.ledger.district import TABLE, District, scalar

# NumPy's idle threads exist before the fork; the children never touch NumPy.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")]

Work = Callable[[], list[UUID]]


def live() -> list[UUID]:
    """One acknowledged transaction of live intake: events and their queued leaves."""
    with transaction.atomic():
        leaves = District().record(random.randint(1, 4), cases=1)
        store.enqueue_leaves(leaves)
    return [event for event, _ in leaves]


def bulk() -> list[UUID]:
    """One batch of an import: events and their leaves appended directly."""
    with transaction.atomic():
        leaves = District().record(150, cases=30)
        store.append_batch(leaves)
    return [event for event, _ in leaves]


def sequencer() -> list[UUID]:
    store.sequence_leaves(20)
    return []


def start(work: Work, acknowledge: int) -> int:
    """Fork a child that repeats ``work`` for ever and writes what was committed into the pipe."""
    child = os.fork()
    if child:
        return child
    try:
        while True:
            os.write(acknowledge, b"".join(event.bytes for event in work()))
    finally:
        os._exit(1)


def run_and_kill(acknowledged: set[UUID]) -> None:
    """Let three writers work until a random moment, kill them, and collect what they had acknowledged."""
    connections.close_all()  # a forked child must not speak on its parent's connection
    reading, writing = os.pipe()
    children = [start(work, writing) for work in (live, bulk, sequencer)]
    os.close(writing)
    received = b""
    end: float | None = None
    while end is None or time.monotonic() < end:
        ready, _, _ = select.select([reading], [], [], 0.01)
        if ready:
            received += os.read(reading, 1 << 16)
            end = end or time.monotonic() + random.uniform(0.0, 0.4)
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, "a writer failed before it was killed"
    while chunk := os.read(reading, 1 << 16):
        received += chunk
    os.close(reading)
    whole = len(received) // 16 * 16
    acknowledged.update(UUID(bytes=received[place : place + 16]) for place in range(0, whole, 16))


def hammer(rounds: int, wait_until: Callable[..., None]) -> None:
    acknowledged: set[UUID] = set()
    for _ in range(rounds):
        run_and_kill(acknowledged)
        # A killed client's transaction may still be running in the server for a moment.
        wait_until(lambda: scalar("SELECT pg_try_advisory_xact_lock(%s)", [store.LOCK]))
    while store.sequence_leaves():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id FROM ledger_entry")
        logged = [event for (event,) in cursor.fetchall()]
    assert len(logged) == len(set(logged)) == scalar("SELECT count(*) FROM ledgertest_event") == store.size()
    assert acknowledged - set(logged) == set()
    assert len(acknowledged) > rounds
    assert verify_log(TABLE).findings == []


def test_ten_kills_lose_and_double_nothing(committed_events: District, wait_until: Callable[..., None]) -> None:
    hammer(10, wait_until)


@pytest.mark.soak
def test_fifty_kills_lose_and_double_nothing(committed_events: District, wait_until: Callable[..., None]) -> None:
    hammer(50, wait_until)
